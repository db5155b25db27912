//! A key that verifies signatures, parsed once.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::SigningAlgorithm;
use super::backend::{KeyRejected, Verifier};
use super::public::PublicKey;
use crate::error::Error;

/// Members of a JWK that only a private or symmetric key has (RFC 7518 section 6, RFC 8037 section 2).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key that verifies signatures of one algorithm. Its algorithm is what counts, never the one a token claims.
pub struct VerifyingKey {
    algorithm: SigningAlgorithm,
    verifier: Verifier,
}

impl VerifyingKey {
    /// Reads a public key in JWK form (RFC 7517). It must be of a type and curve that we verify; `alg`, `use` and
    /// `key_ops`, where present, must agree with verifying signatures.
    ///
    /// # Errors
    /// `Configuration` when it is not such a key, is private or symmetric, or is too weak.
    pub fn from_jwk(jwk: &Value) -> Result<Self, Error> {
        Self::read_jwk(jwk).map_err(|rejected| Error::configuration(rejected.0))
    }

    fn read_jwk(jwk: &Value) -> Result<Self, KeyRejected> {
        let jwk = jwk.as_object().ok_or(KeyRejected("a JWK must be a JSON object"))?;
        if PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member)) {
            return Err(KeyRejected("the JWK holds a private or symmetric key where a public one belongs"));
        }
        let key = public_numbers(jwk)
            .ok_or(KeyRejected("the JWK must be an Ed25519, P-256 or RSA key with all its members"))?;
        if jwk.get("alg").is_some_and(|alg| alg.as_str() != Some(key.algorithm().name())) {
            return Err(KeyRejected("the JWK's `alg` is not one that we verify with a key of this type"));
        }
        if !is_for_verifying(jwk) {
            return Err(KeyRejected("the JWK's `use` or `key_ops` is not for verifying signatures"));
        }
        Self::from_public(&key)
    }

    pub(super) fn from_public(key: &PublicKey) -> Result<Self, KeyRejected> {
        key.check()?;
        Ok(Self { algorithm: key.algorithm(), verifier: Verifier::from_public(key)? })
    }

    /// `secret` has been checked for its length.
    pub(super) fn from_hmac_secret(secret: &[u8]) -> Self {
        Self { algorithm: SigningAlgorithm::Hs256, verifier: Verifier::from_hmac_secret(secret) }
    }

    /// A symmetric key, for test vectors that come with one.
    #[cfg(test)]
    pub(crate) fn from_test_secret(secret: &[u8]) -> Option<Self> {
        (secret.len() >= 32).then(|| Self::from_hmac_secret(secret))
    }

    /// The one algorithm that this key verifies.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Whether `signature`, in the form that JWS gives it (RFC 7518 section 3), is this key's over `message`.
    pub fn is_valid(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.is_valid(message, signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

fn public_numbers(jwk: &Map<String, Value>) -> Option<PublicKey> {
    let text = |member: &str| jwk.get(member)?.as_str();
    let number = |member: &str| URL_SAFE_NO_PAD.decode(text(member)?).ok();
    match (text("kty")?, text("crv")) {
        ("OKP", Some("Ed25519")) => PublicKey::ed25519(&number("x")?),
        ("EC", Some("P-256")) => {
            Some(PublicKey::P256 { x: number("x")?.try_into().ok()?, y: number("y")?.try_into().ok()? })
        }
        ("RSA", None) => Some(PublicKey::Rsa { n: number("n")?, e: number("e")? }),
        _ => None,
    }
}

fn is_for_verifying(jwk: &Map<String, Value>) -> bool {
    let is_use = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let is_operation = jwk.get("key_ops").is_none_or(|operations| {
        operations.as_array().is_some_and(|all| all.iter().any(|operation| operation == "verify"))
    });
    is_use && is_operation
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn public_key_is_read() {
        let key =
            VerifyingKey::from_jwk(&json!({"kty": "OKP", "crv": "Ed25519", "x": X, "use": "sig"})).unwrap();
        assert_eq!(key.algorithm(), SigningAlgorithm::EdDsa);
        assert!(!key.is_valid(b"message", &[0; 64]));
    }

    #[test]
    fn key_that_is_not_for_verifying_is_refused() {
        for jwk in [
            json!({"kty": "OKP", "crv": "Ed25519", "x": X, "use": "enc"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": X, "key_ops": ["sign"]}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": "ES256"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": null}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": X, "d": X}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": &X[..40]}),
            json!({"kty": "OKP", "crv": "X25519", "x": X}),
            json!({"kty": "oct", "k": X}),
            json!({"kty": "RSA", "n": X, "e": "AQAB"}),
            json!({}),
            json!([]),
        ] {
            assert!(VerifyingKey::from_jwk(&jwk).is_err(), "{jwk}");
        }
    }

    #[test]
    fn point_off_the_curve_is_refused() {
        let one = URL_SAFE_NO_PAD.encode([1; 32]);
        let zero = URL_SAFE_NO_PAD.encode([0; 32]);
        for (x, y) in [(&one, &one), (&zero, &zero), (&one, &zero)] {
            assert!(VerifyingKey::from_jwk(&json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})).is_err());
        }
    }
}
