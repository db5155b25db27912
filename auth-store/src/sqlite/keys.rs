//! Signing keys in SQLite.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::key::{KeyStore, StoredKey};
use sqlx::Row as _;

use super::columns::{Columns, all};
use super::statements::Statements;
use super::{SqlStore, store_error};

/// Decodes the columns of `key_columns!`.
fn key(row: &impl Columns) -> Result<StoredKey, BoxError> {
    Ok(StoredKey {
        kid: row.string(0)?.to_owned(),
        algorithm: row.string(1)?.to_owned(),
        sealed: row.blob(2)?.ok_or("a sealed key is missing")?,
        announced_at: row.time(3)?,
        active_from: row.time(4)?,
        retire_from: row.optional_time(5)?,
        gone_from: row.optional_time(6)?,
    })
}

#[async_trait]
impl KeyStore for SqlStore {
    async fn list(&self) -> Result<Vec<StoredKey>, StoreError> {
        let read = |connection: &rusqlite::Connection, sql: &Statements| {
            all(connection, sql.list_keys.text(), [], |row| key(row))
        };
        self.0.readers.read(read).await
    }

    async fn rotate(
        &self,
        expected_newest: Option<&str>,
        new: StoredKey,
        retire_others_from: Timestamp,
        others_gone_from: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = &self.0.statements;
        let mut transaction = self.0.begin().await?;
        let newest = sql.newest_key.query().fetch_optional(&mut *transaction).await.map_err(store_error)?;
        let newest: Option<String> = newest.map(|row| row.try_get(0)).transpose().map_err(store_error)?;
        if newest.as_deref() != expected_newest {
            return Ok(false);
        }
        let end = sql.end_keys.query();
        let end = end.bind(retire_others_from.unix_millis()).bind(others_gone_from.unix_millis());
        end.execute(&mut *transaction).await.map_err(store_error)?;
        let insert = sql.insert_key.query();
        let insert = insert
            .bind(new.kid)
            .bind(new.algorithm)
            .bind(new.sealed)
            .bind(new.announced_at.unix_millis())
            .bind(new.active_from.unix_millis())
            .bind(new.retire_from.map(Timestamp::unix_millis))
            .bind(new.gone_from.map(Timestamp::unix_millis));
        insert.execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn remove_gone(&self, now: Timestamp) -> Result<u64, StoreError> {
        let remove = self.0.statements.remove_gone_keys.query().bind(now.unix_millis());
        Ok(remove.execute(&self.0.writer).await.map_err(store_error)?.rows_affected())
    }
}
