//! Public keys: their numbers, their published form, their name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType,
    OctetKeyPairParameters, OctetKeyPairType, RSAKeyParameters, RSAKeyType,
};
use sha2::{Digest as _, Sha256};

use super::JwsAlgorithm;
use super::backend::KeyRejected;

/// The numbers of a public key, big endian.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PublicKey {
    Ed25519([u8; 32]),
    /// The coordinates have the length of the curve's field.
    Ec {
        curve: Curve,
        x: Vec<u8>,
        y: Vec<u8>,
    },
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

/// The curves of ECDSA (RFC 7518 section 6.2.1.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// The curve of this `crv`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// The length of a coordinate, in bytes.
    fn coordinate_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            // 521 bits in whole bytes.
            Self::P521 => 66,
        }
    }
}

impl PublicKey {
    /// The least length of an RSA modulus, in bits (RFC 7518 section 3.3).
    pub(super) const MIN_RSA_BITS: usize = 2048;
    /// The largest, in bits: what AWS-LC takes. Longer ones only make verification slow.
    pub(super) const MAX_RSA_BITS: usize = 8192;

    /// From the 32 bytes of RFC 8032.
    pub(super) fn ed25519(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::Ed25519)
    }

    /// From the coordinates, leading zeros included (RFC 7518 section 6.2.1.2).
    pub(super) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        let is_full = [x, y].iter().all(|coordinate| coordinate.len() == curve.coordinate_len());
        is_full.then(|| Self::Ec { curve, x: x.to_vec(), y: y.to_vec() })
    }

    /// From the uncompressed point of SEC 1 section 2.3.3.
    pub(super) fn p256(point: &[u8]) -> Option<Self> {
        let (tag, rest) = point.split_first()?;
        let (x, y) = rest.split_at_checked(Curve::P256.coordinate_len())?;
        if *tag == 4 { Self::ec(Curve::P256, x, y) } else { None }
    }

    /// From modulus and exponent. Leading zeros, which some libraries write (RFC 7518 section 6.3.1.1), are dropped.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Self {
        let number = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        Self::Rsa { n: number(n), e: number(e) }
    }

    /// The uncompressed point of a key on a curve; empty for other keys.
    pub(super) fn sec1_point(&self) -> Vec<u8> {
        match self {
            Self::Ec { x, y, .. } => [&[4], x.as_slice(), y].concat(),
            Self::Ed25519(_) | Self::Rsa { .. } => Vec::new(),
        }
    }

    /// The algorithms that a key of this type can be used with, the usual one first.
    pub(super) fn algorithms(&self) -> &'static [JwsAlgorithm] {
        use JwsAlgorithm::{Ed25519, EdDsa, Es256, Es384, Es512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        match self {
            Self::Ed25519(_) => &[EdDsa, Ed25519],
            Self::Ec { curve: Curve::P256, .. } => &[Es256],
            Self::Ec { curve: Curve::P384, .. } => &[Es384],
            Self::Ec { curve: Curve::P521, .. } => &[Es512],
            Self::Rsa { .. } => &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512],
        }
    }

    /// Refuses RSA keys that are too short, too long, or have an exponent outside FIPS 186-5 section 5.1 (odd, above
    /// 2^16, below 2^256): with e = 1 a signature is the message itself.
    pub(super) fn check(&self) -> Result<(), KeyRejected> {
        let Self::Rsa { n, e } = self else { return Ok(()) };
        if !(Self::MIN_RSA_BITS..=Self::MAX_RSA_BITS).contains(&bit_len(n)) || !is_odd(n) {
            return Err(KeyRejected("an RSA key must have 2048 to 8192 bits"));
        }
        if !(17..=256).contains(&bit_len(e)) || !is_odd(e) {
            return Err(KeyRejected("the public exponent of an RSA key must be odd and at least 65537"));
        }
        if has_roca_fingerprint(n) {
            return Err(KeyRejected("the RSA key was made by a broken generator (CVE-2017-15361)"));
        }
        Ok(())
    }

    /// The members of its JWK that carry the numbers.
    pub(super) fn jwk(&self) -> AlgorithmParameters {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ed25519(x) => AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
                key_type: OctetKeyPairType::OctetKeyPair,
                curve: EllipticCurve::Ed25519,
                x: text(x),
            }),
            Self::Ec { curve, x, y } => AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                key_type: EllipticCurveKeyType::EC,
                curve: match curve {
                    Curve::P256 => EllipticCurve::P256,
                    Curve::P384 => EllipticCurve::P384,
                    Curve::P521 => EllipticCurve::P521,
                },
                x: text(x),
                y: text(y),
            }),
            Self::Rsa { n, e } => AlgorithmParameters::RSA(RSAKeyParameters {
                key_type: RSAKeyType::RSA,
                n: text(n),
                e: text(e),
            }),
        }
    }

    /// The SHA-256 thumbprint (RFC 7638 section 3; for Ed25519, RFC 8037 section 2), which serves as `kid`: the same
    /// key has the same name everywhere.
    pub(super) fn thumbprint(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let canonical = match self {
            Self::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
            Self::Ec { curve, x, y } => {
                format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.name(), text(x), text(y))
            }
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
        };
        text(&Sha256::digest(canonical))
    }
}

fn bit_len(number: &[u8]) -> usize {
    match number.iter().position(|byte| *byte != 0) {
        Some(first) => (number.len() - first) * 8 - number[first].leading_zeros() as usize,
        None => 0,
    }
}

/// Whether the modulus was made of primes that are powers of 65537 in disguise, which can be factored (CVE-2017-15361,
/// "ROCA", Nemec et al., CCS 2017). Then it is itself such a power modulo each of these primes, the ones modulo which
/// that is rare; a random modulus is less than once in 10^8.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    PRIMES.iter().all(|prime| {
        let remainder = modulus.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let mut power = 1;
        (0..*prime).any(|_| {
            power = power * 65_537 % prime;
            power == remainder
        })
    })
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa(bits: usize, e: &[u8]) -> PublicKey {
        let mut n: Vec<u8> = (0..bits / 8).map(|index| (index * index) as u8).collect();
        n[0] = 0x80;
        n[bits / 8 - 1] = 1;
        PublicKey::Rsa { n, e: e.to_vec() }
    }

    #[test]
    fn thumbprint_of_rfc_8037_appendix_a_3() {
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = PublicKey::ed25519(&x).unwrap();
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn thumbprint_of_rfc_7638_section_3_1() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
                 FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9\
                 c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1j\
                 F44-csFCur-kEgU8awapJzKnqDKgw";
        let key = PublicKey::Rsa { n: URL_SAFE_NO_PAD.decode(n).unwrap(), e: vec![1, 0, 1] };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn rsa_keys_outside_the_bounds_are_refused() {
        assert!(rsa(2048, &[1, 0, 1]).check().is_ok());
        assert!(rsa(8192, &[1, 0, 1]).check().is_ok());
        for key in [rsa(1024, &[1, 0, 1]), rsa(2040, &[1, 0, 1]), rsa(8200, &[1, 0, 1])] {
            assert!(key.check().is_err());
        }
        for e in [&[][..], &[0], &[1], &[3], &[1, 0, 0], &[0xff; 33]] {
            assert!(rsa(2048, e).check().is_err(), "{e:?}");
        }
    }
}
