//! Signed tokens of other issuers, read as strictly as our own.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Claims, OutsideKey};
use crate::jose::{CompactJws, Header, Refusal};
use crate::key::JwsAlgorithm;
use crate::outbound::OutsideError;

/// The longest token of another issuer that is looked at, in bytes: more than for our own, since Entra writes up to 200 groups of
/// 36 characters into one.
pub const MAX_OUTSIDE_TOKEN_LEN: usize = 16 * 1024;

/// A token of another issuer, taken apart. Nothing of it is trusted before [`verify_claims`](Self::verify_claims).
///
/// It has at most [`MAX_OUTSIDE_TOKEN_LEN`] bytes, is three parts in base64url without padding, whitespace or loose bits, and
/// its header is a JSON object without duplicate members that brings no key (`jwk`, `jku`, `x5c`, `x5u`) and asks for no
/// extension (`crit`, `b64`, `zip`, `enc`).
pub struct OutsideJws<'t> {
    jws: CompactJws<'t>,
    header: Header,
}

impl<'t> OutsideJws<'t> {
    /// Takes a token apart and reads its header.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) with the reason as source.
    pub fn parse(token: &'t str) -> Result<Self, OutsideError> {
        let jws = CompactJws::parse(MAX_OUTSIDE_TOKEN_LEN, token).map_err(OutsideError::token)?;
        let header = jws.header().map_err(OutsideError::token)?;
        Ok(Self { jws, header })
    }

    /// The header's `kid`.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid()
    }

    /// The header's `typ`.
    pub fn typ(&self) -> Option<&str> {
        self.header.typ()
    }

    pub(super) fn into_typ(self) -> Option<String> {
        self.header.into_typ()
    }

    /// The header's `alg`, if it is one that is verified at all. It chooses among an issuer's keys, and never the algorithm of one.
    pub fn algorithm(&self) -> Option<JwsAlgorithm> {
        self.header.alg()
    }

    /// The `iss` that it claims: for choosing by whose keys it has to be verified, among issuers that are trusted anyway.
    ///
    /// # Security
    /// Anybody can write anything there. Compare it again once the token is verified.
    pub(crate) fn unverified_issuer(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Issued {
            iss: String,
        }
        let payload = self.jws.unverified_payload().ok()?;
        serde_json::from_slice(&payload).ok().map(|issued: Issued| issued.iss)
    }

    /// The claims, once the signature is found to be `key`'s by `key`'s algorithm, which the header has to name. Duplicate
    /// members are refused.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) with the reason as source.
    ///
    /// # Security
    /// Only the signature is right then: issuer, audience, type and times are for the caller to check.
    pub fn verify_claims(&self, key: &OutsideKey) -> Result<Claims, OutsideError> {
        self.signed_claims(key).map_err(OutsideError::token)
    }

    pub(super) fn signed_claims(&self, key: &OutsideKey) -> Result<Claims, Refusal> {
        self.header.check(key.verifying())?;
        Claims::from_json(&self.jws.verify(key.verifying())?)
    }

    /// As [`verify_claims`](Self::verify_claims), with the claims read as a type of the caller's own.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) with the reason as source.
    pub fn verify<C: DeserializeOwned>(&self, key: &OutsideKey) -> Result<C, OutsideError> {
        self.verify_claims(key)?.to()
    }
}

impl fmt::Debug for OutsideJws<'_> {
    /// The header only: who has the rest has the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideJws").field("header", &self.header).finish_non_exhaustive()
    }
}
