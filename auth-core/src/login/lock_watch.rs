//! That an account takes no more passwords, or no more codes of its second factor.

use std::fmt;
use std::sync::Arc;

use crate::user::User;

/// Is told of accounts that take no more passwords, after too many failures in a row.
pub(crate) trait LockWatch: fmt::Debug + Send + Sync {
    /// Takes note, each time that somebody tries, and keeps nobody waiting: how long a refusal takes tells nothing of who exists.
    fn locked(&self, user: &Arc<User>);

    /// The same of an account that takes no more codes for now: whoever tries knows the password.
    fn codes_locked(&self, user: &Arc<User>);
}
