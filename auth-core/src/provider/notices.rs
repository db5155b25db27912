//! What owners are told of their linked accounts.

use std::fmt;

use crate::error::Error;
use crate::user::{QueuedLetter, User};

/// What happened to an account at a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LinkChange {
    Linked,
    Unlinked,
}

/// Writes letters to the owners of accounts.
pub(crate) trait LinkNotices: fmt::Debug + Send + Sync {
    /// The letter that comes with a change; `None` where nobody is to be told. `label` is the provider's.
    ///
    /// # Errors
    /// `Internal`.
    fn letter(&self, user: &User, label: &str, change: LinkChange) -> Result<Option<QueuedLetter>, Error>;

    /// Something was posted with a change.
    fn wake(&self);
}
