//! Everything in this process's memory: for tests, measurements, and small programs that may forget.
//!
//! Reads take the lock of one of 64 shards for an instant; locks are never held across an await. A session takes at
//! most 250 bytes in all, which `tests/memory_per_session.rs` measures.

mod attached;
mod audit;
mod broadcast;
mod clients;
mod consents;
mod factors;
mod keys;
mod linked;
mod linked_accounts;
mod outbox;
mod refresh;
mod sessions;
mod short_lived;
mod table;
mod users;

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{SessionAndUser, SessionKey, SessionUserStore};

use super::{Backend, Stores};

use self::broadcast::MemoryBroadcast;
use self::clients::MemoryClients;
use self::keys::MemoryKeys;
use self::refresh::MemoryRefresh;
use self::sessions::MemorySessions;
use self::short_lived::MemoryShortLived;
use self::users::MemoryUsers;

/// The memory backend. Clones share their content; it is gone with the last of them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    users: Arc<MemoryUsers>,
    sessions: Arc<MemorySessions>,
    refresh: Arc<MemoryRefresh>,
    keys: Arc<MemoryKeys>,
    clients: Arc<MemoryClients>,
    short_lived: Arc<MemoryShortLived>,
    broadcast: Arc<MemoryBroadcast>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl SessionUserStore for MemoryStore {
    async fn session_and_user(
        &self,
        key: &SessionKey,
        _: Timestamp,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        let Some(record) = self.sessions.by_key(key) else { return Ok(None) };
        let user = self.users.by_id(&record.user);
        Ok(Some((record, user)))
    }
}

#[async_trait]
impl Backend for MemoryStore {
    fn stores(&self) -> Stores {
        let stores = Stores {
            users: self.users.clone(),
            user_admin: Some(self.users.clone()),
            sessions: self.sessions.clone(),
            refresh: self.refresh.clone(),
            keys: self.keys.clone(),
            short_lived: self.short_lived.clone(),
            linked_accounts: self.users.clone(),
            factors: self.users.clone(),
            clients: self.clients.clone(),
            consents: self.users.clone(),
            outbox: self.users.clone(),
            audit: self.users.clone(),
            broadcast: Some(self.broadcast.clone()),
            both: None,
        };
        stores.with_session_users(Arc::new(self.clone()))
    }

    /// There is nothing to bring up to date.
    async fn migrate(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(true)
    }
}
