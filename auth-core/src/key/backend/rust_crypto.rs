//! Signatures by the RustCrypto crates. RS256 is verified only: the `rsa` crate's private operations leak timing
//! (RUSTSEC-2023-0071).

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::crypto::CryptoProvider;
use jsonwebtoken::signature::{Signer as _, Verifier as Verifies};
use rsa::sha2::{Sha256 as RsaSha256, Sha384 as RsaSha384, Sha512 as RsaSha512};
use rsa::{BigUint, RsaPublicKey, pkcs1v15, pss};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KeyRejected;
use crate::key::public::{Curve, PublicKey};
use crate::key::{JwsAlgorithm, SigningAlgorithm};

/// What `jsonwebtoken` is to use.
pub(in crate::key) static PROVIDER: &CryptoProvider = &jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;

const NO_RS256: KeyRejected = KeyRejected(
    "RS256 signing needs the feature `aws-lc-rs`: the pure Rust backend leaks the key's timing (RUSTSEC-2023-0071)",
);

/// A key that signs.
pub(in crate::key) enum Signer {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
    Hmac(Box<Hmac<Sha256>>),
}

impl Signer {
    pub(in crate::key) fn from_pkcs8(algorithm: SigningAlgorithm, der: &[u8]) -> Result<Self, KeyRejected> {
        match algorithm {
            SigningAlgorithm::EdDsa => ed25519_dalek::SigningKey::from_pkcs8_der(der)
                .map(|key| Self::Ed25519(Box::new(key)))
                .map_err(|_| KeyRejected("EdDSA needs an Ed25519 private key")),
            SigningAlgorithm::Es256 => p256::ecdsa::SigningKey::from_pkcs8_der(der)
                .map(|key| Self::P256(Box::new(key)))
                .map_err(|_| KeyRejected("ES256 needs a private key of the curve P-256")),
            SigningAlgorithm::Rs256 => Err(NO_RS256),
            SigningAlgorithm::Hs256 => Err(KeyRejected("HS256 needs a secret, not a private key")),
        }
    }

    pub(in crate::key) fn from_rsa_pkcs1(_der: &[u8]) -> Result<Self, KeyRejected> {
        Err(NO_RS256)
    }

    pub(in crate::key) fn from_hmac_secret(secret: &[u8]) -> Self {
        Self::Hmac(Box::new(hmac_key(secret)))
    }

    pub(in crate::key) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ed25519(key) => key.try_sign(message).ok().map(|signature| signature.to_bytes().to_vec()),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            Self::Hmac(key) => Some(Hmac::clone(key).chain_update(message).finalize().into_bytes().to_vec()),
        }
    }

    /// The half that may be published; `None` for a symmetric key.
    pub(in crate::key) fn public_key(&self) -> Option<PublicKey> {
        match self {
            Self::Ed25519(key) => PublicKey::ed25519(key.verifying_key().as_bytes()),
            Self::P256(key) => PublicKey::p256(key.verifying_key().to_encoded_point(false).as_bytes()),
            Self::Hmac(_) => None,
        }
    }
}

/// A key that verifies.
pub(in crate::key) enum Verifier {
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    P256(Box<p256::ecdsa::VerifyingKey>),
    P384(Box<p384::ecdsa::VerifyingKey>),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Rsa { key: RsaVerifier, signature_len: usize },
    Hmac(Box<Hmac<Sha256>>),
}

/// An RSA key with its padding and its hash.
pub(in crate::key) enum RsaVerifier {
    Pkcs1(Box<dyn Verifies<pkcs1v15::Signature> + Send + Sync>),
    Pss(Box<dyn Verifies<pss::Signature> + Send + Sync>),
}

impl RsaVerifier {
    fn new(key: RsaPublicKey, algorithm: JwsAlgorithm) -> Result<Self, KeyRejected> {
        Ok(match algorithm {
            JwsAlgorithm::Ps256 => Self::Pss(Box::new(pss::VerifyingKey::<RsaSha256>::new(key))),
            JwsAlgorithm::Ps384 => Self::Pss(Box::new(pss::VerifyingKey::<RsaSha384>::new(key))),
            JwsAlgorithm::Ps512 => Self::Pss(Box::new(pss::VerifyingKey::<RsaSha512>::new(key))),
            JwsAlgorithm::Rs256 => Self::Pkcs1(Box::new(pkcs1v15::VerifyingKey::<RsaSha256>::new(key))),
            JwsAlgorithm::Rs384 => Self::Pkcs1(Box::new(pkcs1v15::VerifyingKey::<RsaSha384>::new(key))),
            JwsAlgorithm::Rs512 => Self::Pkcs1(Box::new(pkcs1v15::VerifyingKey::<RsaSha512>::new(key))),
            JwsAlgorithm::Ed25519
            | JwsAlgorithm::EdDsa
            | JwsAlgorithm::Es256
            | JwsAlgorithm::Es384
            | JwsAlgorithm::Es512
            | JwsAlgorithm::Hs256 => {
                return Err(KeyRejected("this algorithm takes no RSA key"));
            }
        })
    }

    fn is_valid(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Pkcs1(key) => pkcs1v15::Signature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Pss(key) => pss::Signature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

impl Verifier {
    /// `algorithm` is one of the key's.
    pub(in crate::key) fn from_public(key: &PublicKey, algorithm: JwsAlgorithm) -> Result<Self, KeyRejected> {
        let invalid = KeyRejected("the public key is not a valid one of its type");
        match key {
            PublicKey::Ed25519(x) => ed25519_dalek::VerifyingKey::from_bytes(x)
                .map(|key| Self::Ed25519(Box::new(key)))
                .map_err(|_| invalid),
            PublicKey::Ec { curve: Curve::P256, .. } => {
                p256::ecdsa::VerifyingKey::from_sec1_bytes(&key.sec1_point())
                    .map(|key| Self::P256(Box::new(key)))
                    .map_err(|_| invalid)
            }
            PublicKey::Ec { curve: Curve::P384, .. } => {
                p384::ecdsa::VerifyingKey::from_sec1_bytes(&key.sec1_point())
                    .map(|key| Self::P384(Box::new(key)))
                    .map_err(|_| invalid)
            }
            PublicKey::Ec { curve: Curve::P521, .. } => {
                p521::ecdsa::VerifyingKey::from_sec1_bytes(&key.sec1_point())
                    .map(|key| Self::P521(Box::new(key)))
                    .map_err(|_| invalid)
            }
            PublicKey::Rsa { n, e } => {
                // The crate's own limit is 4096 bits; ours is checked before.
                let parsed = RsaPublicKey::new_with_max_size(
                    BigUint::from_bytes_be(n),
                    BigUint::from_bytes_be(e),
                    PublicKey::MAX_RSA_BITS,
                );
                let key = RsaVerifier::new(parsed.map_err(|_| invalid)?, algorithm)?;
                Ok(Self::Rsa { key, signature_len: n.len() })
            }
        }
    }

    pub(in crate::key) fn from_hmac_secret(secret: &[u8]) -> Self {
        Self::Hmac(Box::new(hmac_key(secret)))
    }

    pub(in crate::key) fn is_valid(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Self::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::P521(key) => p521::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            // RFC 8017 sections 8.1.2 and 8.2.2, step 1: the signature is exactly as long as the modulus.
            Self::Rsa { key, signature_len } => {
                signature.len() == *signature_len && key.is_valid(message, signature)
            }
            Self::Hmac(key) => Hmac::clone(key).chain_update(message).verify_slice(signature).is_ok(),
        }
    }
}

/// Not made by this backend.
pub(in crate::key) fn generate_rsa_pkcs8() -> Result<Zeroizing<Vec<u8>>, KeyRejected> {
    Err(NO_RS256)
}

fn hmac_key(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}
