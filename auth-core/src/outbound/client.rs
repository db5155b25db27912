//! Sending.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "server")]
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::{
    Method, OutboundConfig, OutboundError, OutboundFault, OutboundRequest, OutboundResponse, OutboundUrl,
};

/// What sends a request: `ReqwestClient` (feature `reqwest`), or a client of the application's own.
///
/// # Contract
/// - It follows no redirect, uses no proxy that its own configuration does not name, keeps no cookies, tells no referrer.
/// - It reads at most `config.max_body` bytes of a body and takes at most `config.timeout` in all.
/// - It connects to no address but those for which [`OutboundConfig::allows_address`] says yes, whatever a name resolves to at the
///   time of connecting.
/// - It keeps connections open for reuse.
#[async_trait]
pub trait HttpClient: fmt::Debug + Send + Sync {
    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// `AddressRefused`, `Connection`, `Timeout`, `TooLarge`.
    async fn send(
        &self,
        request: OutboundRequest,
        config: &OutboundConfig,
    ) -> Result<OutboundResponse, OutboundError>;
}

/// The name under which requests go out, unless they carry one: some servers (GitHub's) refuse those without.
const USER_AGENT: &str = concat!("auth-core/", env!("CARGO_PKG_VERSION"));

/// The way out, with its rules; cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Arc<dyn HttpClient>,
    config: Arc<OutboundConfig>,
}

impl Outbound {
    /// The way out by this client.
    pub fn new(client: Arc<dyn HttpClient>, config: OutboundConfig) -> Self {
        Self { client, config: Arc::new(config) }
    }

    /// The same way for URLs that came from strangers: to public addresses alone, whatever the settings allow, and no longer and no more
    /// than this.
    #[cfg(feature = "server")]
    pub(crate) fn for_strangers(&self, timeout: Duration, max_body: usize) -> Self {
        let config = OutboundConfig {
            allows_loopback: false,
            allows_private_addresses: false,
            timeout: timeout.min(self.config.timeout),
            max_body: max_body.min(self.config.max_body),
            ..(*self.config).clone()
        };
        Self { client: self.client.clone(), config: Arc::new(config) }
    }

    /// Whether this URL may be called at all, as far as its text tells: scheme and literal addresses.
    ///
    /// # Errors
    /// `AddressRefused`.
    pub fn check(&self, url: &OutboundUrl) -> Result<(), OutboundError> {
        if self.config.allows_url(url.url()) {
            Ok(())
        } else {
            Err(OutboundError::new(OutboundFault::AddressRefused, url.host()).with_url(url))
        }
    }

    /// Sends a request and answers whatever comes but a redirect.
    ///
    /// # Errors
    /// As [`OutboundFault`] says, `Status` and `Malformed` excepted.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let url = request.url.clone();
        self.attempt(request).await.map_err(|error| error.with_url(&url))
    }

    async fn attempt(&self, mut request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        self.check(&request.url)?;
        let host = request.url.host().to_owned();
        if !request.headers.iter().any(|(name, _)| name == "user-agent") {
            request = request.with_header("user-agent", USER_AGENT);
        }
        // The limits hold whatever the client makes of its contract.
        let answered = tokio::time::timeout(self.config.timeout, self.client.send(request, &self.config));
        let Ok(answered) = answered.await else {
            return Err(OutboundError::new(OutboundFault::Timeout, host));
        };
        let response = answered?;
        if response.body.len() > self.config.max_body {
            return Err(OutboundError::new(OutboundFault::TooLarge, host));
        }
        if (300..400).contains(&response.status) {
            return Err(OutboundError::new(OutboundFault::Redirect, host).with_status(response.status));
        }
        Ok(response)
    }

    /// Sends a request and answers what comes with a 200.
    ///
    /// # Errors
    /// As [`OutboundFault`] says, `Malformed` excepted.
    pub(crate) async fn send_for_200(
        &self,
        request: OutboundRequest,
    ) -> Result<OutboundResponse, OutboundError> {
        let url = request.url.clone();
        let response = self.send(request).await?;
        match response.status {
            200 => Ok(response),
            _ => Err(fault(OutboundFault::Status, &url).with_response(&response)),
        }
    }

    /// The JSON document that a request is answered with, of a 200.
    ///
    /// # Errors
    /// As [`OutboundFault`] says.
    pub(crate) async fn send_for_json<T: DeserializeOwned>(
        &self,
        request: OutboundRequest,
    ) -> Result<T, OutboundError> {
        let url = request.url.clone();
        let response = self.send_for_200(request.with_header("accept", "application/json")).await?;
        response.json().map_err(|error| fault(OutboundFault::Malformed, &url).with_source(error))
    }

    /// The JSON document at this URL, of a 200.
    ///
    /// # Errors
    /// As [`OutboundFault`] says.
    pub(crate) async fn get_json<T: DeserializeOwned>(&self, url: &OutboundUrl) -> Result<T, OutboundError> {
        self.send_for_json(OutboundRequest::new(Method::Get, url.clone())).await
    }
}

fn fault(fault: OutboundFault, url: &OutboundUrl) -> OutboundError {
    OutboundError::new(fault, url.host()).with_url(url)
}
