//! Issuers whose access tokens are accepted.

use std::mem;
use std::sync::Arc;

use crate::error::Error;
use crate::resource::{OutsideIssuer, OutsideParts, OutsideTokens, OutsideUsers, SharedSecretJwt};
use crate::throttle::Throttle;

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

    /// Accepts tokens under a secret that other programs share with this one, at the same guards. Called again, it adds another: the
    /// last one and the next, while one follows the other.
    pub fn shared_secret_tokens(mut self, jwt: SharedSecretJwt) -> Self {
        self.shared_secrets.push(jwt);
        self
    }

    /// Which account an access token of another issuer stands for; none, where nothing is said.
    pub fn map_outside_users(mut self, users: impl OutsideUsers + 'static) -> Self {
        self.outside_users = Some(Arc::new(users));
        self
    }
}

impl Parts {
    pub(super) fn outside_tokens(
        &mut self,
        base: &BaseUrl,
        throttle: &Throttle,
    ) -> Result<Option<OutsideTokens>, Error> {
        let issuers = mem::take(&mut self.builder.outside_issuers);
        let secrets = mem::take(&mut self.builder.shared_secrets);
        let mapping = self.builder.outside_users.take();
        if issuers.is_empty() && secrets.is_empty() {
            return match mapping {
                None => Ok(None),
                Some(_) => Err(Error::configuration(
                    "tokens of other issuers are mapped to users, and no issuer is named: call `.outside_issuer(..)` too",
                )),
            };
        }
        let mut tokens = OutsideTokens::new(base.url(), mapping, self.stores.users.clone());
        tokens.add_secrets(secrets, base.is_https)?;
        if !issuers.is_empty() {
            tokens.add_issuers(&self.outside_parts(base, throttle)?, issuers)?;
        }
        Ok(Some(tokens))
    }

    fn outside_parts(&mut self, base: &BaseUrl, throttle: &Throttle) -> Result<OutsideParts, Error> {
        let (outbound, issuers) = self.way_out(base)?;
        let (clock, random) = (self.clock(), self.random());
        Ok(OutsideParts { outbound, issuers, clock, random, throttle: throttle.clone() })
    }
}
