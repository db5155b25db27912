//! Sessions on the server: an opaque id in the browser's cookie, a record in the store.
//!
//! 1. An id is 256 random bits; the store knows its keyed hash only.
//! 2. Every login and every re-authentication gives a new id; the old one is dead at once.
//! 3. A session ends when it was not used for the [idle limit](SessionConfig::idle), at its
//!    [absolute limit](SessionConfig::absolute), by logout, by [revocation](Sessions::revoke), and when the user's
//!    `auth_epoch` moves: a changed password or a disabled account, also by another program.
//! 4. An anonymous request makes no session.

mod config;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod types;

pub use self::config::SessionConfig;
pub use self::service::Sessions;
pub use self::store::{MaxSessions, SessionStore};
pub use self::types::{SessionData, SessionKey, SessionRecord};
pub use crate::login::Amr;
pub use crate::token::SessionHandle;

pub(crate) use self::service::{Begun, Origin};
