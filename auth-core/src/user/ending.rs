//! Accounts that go by themselves.

use std::time::Duration;

use crate::clock::Timestamp;

use super::User;

/// That an account is erased by itself, why, and from when on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "backends build it from their columns: these two are all of it"
)]
pub struct Ending {
    /// Why.
    pub cause: EndingCause,
    /// From when on.
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

/// How long signing up takes at most, until it has logged somebody in: two waits for the hashing pool, and some for the store.
const SIGNING_UP: Duration = Duration::from_secs(5 * 60);

impl Ending {
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
