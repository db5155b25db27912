//! The one way out: every request that this crate sends to somebody else's server goes through an [`Outbound`].
//!
//! 1. A URL is `https`. Plain `http` is taken for loopback hosts only, and only where [`OutboundConfig`] allows them.
//! 2. A host that is, or resolves to, a private, link-local, loopback, multicast or otherwise special address is
//!    refused before anything is sent, unless the configuration allows such addresses.
//! 3. A redirect is an answer like any other, and never followed.
//! 4. An answer is complete within the time limit and below the size limit, or it is an error.
//! 5. Every failure is an [`OutboundError`] that says which of these it was.
//!
//! ```
//! # #[derive(Debug)]
//! # struct MyClient;
//! # #[async_trait::async_trait]
//! # impl auth_core::outbound::HttpClient for MyClient {
//! #     async fn send(&self, request: OutboundRequest, _: &OutboundConfig) -> Result<OutboundResponse, OutboundError> {
//! #         Err(OutboundError::new(OutboundFault::Connection, request.url.host()))
//! #     }
//! # }
//! # use auth_core::outbound::*;
//! # use std::sync::Arc;
//! let outbound = Outbound::new(Arc::new(MyClient), OutboundConfig::default());
//!
//! assert!(outbound.check(&OutboundUrl::parse("https://idp.example/token")?).is_ok());
//! for refused in ["http://idp.example/", "https://169.254.169.254/", "https://[::1]/", "https://0x7f.1/"] {
//!     let error = outbound.check(&OutboundUrl::parse(refused)?).unwrap_err();
//!     assert_eq!(error.fault(), OutboundFault::AddressRefused);
//! }
//! # Ok::<(), auth_core::Error>(())
//! ```
//!
//! `ReqwestClient` (feature `reqwest`) is the client that comes along; [`HttpClient`] says what one of the application's own has
//! to keep. Names are resolved by the client: only it can keep them from leading elsewhere.
//!
//! [OWASP: server-side request forgery](https://owasp.org/Top10/A10_2021-Server-Side_Request_Forgery_%28SSRF%29/), RFC 6890
//! (special addresses).

mod address;
mod client;
mod config;
mod default;
mod error;
mod outside;
#[cfg(feature = "reqwest")]
mod reqwest;
mod types;

pub use self::client::{HttpClient, Outbound};
pub use self::config::OutboundConfig;
pub(crate) use self::default::default_client;
pub use self::error::{OutboundError, OutboundFault};
pub use self::outside::{OutsideError, OutsideFault};
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestClient;
pub use self::types::{Method, OutboundRequest, OutboundResponse, OutboundUrl};

#[cfg(test)]
mod tests;
