//! What owners are told of their factors.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::Error;
use crate::user::{QueuedLetter, User};

/// What happened to the factors of an account.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(
    not(feature = "passkeys"),
    allow(dead_code, reason = "passkeys are added and removed by their feature")
)]
pub(crate) enum FactorTold {
    /// A passkey was added: its name.
    PasskeyAdded(String),
    /// A passkey was removed: its name.
    PasskeyRemoved(String),
    /// A recovery code let somebody in: how many are left.
    RecoveryCodeUsed(usize),
    /// There are other recovery codes, and those of before are void.
    RecoveryCodesMade,
    /// An authenticator app was added, or another one has taken its place.
    TotpAdded,
    /// The authenticator app was removed.
    TotpRemoved,
}

/// Writes letters to the owners of accounts.
#[async_trait]
pub(crate) trait FactorNotices: fmt::Debug + Send + Sync {
    /// The same, in the language of this tag; in the application's first one where nobody asked for any.
    fn in_language(&self, tag: Option<&str>) -> Arc<dyn FactorNotices>;

    /// The letter that comes with a change; `None` where nobody is to be told.
    ///
    /// # Errors
    /// `Internal`.
    fn letter(&self, user: &User, told: &FactorTold) -> Result<Option<QueuedLetter>, Error>;

    /// Something was posted with a change.
    fn wake(&self);

    /// Posts the letter of what is done already.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn post(&self, user: &User, told: &FactorTold) -> Result<(), Error>;

    /// Posts a letter with a code for the login that waits at this place.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn post_code(&self, user: &User, place: &str) -> Result<(), Error>;
}
