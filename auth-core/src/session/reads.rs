//! What guards read.

use std::sync::Arc;

use crate::error::StoreError;
use crate::user::UserStore;

use super::{SessionAndUser, SessionKey, SessionStore, SessionUserStore};

/// How a guard reads a session with its user: by one call where one backend has both, else by one call to each store.
#[derive(Clone, Debug)]
pub(crate) struct GuardReads {
    both: Option<Arc<dyn SessionUserStore>>,
    sessions: Arc<dyn SessionStore>,
    users: Arc<dyn UserStore>,
}

/// Whether what is read of a user may be a copy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reading {
    /// It is read where it is changed.
    Anew,
    /// It may, as old as the store says that its copies may be.
    Usual,
}

impl GuardReads {
    pub(crate) fn new(
        both: Option<Arc<dyn SessionUserStore>>,
        sessions: Arc<dyn SessionStore>,
        users: Arc<dyn UserStore>,
    ) -> Self {
        Self { both, sessions, users }
    }

    /// Whether there are copies.
    pub(super) fn may_lag(&self) -> bool {
        self.both.as_ref().is_some_and(|both| !both.longest_lag().is_zero())
    }

    /// The session with this key, and its user if that is still there.
    pub(super) async fn session_and_user(
        &self,
        key: &SessionKey,
        reading: Reading,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        if let Some(both) = &self.both
            && (reading == Reading::Usual || both.longest_lag().is_zero())
        {
            return both.session_and_user(key).await;
        }
        let Some(record) = self.sessions.get(key).await? else { return Ok(None) };
        let user = self.users.get(&record.user).await?;
        Ok(Some((record, user)))
    }
}
