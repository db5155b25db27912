//! Settings from the environment.

use std::env;

use crate::error::Error;
use crate::http::TrustedProxies;
use crate::provider::ProviderConfig;
use crate::throttle::ThrottleConfig;

use super::AuthBuilder;

impl AuthBuilder {
    /// Reads the settings that operators make from the environment; a variable that is not set, or
    /// empty, leaves its setting as it is. Only an empty list of proxies is refused: it could mean nobody or everybody.
    ///
    /// | variable | setting |
    /// |---|---|
    /// | `AUTH_BASE_URL` | [`base_url`](Self::base_url) |
    /// | `AUTH_SECRET` | [`secret_text`](Self::secret_text) |
    /// | `AUTH_JWT_ALG` | [`signing_algorithm`](Self::signing_algorithm): `EdDSA`, `ES256`, `RS256`, `HS256` |
    /// | `AUTH_THROTTLE` | [`throttle`](Self::throttle): `on`, or `off` for load measurements |
    /// | `AUTH_TRUSTED_PROXIES` | [`trusted_proxies`](Self::trusted_proxies): addresses and CIDR ranges, separated by commas |
    /// | `AUTH_PROVIDER_<ID>_…` | [`providers`](Self::providers), beside those that are there: see [`ProviderConfig::all_from_env`] |
    ///
    /// # Errors
    /// `Configuration` for a value that makes no sense.
    pub fn from_env(self) -> Result<Self, Error> {
        let providers = ProviderConfig::all_from_env()?;
        Ok(self.read_variables(|name| env::var(name).ok())?.providers(providers))
    }

    pub(super) fn read_variables(mut self, read: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let given = |name| read(name).filter(|value| !value.is_empty());
        if let Some(url) = given("AUTH_BASE_URL") {
            self = self.base_url(url);
        }
        if let Some(secret) = given("AUTH_SECRET") {
            self = self.secret_text(&secret);
        }
        if let Some(algorithm) = given("AUTH_JWT_ALG") {
            self = self.signing_algorithm(algorithm.parse()?);
        }
        if let Some(proxies) = read("AUTH_TRUSTED_PROXIES") {
            self.proxies = TrustedProxies::parse(&proxies);
        }
        match given("AUTH_THROTTLE").as_deref() {
            None | Some("on") => Ok(self),
            Some("off") => Ok(self.throttle(ThrottleConfig::insecure_off())),
            Some(_) => Err(Error::configuration("AUTH_THROTTLE is neither `on` nor `off`")),
        }
    }
}

pub(super) fn missing_variable(variable: &str) -> Error {
    Error::configuration(format!(
        "the environment variable {variable} is not set: give it 32 random bytes in base64, for instance by `openssl rand -base64 32`"
    ))
}
