//! Marks of families and sessions whose access tokens are dead before they expire.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::error::Error;
use crate::short_lived::ShortLivedStore;
use crate::user::UserId;

use super::{RefreshFamily, RefreshStore, SessionHandle, TokenConfig};

/// Knows which sessions are there: families that came from one end with it.
#[async_trait]
pub(crate) trait LivingSessions: fmt::Debug + Send + Sync {
    /// Whether this user has a living session with this handle.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn is_alive(&self, user: &UserId, session: &SessionHandle) -> Result<bool, Error>;
}

/// Marks ended sessions and refresh families, so that their access tokens are refused at the next request.
#[derive(Clone, Debug)]
pub(crate) struct Revocations {
    store: Arc<dyn ShortLivedStore>,
    refresh: Arc<dyn RefreshStore>,
    clock: Arc<dyn Clock>,
    /// How long a mark has to last: the life of an access token and the clocks' disagreement.
    mark_life: Duration,
}

impl Revocations {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        refresh: Arc<dyn RefreshStore>,
        config: &TokenConfig,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, refresh, clock, mark_life: config.mark_life() }
    }

    /// Ends what came from a session: all access tokens by its mark, which they carry as their `sid`, and its refresh families.
    pub(crate) async fn end_session(&self, session: &SessionHandle) -> Result<(), Error> {
        self.mark(session).await?;
        self.refresh.remove_by_session(session).await?;
        Ok(())
    }

    /// Ends those refresh families of a user that are meant, with their access tokens, and answers how many. Each is marked first:
    /// should the removal fail, whoever tries again finds it still there.
    pub(crate) async fn end_families(
        &self,
        user: &UserId,
        is_meant: impl Fn(&RefreshFamily) -> bool,
    ) -> Result<usize, Error> {
        let mut ended = 0;
        for (key, family) in self.refresh.list(user).await? {
            if is_meant(&family) {
                self.mark(&family.sid).await?;
                ended += usize::from(self.refresh.remove(&key).await?.is_some());
            }
        }
        Ok(ended)
    }

    /// Marks one session or family.
    pub(super) async fn mark(&self, sid: &SessionHandle) -> Result<(), Error> {
        self.put(&mark_key(&sid.to_string())).await
    }

    /// Sets the mark of this [key](mark_key).
    pub(super) async fn put(&self, mark: &str) -> Result<(), Error> {
        Ok(self.store.put(mark, &[], self.mark_life, self.clock.now()).await?)
    }

    /// Whether this session or family is marked.
    pub(super) async fn is_marked(&self, sid: &SessionHandle, now: Timestamp) -> Result<bool, Error> {
        self.is_there(&mark_key(&sid.to_string()), now).await
    }

    /// Whether there is a mark under this [key](mark_key).
    pub(super) async fn is_there(&self, mark: &str, now: Timestamp) -> Result<bool, Error> {
        Ok(self.store.get(mark, now).await?.is_some())
    }
}

/// Under which the store keeps the mark of this `sid`, or of a token's own `jti`.
pub(super) fn mark_key(sid: &str) -> String {
    ["revoked:", sid].concat()
}
