//! Short-lived values and quotas.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::short_lived::{Counter, Quota, ShortLivedStore};

use crate::database::Transaction;
use crate::sql::{Param, Row, Value};

use super::store::SqlStore;
use super::sweep;

/// A value, and when it ends.
fn value(row: &Row<'_>) -> Result<(Vec<u8>, Timestamp), BoxError> {
    Ok((row.blob(0)?.ok_or("a value is missing")?.to_vec(), row.time(1)?))
}

/// The columns of [`COUNTER`](super::statements::short_lived::COUNTER).
fn counter(row: &Row<'_>) -> Result<Counter, BoxError> {
    Ok(Counter {
        started_at: row.time(0)?,
        window_ms: row.number(1)?,
        previous: u32::try_from(row.number(2)?)?,
        current: u32::try_from(row.number(3)?)?,
    })
}

fn counter_params(key: u64, counter: &Counter) -> [Param<'static>; 5] {
    [
        ("quota_key", key.into()),
        ("started_at", counter.started_at.into()),
        ("window_ms", counter.window_ms.into()),
        ("previous", i64::from(counter.previous).into()),
        ("current", i64::from(counter.current).into()),
    ]
}

/// Quotas in the order of their keys in the table. In it everybody waits for counters: two who want the same ones never hold what the
/// other waits for.
fn in_order(quotas: &[Quota]) -> Vec<&Quota> {
    let mut quotas: Vec<_> = quotas.iter().collect();
    quotas.sort_by_key(|quota| quota.key.cast_signed());
    quotas
}

impl SqlStore {
    /// What is kept under the key, and when it ends, whether that was before or not.
    async fn value(&self, key: &str) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        self.database.one(&self.sql().short_lived.value, &[("name", key.into())], value).await
    }

    /// Within a transaction: the counter of this quota, if there is one, kept from others until that ends.
    async fn counter(&self, transaction: &mut Transaction, key: u64) -> Result<Option<Counter>, StoreError> {
        transaction.one(&self.sql().short_lived.counter, &[("key", key.into())], counter).await
    }

    /// The same; made where there is none, since what is not there is no row that keeps others waiting.
    async fn counter_or_new(
        &self,
        transaction: &mut Transaction,
        quota: &Quota,
        now: Timestamp,
    ) -> Result<Counter, StoreError> {
        // A counter that somebody else makes meanwhile is found the next time, unless somebody clears it just then.
        for _ in 0..3 {
            if let Some(counter) = self.counter(transaction, quota.key).await? {
                return Ok(counter);
            }
            let new = Counter::new(quota, now);
            let params = counter_params(quota.key, &new);
            if transaction.execute(&self.sql().short_lived.new_counter, &params).await? == 1 {
                return Ok(new);
            }
        }
        Err(StoreError::unavailable("a counter comes and goes"))
    }

    async fn put_counters(
        &self,
        transaction: &mut Transaction,
        counters: BTreeMap<u64, Counter>,
    ) -> Result<(), StoreError> {
        for (key, counter) in counters {
            let params = counter_params(key, &counter);
            transaction.execute(&self.sql().short_lived.put_counter, &params).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl ShortLivedStore for SqlStore {
    async fn put(&self, key: &str, value: &[u8], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        let params = [("name", key.into()), ("value", value.into()), ("expires_at", (now + ttl).into())];
        self.database.execute(&self.sql().short_lived.put, &params).await.map(drop)
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((value, expires_at)) = self.value(key).await? else { return Ok(None) };
        if now < expires_at {
            return Ok(Some(value));
        }
        // Forgotten now, so that a clock that steps back does not bring it to life again.
        let expired = [("name", key.into()), ("now", now.into())];
        self.database.execute(&self.sql().short_lived.remove_expired, &expired).await?;
        Ok(None)
    }

    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        // Whoever makes keys up gets no turn among those that have something to write.
        if self.value(key).await?.is_none() {
            return Ok(None);
        }
        let name = [("name", key.into())];
        let taken = self.database.change(&self.sql().short_lived.take, &name, value).await?.pop();
        Ok(taken.filter(|(_, expires_at)| now < *expires_at).map(|(value, _)| value))
    }

    /// What is there under the key counts no more once it has ended: it goes first, within the same transaction.
    async fn insert_new(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError> {
        let sql = &self.sql().short_lived;
        let params = [
            ("name", key.into()),
            ("now", now.into()),
            ("value", b"".into()),
            ("expires_at", (now + ttl).into()),
        ];
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                transaction.execute(&sql.remove_expired, &params).await?;
                let is_new = transaction.execute(&sql.put_new, &params).await? == 1;
                transaction.commit().await?;
                Ok(is_new)
            })
            .await
    }

    async fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<Result<(), Duration>, StoreError> {
        if quotas.is_empty() {
            return Ok(Ok(()));
        }
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                let (mut counters, mut longest) = (BTreeMap::new(), None);
                for quota in in_order(quotas) {
                    if let Entry::Vacant(new) = counters.entry(quota.key) {
                        new.insert(self.counter_or_new(&mut transaction, quota, now).await?);
                    }
                    let counter = counters.get_mut(&quota.key);
                    longest = longest.max(counter.and_then(|counter| counter.reserve(quota, now).err()));
                }
                if let Some(wait) = longest {
                    // Nothing is written: the uses that were free stay so.
                    return Ok(Err(wait));
                }
                self.put_counters(&mut transaction, counters).await?;
                transaction.commit().await?;
                Ok(Ok(()))
            })
            .await
    }

    async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError> {
        let mut held = BTreeMap::new();
        for quota in quotas {
            let key = [("key", quota.key.into())];
            let seen = self.database.one(&self.sql().short_lived.seen_counter, &key, counter).await?;
            held.extend(seen.map(|seen| (quota.key, seen)));
        }
        Ok(Counter::reserve_all(quotas.iter().copied(), now, |key| held.get(&key).copied()).is_ok())
    }

    async fn refund(&self, quotas: &[Quota], taken_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                let mut counters = BTreeMap::new();
                for quota in in_order(quotas) {
                    if let Entry::Vacant(place) = counters.entry(quota.key) {
                        let counter = self.counter(&mut transaction, quota.key).await?;
                        counter.map(|counter| place.insert(counter));
                    }
                    if let Some(counter) = counters.get_mut(&quota.key) {
                        counter.refund(quota, taken_at, now);
                    }
                }
                self.put_counters(&mut transaction, counters).await?;
                transaction.commit().await
            })
            .await
    }

    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                for quota in in_order(quotas) {
                    let key = [("key", quota.key.into())];
                    transaction.execute(&self.sql().short_lived.clear_counter, &key).await?;
                }
                transaction.commit().await
            })
            .await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let (sql, ended) = (self.sql(), [("now", now.into())]);
        Ok(self.sweep(&sql.value_sweep, Value::from(""), sweep::text, &ended).await?
            + self.sweep(&sql.quota_sweep, Value::from(i64::MIN), sweep::number, &ended).await?)
    }
}
