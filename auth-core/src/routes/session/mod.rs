//! Being logged in: the login page and its way out, who is logged in, and where.

pub(super) mod language;
pub(super) mod login;
pub(super) mod me;
pub(super) mod reauthenticate;
pub(super) mod sessions;
