//! Sessions of which guards keep copies: what changes one forgets its copies, and what ends one has other servers forget theirs.

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::UserId;

use super::change::Change;
use super::copies::Copies;
use super::{MaxSessions, SessionData, SessionHandle, SessionKey, SessionRecord, SessionStore};

/// A store of whose changes is told after each, whatever became of it.
#[derive(Debug)]
pub(crate) struct WatchedSessions {
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) copies: Arc<Copies>,
}

impl WatchedSessions {
    /// Forgets copies here alone, after a change by which nothing ended.
    async fn changing<T>(
        &self,
        what: Change,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let changed = change.await;
        self.copies.forget_here(&what);
        changed
    }

    async fn ending<T>(
        &self,
        what: Change,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let changed = change.await;
        self.copies.forget(&what).await;
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
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let (user, insertion) = (Change::User(record.user.clone()), self.store.insert(key, record, max));
        match max {
            Some(_) => self.ending(user, insertion).await,
            None => insertion.await,
        }
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        self.store.get(key).await
    }

    /// A copy of before would have it noted at each request.
    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        self.changing(Change::Session(*key), self.store.touch(key, at)).await
    }

    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        self.ending(Change::Session(*old), self.store.replace(old, new, record)).await
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        self.changing(Change::Session(*key), self.store.write_data(key, expected, data)).await
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.ending(Change::Session(*key), self.store.remove(key)).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        self.store.list(user).await
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        self.ending(Change::User(user.clone()), self.store.remove_by_handle(user, handle)).await
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.ending(Change::User(user.clone()), self.store.remove_by_user(user, keep)).await
    }

    /// What has ended by itself is not taken from a copy either.
    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        self.store.remove_expired(now, idle_since).await
    }
}
