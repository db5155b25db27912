//! What an account is made or changed together with.

use crate::clock::Timestamp;

use super::factor::FactorChange;
use super::public_id::public_id;
use super::{Event, UserId};

/// What comes with a new account, or with a change of one, and is kept in a table of its own: both are there afterwards, or neither
/// ([`UserAdmin::insert_with`](super::UserAdmin::insert_with), [`UserAdmin::change`](super::UserAdmin::change)).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Attachment {
    /// What happened, for the audit.
    Event(Box<Event>),
    /// A factor that is added, or those that are removed.
    Factor(Box<FactorChange>),
    /// A letter that goes out once the change is there.
    Letter(QueuedLetter),
    /// The account at a provider by which somebody came.
    LinkedAccount(LinkedAccount),
    /// Of no backend's kinds: for the suite, which asks what becomes of those that a backend does not know.
    #[doc(hidden)]
    Unknown,
}

public_id! {
    /// The public name of a linked account, as lists and routes carry it: 16 random bytes, written in hexadecimal.
    LinkedAccountId
}

/// Somebody's account at a provider, linked to an account here. The key is (`issuer`, `subject`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinkedAccount {
    /// Its public name here.
    pub id: LinkedAccountId,
    /// The registry entry by which it was linked.
    pub provider: String,
    /// Who vouches: the issuer, or what stands for it at a provider without OpenID Connect.
    pub issuer: String,
    /// The provider's own name for the account.
    pub subject: String,
    /// The account here.
    pub user: UserId,
    /// The provider's address of it, for lists only.
    pub email: Option<String>,
    /// The provider's name of it, for lists only.
    pub name: Option<String>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When somebody last logged in by it.
    pub last_login_at: Option<Timestamp>,
    /// The provider's tokens, sealed; `None` where they are not kept.
    pub tokens: Option<Vec<u8>>,
    /// Raised by one at each write of `tokens`.
    pub tokens_version: u64,
}

/// The name of a letter in the outbox: 16 random bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LetterId([u8; 16]);

impl LetterId {
    /// The id with these bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// For which kind of courier a letter in the outbox is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum LetterKind {
    /// It tells an OAuth client that a session has ended.
    Logout,
    /// It becomes a mail.
    Mail,
    /// It goes to a webhook.
    Webhook,
}

impl LetterKind {
    /// The name of the kind, as tables have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// A letter in the outbox: what is to be told to whom, which nobody reads who knows no application secret.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "backends build it from their rows: these six are all of it")]
pub struct QueuedLetter {
    /// Its name.
    pub id: LetterId,
    /// Who delivers it.
    pub kind: LetterKind,
    /// When it is to be delivered, or tried again.
    pub due_at: Timestamp,
    /// When it is given up: what it tells is of no use any more.
    pub expires_at: Timestamp,
    /// How often somebody began to deliver it.
    pub attempts: u32,
    /// What it says, sealed.
    pub sealed: Vec<u8>,
}
