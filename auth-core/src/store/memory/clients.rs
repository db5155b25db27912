//! Registered clients in memory.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Mutex;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::server::{ClientStore, StoredClient};

use super::table::lock;

/// All clients, by their ids.
#[derive(Default)]
pub(super) struct MemoryClients(Mutex<BTreeMap<String, StoredClient>>);

impl fmt::Debug for MemoryClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryClients").finish_non_exhaustive()
    }
}

#[async_trait]
impl ClientStore for MemoryClients {
    async fn get(&self, client_id: &str) -> Result<Option<StoredClient>, StoreError> {
        Ok(lock(&self.0).get(client_id).cloned())
    }

    async fn list(&self) -> Result<Vec<StoredClient>, StoreError> {
        Ok(lock(&self.0).values().cloned().collect())
    }

    async fn insert(&self, client: StoredClient) -> Result<bool, StoreError> {
        match lock(&self.0).entry(client.client_id.clone()) {
            Entry::Occupied(_) => Ok(false),
            Entry::Vacant(place) => {
                place.insert(client);
                Ok(true)
            }
        }
    }

    async fn update(&self, client: StoredClient, expected: u64) -> Result<bool, StoreError> {
        let mut clients = lock(&self.0);
        let held = clients.get_mut(&client.client_id).filter(|held| held.version == expected);
        Ok(held.map(|held| *held = StoredClient { created_at: held.created_at, ..client }).is_some())
    }

    async fn remove(&self, client_id: &str) -> Result<bool, StoreError> {
        Ok(lock(&self.0).remove(client_id).is_some())
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut clients = lock(&self.0);
        let before = clients.len();
        clients.retain(|_, client| client.expires_at.is_none_or(|end| end > now));
        Ok((before - clients.len()) as u64)
    }
}
