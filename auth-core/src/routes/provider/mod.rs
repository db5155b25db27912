//! Logging in with others, and the accounts there that are linked.

pub(super) mod linked_accounts;
pub(super) mod login;

pub(super) use self::login::{button, confirm_button, way_on};
