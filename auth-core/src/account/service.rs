//! Setting passwords.

use crate::error::Error;
use crate::throttle::Lockouts;
use crate::user::{UserId, Users};

use super::Notices;

/// People's accounts: what support staff and commands do with them.
#[derive(Clone, Debug)]
pub struct Accounts {
    users: Users,
    lockouts: Lockouts,
    notices: Notices,
}

impl Accounts {
    /// Accounts for commands, which know no application secret; an [`Auth`](crate::Auth) [has them](crate::Auth::accounts).
    pub fn new(users: Users, lockouts: Lockouts) -> Self {
        Self { users, lockouts, notices: Notices::none() }
    }

    /// The same, telling people by mail what was changed.
    pub(crate) fn noticing(self, notices: Notices) -> Self {
        Self { notices, ..self }
    }

    /// Sets a user's password, which the policy must accept: for support staff and commands (Django's `user.set_password(..)` with
    /// `user.save()`). Every session and token of the user ends, and an account that too many failures in a row have closed takes
    /// passwords again. False when there is no such user.
    ///
    /// # Errors
    /// `WeakPassword`, `Unavailable`.
    pub async fn set_password(&self, user: &UserId, password: &str) -> Result<bool, Error> {
        let Some(user) = self.users.get(user).await? else { return Ok(false) };
        let notice = self.notices.password_changed(&user)?;
        let is_set = self.users.write_password(&user, None, password, notice).await?.is_some();
        if is_set {
            self.notices.wake();
            self.lockouts.forget_row(&user.id).await?;
        }
        Ok(is_set)
    }
}
