//! Signatures by AWS-LC.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P521_SHA512_FIXED, ED25519, EcdsaKeyPair, EcdsaVerificationAlgorithm, Ed25519KeyPair, KeyPair as _,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaKeyPair, RsaParameters, RsaPublicKeyComponents,
};
use aws_lc_rs::{error, hmac};
use jsonwebtoken::crypto::CryptoProvider;
use zeroize::Zeroizing;

use super::KeyRejected;
use crate::key::public::{Curve, PublicKey};
use crate::key::{JwsAlgorithm, SigningAlgorithm};

/// What `jsonwebtoken` is to use.
pub(in crate::key) static PROVIDER: &CryptoProvider = &jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;

/// A key that signs.
pub(in crate::key) enum Signer {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
    Hmac(Box<hmac::Key>),
}

impl Signer {
    pub(in crate::key) fn from_pkcs8(algorithm: SigningAlgorithm, der: &[u8]) -> Result<Self, KeyRejected> {
        match algorithm {
            SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der)
                .map(Self::Ed25519)
                .map_err(|_| KeyRejected("EdDSA needs an Ed25519 private key")),
            SigningAlgorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                .map(Self::P256)
                .map_err(|_| KeyRejected("ES256 needs a private key of the curve P-256")),
            SigningAlgorithm::Rs256 => Self::rsa(RsaKeyPair::from_pkcs8(der)),
            SigningAlgorithm::Hs256 => Err(KeyRejected("HS256 needs a secret, not a private key")),
        }
    }

    pub(in crate::key) fn from_rsa_pkcs1(der: &[u8]) -> Result<Self, KeyRejected> {
        Self::rsa(RsaKeyPair::from_der(der))
    }

    pub(in crate::key) fn from_hmac_secret(secret: &[u8]) -> Self {
        Self::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    fn rsa(parsed: Result<RsaKeyPair, error::KeyRejected>) -> Result<Self, KeyRejected> {
        parsed
            .map(|pair| Self::Rsa(Box::new(pair)))
            .map_err(|_| KeyRejected("RS256 needs an RSA private key of 2048 to 8192 bits"))
    }

    pub(in crate::key) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ed25519(pair) => pair.try_sign(message).ok().map(|signature| signature.as_ref().to_vec()),
            Self::P256(pair) => {
                pair.sign(&SystemRandom::new(), message).ok().map(|signature| signature.as_ref().to_vec())
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Hmac(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
        }
    }

    /// The half that may be published; `None` for a symmetric key.
    pub(in crate::key) fn public_key(&self) -> Option<PublicKey> {
        match self {
            Self::Ed25519(pair) => PublicKey::ed25519(pair.public_key().as_ref()),
            Self::P256(pair) => PublicKey::p256(pair.public_key().as_ref()),
            Self::Rsa(pair) => Some(PublicKey::Rsa {
                n: pair.public_key().modulus().big_endian_without_leading_zero().to_vec(),
                e: pair.public_key().exponent().big_endian_without_leading_zero().to_vec(),
            }),
            Self::Hmac(_) => None,
        }
    }
}

/// A key that verifies.
pub(in crate::key) enum Verifier {
    Public(ParsedPublicKey),
    Hmac(Box<hmac::Key>),
}

impl Verifier {
    /// `algorithm` is one of the key's.
    pub(in crate::key) fn from_public(key: &PublicKey, algorithm: JwsAlgorithm) -> Result<Self, KeyRejected> {
        let parsed = match key {
            PublicKey::Ed25519(x) => ParsedPublicKey::new(&ED25519, x),
            PublicKey::Ec { curve, .. } => ParsedPublicKey::new(ecdsa(*curve), key.sec1_point()),
            PublicKey::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(rsa_parameters(algorithm)?)
            }
        };
        parsed.map(Self::Public).map_err(|_| KeyRejected("the public key is not a valid one of its type"))
    }

    pub(in crate::key) fn from_hmac_secret(secret: &[u8]) -> Self {
        Self::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    pub(in crate::key) fn is_valid(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
            Self::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

fn ecdsa(curve: Curve) -> &'static EcdsaVerificationAlgorithm {
    match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED,
        Curve::P521 => &ECDSA_P521_SHA512_FIXED,
    }
}

fn rsa_parameters(algorithm: JwsAlgorithm) -> Result<&'static RsaParameters, KeyRejected> {
    match algorithm {
        JwsAlgorithm::Ps256 => Ok(&RSA_PSS_2048_8192_SHA256),
        JwsAlgorithm::Ps384 => Ok(&RSA_PSS_2048_8192_SHA384),
        JwsAlgorithm::Ps512 => Ok(&RSA_PSS_2048_8192_SHA512),
        JwsAlgorithm::Rs256 => Ok(&RSA_PKCS1_2048_8192_SHA256),
        JwsAlgorithm::Rs384 => Ok(&RSA_PKCS1_2048_8192_SHA384),
        JwsAlgorithm::Rs512 => Ok(&RSA_PKCS1_2048_8192_SHA512),
        JwsAlgorithm::Ed25519
        | JwsAlgorithm::EdDsa
        | JwsAlgorithm::Es256
        | JwsAlgorithm::Es384
        | JwsAlgorithm::Es512
        | JwsAlgorithm::Hs256 => Err(KeyRejected("this algorithm takes no RSA key")),
    }
}

/// A new RSA key of 2048 bits (SP 800-57 part 1: 112 bits of strength) as PKCS#8. The bytes come from AWS-LC's own
/// generator: it takes no other.
pub(in crate::key) fn generate_rsa_pkcs8() -> Result<Zeroizing<Vec<u8>>, KeyRejected> {
    let made: Result<Pkcs8V1Der<'_>, _> =
        RsaKeyPair::generate(KeySize::Rsa2048).and_then(|pair| pair.as_der());
    made.map(|der| Zeroizing::new(der.as_ref().to_vec())).map_err(|_| KeyRejected("no RSA key could be made"))
}
