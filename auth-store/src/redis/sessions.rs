//! Sessions: each a string under its key, and for each user an index of them.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::session::{MaxSessions, SessionData, SessionHandle, SessionKey, SessionRecord, SessionStore};
use auth_core::user::UserId;
use redis::{Cmd, cmd};

use super::RedisStore;
use super::codec::ordered;
use super::expiry::milliseconds;
use super::index::{Entry, Place};
use super::session_record::{decode, encode, encode_data};
use super::sweep::{exists, get, get_and_delete};

fn entry(key: &SessionKey, record: &SessionRecord) -> Entry {
    Entry { handle: *record.handle.as_bytes(), key: *key.as_bytes() }
}

/// How long the session is kept: from its last use, which is the present when it is written, to its end.
fn kept(record: &SessionRecord) -> u64 {
    milliseconds(record.expires_at.since(record.last_seen_at))
}

fn read(stored: &[u8]) -> Result<SessionRecord, StoreError> {
    decode(stored).map_err(StoreError::unavailable)
}

impl RedisStore {
    /// Writes a session that is not there yet.
    async fn write_new_session(&self, key: &SessionKey, record: &SessionRecord) -> Result<(), StoreError> {
        let stored = encode(record).map_err(StoreError::unavailable)?;
        let mut set = cmd("SET");
        set.arg(self.names().session(key)).arg(stored).arg("NX").arg("PX").arg(kept(record));
        let is_new: bool = self.link().query::<Option<()>>(&set).await?.is_some();
        if is_new { Ok(()) } else { Err(StoreError::already_exists()) }
    }

    /// Enters a session in its user's index, and answers all of them, oldest first, where they are more than `max`.
    async fn enter_session(
        &self,
        key: &SessionKey,
        record: &SessionRecord,
        max: MaxSessions,
    ) -> Result<Vec<Entry>, StoreError> {
        let (index, max) = (self.names().user_sessions(&record.user), max.map(|max| max.get()));
        self.index_add(&index, &entry(key, record), record.created_at, kept(record), max).await
    }

    /// Ends the oldest sessions but the new one, until no more than `max` are left. An entry whose session Redis has forgotten takes no
    /// room: of the `entries` only what is there counts, and what is just being given another key, and has both, counts once.
    async fn make_room(
        &self,
        user: &UserId,
        new: Entry,
        entries: Vec<Entry>,
        max: usize,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let is_there = entries.iter().map(|entry| exists(&self.session_of(entry))).collect();
        let is_there = self.link().each::<bool>(is_there).await?;
        let (there, mut over): (Vec<_>, Vec<_>) =
            entries.into_iter().zip(is_there).partition(|(_, is_there)| *is_there);
        // Those of one session are of one age, and stand side by side.
        let mut handles: Vec<_> = there.iter().map(|(entry, _)| entry.handle).collect();
        handles.dedup();
        let surplus = handles.len().saturating_sub(max);
        let ending: Vec<_> =
            handles.into_iter().filter(|handle| *handle != new.handle).take(surplus).collect();
        let oldest: Vec<_> = there.into_iter().filter(|(entry, _)| ending.contains(&entry.handle)).collect();
        let ends = oldest.iter().map(|(entry, _)| self.end_of(entry)).collect();
        let ended = self.link().each::<Option<Vec<u8>>>(ends).await?;
        // What another login ended a moment ago is that one's to tell of.
        let ended = oldest.iter().zip(ended).filter(|(_, ended)| ended.is_some());
        let mut gone: Vec<_> = ended.map(|((entry, _), _)| SessionHandle::new(entry.handle)).collect();
        gone.dedup();
        over.extend(oldest);
        let over: Vec<_> = over.into_iter().map(|(entry, _)| entry).collect();
        self.leave_sessions(user, &over).await?;
        Ok(gone)
    }

    async fn leave_sessions(&self, user: &UserId, entries: &[Entry]) -> Result<(), StoreError> {
        self.index_remove(self.names().user_sessions(user).as_bytes(), entries).await
    }

    fn session_of(&self, entry: &Entry) -> String {
        self.names().session(&SessionKey::new(entry.key))
    }

    fn end_of(&self, entry: &Entry) -> Cmd {
        get_and_delete(self.session_of(entry))
    }

    /// Ends those of a user's sessions that `picks` picks, and answers their handles.
    async fn end_sessions(
        &self,
        user: &UserId,
        picks: impl Fn(&Entry) -> bool,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let ended: Vec<(Entry, Vec<u8>)> =
            self.end_all(&self.names().user_sessions(user), picks, |entry| self.end_of(entry)).await?;
        let mut handles: Vec<_> = ended.iter().map(|(entry, _)| SessionHandle::new(entry.handle)).collect();
        // One that was just given a new key had both.
        handles.sort_unstable();
        handles.dedup();
        Ok(handles)
    }

    /// Ends the session under `key` if its data has the version, with `arguments` puts another in its place; true when it did.
    async fn end_version(
        &self,
        key: &SessionKey,
        version: u64,
        successor: Option<(Vec<u8>, u64)>,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let mut script = self.scripts().end_version.key(self.names().session(key));
        script.arg(&version.to_be_bytes()[..]);
        if let Some((stored, kept)) = successor {
            script.arg(stored).arg(kept);
        }
        let ended: Option<Vec<u8>> = self.link().run(&script).await?;
        ended.map(|stored| read(&stored)).transpose()
    }

    /// Writes `record` over what the session was, under the same key.
    async fn overwrite_session(&self, key: &SessionKey, record: &SessionRecord) -> Result<bool, StoreError> {
        let stored = encode(record).map_err(StoreError::unavailable)?;
        let successor = Some((stored, kept(record)));
        let Some(old) = self.end_version(key, record.data_version(), successor).await? else {
            return Ok(false);
        };
        self.enter_session(key, record, None).await?;
        if old.user != record.user || old.handle != record.handle {
            self.leave_sessions(&old.user, &[entry(key, &old)]).await?;
        }
        Ok(true)
    }

    /// The sessions of these entries, and the entries that have none.
    async fn sessions_of(&self, entries: Vec<Entry>) -> Result<(Vec<SessionRecord>, Vec<Entry>), StoreError> {
        let stored = entries.iter().map(|entry| get(self.session_of(entry))).collect();
        let stored: Vec<Option<Vec<u8>>> = self.link().each(stored).await?;
        let (mut records, mut gone) = (Vec::new(), Vec::new());
        for (entry, stored) in entries.into_iter().zip(stored) {
            match stored {
                Some(stored) => records.push(read(&stored)?),
                None => gone.push(entry),
            }
        }
        Ok((records, gone))
    }
}

#[async_trait]
impl SessionStore for RedisStore {
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.write_new_session(key, &record).await?;
        let entries = self.enter_session(key, &record, max).await?;
        match max {
            Some(max) if !entries.is_empty() => {
                self.make_room(&record.user, entry(key, &record), entries, max.get()).await
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        let stored: Option<Vec<u8>> = self.link().read(&get(self.names().session(key))).await?;
        Ok(stored.map(|stored| read(&stored)).transpose()?.map(Arc::new))
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        let session = self.names().session(key);
        self.link().run(self.scripts().touch.key(session).arg(&ordered(at)[..])).await
    }

    /// The new one is written and entered before the old one goes, in the step that decides: whoever ends the session meanwhile ends
    /// the one or the other, and finds both in the index.
    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        if old == new {
            return self.overwrite_session(new, &record).await;
        }
        self.write_new_session(new, &record).await?;
        self.enter_session(new, &record, None).await?;
        if let Some(ended) = self.end_version(old, record.data_version(), None).await? {
            self.leave_sessions(&ended.user, &[entry(old, &ended)]).await?;
            return Ok(true);
        }
        // Nobody was told of it.
        let new = entry(new, &record);
        self.link().query::<()>(&self.end_of(&new)).await?;
        self.leave_sessions(&record.user, &[new]).await?;
        Ok(false)
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        let mut script = self.scripts().write_data.key(self.names().session(key));
        script.arg(&expected.to_be_bytes()[..]).arg(&expected.saturating_add(1).to_be_bytes()[..]);
        script.arg(encode_data(&data).map_err(StoreError::unavailable)?);
        self.link().run(&script).await
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let stored: Option<Vec<u8>> = self.link().query(&get_and_delete(self.names().session(key))).await?;
        let Some(stored) = stored else { return Ok(false) };
        // Of one that cannot be read the entry stays until somebody sees that it has no session.
        if let Ok(record) = decode(&stored) {
            self.leave_sessions(&record.user, &[entry(key, &record)]).await?;
        }
        Ok(true)
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        let entries = self.index_entries(self.names().user_sessions(user).as_bytes()).await?;
        let (mut records, gone) = self.sessions_of(entries).await?;
        self.leave_sessions(user, &gone).await?;
        records.sort_unstable_by_key(|record| std::cmp::Reverse((record.created_at, record.handle)));
        // One that is being given a new key has both for a moment.
        records.dedup_by_key(|record| record.handle);
        Ok(records.into_iter().map(Arc::new).collect())
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        let ended = self.end_sessions(user, |entry| entry.handle == *handle.as_bytes()).await?;
        Ok(!ended.is_empty())
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.end_sessions(user, |entry| keep.is_none_or(|keep| entry.handle != *keep.as_bytes())).await
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let is_over = |stored: &[u8]| {
            let record = decode(stored)?;
            Ok(record.expires_at < now || record.last_seen_at < idle_since)
        };
        let places = |name: &[u8], stored: &[u8]| {
            let found = self.names().session_key(name).zip(decode(stored).ok());
            let place = |(key, record): (SessionKey, SessionRecord)| Place {
                index: self.names().user_sessions(&record.user),
                entry: entry(&key, &record),
                age: record.created_at,
                kept: milliseconds(record.expires_at.since(now)),
            };
            found.map(place).into_iter().collect()
        };
        let removed = self.sweep(self.names().every_session(), is_over, places).await?;
        self.repair(self.names().every_user_with_sessions(), |entry| self.session_of(entry)).await?;
        Ok(removed)
    }
}
