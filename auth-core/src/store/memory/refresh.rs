//! Refresh families in memory.

use std::cmp::Reverse;
use std::hash::Hash;
use std::sync::Mutex;

use async_trait::async_trait;
use hashbrown::HashMap;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::SessionHandle;
use crate::token::{FamilyKey, RefreshFamily, RefreshStore, Rotation};
use crate::user::UserId;

use super::table::lock;

/// All families, and where those of a user or of a session are.
#[derive(Default)]
pub(super) struct MemoryRefresh(Mutex<Families>);

#[derive(Default)]
struct Families {
    by_key: HashMap<FamilyKey, RefreshFamily>,
    by_user: HashMap<UserId, Vec<FamilyKey>>,
    by_session: HashMap<SessionHandle, Vec<FamilyKey>>,
}

impl Families {
    fn insert(&mut self, key: FamilyKey, family: RefreshFamily) {
        self.by_user.entry(family.user.clone()).or_default().push(key);
        if let Some(session) = family.session {
            self.by_session.entry(session).or_default().push(key);
        }
        self.by_key.insert(key, family);
    }

    fn remove(&mut self, key: &FamilyKey) -> Option<RefreshFamily> {
        let family = self.by_key.remove(key)?;
        unlink(&mut self.by_user, &family.user, key);
        if let Some(session) = &family.session {
            unlink(&mut self.by_session, session, key);
        }
        Some(family)
    }

    fn remove_all(&mut self, keys: &[FamilyKey]) -> Vec<SessionHandle> {
        keys.iter().filter_map(|key| self.remove(key)).map(|family| family.sid).collect()
    }
}

fn unlink<K: Eq + Hash>(index: &mut HashMap<K, Vec<FamilyKey>>, owner: &K, key: &FamilyKey) {
    if let Some(keys) = index.get_mut(owner) {
        keys.retain(|other| other != key);
        if keys.is_empty() {
            index.remove(owner);
        }
    }
}

impl std::fmt::Debug for MemoryRefresh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryRefresh").finish_non_exhaustive()
    }
}

#[async_trait]
impl RefreshStore for MemoryRefresh {
    async fn insert(&self, key: &FamilyKey, family: RefreshFamily) -> Result<(), StoreError> {
        let mut families = lock(&self.0);
        if families.by_key.contains_key(key) {
            return Err(StoreError::already_exists());
        }
        families.insert(*key, family);
        Ok(())
    }

    async fn get(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        Ok(lock(&self.0).by_key.get(key).cloned())
    }

    async fn list(&self, user: &UserId) -> Result<Vec<(FamilyKey, RefreshFamily)>, StoreError> {
        let families = lock(&self.0);
        let keys = families.by_user.get(user).into_iter().flatten();
        let with_key = |key: &FamilyKey| Some((*key, families.by_key.get(key)?.clone()));
        let mut found: Vec<_> = keys.filter_map(with_key).collect();
        found.sort_by_key(|(_, family)| Reverse(family.created_at));
        Ok(found)
    }

    async fn rotate(&self, key: &FamilyKey, expected: &[u8; 32], next: Rotation) -> Result<bool, StoreError> {
        let mut families = lock(&self.0);
        let living = families.by_key.get_mut(key).filter(|family| family.rotation.current == *expected);
        Ok(living.map(|family| family.rotation = next).is_some())
    }

    async fn remove(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        Ok(lock(&self.0).remove(key))
    }

    async fn remove_by_session(&self, session: &SessionHandle) -> Result<Vec<SessionHandle>, StoreError> {
        let mut families = lock(&self.0);
        let keys = families.by_session.remove(session).unwrap_or_default();
        Ok(families.remove_all(&keys))
    }

    async fn remove_by_user(&self, user: &UserId) -> Result<Vec<SessionHandle>, StoreError> {
        let mut families = lock(&self.0);
        let keys = families.by_user.remove(user).unwrap_or_default();
        Ok(families.remove_all(&keys))
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let mut families = lock(&self.0);
        let is_over =
            |family: &RefreshFamily| family.expires_at < now || family.rotation.rotated_at < idle_since;
        let over: Vec<_> = families.by_key.iter().filter(|(_, f)| is_over(f)).map(|(key, _)| *key).collect();
        Ok(families.remove_all(&over).len() as u64)
    }
}
