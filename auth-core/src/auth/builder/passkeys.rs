//! Settings of passkeys.

use std::sync::Arc;

use crate::error::Error;
use crate::passkey::{PasskeyConfig, PasskeyParts, PasskeyWays, Passkeys};
use crate::provider::Providers;
use crate::throttle::Throttle;
use crate::user::Users;

use super::AuthBuilder;
use super::assemble::Parts;
use super::base_url::BaseUrl;

impl AuthBuilder {
    /// Lets people log in by [passkeys](crate::passkey), and adds the routes for them. Where the base URL is an address (`127.0.0.1`) there
    /// can be none: browsers want a name.
    #[cfg(feature = "passkeys")]
    #[cfg_attr(docsrs, doc(cfg(feature = "passkeys")))]
    #[doc(alias("webauthn", "fido2"))]
    pub fn passkeys(mut self, config: PasskeyConfig) -> Self {
        self.passkeys = Some(config);
        self
    }

    /// Takes back what was said of passkeys, for a builder that comes from elsewhere.
    #[cfg(feature = "passkeys")]
    #[cfg_attr(docsrs, doc(cfg(feature = "passkeys")))]
    pub fn without_passkeys(mut self) -> Self {
        self.passkeys = None;
        self
    }
}

impl Parts {
    /// The passkeys that one can log in by; `None` for an application without.
    pub(super) fn passkey_ways(&self) -> Option<PasskeyWays> {
        let is_on = self.builder.passkeys.is_some();
        is_on.then(|| PasskeyWays::new(self.stores.factors.clone(), &self.secrets))
    }

    pub(super) fn passkeys(
        &self,
        base: &BaseUrl,
        app_name: &str,
        (users, providers, throttle): (&Users, &Providers, &Throttle),
    ) -> Result<Option<Passkeys>, Error> {
        let Some(config): &Option<PasskeyConfig> = &self.builder.passkeys else { return Ok(None) };
        let parts = PasskeyParts {
            party: config.relying_party(&base.origin, &base.host)?,
            app_name: app_name.to_owned(),
            short_lived: self.stores.short_lived.clone(),
            store: self.stores.factors.clone(),
            other_ways: Arc::new(providers.clone()),
            secrets: &self.secrets,
            users: users.clone(),
            throttle: throttle.clone(),
            events: self.events.clone(),
            clock: self.clock(),
            random: self.random(),
        };
        Passkeys::new(parts).map(Some)
    }
}
