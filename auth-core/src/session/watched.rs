//! Sessions of which guards keep copies: what changes one forgets its copies.

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::UserId;

use super::cache::GuardCache;
use super::{MaxSessions, SessionData, SessionHandle, SessionKey, SessionRecord, SessionStore};

/// A store whose changes a cache is told of, after each, whatever became of it.
#[derive(Debug)]
pub(crate) struct WatchedSessions {
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) cache: Arc<GuardCache>,
}

impl WatchedSessions {
    async fn of_session<T>(
        &self,
        key: &SessionKey,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let changed = change.await;
        self.cache.forget_session(key);
        changed
    }

    async fn of_user<T>(
        &self,
        user: &UserId,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let changed = change.await;
        self.cache.forget_user(Some(user));
        changed
    }
}

#[async_trait]
impl SessionStore for WatchedSessions {
    /// The oldest ones make room.
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<(), StoreError> {
        let user = record.user.clone();
        self.of_user(&user, self.store.insert(key, record, max)).await
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        self.store.get(key).await
    }

    /// A copy of before would have it noted at each request.
    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        self.of_session(key, self.store.touch(key, at)).await
    }

    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        self.of_session(old, self.store.replace(old, new, record)).await
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        self.of_session(key, self.store.write_data(key, expected, data)).await
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.of_session(key, self.store.remove(key)).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        self.store.list(user).await
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        self.of_user(user, self.store.remove_by_handle(user, handle)).await
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.of_user(user, self.store.remove_by_user(user, keep)).await
    }

    /// What has ended by itself is not taken from a copy either.
    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        self.store.remove_expired(now, idle_since).await
    }
}
