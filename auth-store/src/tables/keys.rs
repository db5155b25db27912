//! Signing keys.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::key::{KeyStore, StoredKey};

use crate::sql::{Param, Row};

use super::statements::keys::Column;
use super::store::SqlStore;

fn key(row: &Row<'_>) -> Result<StoredKey, BoxError> {
    Ok(StoredKey {
        kid: row.string(Column::kid)?.to_owned(),
        algorithm: row.string(Column::algorithm)?.to_owned(),
        sealed: row.blob(Column::sealed)?.ok_or("a sealed key is missing")?.to_vec(),
        announced_at: row.time(Column::announced_at)?,
        active_from: row.time(Column::active_from)?,
        retire_from: row.optional_time(Column::retire_from)?,
        gone_from: row.optional_time(Column::gone_from)?,
    })
}

fn params(key: &StoredKey) -> [Param<'_>; 7] {
    [
        ("kid", key.kid.as_str().into()),
        ("algorithm", key.algorithm.as_str().into()),
        ("sealed", key.sealed.as_slice().into()),
        ("announced_at", key.announced_at.into()),
        ("active_from", key.active_from.into()),
        ("retire_from", key.retire_from.into()),
        ("gone_from", key.gone_from.into()),
    ]
}

#[async_trait]
impl KeyStore for SqlStore {
    /// A guard waits for it where a token names a key that is not known yet.
    async fn list(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.database.all(&self.sql().keys.list, &[], key).await
    }

    async fn rotate(
        &self,
        expected_newest: Option<&str>,
        new: StoredKey,
        retire_others_from: Timestamp,
        others_gone_from: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = &self.sql().keys;
        let kid = |row: &Row<'_>| Ok(row.string(0)?.to_owned());
        let end = [("retire_from", retire_others_from.into()), ("gone_from", others_gone_from.into())];
        self.database
            .retried(|| async {
                // In turn: where there is no key yet, there is no row to wait for.
                let mut transaction = self.database.begin_in_turn("keys", "").await?;
                if transaction.one(&sql.newest, &[], kid).await?.as_deref() != expected_newest {
                    return Ok(false);
                }
                transaction.execute(&sql.end_all, &end).await?;
                transaction.execute(&sql.insert, &params(&new)).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    async fn reseal(&self, kid: &str, expected: &[u8], sealed: &[u8]) -> Result<bool, StoreError> {
        let params = [("kid", kid.into()), ("expected", expected.into()), ("sealed", sealed.into())];
        Ok(self.database.execute(&self.sql().keys.reseal, &params).await? == 1)
    }

    async fn remove_gone(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.database.execute(&self.sql().keys.remove_gone, &[("now", now.into())]).await
    }
}
