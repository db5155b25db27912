//! Settings of a client that works by itself.

use std::fmt;
use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::issuer::{IssuerConfig, IssuerId, IssuerMetadata, Issuers};
use crate::outbound::{HttpClient, Outbound, OutboundConfig, OutsideError, default_client};
use crate::random::{OsRandom, Random};
use crate::secret::Secret;

use super::{ClientAuthentication, OAuthClient, OAuthEndpoints};

/// Builds an [`OAuthClient`] without an [`Auth`](crate::Auth).
#[must_use = "a client exists once it is built"]
pub struct OAuthClientBuilder {
    client_id: String,
    authentication: ClientAuthentication,
    server: Server,
    http: Option<Arc<dyn HttpClient>>,
    outbound: OutboundConfig,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

enum Server {
    Missing,
    Issuer(String),
    Endpoints(Box<OAuthEndpoints>),
}

impl OAuthClient {
    /// Starts the settings of the client with this id.
    pub fn builder(client_id: impl Into<String>) -> OAuthClientBuilder {
        OAuthClientBuilder {
            client_id: client_id.into(),
            authentication: ClientAuthentication::None,
            server: Server::Missing,
            http: None,
            outbound: OutboundConfig::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
        }
    }
}

impl OAuthClientBuilder {
    /// The authorization server's issuer identifier: its endpoints come from what it publishes of itself.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.server = Server::Issuer(issuer.into());
        self
    }

    /// The endpoints of a server that publishes nothing of itself.
    pub fn endpoints(mut self, endpoints: OAuthEndpoints) -> Self {
        self.server = Server::Endpoints(Box::new(endpoints));
        self
    }

    /// The client's secret, sent by `client_secret_basic`, which every server has to take (RFC 6749 section 2.3.1).
    pub fn client_secret(self, secret: impl Into<Secret>) -> Self {
        self.authentication(ClientAuthentication::SecretBasic(secret.into()))
    }

    /// How the client authenticates; a public client by default.
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// What sends the requests; `ReqwestClient` by default, with the feature `reqwest`.
    pub fn http_client(mut self, client: impl HttpClient + 'static) -> Self {
        self.http = Some(Arc::new(client));
        self
    }

    /// The limits of its requests.
    pub fn outbound(mut self, config: OutboundConfig) -> Self {
        self.outbound = config;
        self
    }

    /// The clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The source of randomness, for tests.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Checks the settings, and asks the issuer for its endpoints if one is named.
    ///
    /// # Errors
    /// `Configuration` with what to change; `ProviderError` when the issuer cannot be asked.
    pub async fn build(self) -> Result<OAuthClient, Error> {
        if self.client_id.is_empty() {
            return Err(Error::configuration(
                "the client needs the id that it has at the authorization server",
            ));
        }
        let http = self.http.map_or_else(default_client, Ok)?;
        let outbound = Outbound::new(http, self.outbound);
        let endpoints = match self.server {
            Server::Missing => {
                return Err(Error::configuration("the authorization server is missing: call `.issuer(..)`"));
            }
            Server::Endpoints(endpoints) => *endpoints,
            Server::Issuer(issuer) => {
                let issuers = Issuers::new(outbound.clone(), self.clock.clone(), IssuerConfig::default());
                let metadata = issuers.server_metadata(&IssuerId::parse(&issuer)?).await;
                let endpoints = metadata.and_then(|metadata| OAuthEndpoints::of(&metadata));
                endpoints.map_err(OutsideError::into_provider_error)?
            }
        };
        let authentication = self.authentication;
        Ok(OAuthClient::new(outbound, self.clock, self.random, endpoints, &self.client_id, authentication))
    }
}

impl OAuthEndpoints {
    /// The endpoints that an issuer publishes.
    ///
    /// # Errors
    /// [`OutsideFault::Failed`](crate::outbound::OutsideFault::Failed) when it has no token endpoint.
    pub fn of(metadata: &IssuerMetadata) -> Result<Self, OutsideError> {
        let token = metadata
            .token_endpoint
            .clone()
            .ok_or_else(|| OutsideError::failed("the issuer publishes no token endpoint"))?;
        Ok(Self {
            token,
            revocation: metadata.revocation_endpoint.clone(),
            introspection: metadata.introspection_endpoint.clone(),
            device_authorization: metadata.device_authorization_endpoint.clone(),
        })
    }
}

impl fmt::Debug for OAuthClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthClientBuilder").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
