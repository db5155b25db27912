//! Indexes: which sessions and families somebody has.
//!
//! An index is a sorted set, oldest first. It may name what is gone, and never misses what is there: whoever adds something writes it
//! first and its entry then, whoever ends something removes it first and its entry then. So an entry without a thing is one that may
//! go, whoever sees it.

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use redis::{Cmd, cmd};

use super::RedisStore;

/// How often an index is read until nothing is left of what is to be ended, while others add to it.
const ROUNDS: usize = 16;

/// An entry: 16 bytes that name the thing to people, 32 that are its key.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) handle: [u8; 16],
    pub(super) key: [u8; 32],
}

impl Entry {
    fn bytes(&self) -> Vec<u8> {
        [&self.handle[..], &self.key].concat()
    }

    fn read(member: &[u8]) -> Result<Self, StoreError> {
        let parts =
            member.split_first_chunk().and_then(|(handle, key)| Some((*handle, key.try_into().ok()?)));
        let (handle, key) =
            parts.ok_or_else(|| StoreError::unavailable("an index in Redis has an entry that is none"))?;
        Ok(Self { handle, key })
    }
}

/// Where an entry stands, and how.
pub(super) struct Place {
    pub(super) index: String,
    pub(super) entry: Entry,
    pub(super) age: Timestamp,
    /// Milliseconds.
    pub(super) kept: u64,
}

impl Place {
    /// Asks as how old the entry stands there; nothing where it does not.
    pub(super) fn score(&self) -> Cmd {
        let mut score = cmd("ZSCORE");
        score.arg(&self.index).arg(self.entry.bytes());
        score
    }
}

impl RedisStore {
    /// Adds an entry, and answers all of them, oldest first, where they are more than `max`.
    pub(super) async fn index_add(
        &self,
        index: &str,
        entry: &Entry,
        age: Timestamp,
        milliseconds: u64,
        max: Option<usize>,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut script = self.scripts().index_add.key(index);
        script.arg(entry.bytes()).arg(age.unix_millis()).arg(milliseconds).arg(max.unwrap_or(0));
        let crowd: Vec<Vec<u8>> = self.link().run(&script).await?;
        crowd.iter().map(|member| Entry::read(member)).collect()
    }

    /// Every entry, oldest first.
    pub(super) async fn index_entries(&self, index: &[u8]) -> Result<Vec<Entry>, StoreError> {
        let members: Vec<Vec<u8>> = self.link().read(cmd("ZRANGE").arg(index).arg(0).arg(-1)).await?;
        members.iter().map(|member| Entry::read(member)).collect()
    }

    pub(super) async fn index_remove(&self, index: &[u8], entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let members: Vec<_> = entries.iter().map(Entry::bytes).collect();
        self.link().query(cmd("ZREM").arg(index).arg(members)).await
    }

    /// Ends what the index names and `picks` picks by `end`, which answers for each entry what became of the thing (`None` where there
    /// was none), until nothing of it is left: what was added meanwhile, or moved to another key, ends too.
    pub(super) async fn end_all<T>(
        &self,
        index: &str,
        picks: impl Fn(&Entry) -> bool,
        end: impl Fn(&Entry) -> Cmd,
    ) -> Result<Vec<(Entry, T)>, StoreError>
    where
        Option<T>: redis::FromRedisValue,
    {
        let mut ended = Vec::new();
        for _ in 0..ROUNDS {
            let mut entries = self.index_entries(index.as_bytes()).await?;
            entries.retain(&picks);
            if entries.is_empty() {
                return Ok(ended);
            }
            let answers: Vec<Option<T>> = self.link().each(entries.iter().map(&end).collect()).await?;
            self.index_remove(index.as_bytes(), &entries).await?;
            ended.extend(
                entries.into_iter().zip(answers).filter_map(|(entry, answer)| Some((entry, answer?))),
            );
        }
        Err(StoreError::unavailable("others kept adding to what was to be ended"))
    }
}
