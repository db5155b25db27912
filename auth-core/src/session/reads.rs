//! What guards read.

use std::sync::Arc;

use crate::error::StoreError;
use crate::user::UserStore;

use super::{SessionAndUser, SessionKey, SessionStore, SessionUserStore};

/// How a guard reads a session with its user.
#[derive(Clone, Debug)]
pub(crate) enum GuardReads {
    /// By one call: one backend has both.
    Both(Arc<dyn SessionUserStore>),
    /// By one call to each.
    Each { sessions: Arc<dyn SessionStore>, users: Arc<dyn UserStore> },
}

impl GuardReads {
    /// The session with this key, and its user if that is still there.
    pub(super) async fn session_and_user(
        &self,
        key: &SessionKey,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        let (sessions, users) = match self {
            Self::Both(both) => return both.session_and_user(key).await,
            Self::Each { sessions, users } => (sessions, users),
        };
        let Some(record) = sessions.get(key).await? else { return Ok(None) };
        let user = users.get(&record.user).await?;
        Ok(Some((record, user)))
    }
}
