//! One face for the two databases: statements with values in, rows out.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use auth_core::error::{BoxError, Error, StoreError};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite};
use tokio::time::timeout;

use crate::sqlite::columns::{Columns, all};
use crate::sqlite::reader::Readers;
use crate::sqlite::{ACQUIRE_TIMEOUT, BUSY_TIMEOUT, store_error};

use super::dialect::Dialect;

/// How long the other side of a network may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections to PostgreSQL at most: a guard's read takes one for less than a millisecond.
const POSTGRES_CONNECTIONS: u32 = 10;

/// The text of a statement.
pub(super) type Statement = Arc<str>;

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Int(i64),
    OptionalText(Option<String>),
    Text(String),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A row, whichever library read it.
pub(super) enum Row<'a> {
    Postgres(&'a PgRow),
    Read(&'a rusqlite::Row<'a>),
    Sqlite(&'a SqliteRow),
}

impl Columns for Row<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>, BoxError> {
        match self {
            Self::Postgres(row) => Ok(row.try_get(column)?),
            Self::Read(row) => row.int(column),
            Self::Sqlite(row) => row.int(column),
        }
    }

    fn text(&self, column: usize) -> Result<Option<&str>, BoxError> {
        match self {
            Self::Postgres(row) => Ok(row.try_get(column)?),
            Self::Read(row) => row.text(column),
            Self::Sqlite(row) => row.text(column),
        }
    }

    fn blob(&self, column: usize) -> Result<Option<Vec<u8>>, BoxError> {
        match self {
            Self::Postgres(row) => Ok(row.try_get(column)?),
            Self::Read(row) => row.blob(column),
            Self::Sqlite(row) => row.blob(column),
        }
    }
}

/// A database that is open.
pub(super) enum Database {
    Postgres(PgPool),
    Sqlite { writer: SqlitePool, readers: Readers<()> },
}

impl Database {
    /// Opens a database that is there: nothing is made.
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url).map_err(|error| not_a_url().with_source(error))?;
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .connect_with(options)
                .await;
            return Ok(Self::Postgres(pool.map_err(store_error)?));
        }
        let path = url.strip_prefix("sqlite:").ok_or_else(not_a_url)?;
        if path.contains(":memory:") || path.contains("mode=memory") || path.trim_matches('/').is_empty() {
            return Err(Error::configuration("a Django database in memory is nobody else's: give its file"));
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|error| not_a_url().with_source(error))?;
        let options = options.create_if_missing(false).busy_timeout(BUSY_TIMEOUT).foreign_keys(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(store_error)?;
        let readers = Readers::open(options.get_filename(), Arc::new(()))?;
        Ok(Self::Sqlite { writer, readers })
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite { .. } => Dialect::Sqlite,
        }
    }

    /// Every row that a lookup by key finds.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        statement: &Statement,
        values: Vec<Value>,
        decode: impl Fn(&Row<'_>) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Postgres(pool) => answer(read_postgres(pool, statement, values, decode)).await,
            Self::Sqlite { readers, .. } => {
                readers.read(read_sqlite(statement.clone(), values, decode)).await
            }
        }
    }

    /// The same for a statement that has to look through a whole table.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        statement: &Statement,
        values: Vec<Value>,
        decode: impl Fn(&Row<'_>) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Postgres(pool) => answer(read_postgres(pool, statement, values, decode)).await,
            Self::Sqlite { readers, .. } => {
                readers.read_patiently(read_sqlite(statement.clone(), values, decode)).await
            }
        }
    }

    /// Begins a transaction that changes something.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        match self {
            Self::Postgres(pool) => {
                answer(async { Ok(Transaction::Postgres(pool.begin().await.map_err(store_error)?)) }).await
            }
            Self::Sqlite { writer, .. } => {
                Ok(Transaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?))
            }
        }
    }
}

/// A transaction; nothing of it happened unless it is committed.
pub(super) enum Transaction {
    Postgres(sqlx::Transaction<'static, Postgres>),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

impl Transaction {
    /// How many rows the statement changed.
    pub(super) async fn execute(
        &mut self,
        statement: &Statement,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        answer(async {
            Ok(match self {
                Self::Postgres(transaction) => {
                    let query = postgres(statement, values).execute(&mut **transaction);
                    query.await.map_err(store_error)?.rows_affected()
                }
                Self::Sqlite(transaction) => {
                    let query = sqlite(statement, values).execute(&mut **transaction);
                    query.await.map_err(store_error)?.rows_affected()
                }
            })
        })
        .await
    }

    /// The first row that the statement finds or writes.
    pub(super) async fn one<T>(
        &mut self,
        statement: &Statement,
        values: Vec<Value>,
        decode: impl FnOnce(&Row<'_>) -> Result<T, BoxError>,
    ) -> Result<Option<T>, StoreError> {
        let decoded = answer(async {
            Ok(match self {
                Self::Postgres(transaction) => {
                    let query = postgres(statement, values).fetch_optional(&mut **transaction);
                    query.await.map_err(store_error)?.map(|row| decode(&Row::Postgres(&row)))
                }
                Self::Sqlite(transaction) => {
                    let query = sqlite(statement, values).fetch_optional(&mut **transaction);
                    query.await.map_err(store_error)?.map(|row| decode(&Row::Sqlite(&row)))
                }
            })
        })
        .await?;
        decoded.transpose().map_err(StoreError::unavailable)
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        answer(async {
            match self {
                Self::Postgres(transaction) => transaction.commit().await.map_err(store_error),
                Self::Sqlite(transaction) => transaction.commit().await.map_err(store_error),
            }
        })
        .await
    }
}

async fn read_postgres<T>(
    pool: &PgPool,
    statement: &Statement,
    values: Vec<Value>,
    decode: impl Fn(&Row<'_>) -> Result<T, BoxError>,
) -> Result<Vec<T>, StoreError> {
    let rows = postgres(statement, values).fetch_all(pool).await.map_err(store_error)?;
    let decoded: Result<_, _> = rows.iter().map(|row| decode(&Row::Postgres(row))).collect();
    decoded.map_err(StoreError::unavailable)
}

fn read_sqlite<T>(
    statement: Statement,
    values: Vec<Value>,
    decode: impl Fn(&Row<'_>) -> Result<T, BoxError>,
) -> impl Fn(&rusqlite::Connection, &()) -> Result<Vec<T>, BoxError> {
    move |connection, ()| {
        let values = values.iter().map(rusqlite_value);
        all(connection, &statement, rusqlite::params_from_iter(values), |row| decode(&Row::Read(row)))
    }
}

fn rusqlite_value(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Int(number) => (*number).into(),
        Value::OptionalText(text) => text.clone().into(),
        Value::Text(text) => text.clone().into(),
    }
}

fn postgres(statement: &Statement, values: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.clone()));
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(number) => query.bind(number),
        Value::OptionalText(text) => query.bind(text),
        Value::Text(text) => query.bind(text),
    })
}

fn sqlite(statement: &Statement, values: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.clone()));
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(number) => query.bind(number),
        Value::OptionalText(text) => query.bind(text),
        Value::Text(text) => query.bind(text),
    })
}

/// What does not come in time did not come.
async fn answer<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(ANSWER_TIMEOUT, work).await.map_err(StoreError::unavailable)?
}

fn not_a_url() -> Error {
    Error::configuration(
        "that is no address of a Django database: use one like postgres://user@host/name or sqlite:db.sqlite3",
    )
}
