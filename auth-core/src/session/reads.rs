//! What guards read.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::metric;
use crate::user::UserStore;

use super::cache::GuardCache;
use super::hearing::Hearing;
use super::{SessionAndUser, SessionKey, SessionStore, SessionUserStore};

/// How a guard reads a session with its user: by one call where one backend has both, else by one call to each store.
#[derive(Clone, Debug)]
pub(crate) struct GuardReads {
    both: Option<Arc<dyn SessionUserStore>>,
    sessions: Arc<dyn SessionStore>,
    users: Arc<dyn UserStore>,
    cache: Option<Arc<GuardCache>>,
    /// Kept for as long as anybody reads.
    _hearing: Option<Arc<Hearing>>,
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
        cache: Option<Arc<GuardCache>>,
        hearing: Option<Hearing>,
    ) -> Self {
        Self { both, sessions, users, cache, _hearing: hearing.map(Arc::new) }
    }

    /// Whether there are copies.
    pub(super) fn may_lag(&self) -> bool {
        self.cache.is_some() || self.has_copies()
    }

    /// Whether the store itself answers by copies.
    fn has_copies(&self) -> bool {
        self.both.as_ref().is_some_and(|both| !both.longest_lag().is_zero())
    }

    /// The session with this key, and its user if that is still there.
    pub(super) async fn session_and_user(
        &self,
        key: &SessionKey,
        now: Timestamp,
        reading: Reading,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        match (&self.cache, &self.both, reading) {
            (Some(cache), _, reading) => self.through(cache, key, now, reading).await,
            (None, Some(both), Reading::Usual) => both.session_and_user(key, now).await,
            _ => self.anew(key, now).await,
        }
    }

    /// What the cache keeps is never a copy of a copy, or it would be older than both may be. Whatever the store answers takes the
    /// place of what was kept.
    async fn through(
        &self,
        cache: &GuardCache,
        key: &SessionKey,
        now: Timestamp,
        reading: Reading,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        if reading == Reading::Usual {
            let copy = cache.get(key, now);
            metric::guard_cache_read(if copy.is_some() { "hit" } else { "miss" });
            if copy.is_some() {
                return Ok(copy);
            }
        }
        let before = cache.changes();
        let read = self.anew(key, now).await?;
        match &read {
            Some(read @ (_, Some(_))) => cache.keep(key, read, now, before),
            _ => cache.drop_copy(key),
        }
        Ok(read)
    }

    async fn anew(&self, key: &SessionKey, now: Timestamp) -> Result<Option<SessionAndUser>, StoreError> {
        if let Some(both) = self.both.as_ref().filter(|_| !self.has_copies()) {
            return both.session_and_user(key, now).await;
        }
        let Some(record) = self.sessions.get(key).await? else { return Ok(None) };
        let user = self.users.get(&record.user).await?;
        Ok(Some((record, user)))
    }
}
