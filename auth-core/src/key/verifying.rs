//! A key that verifies signatures, parsed once.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::JwsAlgorithm;
use super::algorithm::MIN_HMAC_LEN;
use super::backend::{KeyRejected, Verifier};
use super::public::{Curve, PublicKey};
use crate::error::Error;

/// Members of a JWK that only a private or symmetric key has (RFC 7518 section 6, RFC 8037 section 2).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key that verifies signatures of one algorithm. Its algorithm is what counts, never the one a token claims.
pub struct VerifyingKey {
    algorithm: JwsAlgorithm,
    verifier: Verifier,
}

impl VerifyingKey {
    /// Reads a public key in JWK form (RFC 7517). It must be of a type and curve that we verify; `alg`, `use` and
    /// `key_ops`, where present, must agree with verifying signatures. An RSA key without `alg` is one for RS256.
    ///
    /// # Errors
    /// `Configuration` when it is not such a key, is private or symmetric, or is too weak.
    pub fn from_jwk(jwk: &Value) -> Result<Self, Error> {
        let read = Self::read_jwk(jwk);
        let usual = read.and_then(|(key, algorithms)| Self::from_public(&key, algorithms[0]));
        usual.map_err(|rejected| Error::configuration(rejected.0))
    }

    /// As [`from_jwk`](Self::from_jwk), but where the JWK names no algorithm, one key for each that its type can be used with.
    /// It is for the caller to say which of them are wanted; a token must not choose. In front stands the thumbprint of its numbers
    /// (RFC 7638).
    ///
    /// # Errors
    /// Why it is no such key.
    pub(crate) fn all_from_jwk(jwk: &Value) -> Result<(String, Vec<Self>), &'static str> {
        let (key, algorithms) = Self::read_jwk(jwk).map_err(|rejected| rejected.0)?;
        let keys = algorithms.iter().map(|algorithm| Self::from_public(&key, *algorithm));
        let keys = keys.collect::<Result<_, _>>().map_err(|rejected| rejected.0)?;
        Ok((key.thumbprint(), keys))
    }

    /// The key of a JWK for this algorithm, and the thumbprint of its numbers.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn of_jwk_for(jwk: &Value, algorithm: JwsAlgorithm) -> Result<(String, Self), &'static str> {
        let (key, algorithms) = Self::read_jwk(jwk).map_err(|rejected| rejected.0)?;
        if !algorithms.contains(&algorithm) {
            return Err("the JWK is not for the algorithm");
        }
        let verifying = Self::from_public(&key, algorithm).map_err(|rejected| rejected.0)?;
        Ok((key.thumbprint(), verifying))
    }

    /// The numbers of a JWK, and the algorithms that it says it is for, of which there is at least one.
    fn read_jwk(jwk: &Value) -> Result<(PublicKey, &'static [JwsAlgorithm]), KeyRejected> {
        let jwk = jwk.as_object().ok_or(KeyRejected("a JWK must be a JSON object"))?;
        if PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member)) {
            return Err(KeyRejected("the JWK holds a private or symmetric key where a public one belongs"));
        }
        let key = public_numbers(jwk).ok_or(KeyRejected(
            "the JWK must be an Ed25519, P-256, P-384, P-521 or RSA key with all its members",
        ))?;
        let algorithms = algorithms_of(jwk, &key)
            .ok_or(KeyRejected("the JWK's `alg` is not one that we verify with a key of this type"))?;
        if !is_for_verifying(jwk) {
            return Err(KeyRejected("the JWK's `use` or `key_ops` is not for verifying signatures"));
        }
        Ok((key, algorithms))
    }

    /// `algorithm` is one of the key's.
    pub(super) fn from_public(key: &PublicKey, algorithm: JwsAlgorithm) -> Result<Self, KeyRejected> {
        key.check()?;
        Ok(Self { algorithm, verifier: Verifier::from_public(key, algorithm)? })
    }

    /// `secret` has been checked for its length, or said to be weak.
    pub(crate) fn from_hmac_secret(secret: &[u8]) -> Self {
        Self { algorithm: JwsAlgorithm::Hs256, verifier: Verifier::from_hmac_secret(secret) }
    }

    /// The HS256 key that is a secret shared with somebody; `None` when it is shorter than its hash (RFC 7518 section 3.2).
    pub(crate) fn from_shared_secret(secret: &[u8]) -> Option<Self> {
        (secret.len() >= MIN_HMAC_LEN).then(|| Self::from_hmac_secret(secret))
    }

    /// The one algorithm that this key verifies.
    pub fn algorithm(&self) -> JwsAlgorithm {
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
        ("EC", Some(curve)) => PublicKey::ec(Curve::from_name(curve)?, &number("x")?, &number("y")?),
        ("RSA", None) => Some(PublicKey::rsa(&number("n")?, &number("e")?)),
        _ => None,
    }
}

/// The algorithm that the JWK names, or all of its type; `None` when it names another.
fn algorithms_of(jwk: &Map<String, Value>, key: &PublicKey) -> Option<&'static [JwsAlgorithm]> {
    let of_type = key.algorithms();
    let Some(named) = jwk.get("alg") else { return Some(of_type) };
    let at = of_type.iter().position(|algorithm| named.as_str() == Some(algorithm.name()))?;
    Some(&of_type[at..=at])
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
        assert_eq!(key.algorithm(), JwsAlgorithm::EdDsa);
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
            json!({"kty": "EC", "crv": "P-521", "x": X, "y": X}),
            json!({"kty": "EC", "crv": "secp256k1", "x": X, "y": X}),
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
