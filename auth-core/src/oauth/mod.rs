//! This application as an OAuth 2.0 client: the requests that a client sends to a token endpoint and its neighbours.
//!
//! [`OAuthClient`] exchanges codes, refreshes, revokes, introspects and asks for tokens of its own (`client_credentials`, device
//! flow); logging in with providers and machine clients are built on it. No session, no user, no store: it works without an
//! [`Auth`](crate::Auth) too.

mod answer;
mod api;
mod authentication;
mod bridge;
mod builder;
mod client;
mod device;
mod machine;
mod neighbours;
mod types;

pub use self::authentication::ClientAuthentication;
pub use self::builder::OAuthClientBuilder;
pub use self::client::{OAuthClient, OAuthEndpoints};
pub use self::device::DeviceLogin;
pub use self::machine::MachineClient;
pub use self::types::{IssuedTokens, TokenIntrospection};

#[cfg(test)]
mod tests;
