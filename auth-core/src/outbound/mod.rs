//! The one way out: every request that this crate sends to somebody else's server goes through an [`Outbound`].
//!
//! 1. A URL is `https`. Plain `http` is taken for loopback hosts only, and only where [`OutboundConfig`] allows them.
//! 2. A host that is, or resolves to, a private, link-local, loopback, multicast or otherwise special address is
//!    refused before anything is sent, unless the configuration allows such addresses.
//! 3. A redirect is an answer like any other, and never followed.
//! 4. An answer is complete within the time limit and below the size limit, or it is an error.
//! 5. Every failure is an [`OutboundError`] that says which of these it was.

mod address;
mod client;
mod config;
mod default;
mod error;
#[cfg(feature = "reqwest")]
mod reqwest;
mod types;

pub use self::client::{HttpClient, Outbound};
pub use self::config::OutboundConfig;
pub(crate) use self::default::default_client;
pub use self::error::{OutboundError, OutboundFault};
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestClient;
pub use self::types::{Method, OutboundRequest, OutboundResponse, OutboundUrl};

#[cfg(test)]
mod tests;
