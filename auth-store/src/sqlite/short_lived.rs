//! Short-lived values and quotas in SQLite.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::short_lived::{Counter, Quota, ShortLivedStore};
use sqlx::sqlite::SqliteConnection;

use super::columns::{Columns, one};
use super::statements::Statements;
use super::sweep::Sweep;
use super::{SqlStore, signed, store_error};

/// A value, and when it ends.
fn value(row: &impl Columns) -> Result<(Vec<u8>, Timestamp), BoxError> {
    Ok((row.blob(0)?.ok_or("a value is missing")?, row.time(1)?))
}

fn counter(row: &impl Columns) -> Result<Counter, BoxError> {
    Ok(Counter {
        started_at: row.time(0)?,
        window_ms: row.number(1)?,
        previous: u32::try_from(row.number(2)?)?,
        current: u32::try_from(row.number(3)?)?,
    })
}

impl SqlStore {
    /// What is kept under the key, and when it ends, whether that was before or not.
    async fn value(&self, key: &str) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        let key = key.to_owned();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            one(connection, sql.value_by_key.text(), [&key], |row| value(row))
        };
        self.0.readers.read(read).await
    }

    /// Within a transaction: the counters of these quotas, those that exist.
    async fn counters(
        &self,
        connection: &mut SqliteConnection,
        quotas: &[Quota],
    ) -> Result<BTreeMap<u64, Counter>, StoreError> {
        let mut counters = BTreeMap::new();
        for quota in quotas {
            let query = self.0.statements.quota_by_key.query().bind(signed(quota.key));
            if let Some(row) = query.fetch_optional(&mut *connection).await.map_err(store_error)? {
                counters.insert(quota.key, counter(&row).map_err(StoreError::unavailable)?);
            }
        }
        Ok(counters)
    }

    async fn put_counters(
        &self,
        connection: &mut SqliteConnection,
        counters: BTreeMap<u64, Counter>,
    ) -> Result<(), StoreError> {
        for (key, counter) in counters {
            let put = self.0.statements.put_quota.query();
            let put = put
                .bind(signed(key))
                .bind(counter.started_at.unix_millis())
                .bind(counter.window_ms)
                .bind(i64::from(counter.previous))
                .bind(i64::from(counter.current));
            put.execute(&mut *connection).await.map_err(store_error)?;
        }
        Ok(())
    }
}

#[async_trait]
impl ShortLivedStore for SqlStore {
    async fn put(&self, key: &str, value: &[u8], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        let put = self.0.statements.put_value.query();
        let put = put.bind(key.to_owned()).bind(value.to_vec()).bind((now + ttl).unix_millis());
        put.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(())
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((value, expires_at)) = self.value(key).await? else { return Ok(None) };
        if now < expires_at {
            return Ok(Some(value));
        }
        // Forgotten now, so that a clock that steps back does not bring it to life again.
        let forget =
            self.0.statements.remove_expired_value.query().bind(key.to_owned()).bind(now.unix_millis());
        forget.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(None)
    }

    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        // Whoever makes keys up gets no turn among those that have something to write.
        if self.value(key).await?.is_none() {
            return Ok(None);
        }
        let take = self.0.statements.take_value.query().bind(key.to_owned());
        let row = take.fetch_optional(&self.0.writer).await.map_err(store_error)?;
        let taken = row.map(|row| value(&row)).transpose().map_err(StoreError::unavailable)?;
        Ok(taken.filter(|(_, expires_at)| now < *expires_at).map(|(value, _)| value))
    }

    async fn insert_new(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError> {
        let insert = self.0.statements.insert_new_value.query();
        let insert = insert.bind(key.to_owned()).bind((now + ttl).unix_millis()).bind(now.unix_millis());
        Ok(insert.execute(&self.0.writer).await.map_err(store_error)?.rows_affected() == 1)
    }

    async fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<Result<(), Duration>, StoreError> {
        if quotas.is_empty() {
            return Ok(Ok(()));
        }
        let mut transaction = self.0.begin().await?;
        let mut counters = self.counters(&mut transaction, quotas).await?;
        let mut longest = None;
        for quota in quotas {
            let counter = counters.entry(quota.key).or_insert_with(|| Counter::new(quota, now));
            longest = longest.max(counter.reserve(quota, now).err());
        }
        if let Some(wait) = longest {
            // Nothing is written: the uses that were free stay so.
            return Ok(Err(wait));
        }
        self.put_counters(&mut transaction, counters).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Ok(()))
    }

    async fn refund(&self, quotas: &[Quota], now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.0.begin().await?;
        let mut counters = self.counters(&mut transaction, quotas).await?;
        for quota in quotas {
            if let Some(counter) = counters.get_mut(&quota.key) {
                counter.refund(quota, now);
            }
        }
        self.put_counters(&mut transaction, counters).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        let mut transaction = self.0.begin().await?;
        for quota in quotas {
            let clear = self.0.statements.clear_quota.query().bind(signed(quota.key));
            clear.execute(&mut *transaction).await.map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = &self.0.statements;
        let values = Sweep { next: &sql.next_values, remove: &sql.remove_expired_values };
        let quotas = Sweep { next: &sql.next_quotas, remove: &sql.remove_quotas_that_are_over };
        let ended = [now.unix_millis()];
        Ok(self.0.sweep(values, String::new(), &ended).await?
            + self.0.sweep(quotas, i64::MIN, &ended).await?)
    }
}
