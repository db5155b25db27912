//! A key that signs access tokens, with its public half.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::jwk::{CommonParameters, Jwk, KeyAlgorithm, PublicKeyUse};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::algorithm::MIN_HMAC_LEN;
use super::backend::{KeyRejected, Signer, generate_rsa_pkcs8};
use super::public::PublicKey;
use super::{SigningAlgorithm, VerifyingKey, pem};
use crate::error::Error;
use crate::random::{Random, random_bytes};

/// A PKCS#8 Ed25519 key up to its 32-byte seed (RFC 8410 section 7).
const ED25519_PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A SEC 1 P-256 key up to its 32-byte number, without the optional public half (RFC 5915 section 3).
const P256_SEC1_HEAD: [u8; 7] = [0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20];

/// A key that signs access tokens. Parsed once; `Debug` shows its name and algorithm only.
pub struct SigningKey {
    kid: String,
    algorithm: SigningAlgorithm,
    signer: Signer,
    verifying: VerifyingKey,
    public: Option<PublicKey>,
    /// That of the first type of token that it was asked for: most keys sign one.
    header: OnceLock<(&'static str, String)>,
}

impl SigningKey {
    /// Reads a private key in PEM form: PKCS#8, or SEC 1 for ES256, or PKCS#1 for RS256. Its `kid` is the thumbprint of
    /// RFC 7638.
    ///
    /// # Errors
    /// `Configuration` when it is none, does not fit `algorithm`, or is too weak; or for RS256 when the signature
    /// backend does not sign with it.
    pub fn from_pem(algorithm: SigningAlgorithm, text: &str) -> Result<Self, Error> {
        if algorithm.is_symmetric() {
            return Err(Error::configuration("HS256 needs a secret of 32 bytes or more, not a PEM key"));
        }
        let signer = pem::read(algorithm, text);
        signer.and_then(|signer| Self::asymmetric(algorithm, signer)).map_err(configuration)
    }

    /// An HS256 key of at least 32 bytes. Its `kid` is derived from it, so that all replicas agree.
    ///
    /// # Errors
    /// `Configuration` when it is shorter.
    pub fn from_hmac_secret(secret: &[u8]) -> Result<Self, Error> {
        let name = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        let name = name.chain_update(b"auth-core kid").finalize().into_bytes();
        Self::symmetric(URL_SAFE_NO_PAD.encode(&name[..16]), secret).map_err(configuration)
    }

    /// An HS256 key of any length and without a name, for what is called insecure.
    pub(crate) fn of_short_secret(secret: &[u8]) -> Self {
        Self::symmetric_of_any_length(String::new(), secret)
    }

    /// Reads the key from an environment variable: PEM as for [`from_pem`](Self::from_pem), or for HS256 the secret in
    /// base64.
    ///
    /// # Errors
    /// `Configuration` when the variable is not set, or as for [`from_pem`](Self::from_pem). The message names the
    /// variable and never its value.
    pub fn from_env(algorithm: SigningAlgorithm, variable: &str) -> Result<Self, Error> {
        let text = std::env::var(variable).map(Zeroizing::new).map_err(|_| {
            Error::configuration(format!("the environment variable {variable} must hold the signing key"))
        })?;
        let key = if algorithm.is_symmetric() {
            let secret = super::secrets::decode_base64(text.trim());
            secret.map_or_else(
                || Err(Error::configuration("an HS256 secret must be written in base64")),
                |secret| Self::from_hmac_secret(&secret),
            )
        } else {
            Self::from_pem(algorithm, &text)
        };
        key.map_err(|error| Error::configuration(format!("{variable}: {error}")))
    }

    /// A new key that is kept nowhere: for programs that end before their tokens do, and for tests.
    ///
    /// # Errors
    /// `Configuration` for RS256 when the signature backend does not sign with it.
    pub fn generate(algorithm: SigningAlgorithm, random: &dyn Random) -> Result<Self, Error> {
        Self::generate_with_material(algorithm, random).map(|(key, _)| key)
    }

    /// A new key, and what [`from_material`](Self::from_material) makes it from again.
    pub(super) fn generate_with_material(
        algorithm: SigningAlgorithm,
        random: &dyn Random,
    ) -> Result<(Self, Zeroizing<Vec<u8>>), Error> {
        let material = new_material(algorithm, random).map_err(configuration)?;
        let key = if algorithm.is_symmetric() {
            Self::symmetric(URL_SAFE_NO_PAD.encode(random_bytes::<16>(random)), &material)
        } else {
            Self::from_pkcs8(algorithm, &material)
        };
        Ok((key.map_err(configuration)?, material))
    }

    /// The key `kid` of this material: PKCS#8, or the secret itself for HS256.
    pub(super) fn from_material(
        kid: &str,
        algorithm: SigningAlgorithm,
        material: &[u8],
    ) -> Result<Self, Error> {
        let key = if algorithm.is_symmetric() {
            Self::symmetric(kid.to_owned(), material)
        } else {
            Self::from_pkcs8(algorithm, material)
        };
        let key = key.map_err(configuration)?;
        if key.kid != kid {
            return Err(Error::configuration("a stored signing key does not match its kid"));
        }
        Ok(key)
    }

    fn from_pkcs8(algorithm: SigningAlgorithm, der: &[u8]) -> Result<Self, KeyRejected> {
        Self::asymmetric(algorithm, Signer::from_pkcs8(algorithm, der)?)
    }

    fn asymmetric(algorithm: SigningAlgorithm, signer: Signer) -> Result<Self, KeyRejected> {
        let public = signer.public_key().ok_or(KeyRejected("the private key has no public half"))?;
        let kid = public.thumbprint();
        Ok(Self {
            header: OnceLock::new(),
            kid,
            algorithm,
            verifying: VerifyingKey::from_public(&public, algorithm.into())?,
            public: Some(public),
            signer,
        })
    }

    fn symmetric(kid: String, secret: &[u8]) -> Result<Self, KeyRejected> {
        if secret.len() < MIN_HMAC_LEN {
            return Err(KeyRejected("an HS256 secret must have at least 32 bytes"));
        }
        Ok(Self::symmetric_of_any_length(kid, secret))
    }

    fn symmetric_of_any_length(kid: String, secret: &[u8]) -> Self {
        Self {
            header: OnceLock::new(),
            kid,
            algorithm: SigningAlgorithm::Hs256,
            signer: Signer::from_hmac_secret(secret),
            verifying: VerifyingKey::from_hmac_secret(secret),
            public: None,
        }
    }

    /// Its name in the `kid` header.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The header, in base64url, of each token of this type that it signs.
    pub(crate) fn header(&self, typ: &'static str) -> Cow<'_, str> {
        match self.header.get_or_init(|| (typ, self.new_header(typ))) {
            (kept, header) if *kept == typ => Cow::Borrowed(header),
            _ => Cow::Owned(self.new_header(typ)),
        }
    }

    fn new_header(&self, typ: &str) -> String {
        let Self { kid, algorithm, .. } = self;
        // Neither a type nor an algorithm's name nor a kid, which is base64url, needs escaping.
        URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","typ":"{typ}","kid":"{kid}"}}"#))
    }

    /// The half that verifies.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Signs `message` in the form that JWS wants (RFC 7518 section 3).
    ///
    /// # Errors
    /// `Internal` when the signature backend fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed =
            || Error::new(crate::error::ErrorKind::Internal).with_source("the backend could not sign");
        self.signer.sign(message).ok_or_else(failed)
    }

    /// The public JWK with `kid`, `alg` and `use`; `None` for a symmetric key.
    pub(crate) fn public_jwk(&self) -> Option<Jwk> {
        let key_algorithm = match self.algorithm {
            SigningAlgorithm::EdDsa => KeyAlgorithm::EdDSA,
            SigningAlgorithm::Es256 => KeyAlgorithm::ES256,
            SigningAlgorithm::Rs256 => KeyAlgorithm::RS256,
            SigningAlgorithm::Hs256 => return None,
        };
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(key_algorithm),
            key_id: Some(self.kid.clone()),
            ..CommonParameters::default()
        };
        Some(Jwk { common, algorithm: self.public.as_ref()?.jwk() })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

fn configuration(rejected: KeyRejected) -> Error {
    Error::configuration(rejected.0)
}

fn new_material(algorithm: SigningAlgorithm, random: &dyn Random) -> Result<Zeroizing<Vec<u8>>, KeyRejected> {
    match algorithm {
        SigningAlgorithm::EdDsa => {
            let seed = Zeroizing::new(random_bytes::<32>(random));
            Ok(Zeroizing::new([&ED25519_PKCS8_HEAD, seed.as_slice()].concat()))
        }
        SigningAlgorithm::Es256 => new_p256_material(random),
        SigningAlgorithm::Rs256 => generate_rsa_pkcs8(),
        SigningAlgorithm::Hs256 => Ok(Zeroizing::new(random_bytes::<MIN_HMAC_LEN>(random).to_vec())),
    }
}

/// Draws until the number is a private key, that is below the order of the group: FIPS 186-5 appendix A.2.2. One draw
/// fails once in 2^32.
fn new_p256_material(random: &dyn Random) -> Result<Zeroizing<Vec<u8>>, KeyRejected> {
    const DRAWS: usize = 8;
    for _ in 0..DRAWS {
        let drawn = Zeroizing::new(random_bytes::<32>(random));
        let sec1 = Zeroizing::new([&P256_SEC1_HEAD, drawn.as_slice()].concat());
        let material = pem::p256_pkcs8(&sec1);
        if Signer::from_pkcs8(SigningAlgorithm::Es256, &material).is_ok() {
            return Ok(material);
        }
    }
    Err(KeyRejected("the source of randomness gives no usable numbers"))
}
