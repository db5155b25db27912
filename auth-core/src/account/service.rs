//! Setting and changing passwords.

use crate::error::{Error, ErrorKind};
use crate::login::Admitted;
use crate::session::{SessionHandle, Sessions};
use crate::throttle::Lockouts;
use crate::token::Tokens;
use crate::user::{UserId, Users};

/// People's accounts: what support staff, commands and their owners do with them.
#[derive(Clone, Debug)]
pub struct Accounts {
    users: Users,
    lockouts: Lockouts,
    /// Where what an epoch has ended is forgotten at once. Without, [`Auth::remove_expired`](crate::Auth::remove_expired) does
    /// that in time.
    ended: Option<(Sessions, Tokens)>,
}

impl Accounts {
    /// Accounts without the rest of an [`Auth`](crate::Auth): for commands, which know no application secret.
    pub fn new(users: Users, lockouts: Lockouts) -> Self {
        Self { users, lockouts, ended: None }
    }

    /// The same beside the services whose records a change ends.
    pub(crate) fn beside(self, sessions: Sessions, tokens: Tokens) -> Self {
        Self { ended: Some((sessions, tokens)), ..self }
    }

    /// Sets a user's password, which the policy must accept: for support staff and commands (Django's `user.set_password(..)` with
    /// `user.save()`). Every session and token of the user ends, and an account that too many failures in a row have closed takes
    /// passwords again. False when there is no such user.
    ///
    /// # Errors
    /// `WeakPassword`, `Unavailable`.
    pub async fn set_password(&self, user: &UserId, password: &str) -> Result<bool, Error> {
        let Some(user) = self.users.get(user).await? else { return Ok(false) };
        let is_set = self.users.write_password(&user, None, password).await?.is_some();
        if is_set {
            self.lockouts.forget_row(&user.id).await?;
        }
        Ok(is_set)
    }

    /// Sets another password, which the policy must accept, for a user whom [`Auth::admit`](crate::Auth::admit) has just let in by
    /// the present one. Every session of theirs ends but the one with the handle `keep`, and every token. What is answered has the
    /// account's new epoch: give it to [`AuthContext::reauthenticate`](crate::AuthContext::reauthenticate), or the kept session
    /// ends too.
    ///
    /// # Errors
    /// `WeakPassword`; `InvalidCredentials` when the password was changed by somebody else meanwhile; `Unavailable`.
    pub async fn change_password(
        &self,
        admitted: Admitted,
        new: &str,
        keep: Option<&SessionHandle>,
    ) -> Result<Admitted, Error> {
        let user = admitted.user();
        let account = self.users.account(&user.id).await?;
        let account = account.filter(|account| account.user.auth_epoch == user.auth_epoch);
        let account = account.ok_or(ErrorKind::InvalidCredentials)?;
        let epoch = self.users.write_password(user, account.password.as_ref(), new).await?;
        let epoch = epoch.ok_or(ErrorKind::InvalidCredentials)?;
        if let Some((sessions, tokens)) = &self.ended {
            sessions.forget_others(&user.id, keep).await?;
            tokens.forget_families(&user.id).await?;
        }
        Ok(admitted.at_epoch(epoch))
    }
}
