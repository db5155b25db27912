//! The client for whoever brings none.

use std::sync::Arc;

use crate::error::Error;

use super::HttpClient;

/// What sends requests where the application gave no client.
#[cfg(feature = "reqwest")]
pub(crate) fn default_client() -> Result<Arc<dyn HttpClient>, Error> {
    Ok(Arc::new(super::ReqwestClient::new()?))
}

/// What sends requests where the application gave no client.
#[cfg(not(feature = "reqwest"))]
pub(crate) fn default_client() -> Result<Arc<dyn HttpClient>, Error> {
    Err(Error::configuration(
        "requests to other servers need a client: call `.http_client(..)`, or turn on the feature `reqwest` of auth-core",
    ))
}
