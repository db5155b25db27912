//! A SQLite file: one connection that writes, others that read.

use std::time::Duration;

use auth_core::error::{Error, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Transaction, raw_sql};

use crate::sql::migration::Migration;
use crate::sql::{
    Begun, Call, Decode, Dialect, Driver, Statement, Value, Writer, decoded, over_sqlx, store_error,
};

use super::dialect::SqliteDialect;
use super::migrations::MIGRATIONS;
use super::reader::Readers;
use super::writer;

/// The file, open.
pub(crate) struct Sqlite {
    writer: SqlitePool,
    readers: Readers,
}

impl Sqlite {
    pub(crate) async fn open(options: SqliteConnectOptions, timeout: Duration) -> Result<Self, Error> {
        let file = options.get_filename().to_owned();
        let writer = writer::open(options, timeout).await?;
        Ok(Self { writer, readers: Readers::open(&file, timeout)? })
    }
}

impl Driver for Sqlite {
    type Begun = Transaction<'static, sqlx::Sqlite>;

    fn dialect(&self) -> &'static dyn Dialect {
        &SqliteDialect
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn read<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.readers.read(call, decode).await
    }

    async fn look_up<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.readers.read_patiently(call, decode).await
    }

    async fn execute(&self, call: Call<'_>) -> Result<u64, StoreError> {
        let done = query(call).map_err(store_error)?.execute(&self.writer).await.map_err(store_error)?;
        Ok(done.rows_affected())
    }

    async fn change<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(
            &query(call).map_err(store_error)?.fetch_all(&self.writer).await.map_err(store_error)?,
            decode,
        )
    }

    /// It holds the write lock from its first statement on, so that it never has to upgrade and fail.
    async fn begin(&self, _: Duration) -> Result<Self::Begun, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)
    }

    async fn plan(&self, statement: String) -> Result<Vec<String>, StoreError> {
        let (explain, no_tenant) = (explain(&statement), Value::Int(None));
        let call = Call::new(&explain.steps()[0], &no_tenant, &[]);
        self.look_up(call, |row| Ok(row.string(3)?.to_owned())).await
    }
}

fn explain(statement: &str) -> Statement {
    Writer { dialect: &SqliteDialect, prefix: "" }.statement(format!("EXPLAIN QUERY PLAN {statement}"))
}

impl Begun for Transaction<'static, sqlx::Sqlite> {
    async fn execute(&mut self, call: Call<'_>) -> Result<u64, StoreError> {
        let done = query(call).map_err(store_error)?.execute(&mut **self).await.map_err(store_error)?;
        Ok(done.rows_affected())
    }

    async fn rows<T: Send + 'static>(
        &mut self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&query(call).map_err(store_error)?.fetch_all(&mut **self).await.map_err(store_error)?, decode)
    }

    async fn script(&mut self, text: String) -> Result<(), StoreError> {
        raw_sql(AssertSqlSafe(text)).execute(&mut **self).await.map(drop).map_err(store_error)
    }

    async fn commit(self) -> Result<(), StoreError> {
        Transaction::commit(self).await.map_err(store_error)
    }
}

over_sqlx!(sqlx::Sqlite, SqliteRow, try_get);
