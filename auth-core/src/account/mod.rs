//! The routes of a person's own account: log in, log out, prove it again, see and end sessions, change the password.
//!
//! This folder stands above the others: it takes a request apart, calls `login`, `session`, `token` and `user` in turn,
//! and puts the reply together.

mod login;
mod me;
mod password;
mod reauthenticate;
mod sessions;

pub(crate) use self::login::{login, login_page, logout};
pub(crate) use self::me::me;
pub(crate) use self::password::change_password;
pub(crate) use self::reauthenticate::{reauthenticate, reauthenticate_page};
pub(crate) use self::sessions::{list_sessions, revoke_other_sessions, revoke_session};
