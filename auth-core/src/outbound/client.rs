//! Sending.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::{OutboundConfig, OutboundError, OutboundRequest, OutboundResponse, OutboundUrl};

/// What sends a request: `ReqwestClient` (feature `reqwest`), or a client of the application's own.
///
/// # Contract
/// - It follows no redirect, uses no proxy that the configuration does not name, keeps no cookies.
/// - It reads at most `config.max_body` bytes and takes at most `config.timeout`.
/// - It connects to no address that `config` does not allow, whatever a name resolves to at the time of connecting.
/// - It keeps connections open for reuse.
#[async_trait]
pub trait HttpClient: fmt::Debug + Send + Sync {
    /// Sends a request and reads the whole answer, whatever its status.
    async fn send(
        &self,
        request: OutboundRequest,
        config: &OutboundConfig,
    ) -> Result<OutboundResponse, OutboundError>;
}

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

    /// Whether this URL may be called at all, as far as its text tells: scheme and literal addresses.
    ///
    /// # Errors
    /// `AddressRefused`.
    pub fn check(&self, _url: &OutboundUrl) -> Result<(), OutboundError> {
        unimplemented!()
    }

    /// Sends a request and answers whatever comes but a redirect.
    ///
    /// # Errors
    /// As [`OutboundFault`](super::OutboundFault) says, `Status` and `Malformed` excepted.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let _ = (&self.client, &self.config, request);
        unimplemented!()
    }

    /// The JSON document at this URL, of a 200 and a JSON type.
    ///
    /// # Errors
    /// As [`OutboundFault`](super::OutboundFault) says.
    pub async fn get_json<T: DeserializeOwned>(&self, _url: &OutboundUrl) -> Result<T, OutboundError> {
        unimplemented!()
    }
}
