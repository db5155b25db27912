//! Removing what has ended, a stretch of a table at a time.
//!
//! In SQLite there is one writer, and in any database a lock is held until its transaction ends. A table of a million rows, swept in
//! one go, would keep every login waiting until its end; between two stretches whoever waits has a turn.

use auth_core::error::{BoxError, StoreError};

use crate::sql::{Param, Row, Value};

use super::SqlStore;
use super::statements::SweepSql;

impl SqlStore {
    /// Sweeps the table from the key `start` to its end; how many rows went. What is added meanwhile has not ended, so that
    /// it does not matter whether the sweep comes by it.
    pub(super) async fn sweep(
        &self,
        sql: &SweepSql,
        start: Value<'static>,
        read_key: fn(&Row<'_>) -> Result<Value<'static>, BoxError>,
        ended: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        let (mut removed, mut from) = (0, Some(start));
        while let Some(start) = from {
            let mut params = ended.to_vec();
            params.push(("start", start));
            let mut transaction = self.database.begin().await?;
            from = transaction.one(&sql.next, &params, read_key).await?;
            let stretch = if from.is_some() { &sql.stretch } else { &sql.last_stretch };
            params.extend(from.clone().map(|end| ("end", end)));
            removed += transaction.execute(stretch, &params).await?;
            transaction.commit().await?;
        }
        Ok(removed)
    }
}

/// A key of bytes.
pub(super) fn bytes(row: &Row<'_>) -> Result<Value<'static>, BoxError> {
    Ok(Value::from(row.blob(0)?).to_owned())
}

/// A key that is a text.
pub(super) fn text(row: &Row<'_>) -> Result<Value<'static>, BoxError> {
    Ok(Value::from(row.text(0)?).to_owned())
}

/// A key that is a number.
pub(super) fn number(row: &Row<'_>) -> Result<Value<'static>, BoxError> {
    Ok(Value::from(row.number(0)?))
}
