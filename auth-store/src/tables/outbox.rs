//! Letters that are to go out.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::outbox::OutboxStore;
use auth_core::user::{BackendId, LetterId, LetterKind, QueuedLetter};

use crate::database::Transaction;
use crate::sql::{Param, Row};

use super::statements::outbox::Column;
use super::store::SqlStore;

fn letter(row: &Row<'_>, kind: LetterKind) -> Result<QueuedLetter, BoxError> {
    Ok(QueuedLetter {
        id: LetterId::new(row.bytes(Column::id)?),
        kind,
        due_at: row.time(Column::due_at)?,
        expires_at: row.time(Column::expires_at)?,
        attempts: u32::try_from(row.number(Column::attempts)?)?,
        sealed: row.blob(Column::sealed)?.ok_or("a letter is empty")?.to_vec(),
    })
}

fn params(letter: &QueuedLetter) -> [Param<'_>; 6] {
    [
        ("id", letter.id.as_bytes().into()),
        ("kind", letter.kind.name().into()),
        ("due_at", letter.due_at.into()),
        ("expires_at", letter.expires_at.into()),
        ("attempts", i64::from(letter.attempts).into()),
        ("sealed", letter.sealed.as_slice().into()),
    ]
}

impl SqlStore {
    /// Within a transaction: posts a letter.
    pub(super) async fn insert_letter(
        &self,
        transaction: &mut Transaction,
        letter: &QueuedLetter,
    ) -> Result<(), StoreError> {
        transaction.execute(&self.sql().outbox.insert, &params(letter)).await.map(drop)
    }

    /// Those of the letters that nobody else has moved since they were read.
    async fn claim_each(
        &self,
        due: Vec<QueuedLetter>,
        until: Timestamp,
    ) -> Result<Vec<QueuedLetter>, StoreError> {
        let mut claimed = Vec::with_capacity(due.len());
        for mut letter in due {
            let params = [
                ("id", letter.id.as_bytes().into()),
                ("due_at", letter.due_at.into()),
                ("until", until.into()),
            ];
            if self.database.execute(&self.sql().outbox.claim, &params).await? == 1 {
                letter.due_at = until;
                letter.attempts += 1;
                claimed.push(letter);
            }
        }
        Ok(claimed)
    }
}

#[async_trait]
impl OutboxStore for SqlStore {
    fn backend_id(&self) -> BackendId {
        self.id()
    }

    async fn post(&self, letter: QueuedLetter) -> Result<(), StoreError> {
        self.database.execute(&self.sql().outbox.insert, &params(&letter)).await.map(drop)
    }

    /// Whoever moves a letter's time first has it.
    async fn claim(
        &self,
        kind: LetterKind,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<QueuedLetter>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = [("kind", kind.name().into()), ("now", now.into()), ("limit", limit.into())];
        let read = move |row: &Row<'_>| letter(row, kind);
        loop {
            let due = self.database.look_up(&self.sql().outbox.due, &params, read).await?;
            let is_empty = due.is_empty();
            let claimed = self.claim_each(due, until).await?;
            // Where others were faster with all of them, there may be more.
            if is_empty || !claimed.is_empty() {
                return Ok(claimed);
            }
        }
    }

    async fn put_off(&self, id: &LetterId, until: Timestamp) -> Result<(), StoreError> {
        let params = [("id", id.as_bytes().into()), ("until", until.into())];
        self.database.execute(&self.sql().outbox.put_off, &params).await.map(drop)
    }

    async fn remove(&self, id: &LetterId) -> Result<(), StoreError> {
        let id = [("id", id.as_bytes().into())];
        self.database.execute(&self.sql().outbox.remove, &id).await.map(drop)
    }
}
