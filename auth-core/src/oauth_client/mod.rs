//! This application as an OAuth 2.0 client: the requests that a client sends to a token endpoint and its neighbours.
//!
//! [`OAuthClient`] exchanges codes, refreshes, revokes, introspects, and gets tokens of its own (`client_credentials`) or for a
//! person who confirms elsewhere ([`DeviceLogin`]). [`MachineClient`] is an [`ApiClient`], which calls APIs with such a token and
//! keeps it fresh. Logging in with [providers](crate::provider) and asking [issuers](crate::resource) about tokens are built on it.
//! No session, no user, no store: it works without an [`Auth`](crate::Auth) too.
//!
//! 1. Requests go out by [`outbound`](crate::outbound), to the endpoints that were named or that the issuer publishes, and carry the
//!    client's credentials in exactly one place ([`ClientAuthentication`]). An assertion is made for one request and lives a
//!    minute.
//! 2. Tokens are taken from a 200 of JSON whose `token_type` is `Bearer`, in any case. LinkedIn leaves the type out, Naver writes
//!    `expires_in` as text: both are taken. Any other type, form or status is an error.
//! 3. An error answer is an [`Error`](crate::Error) of the kind that it names: `InvalidGrant`, `InvalidClient` or `InvalidScope`;
//!    anything else is a `ProviderError`. What the server said besides, cut short, is in its source, for the log. No
//!    error holds a secret or a token.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! # use auth_core::outbound::{HttpClient, OutboundConfig, OutboundError, OutboundRequest, OutboundResponse};
//! use auth_core::ErrorKind;
//! use auth_core::oauth_client::{OAuthClient, OAuthEndpoints};
//! use auth_core::outbound::OutboundUrl;
//! # #[derive(Debug)]
//! # struct Server;
//! # #[async_trait::async_trait]
//! # impl HttpClient for Server {
//! #     async fn send(&self, request: OutboundRequest, _: &OutboundConfig) -> Result<OutboundResponse, OutboundError> {
//! #         let is_code = request.body.is_some_and(|body| body.expose().contains("authorization_code"));
//! #         let (status, answer) = match is_code {
//! #             true => (400, r#"{"error":"invalid_grant"}"#),
//! #             false => (200, r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":300}"#),
//! #         };
//! #         Ok(OutboundResponse::new(status, answer).with_header("content-type", "application/json"))
//! #     }
//! # }
//!
//! let token_endpoint = OutboundUrl::parse("https://login.example/token")?;
//! let client = OAuthClient::builder("nightly-report")
//!     .endpoints(OAuthEndpoints::new(token_endpoint)) // or `.issuer("https://login.example")`, by discovery
//!     .client_secret("from the environment, in a real program")
//! #   .http_client(Server)
//!     .build()
//!     .await?;
//!
//! let issued = client.client_credentials("reports:read").await?;
//! assert_eq!(issued.access_token.expose(), "2YotnFZFEjr1zCsicMWpAA");
//!
//! let callback = OutboundUrl::parse("https://app.example/callback")?;
//! let used = client.exchange_code(&"a used code".into(), &callback, None).await.unwrap_err();
//! assert_eq!(used.kind(), ErrorKind::InvalidGrant);
//! # Ok(())
//! # }
//! ```
//!
//! The grants of RFC 6749 are spoken by the `oauth2` crate, over [`Outbound`](crate::outbound::Outbound). What is around them is written
//! here: that crate revokes at `https` only, the developer's own machine included, keeps few claims of an introspection, and while it
//! polls for a device it gives up at the first 503 and never at a redirect.
//!
//! RFC 6749 (OAuth 2.0), RFC 6750 (bearer tokens), RFC 7009 (revocation), RFC 7523 (`private_key_jwt`), RFC 7636 (PKCE), RFC 7662
//! (introspection), RFC 8628 (device logins).

mod answer;
mod api;
mod authentication;
mod bridge;
mod builder;
mod client;
mod device;
mod machine;
mod neighbours;
mod registration;
mod types;

pub use self::api::ApiClient;
pub(crate) use self::api::{ApiOrigins, call, renewal};
pub use self::authentication::ClientAuthentication;
pub use self::builder::OAuthClientBuilder;
pub use self::client::OAuthClient;
pub use self::device::DeviceLogin;
pub use self::machine::MachineClient;
pub(crate) use self::registration::Registration;
pub use self::types::{IssuedTokens, OAuthEndpoints, TokenIntrospection};

#[cfg(test)]
mod tests;
