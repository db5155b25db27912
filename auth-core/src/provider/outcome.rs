//! How an attempt can end.

use std::sync::Arc;

use crate::error::Error;
use crate::http::SafeRedirect;
use crate::login::PendingId;
use crate::session::Begun;
use crate::user::User;

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
    /// The session is fresh, under another id.
    Confirmed(Entered),
    /// The account there is linked to the caller's.
    Linked,
    /// A session was begun.
    LoggedIn(Entered),
    /// A factor is missing: the login, or the proof, waits for it.
    Waits(Waiting),
}

/// A session that has to be handed out, and whose it is.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) user: Arc<User>,
    pub(crate) begun: Begun,
}

/// A login that was kept, and what is said of it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) id: PendingId,
    pub(crate) refusal: Error,
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

impl From<Error> for Unfinished {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
