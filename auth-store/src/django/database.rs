//! One face for the two databases: statements with values in, rows out.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use auth_core::error::{BoxError, Error, StoreError};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite, raw_sql};
use tokio::time::{Instant, timeout_at};

use crate::sqlite::columns::{Columns, all};
use crate::sqlite::reader::Readers;
use crate::sqlite::{store_error, too_late, writer};

use super::dialect::Dialect;
use super::postgres::{Lent, Server};

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

/// A database that is open. What it is asked it answers within the time limit, a transaction as a whole.
pub(super) struct Database {
    backend: Backend,
    timeout: Duration,
}

enum Backend {
    Postgres(Server),
    Sqlite { writer: SqlitePool, readers: Readers<()> },
}

impl Database {
    /// Opens a database that is there: nothing is made.
    pub(super) async fn open(url: &str, timeout: Duration) -> Result<Self, Error> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url).map_err(|error| not_a_url().with_source(error))?;
            return Ok(Self {
                backend: Backend::Postgres(Server::connect(options, timeout).await?),
                timeout,
            });
        }
        let path = url.strip_prefix("sqlite:").ok_or_else(not_a_url)?;
        if path.contains(":memory:") || path.contains("mode=memory") || path.trim_matches('/').is_empty() {
            return Err(Error::configuration("a Django database in memory is nobody else's: give its file"));
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|error| not_a_url().with_source(error))?;
        let options = options.create_if_missing(false).foreign_keys(true);
        let writer = writer::open(options.clone(), timeout).await?;
        let readers = Readers::open(options.get_filename(), Arc::new(()), timeout)?;
        Ok(Self { backend: Backend::Sqlite { writer, readers }, timeout })
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self.backend {
            Backend::Postgres(_) => Dialect::Postgres,
            Backend::Sqlite { .. } => Dialect::Sqlite,
        }
    }

    /// Every row that a lookup by key finds, for a guard.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        statement: &Statement,
        values: Vec<Value>,
        decode: impl Fn(&Row<'_>) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        match &self.backend {
            Backend::Postgres(server) => {
                let lent = server.lend_to_guard();
                answer(self.deadline(), read_postgres(lent, statement, values, decode)).await
            }
            Backend::Sqlite { readers, .. } => {
                readers.read(read_sqlite(statement.clone(), values, decode)).await
            }
        }
    }

    /// The same for a login, where no guard waits for it.
    pub(super) async fn look_up<T: Send + 'static>(
        &self,
        statement: &Statement,
        values: Vec<Value>,
        decode: impl Fn(&Row<'_>) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        match &self.backend {
            Backend::Postgres(server) => {
                answer(self.deadline(), read_postgres(server.lend(), statement, values, decode)).await
            }
            Backend::Sqlite { readers, .. } => {
                readers.read_patiently(read_sqlite(statement.clone(), values, decode)).await
            }
        }
    }

    /// How the database would find what the statement asks for, one step a text. In PostgreSQL, whether it could do without reading
    /// the whole table: it reads a small one whatever there is.
    pub(super) async fn plan(&self, statement: String) -> Result<Vec<String>, StoreError> {
        match &self.backend {
            Backend::Postgres(server) => answer(self.deadline(), plan_postgres(server, statement)).await,
            Backend::Sqlite { readers, .. } => {
                let statement = Statement::from(format!("EXPLAIN QUERY PLAN {statement}"));
                let step = |row: &Row<'_>| Ok(row.string(3)?.to_owned());
                readers.read_patiently(read_sqlite(statement, Vec::new(), step)).await
            }
        }
    }

    /// Begins a transaction that changes something.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        let deadline = self.deadline();
        let begun = answer(deadline, async {
            match &self.backend {
                Backend::Postgres(server) => {
                    let mut lent = server.lend().await?;
                    raw_sql("BEGIN").execute(&mut *lent).await.map_err(store_error)?;
                    Ok(Begun::Postgres(lent))
                }
                Backend::Sqlite { writer, .. } => {
                    Ok(Begun::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?))
                }
            }
        });
        Ok(Transaction { begun: begun.await?, deadline })
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }
}

/// A transaction; nothing of it happened unless it is committed.
pub(super) struct Transaction {
    begun: Begun,
    deadline: Instant,
}

enum Begun {
    Postgres(Lent),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

impl Transaction {
    /// How many rows the statement changed.
    pub(super) async fn execute(
        &mut self,
        statement: &Statement,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        answer(self.deadline, async {
            Ok(match &mut self.begun {
                Begun::Postgres(lent) => {
                    let query = postgres(statement, values).execute(&mut **lent);
                    query.await.map_err(store_error)?.rows_affected()
                }
                Begun::Sqlite(transaction) => {
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
        let decoded = answer(self.deadline, async {
            Ok(match &mut self.begun {
                Begun::Postgres(lent) => {
                    let query = postgres(statement, values).fetch_optional(&mut **lent);
                    query.await.map_err(store_error)?.map(|row| decode(&Row::Postgres(&row)))
                }
                Begun::Sqlite(transaction) => {
                    let query = sqlite(statement, values).fetch_optional(&mut **transaction);
                    query.await.map_err(store_error)?.map(|row| decode(&Row::Sqlite(&row)))
                }
            })
        })
        .await?;
        decoded.transpose().map_err(StoreError::unavailable)
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        answer(self.deadline, async {
            match self.begun {
                Begun::Postgres(mut lent) => {
                    raw_sql("COMMIT").execute(&mut *lent).await.map_err(store_error)?;
                    lent.settled();
                    Ok(())
                }
                Begun::Sqlite(transaction) => transaction.commit().await.map_err(store_error),
            }
        })
        .await
    }
}

async fn read_postgres<T>(
    lent: impl Future<Output = Result<Lent, StoreError>>,
    statement: &Statement,
    values: Vec<Value>,
    decode: impl Fn(&Row<'_>) -> Result<T, BoxError>,
) -> Result<Vec<T>, StoreError> {
    let mut lent = lent.await?;
    let rows = postgres(statement, values).fetch_all(&mut *lent).await.map_err(store_error)?;
    lent.settled();
    let decoded: Result<_, _> = rows.iter().map(|row| decode(&Row::Postgres(row))).collect();
    decoded.map_err(StoreError::unavailable)
}

async fn plan_postgres(server: &Server, statement: String) -> Result<Vec<String>, StoreError> {
    let mut lent = server.lend().await?;
    raw_sql("SET enable_seqscan = off").execute(&mut *lent).await.map_err(store_error)?;
    let explain = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {statement}")));
    // The connection is not given back, and goes with its setting.
    explain.fetch_all(&mut *lent).await.map_err(store_error)
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
async fn answer<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout_at(deadline, work).await.map_err(|_| too_late())?
}

fn not_a_url() -> Error {
    Error::configuration(
        "that is no address of a Django database: use one like postgres://user@host/name or sqlite:db.sqlite3",
    )
}
