//! How an attempt can end.

use crate::error::Error;
use crate::http::SafeRedirect;
use crate::session::Entered;

use super::errand::Errand;

/// An attempt that came to a good end.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) outcome: Outcome,
    /// Where its browser wanted to go.
    pub(crate) next: SafeRedirect,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Somebody is in, or waits for a factor: by a new session, or by their own, fresh and under another id.
    Entered(Entered),
    /// The account there is linked to the caller's.
    Linked,
}

/// Why nothing came of an answer.
#[derive(Debug)]
pub(crate) enum Unfinished {
    /// They said no at the provider, or it did.
    Cancelled { errand: Errand, next: SafeRedirect, error: Error },
    /// Anything else.
    Failed(Error),
    /// The answer belongs to no attempt of this browser, or to none any more.
    Stale(Error),
}

impl Unfinished {
    /// The same, once it was told of.
    pub(super) fn told(self, tell: impl FnOnce(Error) -> Error) -> Self {
        match self {
            Self::Cancelled { errand, next, error } => Self::Cancelled { errand, next, error: tell(error) },
            Self::Failed(error) => Self::Failed(tell(error)),
            Self::Stale(error) => Self::Stale(tell(error)),
        }
    }
}

impl From<Error> for Unfinished {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
