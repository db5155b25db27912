//! Sessions in memory.
//!
//! A session is one allocation (the record that readers share), a slot of 24 bytes in the table of keys and one of 16 in
//! the table of users. Readers lock one shard of the former; writers take turns under the lock of the latter.

use std::hash::BuildHasher;
use std::mem;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hashbrown::{DefaultHashBuilder, HashSet, HashTable};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{MaxSessions, SessionData, SessionHandle, SessionKey, SessionRecord, SessionStore};
use crate::user::UserId;

use super::table::{Sharded, lock};

/// How many different user agents are kept once for all sessions that name them.
const MAX_SHARED_USER_AGENTS: usize = 4096;

#[derive(Default)]
pub(super) struct MemorySessions {
    hasher: DefaultHashBuilder,
    by_key: Sharded<Slot>,
    /// Held by every change; readers by key do without.
    index: Mutex<Index>,
}

/// Half of the keyed hash is kept: 128 bits are out of reach for guessing, and a truncated MAC stays one (RFC 2104
/// section 5).
type KeyHalf = [u8; 16];

struct Slot {
    key: KeyHalf,
    record: Arc<SessionRecord>,
}

#[derive(Default)]
struct Index {
    by_user: HashTable<UserSessions>,
    user_agents: HashSet<Arc<str>>,
}

/// The sessions of one user: never none.
enum UserSessions {
    One(Indexed),
    #[expect(clippy::box_collection, reason = "most users have one session, and the table holds this inline")]
    Many(Box<Vec<Indexed>>),
}

/// A session, and the hash by which the table of keys finds it.
struct Indexed {
    hash: u64,
    record: Arc<SessionRecord>,
}

const _: () = assert!(size_of::<Slot>() == 24 && size_of::<UserSessions>() == 16);

fn half(key: &SessionKey) -> KeyHalf {
    let (half, _) = key.as_bytes().split_first_chunk().expect("a key has 32 bytes");
    *half
}

/// The key is a keyed hash already, which nobody outside can choose: its bytes serve as they are.
fn hash_of(key: &KeyHalf) -> u64 {
    let (bytes, _) = key.split_first_chunk().expect("half a key has 16 bytes");
    u64::from_le_bytes(*bytes)
}

impl UserSessions {
    fn as_slice(&self) -> &[Indexed] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [Indexed] {
        match self {
            Self::One(one) => std::slice::from_mut(one),
            Self::Many(many) => many,
        }
    }

    fn user(&self) -> &UserId {
        &self.as_slice()[0].record.user
    }

    fn push(&mut self, new: Indexed) {
        match self {
            Self::Many(many) => many.push(new),
            Self::One(_) => {
                let Self::One(one) = mem::replace(self, Self::Many(Box::new(Vec::with_capacity(2)))) else {
                    return;
                };
                self.push(one);
                self.push(new);
            }
        }
    }
}

impl MemorySessions {
    fn hash_user(&self, user: &UserId) -> u64 {
        self.hasher.hash_one(user)
    }

    pub(super) fn by_key(&self, key: &SessionKey) -> Option<Arc<SessionRecord>> {
        self.find(&half(key))
    }

    fn find(&self, key: &KeyHalf) -> Option<Arc<SessionRecord>> {
        let hash = hash_of(key);
        self.by_key.read(hash).find(hash, |slot| slot.key == *key).map(|slot| slot.record.clone())
    }

    fn sessions_of<'a>(&self, index: &'a Index, user: &UserId) -> &'a [Indexed] {
        let found = index.by_user.find(self.hash_user(user), |entry| entry.user() == user);
        found.map_or(&[], UserSessions::as_slice)
    }

    /// Adds to the index. What many sessions have in common is kept once for all of them.
    fn link(&self, index: &mut Index, key: &KeyHalf, mut record: SessionRecord) -> Arc<SessionRecord> {
        record.user_agent = record.user_agent.map(|name| index.shared(name));
        let hash = self.hash_user(&record.user);
        let found = index.by_user.find_mut(hash, |entry| *entry.user() == record.user);
        if let Some(entry) = &found {
            record.user = entry.user().clone();
        }
        let record = Arc::new(record);
        let new = Indexed { hash: hash_of(key), record: record.clone() };
        match found {
            Some(entry) => entry.push(new),
            None => {
                let one = UserSessions::One(new);
                index.by_user.insert_unique(hash, one, |entry| self.hash_user(entry.user()));
            }
        }
        record
    }

    /// Removes from the index.
    fn unlink(&self, index: &mut Index, record: &Arc<SessionRecord>) {
        let user_hash = self.hash_user(&record.user);
        let Ok(mut found) = index.by_user.find_entry(user_hash, |entry| *entry.user() == record.user) else {
            return;
        };
        if let UserSessions::Many(many) = found.get_mut() {
            many.retain(|indexed| !Arc::ptr_eq(&indexed.record, record));
            if !many.is_empty() {
                return;
            }
        }
        found.remove();
    }

    /// Puts another record in the place of `old`, for readers and in the index.
    fn exchange(&self, index: &mut Index, key: &KeyHalf, old: &Arc<SessionRecord>, new: SessionRecord) {
        let new = Arc::new(new);
        let found = index.by_user.find_mut(self.hash_user(&old.user), |entry| entry.user() == &old.user);
        for indexed in found.map(UserSessions::as_mut_slice).unwrap_or_default() {
            if Arc::ptr_eq(&indexed.record, old) {
                indexed.record = new.clone();
            }
        }
        let hash = hash_of(key);
        if let Some(slot) = self.by_key.write(hash).find_mut(hash, |slot| slot.key == *key) {
            slot.record = new;
        }
    }

    fn add_slot(&self, key: KeyHalf, record: Arc<SessionRecord>) {
        let hash = hash_of(&key);
        self.by_key.write(hash).insert_unique(hash, Slot { key, record }, |slot| hash_of(&slot.key));
    }

    fn remove_slot(&self, indexed: &Indexed) {
        let is_it = |slot: &Slot| Arc::ptr_eq(&slot.record, &indexed.record);
        if let Ok(found) = self.by_key.write(indexed.hash).find_entry(indexed.hash, is_it) {
            found.remove();
        }
    }

    /// Ends those of the user's sessions that `ends` picks, and answers their handles.
    fn end(
        &self,
        index: &mut Index,
        user: &UserId,
        ends: impl Fn(&SessionRecord) -> bool,
    ) -> Vec<SessionHandle> {
        let Ok(mut found) = index.by_user.find_entry(self.hash_user(user), |entry| entry.user() == user)
        else {
            return Vec::new();
        };
        let mut ended = Vec::new();
        for indexed in found.get().as_slice().iter().filter(|indexed| ends(&indexed.record)) {
            self.remove_slot(indexed);
            ended.push(indexed.record.handle);
        }
        if ended.len() == found.get().as_slice().len() {
            found.remove();
        } else if let UserSessions::Many(many) = found.get_mut() {
            many.retain(|indexed| !ends(&indexed.record));
        }
        ended
    }

    /// Ends the user's oldest sessions until one more makes no more than `max`.
    fn make_room(&self, index: &mut Index, user: &UserId, max: usize) -> Vec<SessionHandle> {
        let mut ages: Vec<_> =
            self.sessions_of(index, user).iter().map(|indexed| age(&indexed.record)).collect();
        let Some(last_to_go) = ages.len().checked_sub(max) else { return Vec::new() };
        let (_, youngest, _) = ages.select_nth_unstable(last_to_go);
        let youngest = *youngest;
        self.end(index, user, |record| age(record) <= youngest)
    }
}

/// What sessions are ordered by; the handle decides between those of the same millisecond.
fn age(record: &SessionRecord) -> (Timestamp, SessionHandle) {
    (record.created_at, record.handle)
}

impl Index {
    /// The same text, kept once; beyond the bound every session keeps its own.
    fn shared(&mut self, name: Arc<str>) -> Arc<str> {
        if let Some(known) = self.user_agents.get(&name) {
            return known.clone();
        }
        if self.user_agents.len() < MAX_SHARED_USER_AGENTS {
            self.user_agents.insert(name.clone());
        }
        name
    }
}

impl std::fmt::Debug for MemorySessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemorySessions").finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let key = half(key);
        let mut index = lock(&self.index);
        if self.find(&key).is_some() {
            return Err(StoreError::already_exists());
        }
        let gone = match max {
            Some(max) => self.make_room(&mut index, &record.user, max.get()),
            None => Vec::new(),
        };
        let record = self.link(&mut index, &key, record);
        self.add_slot(key, record);
        Ok(gone)
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        Ok(self.by_key(key))
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        let key = half(key);
        let mut index = lock(&self.index);
        if let Some(old) = self.find(&key).filter(|record| record.last_seen_at < at) {
            let new = SessionRecord { last_seen_at: at, ..(*old).clone() };
            self.exchange(&mut index, &key, &old, new);
        }
        Ok(())
    }

    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        let (old, new) = (half(old), half(new));
        let mut index = lock(&self.index);
        let is_present = |held: &Arc<SessionRecord>| held.data_version() == record.data_version();
        let Some(ended) = self.find(&old).filter(is_present) else { return Ok(false) };
        if old != new && self.find(&new).is_some() {
            return Err(StoreError::already_exists());
        }
        self.unlink(&mut index, &ended);
        let record = self.link(&mut index, &new, record);
        // The old one goes first: a reader may see neither for an instant, but never both.
        self.remove_slot(&Indexed { hash: hash_of(&old), record: ended });
        self.add_slot(new, record);
        Ok(true)
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        let key = half(key);
        let mut index = lock(&self.index);
        let Some(old) = self.find(&key).filter(|record| record.data_version() == expected) else {
            return Ok(false);
        };
        let data = SessionData { version: expected.saturating_add(1), ..data };
        let new = SessionRecord { extra: Some(Box::new(data)), ..(*old).clone() };
        self.exchange(&mut index, &key, &old, new);
        Ok(true)
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let key = half(key);
        let mut index = lock(&self.index);
        let Some(record) = self.find(&key) else { return Ok(false) };
        self.unlink(&mut index, &record);
        self.remove_slot(&Indexed { hash: hash_of(&key), record });
        Ok(true)
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        let index = lock(&self.index);
        let mut sessions: Vec<_> =
            self.sessions_of(&index, user).iter().map(|indexed| indexed.record.clone()).collect();
        sessions.sort_unstable_by_key(|record| std::cmp::Reverse(age(record)));
        Ok(sessions)
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        let mut index = lock(&self.index);
        Ok(!self.end(&mut index, user, |record| record.handle == *handle).is_empty())
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let mut index = lock(&self.index);
        Ok(self.end(&mut index, user, |record| keep != Some(&record.handle)))
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let is_over = |record: &SessionRecord| record.expires_at < now || record.last_seen_at < idle_since;
        let mut index = lock(&self.index);
        let mut removed = 0;
        for mut shard in self.by_key.write_each() {
            let before = shard.len();
            shard.retain(|slot| !is_over(&slot.record));
            removed += (before - shard.len()) as u64;
        }
        index.by_user.retain(|entry| match entry {
            UserSessions::One(one) => !is_over(&one.record),
            UserSessions::Many(many) => {
                many.retain(|indexed| !is_over(&indexed.record));
                !many.is_empty()
            }
        });
        Ok(removed)
    }
}
