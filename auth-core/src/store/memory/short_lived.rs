//! Short-lived values and quotas in memory.

use std::hash::BuildHasher;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use hashbrown::{DefaultHashBuilder, HashMap};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::short_lived::{Counter, Quota, ShortLivedStore};

use super::table::{Sharded, lock};

#[derive(Default)]
pub(super) struct MemoryShortLived {
    hasher: DefaultHashBuilder,
    values: Sharded<Value>,
    counters: Mutex<HashMap<u64, Counter>>,
}

struct Value {
    key: Box<str>,
    bytes: Box<[u8]>,
    expires_at: Timestamp,
}

impl Value {
    fn new(key: &str, bytes: &[u8], expires_at: Timestamp) -> Self {
        Self { key: key.into(), bytes: bytes.into(), expires_at }
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

impl MemoryShortLived {
    fn hash(&self, key: &str) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Removes the value, expired or not.
    fn remove(&self, key: &str) -> Option<Value> {
        let hash = self.hash(key);
        let mut shard = self.values.write(hash);
        Some(shard.find_entry(hash, |value| *value.key == *key).ok()?.remove().0)
    }

    /// Sets the value unless one is there that `keeps` says must stay; false then.
    fn set(&self, new: Value, keeps: impl Fn(&Value) -> bool) -> bool {
        let hash = self.hash(&new.key);
        let mut shard = self.values.write(hash);
        match shard.find_mut(hash, |value| value.key == new.key) {
            Some(old) if keeps(old) => return false,
            Some(old) => *old = new,
            None => {
                shard.insert_unique(hash, new, |value| self.hash(&value.key));
            }
        }
        true
    }
}

impl std::fmt::Debug for MemoryShortLived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryShortLived").finish_non_exhaustive()
    }
}

#[async_trait]
impl ShortLivedStore for MemoryShortLived {
    async fn put(&self, key: &str, value: &[u8], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.set(Value::new(key, value, now + ttl), |_| false);
        Ok(())
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let hash = self.hash(key);
        let found = {
            let shard = self.values.read(hash);
            shard
                .find(hash, |value| *value.key == *key)
                .map(|value| (!value.is_expired(now)).then(|| value.bytes.to_vec()))
        };
        match found {
            None => Ok(None),
            Some(Some(bytes)) => Ok(Some(bytes)),
            // Forgotten now, so that a clock that steps back does not bring it to life again.
            Some(None) => {
                let mut shard = self.values.write(hash);
                if let Ok(found) = shard.find_entry(hash, |value| *value.key == *key && value.is_expired(now))
                {
                    found.remove();
                }
                Ok(None)
            }
        }
    }

    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let taken = self.remove(key).filter(|value| !value.is_expired(now));
        Ok(taken.map(|value| value.bytes.into_vec()))
    }

    async fn insert_new(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.set(Value::new(key, &[], now + ttl), |old| !old.is_expired(now)))
    }

    async fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<Result<(), Duration>, StoreError> {
        let mut counters = lock(&self.counters);
        let held = |key| counters.get(&key).copied();
        let reserved = Counter::reserve_all(quotas.iter().copied(), now, held);
        Ok(reserved.map(|reserved| counters.extend(reserved)))
    }

    async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError> {
        let counters = lock(&self.counters);
        let held = |key| counters.get(&key).copied();
        Ok(Counter::reserve_all(quotas.iter().copied(), now, held).is_ok())
    }

    async fn refund(&self, quotas: &[Quota], taken_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let mut counters = lock(&self.counters);
        for quota in quotas {
            if let Some(counter) = counters.get_mut(&quota.key) {
                counter.refund(quota, taken_at, now);
            }
        }
        Ok(())
    }

    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        let mut counters = lock(&self.counters);
        for quota in quotas {
            counters.remove(&quota.key);
        }
        Ok(())
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        for mut shard in self.values.write_each() {
            let before = shard.len();
            shard.retain(|value| !value.is_expired(now));
            removed += before - shard.len();
        }
        let mut counters = lock(&self.counters);
        let before = counters.len();
        counters.retain(|_, counter| !counter.is_over(now));
        Ok((removed + before - counters.len()) as u64)
    }
}
