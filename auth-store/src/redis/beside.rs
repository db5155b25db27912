//! Redis beside a store for what lasts.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::store::{Backend, Stores};
use auth_core::user::{UserAdmin, WatchedUsers};

use super::user_cache::SessionUsers;
use super::{RedisMark, RedisStore};

/// A [`RedisStore`] for sessions, refresh families and everything short-lived, and a backend for the rest, of whose users Redis keeps
/// copies for guards; made by [`RedisStore::beside`].
#[derive(Clone, Debug)]
pub struct RedisBackend {
    redis: RedisStore,
    rest: Arc<dyn Backend>,
    /// The Redis of which word was left, by what it is told from others.
    left: Arc<Mutex<Option<String>>>,
}

impl RedisBackend {
    pub(super) fn new(redis: RedisStore, rest: Arc<dyn Backend>) -> Self {
        Self { redis, rest, left: Arc::default() }
    }

    async fn leave_word(&self) -> Result<(), StoreError> {
        let identity = RedisMark::leave(&self.redis, &self.rest.stores()).await?;
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity);
        Ok(())
    }

    /// Leaves word where that was not done yet, and again where Redis was emptied since, or another one is in its place.
    async fn keep_word(&self) -> Result<(), StoreError> {
        let identity = self.redis.identity().await?;
        let is_left =
            identity.is_some() && *self.left.lock().unwrap_or_else(PoisonError::into_inner) == identity;
        if is_left { Ok(()) } else { self.leave_word().await }
    }
}

#[async_trait]
impl Backend for RedisBackend {
    fn stores(&self) -> Stores {
        let redis = Arc::new(self.redis.clone());
        let mut stores = self.rest.stores().with_sessions(redis.clone()).with_refresh(redis.clone());
        let read = SessionUsers { redis: self.redis.clone(), users: stores.users.clone() };
        stores.users = Arc::new(WatchedUsers::new(stores.users, redis.clone()));
        let watched = |users| Arc::new(WatchedUsers::new(users, redis.clone())) as Arc<dyn UserAdmin>;
        stores.user_admin = stores.user_admin.map(watched);
        stores.with_short_lived(redis.clone()).with_broadcast(redis).with_session_users(Arc::new(read))
    }

    /// There is nothing to bring up to date in Redis: it has to answer. Word of it is left in the store for the rest.
    async fn migrate(&self) -> Result<(), StoreError> {
        self.redis.ping().await?;
        self.rest.migrate().await?;
        self.leave_word().await
    }

    /// Every server asks this when it starts, and as often as somebody asks whether it is ready. A database that only reads at the moment
    /// keeps no word, and nobody from working.
    async fn is_migrated(&self) -> Result<bool, StoreError> {
        self.redis.ping().await?;
        let is_migrated = self.rest.is_migrated().await?;
        if is_migrated && let Err(error) = self.keep_word().await {
            tracing::debug!(?error, "no word of Redis could be left in the database");
        }
        Ok(is_migrated)
    }

    /// That of the store for the rest; where that has none, of Redis.
    async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        match self.rest.time().await? {
            Some(time) => Ok(Some(time)),
            None => self.redis.time().await.map(Some),
        }
    }
}
