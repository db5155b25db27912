//! Verifying many tokens by one key set.

use std::sync::Arc;

use super::cache::accepted_algorithm;
use super::key_set::Signed;
use super::{Claims, Issuers, MAX_OUTSIDE_TOKEN_LEN, OutsideJws};
use crate::jose::{Refusal, VerifiedTokens};
use crate::key::JwsAlgorithm;
use crate::outbound::{OutboundUrl, OutsideError};

/// How many verified tokens are remembered. About 2 KiB each.
const CACHE_CAPACITY: usize = 10_000;

/// Verifies signatures by the keys of other issuers, for guards that see the same tokens again and again.
///
/// A token whose signature was right is remembered, under its SHA-256 and the key set that verified it: it is verified again
/// when the issuer's keys have changed, and refused when they cannot be had for too long. What it says, its times above all, is
/// for the caller to check each time.
#[derive(Debug)]
pub struct OutsideVerifier<T = Verified> {
    issuers: Issuers,
    accepted: Vec<JwsAlgorithm>,
    verified: VerifiedTokens<T>,
}

/// A token whose signature was right.
#[derive(Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The header's `typ`.
    pub typ: Option<String>,
    /// What it claims.
    pub claims: Claims,
}

impl OutsideVerifier {
    /// A verifier of tokens with one of these algorithms.
    pub fn new(issuers: Issuers, accepted: Vec<JwsAlgorithm>) -> Self {
        Self::judging(issuers, accepted)
    }

    /// What `token` claims, if it was signed with a key of the set at this URL.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) when it was not; [`Failed`](crate::outbound::OutsideFault::Failed) when the keys cannot be had.
    ///
    /// # Security
    /// Only the signature is right then: issuer, audience, type and times are for the caller to check.
    pub async fn verify(&self, jwks_uri: &OutboundUrl, token: &str) -> Result<Arc<Verified>, OutsideError> {
        self.judge(jwks_uri, token, Ok).await
    }
}

impl<T> OutsideVerifier<T> {
    /// A verifier that remembers what the caller made of the claims.
    pub(crate) fn judging(issuers: Issuers, accepted: Vec<JwsAlgorithm>) -> Self {
        Self { issuers, accepted, verified: VerifiedTokens::new(CACHE_CAPACITY) }
    }

    /// As [`verify`](OutsideVerifier::verify), with what `take` makes of the claims. It is asked once for each token, so it decides
    /// by nothing that moves; what it refuses is not remembered.
    pub(crate) async fn judge(
        &self,
        jwks_uri: &OutboundUrl,
        token: &str,
        take: impl FnOnce(Verified) -> Result<T, OutsideError>,
    ) -> Result<Arc<T>, OutsideError> {
        // Before anything that takes time with the length.
        if token.len() > MAX_OUTSIDE_TOKEN_LEN {
            return Err(OutsideError::token(Refusal::TooLong));
        }
        let digest = VerifiedTokens::<T>::digest(token);
        let keys = self.issuers.keys(jwks_uri).await?;
        if let Some(verified) = self.verified.get(&digest, keys.generation()) {
            return Ok(verified);
        }
        let jws = OutsideJws::parse(token)?;
        let algorithm = accepted_algorithm(&jws, &self.accepted)?;
        let Signed { claims, generation } = self.issuers.verify(jwks_uri, keys, &jws, algorithm).await?;
        let taken = Arc::new(take(Verified { typ: jws.into_typ(), claims })?);
        self.verified.insert(digest, generation, &taken);
        Ok(taken)
    }
}
