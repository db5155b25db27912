//! Refresh families: each a string under its key, with an index for its user and one for the session it came from.

use std::cmp::Reverse;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::session::SessionHandle;
use auth_core::token::{FamilyKey, RefreshFamily, RefreshStore, Rotation};
use auth_core::user::UserId;
use redis::cmd;

use super::RedisStore;
use super::expiry::milliseconds;
use super::family_record::{decode, encode, encode_rotation};
use super::index::{Entry, Place};
use super::sweep::{get, get_and_delete};

fn entry(key: &FamilyKey, family: &RefreshFamily) -> Entry {
    Entry { handle: *family.sid.as_bytes(), key: *key.as_bytes() }
}

/// How long the family is kept: from its beginning, when it is written, to its end.
fn kept(family: &RefreshFamily) -> u64 {
    milliseconds(family.expires_at.since(family.created_at))
}

fn read(stored: &[u8]) -> Result<RefreshFamily, StoreError> {
    decode(stored).map_err(StoreError::unavailable)
}

impl RedisStore {
    fn family_of(&self, entry: &Entry) -> String {
        self.names().family(&FamilyKey::new(entry.key))
    }

    /// The indexes that the family stands in.
    fn indexes_of(&self, family: &RefreshFamily) -> impl Iterator<Item = String> {
        let session = family.session.as_ref().map(|session| self.names().session_families(session));
        [self.names().user_families(&family.user)].into_iter().chain(session)
    }

    async fn leave_families(&self, key: &FamilyKey, family: &RefreshFamily) -> Result<(), StoreError> {
        for index in self.indexes_of(family) {
            self.index_remove(index.as_bytes(), &[entry(key, family)]).await?;
        }
        Ok(())
    }

    /// Ends all families of an index, and answers their `sid`s.
    async fn end_families(&self, index: String) -> Result<Vec<SessionHandle>, StoreError> {
        let end = |entry: &Entry| get_and_delete(self.family_of(entry));
        let ended: Vec<(Entry, Vec<u8>)> = self.end_all(&index, |_| true, end).await?;
        for (entry, stored) in &ended {
            // Of one that cannot be read an entry may stay until somebody sees that it has no family.
            if let Ok(family) = decode(stored) {
                self.leave_families(&FamilyKey::new(entry.key), &family).await?;
            }
        }
        Ok(ended.into_iter().map(|(entry, _)| SessionHandle::new(entry.handle)).collect())
    }
}

#[async_trait]
impl RefreshStore for RedisStore {
    async fn insert(&self, key: &FamilyKey, family: RefreshFamily) -> Result<(), StoreError> {
        let kept = kept(&family);
        let mut set = cmd("SET");
        set.arg(self.names().family(key)).arg(encode(&family)).arg("NX").arg("PX").arg(kept);
        if self.link().query::<Option<()>>(&set).await?.is_none() {
            return Err(StoreError::already_exists());
        }
        for index in self.indexes_of(&family) {
            self.index_add(&index, &entry(key, &family), family.created_at, kept, None).await?;
        }
        Ok(())
    }

    async fn get(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        let stored: Option<Vec<u8>> = self.link().read(&get(self.names().family(key))).await?;
        stored.map(|stored| read(&stored)).transpose()
    }

    async fn list(&self, user: &UserId) -> Result<Vec<(FamilyKey, RefreshFamily)>, StoreError> {
        let index = self.names().user_families(user);
        let entries = self.index_entries(index.as_bytes()).await?;
        let stored = entries.iter().map(|entry| get(self.family_of(entry))).collect();
        let stored: Vec<Option<Vec<u8>>> = self.link().each(stored).await?;
        let (mut families, mut gone) = (Vec::new(), Vec::new());
        for (entry, stored) in entries.into_iter().zip(stored) {
            match stored {
                Some(stored) => families.push((FamilyKey::new(entry.key), read(&stored)?)),
                None => gone.push(entry),
            }
        }
        self.index_remove(index.as_bytes(), &gone).await?;
        families.sort_by_key(|(_, family)| Reverse(family.created_at));
        Ok(families)
    }

    async fn rotate(&self, key: &FamilyKey, expected: &[u8; 32], next: Rotation) -> Result<bool, StoreError> {
        let mut script = self.scripts().rotate.key(self.names().family(key));
        self.link().run(script.arg(&expected[..]).arg(encode_rotation(&next))).await
    }

    async fn remove(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        let stored: Option<Vec<u8>> = self.link().query(&get_and_delete(self.names().family(key))).await?;
        let Some(family) = stored.map(|stored| read(&stored)).transpose()? else { return Ok(None) };
        self.leave_families(key, &family).await?;
        Ok(Some(family))
    }

    async fn remove_by_session(&self, session: &SessionHandle) -> Result<Vec<SessionHandle>, StoreError> {
        self.end_families(self.names().session_families(session)).await
    }

    async fn remove_by_user(&self, user: &UserId) -> Result<Vec<SessionHandle>, StoreError> {
        self.end_families(self.names().user_families(user)).await
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let is_over = |stored: &[u8]| {
            let family = decode(stored)?;
            Ok(family.expires_at < now || family.rotation.rotated_at < idle_since)
        };
        let places = |name: &[u8], stored: &[u8]| {
            let Some((key, family)) = self.names().family_key(name).zip(decode(stored).ok()) else {
                return Vec::new();
            };
            let (entry, age) = (entry(&key, &family), family.created_at);
            let kept = milliseconds(family.expires_at.since(now));
            self.indexes_of(&family).map(|index| Place { index, entry, age, kept }).collect()
        };
        let removed = self.sweep(self.names().every_family(), is_over, places).await?;
        for indexes in [self.names().every_user_with_families(), self.names().every_session_with_families()] {
            self.repair(indexes, |entry| self.family_of(entry)).await?;
        }
        Ok(removed)
    }
}
