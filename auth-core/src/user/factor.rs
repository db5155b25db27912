//! What somebody has, beside a password, to prove who they are: as stores keep it.

use crate::clock::Timestamp;

use super::UserId;
use super::public_id::public_id;

public_id! {
    /// The public name of a factor, as lists and routes carry it: 16 random bytes, written in hexadecimal.
    FactorId
}

/// What a factor is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum FactorKind {
    /// No factor: that the password was set by a link that was mailed, and no factor was shown with it since. Its handle is the user's id. A mailed
    /// code beside such a password would prove the mailbox twice.
    MailedPassword,
    /// A passkey. Its handle is the credential id.
    Passkey,
    /// A code that was written down for the day when the others are gone. Its handle is a keyed hash of it.
    RecoveryCode,
    /// An authenticator app. Its handle is the user's id: there is one for each.
    Totp,
    /// A browser that is spared the second factor: no factor of its own. Its handle is a keyed hash of its cookie.
    TrustedDevice,
}

impl FactorKind {
    /// Every kind that this version knows.
    pub const ALL: [Self; 5] =
        [Self::MailedPassword, Self::Passkey, Self::RecoveryCode, Self::Totp, Self::TrustedDevice];

    /// The name of the kind, as tables and events have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MailedPassword => "mailed_password",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
            Self::Totp => "totp",
            Self::TrustedDevice => "trusted_device",
        }
    }

    /// The kind of this name; `None` for one that this version does not know.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A factor of somebody's.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "backends build it from their rows: these ten are all of it")]
pub struct Factor {
    /// Its public name.
    pub id: FactorId,
    /// Whose it is.
    pub user: UserId,
    /// What it is.
    pub kind: FactorKind,
    /// What finds it, unique among those of its kind: at most 1023 bytes.
    pub handle: Vec<u8>,
    /// What its owner calls it.
    pub name: Option<String>,
    /// What only its feature reads, sealed: a secret, a public key with its flags. Empty where there is nothing.
    pub data: Vec<u8>,
    /// A number that moves forward with each use: the time step of a code, the signature counter of a passkey.
    pub counter: u64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// From when on it counts no more; `None`: it stays.
    pub expires_at: Option<Timestamp>,
}

impl Factor {
    /// A factor as it is when it is added; what its feature keeps of it is to be filled in.
    pub(crate) fn new(
        id: FactorId,
        user: UserId,
        kind: FactorKind,
        handle: Vec<u8>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            user,
            kind,
            handle,
            name: None,
            data: Vec::new(),
            counter: 0,
            created_at,
            last_used_at: None,
            expires_at: None,
        }
    }
}

/// A change of somebody's factors, which comes with one of their account. Several are made in their order, so that a factor takes the
/// place of one with the same handle.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FactorChange {
    /// This one is added. Its id and its handle are nobody's, or the whole change is
    /// [`StoreError::already_exists`](crate::error::StoreError::already_exists).
    Add(Factor),
    /// That of the user with this id goes, if it is there.
    Remove {
        /// Whose.
        user: UserId,
        /// Which.
        id: FactorId,
    },
    /// All of the user's of one kind go.
    RemoveAll {
        /// Whose.
        user: UserId,
        /// Of which kind.
        kind: FactorKind,
    },
    /// All of the user's go that were added at this moment or later, of whatever kind.
    RemoveSince {
        /// Whose.
        user: UserId,
        /// Since when.
        since: Timestamp,
    },
}
