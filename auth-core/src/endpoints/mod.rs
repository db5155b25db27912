//! The routes: what each takes out of a request, which services it calls, and what it answers.
//!
//! This folder stands above the features: most routes need several of them.

mod jwks;
mod login;
mod me;
mod password;
mod reauthenticate;
mod sessions;
mod token;

pub(crate) use self::jwks::jwks;
pub(crate) use self::login::{login, login_page, logout};
pub(crate) use self::me::me;
pub(crate) use self::password::change_password;
pub(crate) use self::reauthenticate::{reauthenticate, reauthenticate_page};
pub(crate) use self::sessions::{list_sessions, revoke_other_sessions, revoke_session};
pub(crate) use self::token::{oauth_error, revoke, token};
