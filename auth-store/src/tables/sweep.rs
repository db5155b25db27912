//! Removing what has ended, a stretch of a table at a time.
//!
//! In SQLite there is one writer, and in any database a lock is held until its transaction ends. A table of a million rows, swept in
//! one go, would keep every login waiting until its end; between two stretches whoever waits has a turn, and the database a rest: a
//! sweep takes half of its time at most.

use std::time::Duration;

use auth_core::error::{BoxError, StoreError};

use tokio::time::{Instant, sleep};

use crate::sql::{Param, Row, Value};

use super::statements::SweepSql;
use super::store::SqlStore;

/// A database that is this slow is held up by others, and not by the sweep.
const LONGEST_REST: Duration = Duration::from_millis(200);

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
        let (mut removed, mut from) = (0, start);
        loop {
            let began = Instant::now();
            let (gone, next) = self.sweep_from(sql, &from, read_key, ended).await?;
            removed += gone;
            let Some(next) = next else { return Ok(removed) };
            from = next;
            sleep(began.elapsed().min(LONGEST_REST)).await;
        }
    }

    /// Sweeps one stretch: how many rows went, and where the next one starts.
    async fn sweep_from(
        &self,
        sql: &SweepSql,
        start: &Value<'static>,
        read_key: fn(&Row<'_>) -> Result<Value<'static>, BoxError>,
        ended: &[Param<'_>],
    ) -> Result<(u64, Option<Value<'static>>), StoreError> {
        self.database
            .retried(|| async {
                let mut params = ended.to_vec();
                params.push(("start", start.clone()));
                let mut transaction = self.database.begin().await?;
                let next = transaction.one(&sql.next, &params, read_key).await?;
                let stretch = if next.is_some() { &sql.stretch } else { &sql.last_stretch };
                params.extend(next.clone().map(|end| ("end", end)));
                let gone = transaction.execute(stretch, &params).await?;
                transaction.commit().await?;
                Ok((gone, next))
            })
            .await
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
