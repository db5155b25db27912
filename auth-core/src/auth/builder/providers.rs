//! Login providers: from settings to what the flow works on.

use std::mem;
use std::sync::Arc;

use crate::account::Notices;
use crate::error::Error;
use crate::http::path;
use crate::outbound::{HttpClient, Outbound, OutboundConfig, OutboundUrl, default_client};
use crate::page::ReplyStyle;
use crate::provider::{
    Provider, ProviderConfig, ProviderConnection, ProviderParts, Providers, Registry, SignUp,
};
use crate::session::Entrance;
use crate::throttle::Throttle;
use crate::user::Users;

use super::AuthBuilder;
use super::assemble::Parts;
use super::base_url::BaseUrl;

impl AuthBuilder {
    /// Adds a provider to log in with.
    pub fn provider(self, provider: ProviderConfig) -> Self {
        self.providers([provider])
    }

    /// Adds providers to log in with, in the order of their buttons.
    pub fn providers(mut self, providers: impl IntoIterator<Item = ProviderConfig>) -> Self {
        self.providers.extend(providers);
        self
    }

    /// What sends requests to providers, in place of the client of the feature `reqwest`.
    pub fn http_client(mut self, client: impl HttpClient + 'static) -> Self {
        self.http_client = Some(Arc::new(client));
        self
    }

    /// The limits of requests to other servers. On an `http://localhost` base URL loopback addresses are allowed too.
    pub fn outbound(mut self, config: OutboundConfig) -> Self {
        self.outbound = config;
        self
    }

    /// How accounts are made for people who come by a provider for the first time, in place of the account that is made by
    /// itself. Needed where the users' table is the application's own, or nobody signs up.
    pub fn sign_up(mut self, sign_up: impl SignUp + 'static) -> Self {
        self.sign_up = Some(Arc::new(sign_up));
        self
    }

    /// The way to other servers.
    pub(super) fn take_outbound(&mut self, base: &BaseUrl) -> Result<Outbound, Error> {
        if base.is_https && self.outbound.allows_loopback {
            return Err(Error::configuration(
                "requests to loopback addresses are allowed beside an https base URL: whoever names a provider could reach this \
                 machine's own services; set `allows_loopback` on http://localhost only",
            ));
        }
        let config = OutboundConfig { allows_loopback: !base.is_https, ..self.outbound.clone() };
        let client = self.http_client.take().map_or_else(default_client, Ok)?;
        Ok(Outbound::new(client, config))
    }
}

impl Parts {
    /// The registry and its flow. Without providers no way to other servers is needed.
    pub(super) fn providers(
        &mut self,
        base: &BaseUrl,
        style: &ReplyStyle,
        users: &Users,
        entrance: &Entrance,
        throttle: &Throttle,
        notices: &Notices,
    ) -> Result<Providers, Error> {
        let registry = Registry::new(mem::take(&mut self.builder.providers), !base.is_https)?;
        let connections = match registry.is_empty() {
            true => Vec::new(),
            false => self.connections(registry, base, style)?,
        };
        let parts = ProviderParts {
            users: users.clone(),
            linked_accounts: self.stores.linked_accounts.clone(),
            short_lived: self.stores.short_lived.clone(),
            sign_up: self.builder.sign_up.take(),
            notices: Arc::new(notices.clone()),
            entrance: entrance.clone(),
            throttle: throttle.clone(),
            events: self.events.clone(),
            secrets: &self.secrets,
            clock: self.clock(),
            random: self.random(),
            passkeys: self.passkey_ways(),
            timeout: self.builder.outbound.timeout,
        };
        Ok(Providers::new(connections, parts))
    }

    fn connections(
        &mut self,
        registry: Registry,
        base: &BaseUrl,
        style: &ReplyStyle,
    ) -> Result<Vec<ProviderConnection>, Error> {
        let way_out = self.way_out(base)?;
        let (clock, random) = (&self.builder.clock, &self.builder.random);
        let connection = |provider: Arc<Provider>| {
            let callback = style.path_of(path::PROVIDER_CALLBACK, [provider.id().as_str()]);
            let callback = OutboundUrl::parse(&format!("{}{callback}", base.origin))?;
            tracing::info!(
                "the callback URL to register with the login provider `{}`: {}",
                provider.id(),
                callback.as_str()
            );
            let home = format!("{}{}", base.origin, style.home());
            let (way_out, clock, random) = (way_out.clone(), clock.clone(), random.clone());
            Ok(ProviderConnection::new(provider, callback, home, way_out, clock, random))
        };
        registry.into_iter().map(connection).collect()
    }
}
