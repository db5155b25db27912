//! What people change of their account.

pub(super) mod password;
