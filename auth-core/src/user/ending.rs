//! Accounts that go by themselves.

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
    /// It is a guest's.
    Guest,
    /// Somebody signed up, and neither proves the address nor logs in.
    Unproven,
}

impl Ending {
    /// Whether the account goes now. One that somebody has logged in to is nobody's mere registration any more.
    pub fn is_due(&self, user: &User, now: Timestamp) -> bool {
        let is_unused = user.last_login.is_none() && !user.email_verified;
        self.at <= now && (self.cause != EndingCause::Unproven || is_unused)
    }
}

impl EndingCause {
    /// The word that stands for it in a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Guest => "guest",
            Self::Unproven => "unproven",
        }
    }

    /// The cause of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Closed, Self::Guest, Self::Unproven].into_iter().find(|cause| cause.as_str() == word)
    }
}
