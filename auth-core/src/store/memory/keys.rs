//! Signing keys in memory.

use std::sync::Mutex;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::key::{KeyStore, StoredKey};

use super::table::lock;

/// All keys, oldest first.
#[derive(Default)]
pub(super) struct MemoryKeys(Mutex<Vec<StoredKey>>);

impl std::fmt::Debug for MemoryKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryKeys").finish_non_exhaustive()
    }
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn list(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(lock(&self.0).clone())
    }

    async fn rotate(
        &self,
        expected_newest: Option<&str>,
        new: StoredKey,
        retire_others_from: Timestamp,
        others_gone_from: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut keys = lock(&self.0);
        if keys.last().map(|key| key.kid.as_str()) != expected_newest {
            return Ok(false);
        }
        if keys.iter().any(|key| key.kid == new.kid) {
            return Err(StoreError::already_exists());
        }
        for key in keys.iter_mut() {
            key.retire_from.get_or_insert(retire_others_from);
            key.gone_from.get_or_insert(others_gone_from);
        }
        keys.push(new);
        keys.sort_by(|a, b| (a.announced_at, &a.kid).cmp(&(b.announced_at, &b.kid)));
        Ok(true)
    }

    async fn reseal(&self, kid: &str, expected: &[u8], sealed: &[u8]) -> Result<bool, StoreError> {
        let mut keys = lock(&self.0);
        let held = keys.iter_mut().find(|key| key.kid == kid && key.sealed == expected);
        Ok(held.map(|key| key.sealed = sealed.to_vec()).is_some())
    }

    async fn remove_gone(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut keys = lock(&self.0);
        let before = keys.len();
        keys.retain(|key| key.gone_from.is_none_or(|gone| gone > now));
        Ok((before - keys.len()) as u64)
    }
}
