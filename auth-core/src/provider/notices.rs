//! What owners are told of their linked accounts.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;
use crate::user::{QueuedLetter, User};

/// What happened to an account at a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LinkChange {
    Linked,
    Unlinked,
}

/// Writes letters to the owners of accounts.
#[async_trait]
pub(crate) trait LinkNotices: fmt::Debug + Send + Sync {
    /// The letter that comes with a change; `None` where nobody is to be told. `label` is the provider's.
    ///
    /// # Errors
    /// `Internal`.
    fn letter(&self, user: &User, label: &str, change: LinkChange) -> Result<Option<QueuedLetter>, Error>;

    /// Something was posted with a change.
    fn wake(&self);

    /// Posts the letter of a change that is there.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn post(&self, user: &User, label: &str, change: LinkChange) -> Result<(), Error>;
}
