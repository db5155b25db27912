//! What people change of their account.

mod password;

pub(super) use self::password::change_password;
