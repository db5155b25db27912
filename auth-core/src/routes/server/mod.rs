//! What clients ask for, in the form of OAuth (RFC 6749).

mod client;
mod fields;
#[cfg(feature = "server")]
mod grant;
#[cfg(feature = "server")]
pub(super) mod introspect;
pub(super) mod openapi;
pub(super) mod token;

pub(super) use self::token::{oauth_code, oauth_error};
