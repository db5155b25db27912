//! Removing what has ended, a stretch of a table at a time.
//!
//! There is one writer. A table of a million rows, swept in one go, would keep every login waiting until its end; between
//! two stretches whoever waits has a turn.

use auth_core::error::StoreError;
use sqlx::sqlite::Sqlite;
use sqlx::{Decode, Encode, Row as _, Type};

use super::statements::Statement;
use super::{Inner, store_error};

/// How a table is swept in the order of its key.
pub(super) struct Sweep<'a> {
    /// Finds the key at which the stretch after the one from `?1` on starts.
    pub(super) next: &'a Statement,
    /// Removes what has ended in the stretch from `?1` on; its further parameters say what that is.
    pub(super) remove: &'a Statement,
}

impl Inner {
    /// Sweeps the table from the key `start` to its end; how many rows went. What is added meanwhile has not ended, so that
    /// it does not matter whether the sweep comes by it.
    pub(super) async fn sweep<K>(&self, sweep: Sweep<'_>, start: K, ended: &[i64]) -> Result<u64, StoreError>
    where
        K: Clone + Send + Type<Sqlite> + Encode<'static, Sqlite> + for<'r> Decode<'r, Sqlite> + 'static,
    {
        let mut removed = 0;
        let mut from = Some(start);
        while let Some(start) = from {
            let mut transaction = self.begin().await?;
            let next = sweep.next.query().bind(start.clone());
            let next = next.fetch_optional(&mut *transaction).await.map_err(store_error)?;
            from = next.map(|row| row.try_get(0)).transpose().map_err(store_error)?;
            let remove = sweep.remove.query().bind(start);
            let remove = ended.iter().fold(remove, |remove, parameter| remove.bind(*parameter));
            removed += remove.execute(&mut *transaction).await.map_err(store_error)?.rows_affected();
            transaction.commit().await.map_err(store_error)?;
        }
        Ok(removed)
    }
}
