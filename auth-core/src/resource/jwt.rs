//! Issuers of signed tokens.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::issuer::{IssuerId, Issuers, OutsideRefusal, OutsideVerifier, Verified};
use crate::outbound::{OutboundUrl, OutsideError};

use super::config::TokenRules;
use super::{OutsideToken, TokenProfile};

/// An issuer of signed tokens.
#[derive(Debug)]
pub(super) struct JwtIssuer {
    pub(super) id: IssuerId,
    pub(super) rules: TokenRules,
    pub(super) profile: TokenProfile,
    pub(super) jwks_uri: Option<OutboundUrl>,
    pub(super) issuers: Issuers,
    pub(super) verifier: OutsideVerifier<OutsideToken>,
}

impl JwtIssuer {
    /// The token, if it is this issuer's and valid.
    ///
    /// # Errors
    /// Of the token, when it does not hold; failed, when the keys cannot be had.
    pub(super) async fn recognise(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Arc<OutsideToken>, OutsideError> {
        let metadata;
        let jwks_uri = match &self.jwks_uri {
            Some(given) => given,
            None => {
                metadata = self.issuers.server_metadata(&self.id).await?;
                metadata.jwks_uri.as_ref().ok_or_else(without_keys)?
            }
        };
        let token = self.verifier.judge(jwks_uri, token, |verified| self.take(verified)).await?;
        token.check_times(now, self.rules.leeway)?;
        Ok(token)
    }

    /// What holds of a token as long as its signature does.
    fn take(&self, verified: Verified) -> Result<OutsideToken, OutsideError> {
        let claims = &verified.claims;
        if !self.id.is_issuer_of(claims.required_text("iss")?, claims.text("tid")?) {
            return Err(OutsideError::token(OutsideRefusal::Issuer));
        }
        let token = OutsideToken::signed(verified, self.profile, &self.rules.kinds)?;
        token.check_audience(&self.rules.audiences, &self.rules.clients)?;
        Ok(token)
    }
}

fn without_keys() -> OutsideError {
    OutsideError::failed("the issuer publishes no key set")
}
