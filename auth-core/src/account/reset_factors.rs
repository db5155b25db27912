//! Taking the second factors from an account whose owner has lost them, which is what support is asked for.
//!
//! Whoever talks support into it is past the factor, so the owner is told by mail, with a link that locks everybody out; and where a
//! delay is set, is told before anything is done, and has that long to say no.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::event::Events;
use crate::mfa::{FactorChange, FactorKind, FactorStore};
use crate::user::{AccountChange, EventDraft, EventKind, User, UserId};

use super::Accounts;
use super::letter::{Letter, Notice};
use super::notices::attached;

/// How long a reset that had to wait can be finished.
const FINISH_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How often something else may change an account while its factors are taken from it.
const TRIES: usize = 5;

/// What a reset of second factors came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FactorReset {
    /// They are gone, with the recovery codes and trusted devices.
    Done {
        /// How many second factors that were: authenticator apps and passkeys.
        factors: usize,
    },
    /// The account has none.
    Nothing,
    /// The owner is told, and nothing is gone yet: called again from then on, and within a week, it is done.
    Waits {
        /// From when on.
        until: Timestamp,
    },
}

/// The factors that can be reset, and how long that waits.
#[derive(Clone, Debug)]
pub(super) struct ResettableFactors {
    store: Arc<dyn FactorStore>,
    delay: Duration,
    /// Who is told of a reset that no change of the account tells of.
    events: Option<Events>,
}

impl Accounts {
    /// The same, for accounts that have second factors in this store. For commands: an [`Auth`](crate::Auth) has its own.
    #[must_use]
    pub fn with_factors(self, store: Arc<dyn FactorStore>) -> Self {
        Self { factors: Some(ResettableFactors { store, delay: Duration::ZERO, events: None }), ..self }
    }

    /// The same, telling of resets over accounts of another system.
    pub(crate) fn telling_of_resets(self, events: Events) -> Self {
        let factors = self.factors.map(|factors| ResettableFactors { events: Some(events), ..factors });
        Self { factors, ..self }
    }

    /// The same, where a reset of second factors waits this long after its owner was told of it
    /// ([`MfaConfig::reset_delay`](crate::mfa::MfaConfig::reset_delay)).
    #[must_use]
    pub fn with_reset_delay(self, delay: Duration) -> Self {
        let factors = self.factors.map(|factors| ResettableFactors { delay, ..factors });
        Self { factors, ..self }
    }

    /// Takes all second factors from an account whose owner has lost them: authenticator apps, passkeys, recovery codes and trusted
    /// devices. Every session and token ends, and the owner is told by mail, where the address is proven, with a link that locks
    /// everybody out. The password stays, so whoever logs in next may add a factor: be sure whom you talk to.
    ///
    /// With a delay, the first call tells the owner and does nothing else; it is done by a call after the delay, unless something has
    /// ended the account's sessions meanwhile (the link in that mail, a new password). `None` when there is no such user.
    ///
    /// # Errors
    /// `Configuration` for [accounts of a command](Self::new) that are not [told of factors](Self::with_factors); `Unavailable`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), auth_core::Error> {
    /// use auth_core::account::FactorReset;
    /// use auth_core::testing::enrol_totp;
    /// # use auth_core::{Auth, store::MemoryStore};
    /// # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
    /// # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
    /// let alice = auth.users().create_without_password(auth.users().new_user("alice")?).await?;
    /// enrol_totp(&auth, "alice").await?;
    ///
    /// let reset = auth.accounts().reset_factors(&alice.id).await?;
    /// assert_eq!(reset, Some(FactorReset::Done { factors: 1 }));
    /// assert_eq!(auth.accounts().reset_factors(&alice.id).await?, Some(FactorReset::Nothing));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("remove_mfa", "disable_2fa", "mfa_reset"))]
    pub async fn reset_factors(&self, user: &UserId) -> Result<Option<FactorReset>, Error> {
        let Some(factors) = &self.factors else {
            return Err(Error::configuration(
                "these accounts know nothing of second factors: call `.with_factors(..)`",
            ));
        };
        for _ in 0..TRIES {
            let Some(user) = self.endings.users.get(user).await? else { return Ok(None) };
            let held = factors.store.list(&user.id).await?;
            if held.iter().all(|factor| factor.kind == FactorKind::MailedPassword) {
                return Ok(Some(FactorReset::Nothing));
            }
            if let Some(until) = self.waits_until(&user, factors.delay).await? {
                return Ok(Some(FactorReset::Waits { until }));
            }
            let is_factor = |kind| matches!(kind, FactorKind::Passkey | FactorKind::Totp);
            let count = held.iter().filter(|factor| is_factor(factor.kind)).count();
            if self.take_factors(&user, factors).await? {
                self.endings.forget_begun(&user.id).await?;
                self.endings.short_lived.take(&key(&user.id), self.endings.clock.now()).await?;
                return Ok(Some(FactorReset::Done { factors: count }));
            }
        }
        Err(Error::new(ErrorKind::Unavailable).with_source("the account is being changed by others"))
    }

    /// Until when the reset waits; `None` where it does not, or has.
    async fn waits_until(&self, user: &User, delay: Duration) -> Result<Option<Timestamp>, Error> {
        if delay.is_zero() {
            return Ok(None);
        }
        let (now, key) = (self.endings.clock.now(), key(&user.id));
        let kept = self.endings.short_lived.get(&key, now).await?.and_then(|kept| read(&kept));
        // One that was asked for before the epoch moved is void: the owner may have said no.
        if let Some((_, until)) = kept.filter(|(epoch, _)| *epoch == user.auth_epoch) {
            return Ok(Some(until).filter(|until| now < *until));
        }
        let until = now + delay;
        let value = [user.auth_epoch.to_be_bytes(), until.unix_millis().to_be_bytes()].concat();
        // First the letter: nobody's factors go of whom nobody was told.
        if let Some(letter) = Letter::notice(user, Notice::FactorsResetAsked, &until.day()) {
            self.endings.notices.post(&letter).await?;
        }
        self.endings.short_lived.put(&key, &value, delay + FINISH_LIFE, now).await?;
        Ok(Some(until))
    }

    /// Takes them, with the sessions, in one write where the account is of the same backend; false when somebody has changed it meanwhile.
    async fn take_factors(&self, user: &Arc<User>, factors: &ResettableFactors) -> Result<bool, Error> {
        let (users, notices) = (&self.endings.users, &self.endings.notices);
        let letter = notices.notice(user, Notice::FactorsReset, user.username())?;
        if users.keep_letters() {
            let change = AccountChange {
                removes_factors: true,
                ends_sessions: true,
                attached: attached(letter),
                event: Some(EventDraft::of(EventKind::FactorsReset)),
                ..AccountChange::of(user.clone())
            };
            let is_changed = users.change(&user.id, change).await?.is_some();
            notices.wake();
            return Ok(is_changed);
        }
        let all = FactorKind::ALL.map(|kind| FactorChange::RemoveAll { user: user.id.clone(), kind });
        factors.store.apply(all.to_vec()).await?;
        users.end_all_sessions(&user.id).await?;
        if let Some(events) = &factors.events {
            events.note(EventDraft::of(EventKind::FactorsReset).to(&user.id)).await;
        }
        if let Some(letter) = letter {
            notices.post_sealed(letter).await?;
        }
        Ok(true)
    }
}

/// Under what it is kept that a reset waits.
fn key(user: &UserId) -> String {
    format!("factor-reset:{}", user.as_str())
}

/// At which epoch it was asked for, and until when it waits.
fn read(kept: &[u8]) -> Option<(u64, Timestamp)> {
    let (epoch, until) = kept.split_first_chunk::<8>()?;
    let until = i64::from_be_bytes(until.try_into().ok()?);
    Some((u64::from_be_bytes(*epoch), Timestamp::from_unix_millis(until)))
}
