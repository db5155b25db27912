//! Factors in memory.

use async_trait::async_trait;
use hashbrown::HashMap;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::mfa::{Factor, FactorChange, FactorId, FactorKind, FactorStore};
use crate::user::UserId;

use super::table::lock;
use super::users::MemoryUsers;

/// All factors, and where those of a handle or of a user are.
#[derive(Default)]
pub(super) struct Factors {
    by_id: HashMap<FactorId, Factor>,
    by_handle: HashMap<(FactorKind, Vec<u8>), FactorId>,
    /// Oldest first; never none.
    by_user: HashMap<UserId, Vec<FactorId>>,
}

fn handle(factor: &Factor) -> (FactorKind, Vec<u8>) {
    (factor.kind, factor.handle.clone())
}

impl Factors {
    fn of(&self, user: &UserId) -> impl Iterator<Item = &Factor> {
        let ids = self.by_user.get(user).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Whether one of these is this user's.
    pub(super) fn has_one(&self, user: &UserId, ids: &[FactorId]) -> bool {
        self.of(user).any(|factor| ids.contains(&factor.id))
    }

    /// The user's factor with this id.
    fn own(&mut self, user: &UserId, id: &FactorId) -> Option<&mut Factor> {
        self.by_id.get_mut(id).filter(|factor| factor.user == *user)
    }

    /// Those that a change removes.
    fn removed(&self, change: &FactorChange) -> Vec<FactorId> {
        let (user, is_meant): (_, &dyn Fn(&Factor) -> bool) = match change {
            FactorChange::Add(_) => return Vec::new(),
            FactorChange::Remove { user, id } => (user, &|factor| factor.id == *id),
            FactorChange::RemoveAll { user, kind } => (user, &|factor| factor.kind == *kind),
            FactorChange::RemoveSince { user, since } => (user, &|factor| factor.created_at >= *since),
        };
        self.of(user).filter(|factor| is_meant(factor)).map(|factor| factor.id).collect()
    }

    /// Whether one that is added is taken, by one of those beside it too.
    pub(super) fn are_taken(&self, changes: &[FactorChange]) -> bool {
        let (mut gone, mut added): (Vec<FactorId>, Vec<&Factor>) = (Vec::new(), Vec::new());
        for change in changes {
            gone.extend(self.removed(change));
            match change {
                FactorChange::Add(new) => {
                    let holders =
                        [self.by_handle.get(&handle(new)), self.by_id.get(&new.id).map(|held| &held.id)];
                    let clashes = |other: &&Factor| other.id == new.id || handle(other) == handle(new);
                    if holders.into_iter().flatten().any(|id| !gone.contains(id)) || added.iter().any(clashes)
                    {
                        return true;
                    }
                    added.push(new);
                }
                FactorChange::Remove { id, .. } => added.retain(|new| new.id != *id),
                FactorChange::RemoveAll { user, kind } => {
                    added.retain(|new| new.user != *user || new.kind != *kind);
                }
                FactorChange::RemoveSince { user, since } => {
                    added.retain(|new| new.user != *user || new.created_at < *since);
                }
            }
        }
        false
    }

    /// Makes changes of which none is taken.
    pub(super) fn apply(&mut self, changes: Vec<FactorChange>) {
        for change in changes {
            for id in self.removed(&change) {
                self.drop_one(&id);
            }
            if let FactorChange::Add(factor) = change {
                self.insert(factor);
            }
        }
    }

    fn insert(&mut self, factor: Factor) {
        let ids = self.by_user.entry(factor.user.clone()).or_default();
        let by_id = &self.by_id;
        let is_older = |id: &FactorId| {
            by_id.get(id).is_some_and(|other| {
                (other.created_at, other.id.as_bytes()) < (factor.created_at, factor.id.as_bytes())
            })
        };
        ids.insert(ids.partition_point(is_older), factor.id);
        self.by_handle.insert(handle(&factor), factor.id);
        self.by_id.insert(factor.id, factor);
    }

    fn drop_one(&mut self, id: &FactorId) {
        let Some(factor) = self.by_id.remove(id) else { return };
        self.by_handle.remove(&handle(&factor));
        if let Some(ids) = self.by_user.get_mut(&factor.user) {
            ids.retain(|other| other != id);
            if ids.is_empty() {
                self.by_user.remove(&factor.user);
            }
        }
    }

    pub(super) fn remove_user(&mut self, user: &UserId) {
        for id in self.by_user.get(user).cloned().unwrap_or_default() {
            self.drop_one(&id);
        }
    }

    fn page(&self, after: Option<&FactorId>, limit: usize) -> Vec<Factor> {
        let is_behind = |id: &&FactorId| after.is_none_or(|after| id.as_bytes() > after.as_bytes());
        let mut ids: Vec<_> = self.by_id.keys().filter(is_behind).collect();
        ids.sort_unstable_by_key(|id| id.as_bytes());
        ids.into_iter().take(limit).filter_map(|id| self.by_id.get(id)).cloned().collect()
    }
}

#[async_trait]
impl FactorStore for MemoryUsers {
    async fn list(&self, user: &UserId) -> Result<Vec<Factor>, StoreError> {
        Ok(lock(&self.directory).factors.of(user).cloned().collect())
    }

    async fn find(&self, kind: FactorKind, handle: &[u8]) -> Result<Option<Factor>, StoreError> {
        let factors = &lock(&self.directory).factors;
        let id = factors.by_handle.get(&(kind, handle.to_vec()));
        Ok(id.and_then(|id| factors.by_id.get(id)).cloned())
    }

    async fn page(&self, after: Option<&FactorId>, limit: usize) -> Result<Vec<Factor>, StoreError> {
        Ok(lock(&self.directory).factors.page(after, limit))
    }

    async fn apply(&self, changes: Vec<FactorChange>) -> Result<(), StoreError> {
        let factors = &mut lock(&self.directory).factors;
        if factors.are_taken(&changes) {
            return Err(StoreError::already_exists());
        }
        factors.apply(changes);
        Ok(())
    }

    async fn advance(&self, id: &FactorId, counter: u64, at: Timestamp) -> Result<bool, StoreError> {
        let factors = &mut lock(&self.directory).factors;
        let moves = |kept: u64| counter > kept || (counter, kept) == (0, 0);
        let Some(factor) = factors.by_id.get_mut(id).filter(|factor| moves(factor.counter)) else {
            return Ok(false);
        };
        factor.counter = counter;
        factor.last_used_at = Some(at);
        Ok(true)
    }

    async fn take(&self, user: &UserId, kind: FactorKind, handle: &[u8]) -> Result<bool, StoreError> {
        let factors = &mut lock(&self.directory).factors;
        let found = factors.by_handle.get(&(kind, handle.to_vec())).copied();
        let Some(id) = found.filter(|id| factors.own(user, id).is_some()) else { return Ok(false) };
        factors.drop_one(&id);
        Ok(true)
    }

    async fn remove(&self, user: &UserId, id: &FactorId) -> Result<bool, StoreError> {
        let factors = &mut lock(&self.directory).factors;
        let is_theirs = factors.own(user, id).is_some();
        if is_theirs {
            factors.drop_one(id);
        }
        Ok(is_theirs)
    }

    async fn rename(&self, user: &UserId, id: &FactorId, name: Option<&str>) -> Result<bool, StoreError> {
        let factors = &mut lock(&self.directory).factors;
        let renamed = factors.own(user, id).map(|factor| factor.name = name.map(str::to_owned));
        Ok(renamed.is_some())
    }

    async fn write_data(&self, id: &FactorId, expected: &[u8], data: &[u8]) -> Result<bool, StoreError> {
        let factors = &mut lock(&self.directory).factors;
        let found = factors.by_id.get_mut(id).filter(|factor| factor.data == expected);
        Ok(found.map(|factor| factor.data = data.to_vec()).is_some())
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let factors = &mut lock(&self.directory).factors;
        let has_ended = |factor: &&Factor| factor.expires_at.is_some_and(|end| end <= now);
        let ended: Vec<_> = factors.by_id.values().filter(has_ended).map(|factor| factor.id).collect();
        ended.iter().for_each(|id| factors.drop_one(id));
        Ok(ended.len() as u64)
    }
}
