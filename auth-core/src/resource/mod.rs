//! Guards for access tokens that others issued: this application as a resource server.

mod config;
mod introspection;
mod jwt;
mod service;
#[cfg(test)]
mod tests;
mod token;
mod users;

pub use self::config::{OutsideIssuer, TokenProfile};
pub use self::token::OutsideToken;
pub use self::users::OutsideUsers;

pub(crate) use self::service::{OutsideBearer, OutsideParts, OutsideTokens};
