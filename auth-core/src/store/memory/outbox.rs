//! The outbox in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::outbox::OutboxStore;
use crate::user::{LetterId, LetterKind, QueuedLetter};

use super::table::lock;
use super::users::MemoryUsers;

/// The letters that are not delivered yet.
#[derive(Default)]
pub(super) struct Letters(BTreeMap<LetterId, QueuedLetter>);

impl Letters {
    pub(super) fn post(&mut self, letter: QueuedLetter) {
        self.0.insert(letter.id, letter);
    }

    fn claim(
        &mut self,
        kind: LetterKind,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Vec<QueuedLetter> {
        let is_due = |letter: &&mut QueuedLetter| letter.kind == kind && letter.due_at <= now;
        let mut due: Vec<_> = self.0.values_mut().filter(is_due).collect();
        due.sort_unstable_by_key(|letter| (letter.due_at, letter.id));
        let claim = |letter: &mut QueuedLetter| {
            letter.due_at = until;
            letter.attempts += 1;
            letter.clone()
        };
        due.into_iter().take(limit).map(claim).collect()
    }
}

#[async_trait]
impl OutboxStore for MemoryUsers {
    async fn post(&self, letter: QueuedLetter) -> Result<(), StoreError> {
        lock(&self.directory).letters.post(letter);
        Ok(())
    }

    async fn claim(
        &self,
        kind: LetterKind,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<QueuedLetter>, StoreError> {
        Ok(lock(&self.directory).letters.claim(kind, limit, now, until))
    }

    async fn put_off(&self, id: &LetterId, until: Timestamp) -> Result<(), StoreError> {
        if let Some(letter) = lock(&self.directory).letters.0.get_mut(id) {
            letter.due_at = until;
        }
        Ok(())
    }

    async fn remove(&self, id: &LetterId) -> Result<(), StoreError> {
        lock(&self.directory).letters.0.remove(id);
        Ok(())
    }
}
