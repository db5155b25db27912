//! Accounts that go by themselves.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::Error;

use super::{AccountChange, User, UserUpdate, Users};

/// That an account is erased by itself, why, and from when on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "backends build it from their columns: these two are all of it"
)]
pub struct Ending {
    /// Why.
    pub cause: EndingCause,
    /// From when on; [`Timestamp::FAR_FUTURE`] for what somebody signed up for and came back to. That stays, and is still nobody's whose
    /// address was proven.
    pub at: Timestamp,
}

/// Why an account is erased by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EndingCause {
    /// Its owner, or support, closed it. It is not active until then, and can be opened again.
    Closed,
    /// The same of one that had been switched off, or was meanwhile. Opened again, it stays switched off.
    ClosedInactive,
    /// It is a guest's.
    Guest,
    /// Somebody signed up, and neither proves the address nor logs in.
    Unproven,
    /// The same of somebody whom signing up has logged in, and who does not log in again.
    UnprovenEntered,
    /// Something that this version does not know, and a server of a later one does: by that one it is erased.
    Unknown,
}

/// Whoever uses what signing up began so long after it has come back to the account, as by another login.
pub(super) const COME_BACK: Duration = Duration::from_secs(24 * 60 * 60);

/// How long signing up takes at most, until it has logged somebody in: two waits for the hashing pool, and some for the store.
const SIGNING_UP: Duration = Duration::from_secs(5 * 60);

impl Ending {
    /// When the account goes; `None` where it stays.
    pub fn comes_at(&self) -> Option<Timestamp> {
        Some(self.at).filter(|at| *at < Timestamp::FAR_FUTURE)
    }

    /// Whether the account goes now. One that somebody has logged in to is nobody's mere registration any more; and but for closed ones,
    /// none goes that was switched off, which is to last, or that belongs to the staff.
    pub fn is_due(&self, user: &User, now: Timestamp) -> bool {
        let is_plain = user.is_active && !user.is_staff && !user.is_superuser;
        let is_unused = user.last_login.is_none() && !user.email_verified;
        let was_left = user.last_login.is_none_or(|at| at <= user.date_joined + SIGNING_UP);
        let can_go = match self.cause {
            EndingCause::Closed | EndingCause::ClosedInactive => true,
            EndingCause::Guest => is_plain,
            EndingCause::Unproven => is_plain && is_unused,
            EndingCause::UnprovenEntered => is_plain && was_left && !user.email_verified,
            EndingCause::Unknown => false,
        };
        self.at <= now && can_go
    }
}

impl Users {
    /// Notes that somebody uses what signing up began so long after it that the account is theirs, as by another login: it stays. What
    /// was set up in it stays that of a mere registration, for whoever proves the address.
    pub(crate) async fn note_use(&self, user: &Arc<User>, at: Timestamp) {
        let is_news =
            user.is_come_back_to(at) && user.ending.is_some_and(|ending| ending.comes_at().is_some());
        if is_news && let Err(error) = self.keep(user.clone()).await {
            tracing::warn!(?error, user = %user.id, "it could not be noted that somebody has come back to an account");
        }
    }

    /// Notes that an account stays; false where it was changed meanwhile.
    pub(crate) async fn keep(&self, user: Arc<User>) -> Result<bool, Error> {
        match user.is_unproven() {
            true => self.put_off(user, Timestamp::FAR_FUTURE).await,
            false => self.end_otherwise(user, None).await,
        }
    }

    /// Notes that an account goes later; false where it was changed meanwhile.
    pub(crate) async fn put_off(&self, user: Arc<User>, at: Timestamp) -> Result<bool, Error> {
        let ending = user.ending.map(|ending| Ending { at, ..ending });
        self.end_otherwise(user, ending).await
    }

    async fn end_otherwise(&self, user: Arc<User>, ending: Option<Ending>) -> Result<bool, Error> {
        let id = user.id.clone();
        let update = UserUpdate { ending: Some(ending), ..UserUpdate::default() };
        let change = AccountChange { update, ..AccountChange::of(user) };
        Ok(self.change(&id, change).await?.is_some())
    }
}

impl EndingCause {
    /// The word that stands for it in a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::ClosedInactive => "closed_inactive",
            Self::Guest => "guest",
            Self::Unproven => "unproven",
            Self::UnprovenEntered => "unproven_entered",
            Self::Unknown => "unknown",
        }
    }

    /// The cause of a word; [`Unknown`](Self::Unknown) of any that a later version writes.
    pub fn parse(word: &str) -> Self {
        let all = [Self::Closed, Self::ClosedInactive, Self::Guest, Self::Unproven, Self::UnprovenEntered];
        all.into_iter().find(|cause| cause.as_str() == word).unwrap_or(Self::Unknown)
    }
}
