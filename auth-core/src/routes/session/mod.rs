//! Being logged in: the login page and its way out, who is logged in, and where.

mod login;
mod me;
mod reauthenticate;
mod sessions;

pub(super) use self::login::{login, login_page, logout};
pub(super) use self::me::me;
pub(super) use self::reauthenticate::{reauthenticate, reauthenticate_page};
pub(super) use self::sessions::{list_sessions, revoke_other_sessions, revoke_session};
