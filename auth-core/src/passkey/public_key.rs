//! The public key of a passkey: a COSE_Key (RFC 9052 section 7, RFC 9053 section 2 and 7, RFC 8812 section 2).

use super::read::Cbor;

/// The algorithms that are asked for, the wanted ones first: ES256, which every authenticator has, and RS256, for Windows Hello on
/// older TPMs. The library verifies no EdDSA.
pub(super) const ALGORITHMS: [i32; 2] = [-7, -257];

/// A key of one of the [algorithms](ALGORITHMS), with its numbers as big-endian bytes.
#[cfg_attr(not(feature = "passkeys"), expect(dead_code, reason = "read by what the cargo feature brings"))]
#[derive(Debug)]
pub(super) enum PublicKey<'a> {
    /// On the curve P-256.
    Es256 { x: &'a [u8; 32], y: &'a [u8; 32] },
    /// Of 2048 bits.
    Rs256 { n: &'a [u8; 256], e: &'a [u8; 3] },
}

impl<'a> PublicKey<'a> {
    /// Reads it; `None` where type, algorithm and curve do not belong together (RFC 9053 section 2.1), or it is of another algorithm.
    /// Whether the point is one of the curve's says whoever verifies with it.
    pub(super) fn parse(key: &Cbor<'a>) -> Option<Self> {
        let number = |label| key.labelled(label).and_then(Cbor::integer);
        let bytes = |label| key.labelled(label).and_then(Cbor::bytes);
        match (number(1)?, number(3)?) {
            (2, -7) if number(-1)? == 1 => {
                Some(Self::Es256 { x: bytes(-2)?.try_into().ok()?, y: bytes(-3)?.try_into().ok()? })
            }
            (3, -257) => Some(Self::Rs256 { n: bytes(-1)?.try_into().ok()?, e: bytes(-2)?.try_into().ok()? }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(members: &[(i128, Cbor<'static>)]) -> Cbor<'static> {
        Cbor::Map(members.iter().map(|(label, value)| (Cbor::Integer(*label), value.clone())).collect())
    }

    #[test]
    fn a_key_is_of_the_type_and_the_curve_of_its_algorithm() {
        const LONG: Cbor<'static> = Cbor::Bytes(&[1; 32]);
        const SHORT: Cbor<'static> = Cbor::Bytes(&[1; 31]);
        let integer = Cbor::Integer;
        let ec = |kind, algorithm, curve, x| {
            key(&[(1, integer(kind)), (3, integer(algorithm)), (-1, integer(curve)), (-2, x), (-3, LONG)])
        };
        assert!(matches!(PublicKey::parse(&ec(2, -7, 1, LONG)), Some(PublicKey::Es256 { .. })));
        for wrong in [
            ec(1, -7, 1, LONG),
            ec(2, -35, 1, LONG),
            ec(2, -7, 2, LONG),
            ec(2, -7, 1, SHORT),
            ec(2, -8, 6, LONG),
        ] {
            assert!(PublicKey::parse(&wrong).is_none(), "{wrong:?}");
        }
        let rsa =
            |n, e| key(&[(1, integer(3)), (3, integer(-257)), (-1, Cbor::Bytes(n)), (-2, Cbor::Bytes(e))]);
        assert!(matches!(PublicKey::parse(&rsa(&[1; 256], &[1, 0, 1])), Some(PublicKey::Rs256 { .. })));
        assert!(PublicKey::parse(&rsa(&[1; 128], &[1, 0, 1])).is_none(), "1024 bits");
        assert!(PublicKey::parse(&rsa(&[1; 256], &[3])).is_none());
        assert!(PublicKey::parse(&key(&[])).is_none() && PublicKey::parse(&Cbor::Nothing).is_none());
    }
}
