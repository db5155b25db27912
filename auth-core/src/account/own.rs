//! What somebody does with their own account, which they prove once more to be theirs.

use std::sync::Arc;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::identity::Identity;
use crate::login::{Admission, Admitted, Amr, Credentials};
use crate::session::{Entered, Entrance, Goal, Reading, SessionHandle, Visitor};
use crate::token::Tokens;
use crate::user::{User, Users};

use super::{Accounts, Notices};

/// People's accounts in their own hands.
#[derive(Clone, Debug)]
pub(crate) struct OwnAccounts {
    pub(super) users: Users,
    entrance: Entrance,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    notices: Notices,
    pub(super) accounts: Accounts,
}

impl OwnAccounts {
    pub(crate) fn new(
        users: Users,
        entrance: Entrance,
        tokens: Tokens,
        clock: Arc<dyn Clock>,
        accounts: Accounts,
    ) -> Self {
        Self { users, entrance, tokens, clock, notices: Notices::none(), accounts }
    }

    /// The same, telling people by mail what was changed.
    pub(crate) fn noticing(self, notices: Notices) -> Self {
        Self { notices, ..self }
    }

    /// The same, writing to people in the language of this tag; in the application's first one where nobody asked for any.
    pub(crate) fn in_language(&self, tag: Option<&str>) -> Self {
        let (notices, accounts) = (self.notices.in_language(tag), self.accounts.in_language(tag));
        Self { notices, accounts, ..self.clone() }
    }

    /// Makes the caller's session fresh, by their password. Where a factor is missing the session stays as it was until that came.
    ///
    /// # Errors
    /// `InvalidCredentials`, `TooManyAttempts`, `InvalidRequest` for a password that nobody can have; `UserRequired` for a caller who
    /// is no user; `Unauthenticated` for one whose session has ended; what [`Entrance::enter`] answers.
    pub(crate) async fn reauthenticate(
        &self,
        caller: &Identity,
        password: &str,
        next: Option<SafeRedirect>,
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let credentials = Credentials::PasswordOf { user: acting(caller)?, password };
        self.check_session(caller).await?;
        let (goal, visitor) = confirming(caller, next, visitor);
        self.entrance.log_in(credentials, goal, visitor).await
    }

    /// Sets another password, which the policy must accept, for a caller who shows the present one. The guess counts as at a login.
    /// Every other session of theirs ends, and every token; their own is fresh, under a new id. A second factor of the account is
    /// wanted too, unless the session has just shown it: where it is missing nothing is changed, and once it came the password can be.
    /// A session that was spared that is as fresh as it was: else one factor would do for ever.
    ///
    /// # Errors
    /// `WeakPassword`; `InvalidCredentials`, also when the password was changed by somebody else meanwhile; as
    /// [`reauthenticate`](Self::reauthenticate) else.
    pub(crate) async fn change_password(
        &self,
        caller: &Identity,
        (current, new): (&str, &str),
        next: Option<SafeRedirect>,
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let credentials = Credentials::PasswordOf { user: acting(caller)?, password: current };
        self.check_session(caller).await?;
        let shown = self.shown_lately(caller);
        let admission =
            match self.entrance.logins().admit_beside(shown, credentials, visitor.source()).await? {
                Admission::Admitted(admitted) => {
                    let admitted = as_old_as(shown, caller, admitted);
                    let keep = caller.session_record().map(|record| &record.handle);
                    self.write(admitted, new, keep).await?.into()
                }
                pending => pending,
            };
        let (goal, visitor) = confirming(caller, next, visitor);
        self.entrance.enter(admission, goal, visitor).await
    }

    /// Whether the caller's session, which may have been read from a copy, is there still.
    pub(super) async fn check_session(&self, caller: &Identity) -> Result<(), Error> {
        let Some(key) = caller.session_key() else { return Ok(()) };
        let found = self.entrance.sessions().recognise(&key, self.clock.now(), Reading::Anew).await?;
        found.map(drop).ok_or_else(|| ErrorKind::Unauthenticated.into())
    }

    /// What the caller has shown so lately that it need not be shown again.
    fn shown_lately(&self, caller: &Identity) -> Amr {
        if caller.is_fresh(self.clock.now()) { caller.amr() } else { Amr::default() }
    }

    /// Writes the password of somebody who was let in by the present one, and ends all sessions but `keep`, and all tokens. What is
    /// answered has the account's new epoch: the session that is kept ends too unless it is renewed by that.
    pub(super) async fn write(
        &self,
        admitted: Admitted,
        new: &str,
        keep: Option<&SessionHandle>,
    ) -> Result<Admitted, Error> {
        let user = admitted.user();
        let account = self.users.account(&user.id).await?;
        let account = account.filter(|account| account.user.stands_at(user.auth_epoch));
        let account = account.ok_or(ErrorKind::InvalidCredentials)?;
        let notice = self.notices.password_changed(user)?;
        let epoch = self.users.write_password(&account.user, account.password.as_ref(), new, notice).await?;
        let epoch = epoch.ok_or(ErrorKind::InvalidCredentials)?;
        self.notices.wake();
        self.entrance.sessions().forget_others(&user.id, keep).await?;
        self.tokens.forget_families(&user.id).await?;
        Ok(admitted.at_epoch(epoch))
    }
}

fn acting(caller: &Identity) -> Result<&User, Error> {
    Ok(caller.acting_user().ok_or(ErrorKind::UserRequired)?)
}

/// The proof beside which `shown` was spared: as old as that, where it is more than the password that was just shown again.
fn as_old_as(shown: Amr, caller: &Identity, admitted: Admitted) -> Admitted {
    match caller.auth_time() {
        Some(at) if !Amr::PWD.contains(shown) => admitted.proven_at(at),
        _ => admitted,
    }
}

/// To make fresh the session that the caller was recognised by, if any.
pub(super) fn confirming(caller: &Identity, next: Option<SafeRedirect>, visitor: Visitor) -> (Goal, Visitor) {
    let goal = Goal::reauthenticate(caller.session_record().map(|record| &record.handle));
    (goal.then(next), visitor.in_session(caller.session_key()))
}
