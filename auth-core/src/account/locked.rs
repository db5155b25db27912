//! Telling people that their account takes no more passwords, or no more codes of its second factor, and letting them in again by mail.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::link::Purpose;
use crate::login::LockWatch;
use crate::short_lived::ShortLivedStore;
use crate::user::{EventDraft, EventKind, User, UserId};

use super::letter::{Letter, Lock};
use super::notices::Notices;
use super::recovery::{Recovery, USE};

/// How often somebody is told at most, however long an account is under attack.
const TOLD_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Mails the owner of a locked account a link by which it is let in again.
#[derive(Clone)]
pub(crate) struct LockLetters {
    notices: Notices,
    told: Arc<dyn ShortLivedStore>,
    clock: Arc<dyn Clock>,
}

impl LockLetters {
    pub(crate) fn new(notices: Notices, told: Arc<dyn ShortLivedStore>, clock: Arc<dyn Clock>) -> Self {
        Self { notices, told, clock }
    }

    /// Beside the request: a write that only accounts have would show in how long a refusal takes.
    fn tell_beside(&self, what: &'static str, user: &UserId, letter: Letter) {
        let (letters, user) = (self.clone(), user.clone());
        tokio::spawn(async move {
            if let Err(error) = letters.tell(what, &user, &letter).await {
                tracing::warn!(?error, %user, "the owner of a locked account could not be told");
            }
        });
    }

    async fn tell(&self, what: &str, user: &UserId, letter: &Letter) -> Result<(), Error> {
        let key = format!("{what}:{}", user.as_str());
        if !self.told.insert_new(&key, TOLD_EVERY, self.clock.now()).await? {
            return Ok(());
        }
        let posted = self.notices.post(letter).await;
        if posted.is_err() {
            self.told.take(&key, self.clock.now()).await?;
        }
        posted
    }
}

impl LockWatch for LockLetters {
    fn locked(&self, user: &Arc<User>) {
        if let Some(letter) = Letter::locked(user, Lock::Passwords) {
            self.tell_beside("told-of-lock", &user.id, letter);
        }
    }

    fn codes_locked(&self, user: &Arc<User>) {
        if let Some(letter) = Letter::locked(user, Lock::Codes) {
            self.tell_beside("told-of-locked-codes", &user.id, letter);
        }
    }
}

impl fmt::Debug for LockLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockLetters").finish_non_exhaustive()
    }
}

impl Recovery {
    /// Lets an account in again that failed attempts have locked, by a link that was mailed: it takes passwords again, and a few codes of
    /// its second factor more than its limit. What support does ([`Lockouts::clear`](crate::throttle::Lockouts::clear)) goes further:
    /// they know whom they talk to, and a mailbox does not.
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn unlock(&self, token: &str, network: Option<IpAddr>) -> Result<(), Error> {
        self.take_turn(USE, network).await?;
        let (link, user) = self.linked(Purpose::Unlock, token).await?;
        self.links.take(link).await.map_err(|error| self.refusing(Some(&*user), error))?;
        self.throttle.let_in_again(&user.id).await?;
        let unlocked = EventDraft::of(EventKind::AccountUnlocked).to(&user.id);
        self.entrance.logins().events().note(unlocked).await;
        Ok(())
    }
}
