//! Issuers of signed tokens.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::issuer::{ForeignJws, IssuerId, Issuers};
use crate::key::JwsAlgorithm;
use crate::outbound::OutboundUrl;
use crate::token::{Refusal, VerifiedTokens};

use super::token::refused;
use super::{OutsideToken, TokenProfile};

/// How many verified tokens are remembered for each issuer. About 2 KiB each.
const CACHE_CAPACITY: usize = 10_000;

/// An issuer of signed tokens.
#[derive(Debug)]
pub(super) struct JwtIssuer {
    pub(super) id: IssuerId,
    pub(super) audiences: Vec<String>,
    pub(super) profile: TokenProfile,
    pub(super) algorithms: Vec<JwsAlgorithm>,
    pub(super) jwks_uri: Option<OutboundUrl>,
    pub(super) issuers: Issuers,
    pub(super) verified: VerifiedTokens<OutsideToken>,
}

impl JwtIssuer {
    pub(super) fn cache() -> VerifiedTokens<OutsideToken> {
        VerifiedTokens::new(CACHE_CAPACITY)
    }

    /// The token, if it is this issuer's and valid.
    ///
    /// # Errors
    /// `InvalidToken`; `ProviderError` when the keys cannot be had.
    pub(super) async fn recognise(&self, token: &str, now: Timestamp) -> Result<Arc<OutsideToken>, Error> {
        let jwks_uri = self.jwks_uri().await?;
        let digest = VerifiedTokens::<OutsideToken>::digest(token);
        let generation = self.issuers.generation(&jwks_uri).await?;
        if let Some(known) = self.verified.get(&digest, generation) {
            known.check_times(now)?;
            return Ok(known);
        }
        let valid = Arc::new(self.verify(token, &jwks_uri).await?);
        valid.check_times(now)?;
        self.verified.insert(digest, generation, &valid);
        Ok(valid)
    }

    /// What stays true of a token while its issuer keeps its keys.
    async fn verify(&self, token: &str, jwks_uri: &OutboundUrl) -> Result<OutsideToken, Error> {
        let jws = ForeignJws::parse(token)?;
        if !jws.algorithm().is_some_and(|algorithm| self.algorithms.contains(&algorithm)) {
            return Err(refused(Refusal::Algorithm));
        }
        let key = self.issuers.key(jwks_uri, &jws).await?;
        let claims = jws.verify(&key)?;
        if !self.id.is_issuer_of(claims.required_text("iss")?, claims.text("tid")?) {
            return Err(refused(Refusal::Issuer));
        }
        let token = OutsideToken::signed(claims, self.profile, jws.typ())?;
        token.check_audience(&self.audiences)?;
        Ok(token)
    }

    async fn jwks_uri(&self) -> Result<OutboundUrl, Error> {
        if let Some(given) = &self.jwks_uri {
            return Ok(given.clone());
        }
        let metadata = self.issuers.metadata(&self.id).await?;
        metadata.jwks_uri.clone().ok_or_else(|| {
            Error::new(ErrorKind::ProviderError).with_source("the issuer publishes no key set")
        })
    }
}
