//! Access tokens that anybody with our public keys can check, and refresh tokens that only we can.
//!
//! - An access token is a JWS of `typ: at+jwt` (RFC 9068) and lives 15 minutes. It is checked by signature; whether its
//!   session or family was ended, and whether its user may still be here, is looked up with each request, so a
//!   revocation holds from the next request on.
//! - A refresh token is 48 random bytes. It is rotated at each use; see [`Tokens::refresh`].

mod cache;
mod claims;
mod config;
mod handle;
mod jws;
#[cfg(test)]
mod jwt_tests;
mod refresh;
mod revocation;
mod scope;
mod service;
mod strict_json;
#[cfg(test)]
mod tests;
mod verify;

pub use self::claims::AccessClaims;
pub use self::config::{FIRST_PARTY, TokenConfig};
pub use self::handle::SessionHandle;
pub use self::jws::MAX_TOKEN_LEN;
pub use self::refresh::{FamilyKey, Predecessor, RefreshFamily, RefreshStore, Rotation};
pub use self::scope::{GrantNothing, ScopePolicy, ScopeRequest, ScopeSet};
pub use self::service::{Client, TokenPair, Tokens};
pub use self::verify::{DEFAULT_LEEWAY, Refusal, TokenVerifier, sign};

pub(crate) use self::revocation::Revocations;
pub(crate) use self::service::Bearer;
