//! What support staff and commands do with people's accounts.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::key::ApplicationSecrets;
use crate::outbox::{Outbox, OutboxStore};
use crate::random::Random;
use crate::session::{SessionStore, Sessions};
use crate::short_lived::ShortLivedStore;
use crate::throttle::Lockouts;
use crate::token::{RefreshStore, Tokens};
use crate::user::{UserId, Users};

use super::closing::{Begun, Endings, GRACE};
use super::reset_factors::ResettableFactors;
use super::{Notices, ProfilePolicy};

/// People's accounts: what support staff and commands do with them.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(super) endings: Endings,
    pub(super) policy: ProfilePolicy,
    pub(super) factors: Option<ResettableFactors>,
}

impl Accounts {
    /// Accounts for commands, which know no application secret; an [`Auth`](crate::Auth) [has them](crate::Auth::accounts). These send
    /// no mail, and leave sessions and refresh tokens alone that are not [said](Self::with_begun) to be there.
    pub fn new(
        users: Users,
        lockouts: Lockouts,
        short_lived: Arc<dyn ShortLivedStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let notices = Notices::none();
        let endings = Endings { users, notices, lockouts, short_lived, clock, grace: GRACE, begun: None };
        Self { endings, policy: ProfilePolicy::default(), factors: None }
    }

    /// The same, telling people by mail what was changed.
    pub(crate) fn noticing(self, notices: Notices) -> Self {
        Self { endings: Endings { notices, ..self.endings }, ..self }
    }

    /// The same, writing to people in the language of this tag; in the application's first one where nobody asked for any.
    pub(crate) fn in_language(&self, tag: Option<&str>) -> Self {
        self.clone().noticing(self.endings.notices.in_language(tag))
    }

    /// The same, forgetting what somebody began whose account was closed or erased.
    pub(crate) fn forgetting(self, sessions: Sessions, tokens: Tokens) -> Self {
        Self {
            endings: Endings { begun: Some(Begun::Served(Box::new((sessions, tokens)))), ..self.endings },
            ..self
        }
    }

    /// The same, forgetting the sessions and refresh tokens of these stores, of whoever's account is closed or erased. For commands.
    #[must_use]
    pub fn with_begun(self, sessions: Arc<dyn SessionStore>, families: Arc<dyn RefreshStore>) -> Self {
        Self { endings: Endings { begun: Some(Begun::Stored(sessions, families)), ..self.endings }, ..self }
    }

    /// The same, with mails: they are left in this outbox, sealed with the application's secrets, for the servers to deliver. For
    /// commands.
    #[must_use]
    pub fn with_outbox(
        self,
        outbox: Arc<dyn OutboxStore>,
        secrets: &ApplicationSecrets,
        random: Arc<dyn Random>,
    ) -> Self {
        let outbox = Outbox::new(outbox, secrets, self.endings.clock.clone(), random);
        self.noticing(Notices::new(Some(outbox)))
    }

    /// The same, with another time until a closed account is erased.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        Self { endings: Endings { grace, ..self.endings }, ..self }
    }

    /// The same, under another policy for profiles.
    pub(crate) fn with_profile_policy(self, policy: ProfilePolicy) -> Self {
        Self { policy, ..self }
    }

    /// How long a closed account can be opened again.
    pub fn grace(&self) -> Duration {
        self.endings.grace
    }

    /// Sets a user's password, which the policy must accept: for support staff and commands (Django's `user.set_password(..)` with
    /// `user.save()`). Every session and token of the user ends, and an account that too many failures in a row have closed takes
    /// passwords again. False when there is no such user.
    ///
    /// # Errors
    /// `WeakPassword`, `Unavailable`.
    pub async fn set_password(&self, user: &UserId, password: &str) -> Result<bool, Error> {
        let Endings { users, notices, lockouts, .. } = &self.endings;
        let Some(user) = users.get(user).await? else { return Ok(false) };
        let notice = notices.password_changed(&user)?;
        let is_set = users.write_password(&user, None, password, notice).await?.is_some();
        if is_set {
            notices.wake();
            lockouts.forget_row(&user.id).await?;
            self.endings.users.tell_of_end(&user.id).await;
        }
        Ok(is_set)
    }

    /// Closes an account, whoever's it is: it is switched off at once, with its sessions, tokens and links, and erased after
    /// [14 days](crate::AuthBuilder::closing_grace), by [housekeeping](crate::Auth::start_housekeeping). Its owner is mailed a link that
    /// opens it again. False when there is no such user.
    ///
    /// # Errors
    /// `Configuration` over a table that keeps no endings (Django's, the application's own); `Unavailable`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), auth_core::Error> {
    /// # use auth_core::{Auth, store::MemoryStore};
    /// # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
    /// # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
    /// let alice = auth.users().create_without_password(auth.users().new_user("alice")?).await?;
    /// auth.accounts().close(&alice.id).await?;
    /// assert!(auth.users().get(&alice.id).await?.is_some_and(|alice| alice.is_closed() && !alice.is_active));
    /// auth.accounts().reopen(&alice.id).await?;
    /// assert!(auth.users().get(&alice.id).await?.is_some_and(|alice| alice.is_active));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("delete", "deactivate"))]
    pub async fn close(&self, user: &UserId) -> Result<bool, Error> {
        self.endings.close(user).await
    }

    /// Opens a closed account again, as it was but for what was begun by then: one that was switched off stays so. False when there is no closed account of this user.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn reopen(&self, user: &UserId) -> Result<bool, Error> {
        self.endings.reopen(user).await
    }

    /// Erases an account at once, and all that is kept about its owner. False when there was none.
    ///
    /// # Errors
    /// `Configuration` over a table that removes no accounts; `Unavailable`.
    pub async fn erase(&self, user: &UserId) -> Result<bool, Error> {
        self.endings.erase(user).await
    }

    /// Erases the accounts that have come to their end (closed ones, those of guests, those that somebody signed up for and never used),
    /// and answers how many. Housekeeping does so. Of those that somebody signed up for, nobody may be logged in to one that is erased:
    /// where it is not [said](Self::with_begun) what was begun, they are left to the servers.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn erase_ended(&self) -> Result<u64, Error> {
        self.endings.erase_ended().await
    }
}
