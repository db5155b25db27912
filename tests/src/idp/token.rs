//! Tokens of the provider, and the keys that they are signed with.

use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::key::{KeyRing, SigningAlgorithm, SigningKey};
use auth_core::testing::SeededRandom;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// An ID token in the making.
#[derive(Clone, Debug)]
pub struct IdToken {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// What stands in place of the claims, if anything does.
    pub payload: Option<String>,
    /// How it is signed.
    pub signature: Signature,
}

/// How a token is signed.
#[derive(Clone, Debug)]
pub enum Signature {
    /// By HMAC-SHA256 under this key.
    Hmac(Vec<u8>),
    /// By this key.
    Key(Key),
    /// Not at all.
    Missing,
    /// By the provider's key, over something else.
    Wrong,
}

impl IdToken {
    /// Removes a claim.
    pub fn without(&mut self, claim: &str) {
        self.claims.as_object_mut().unwrap().remove(claim);
    }

    /// Moves the time that a claim names, in seconds.
    pub fn shift(&mut self, claim: &str, seconds: i64) {
        self.claims[claim] = json!(self.claims[claim].as_i64().unwrap() + seconds);
    }

    /// The token.
    pub fn sign(&self, own: &Key) -> String {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let payload = self.payload.clone().unwrap_or_else(|| self.claims.to_string());
        let input = format!("{}.{}", part(self.header.to_string().as_bytes()), part(payload.as_bytes()));
        let signature = match &self.signature {
            Signature::Hmac(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
                mac.update(input.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            Signature::Key(key) => key.sign(input.as_bytes()),
            Signature::Missing => Vec::new(),
            Signature::Wrong => own.sign(b"something else"),
        };
        format!("{input}.{}", part(&signature))
    }
}

/// A key pair of a provider; cheap to clone.
#[derive(Clone, Debug)]
pub struct Key(Arc<KeyRing>);

impl Key {
    /// A new one. The same seed makes the same key, save for RSA.
    pub fn generate(algorithm: SigningAlgorithm, seed: u64) -> Self {
        let key = SigningKey::generate(algorithm, &SeededRandom::new(seed)).unwrap();
        Self(Arc::new(KeyRing::of(vec![key]).unwrap()))
    }

    /// The public half (RFC 7517).
    pub fn jwk(&self) -> Value {
        let set: Value = serde_json::from_str(&self.0.jwks(Timestamp::default())).unwrap();
        set["keys"][0].clone()
    }

    /// The signature of a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.signer(Timestamp::default()).unwrap().sign(message).unwrap()
    }

    /// The header of a token that it signs.
    pub fn header(&self, typ: &str) -> Value {
        let jwk = self.jwk();
        json!({"alg": jwk["alg"], "kid": jwk["kid"], "typ": typ})
    }
}
