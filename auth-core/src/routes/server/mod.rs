//! What clients ask for, in the form of OAuth (RFC 6749).

#[cfg(feature = "server")]
pub(super) mod authorize;
mod client;
#[cfg(feature = "server")]
pub(super) mod clients;
#[cfg(feature = "server")]
mod code;
#[cfg(feature = "server")]
pub(super) mod consent;
#[cfg(feature = "server")]
pub(super) mod device;
#[cfg(feature = "server")]
pub(super) mod end_session;
mod fields;
#[cfg(feature = "server")]
mod grant;
#[cfg(feature = "server")]
pub(super) mod grants;
mod holder;
#[cfg(feature = "server")]
pub(super) mod introspect;
#[cfg(feature = "server")]
pub(super) mod metadata;
pub(super) mod openapi;
#[cfg(feature = "server")]
pub(super) mod par;
pub(super) mod token;
#[cfg(feature = "server")]
mod token_exchange;
#[cfg(feature = "server")]
pub(super) mod userinfo;

pub(super) use self::holder::with_missing_nonce;
pub(super) use self::token::{oauth_code, oauth_error, oauth_status};
