//! Issuers whose access tokens are accepted.

use std::mem;
use std::sync::Arc;

use crate::error::Error;
use crate::resource::{OutsideIssuer, OutsideParts, OutsideTokens, OutsideUsers};

use super::AuthBuilder;
use super::assemble::Parts;
use super::base_url::BaseUrl;

impl AuthBuilder {
    /// Accepts access tokens of this issuer, at guards that ask for them: [`require_oauth`](crate::access::require_oauth),
    /// [`OAuthToken`](crate::access::OAuthToken). See [`resource`](crate::resource).
    pub fn outside_issuer(mut self, issuer: OutsideIssuer) -> Self {
        self.outside_issuers.push(issuer);
        self
    }

    /// Which account an access token of another issuer stands for; none, where nothing is said.
    pub fn map_outside_users(mut self, users: impl OutsideUsers + 'static) -> Self {
        self.outside_users = Some(Arc::new(users));
        self
    }
}

impl Parts {
    pub(super) fn outside_tokens(&mut self, base: &BaseUrl) -> Result<Option<OutsideTokens>, Error> {
        let configured = mem::take(&mut self.builder.outside_issuers);
        let mapping = self.builder.outside_users.take();
        if configured.is_empty() {
            return match mapping {
                None => Ok(None),
                Some(_) => Err(Error::configuration(
                    "tokens of other issuers are mapped to users, and no issuer is named: call `.outside_issuer(..)` too",
                )),
            };
        }
        let (outbound, issuers) = self.way_out(base)?;
        let parts = OutsideParts {
            own_issuer: base.origin.clone(),
            outbound,
            issuers,
            mapping,
            users: self.stores.users.clone(),
            clock: self.builder.clock.clone(),
            random: self.builder.random.clone(),
        };
        OutsideTokens::new(parts, configured).map(Some)
    }
}
