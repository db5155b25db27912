//! Other issuers' keys, each parsed once, with the one algorithm that it verifies.

use serde_json::Value;

use crate::error::Error;
use crate::key::{JwsAlgorithm, VerifyingKey};
use crate::secret::Secret;

/// A key of another issuer, which verifies signatures of one algorithm. No key of ours is ever one.
#[derive(Debug)]
pub struct OutsideKey(VerifyingKey);

impl OutsideKey {
    /// The HS256 key that is a client's secret (OpenID Connect Core 1.0 section 10.1): for a provider whose configuration names
    /// that algorithm, never because a token does.
    ///
    /// # Errors
    /// `Configuration` when the secret has less than 32 bytes (RFC 7518 section 3.2).
    pub fn from_client_secret(secret: &Secret) -> Result<Self, Error> {
        Self::from_secret_bytes(secret.expose().as_bytes()).ok_or_else(|| {
            Error::configuration("a client secret must have at least 32 bytes to verify HS256 with it")
        })
    }

    /// The HS256 key of these bytes; `None` when they are fewer than 32 (RFC 7518 section 3.2).
    pub(crate) fn from_secret_bytes(secret: &[u8]) -> Option<Self> {
        VerifyingKey::from_shared_secret(secret).map(Self)
    }

    /// The HS256 key that is a secret of any length; see [`from_client_secret`](Self::from_client_secret).
    pub(crate) fn of_short_secret(secret: &Secret) -> Self {
        Self(VerifyingKey::from_hmac_secret(secret.expose().as_bytes()))
    }

    /// Reads a public JWK: one key for the algorithm that it names, or for each that its type can be used with; and the
    /// thumbprint of its numbers (RFC 7638), by which it is known again whatever else is said of it.
    pub(super) fn all_from_jwk(jwk: &Value) -> Result<(String, Vec<Self>), &'static str> {
        let (thumbprint, keys) = VerifyingKey::all_from_jwk(jwk)?;
        Ok((thumbprint, keys.into_iter().map(Self).collect()))
    }

    /// The one algorithm that this key verifies.
    pub fn algorithm(&self) -> JwsAlgorithm {
        self.0.algorithm()
    }

    /// What verifies.
    pub(super) fn verifying(&self) -> &VerifyingKey {
        &self.0
    }
}
