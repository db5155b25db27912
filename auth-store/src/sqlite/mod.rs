//! The SQLite backend: one file, in write-ahead mode.
//!
//! Writes go through sqlx on one connection, so they queue here instead of failing with "database is locked"; another
//! program's writes are waited for, up to the [time limit](SqlStoreOptions::timeout). Reads use connections of their own, which a
//! writer never holds up, and run where they are asked for: see [`reader`](self::reader) for why.

mod batch;
pub(crate) mod columns;
mod keys;
mod linked_accounts;
mod migrations;
mod options;
pub(crate) mod reader;
mod refresh;
mod sessions;
mod short_lived;
mod statements;
mod sweep;
mod users;
pub(crate) mod writer;

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::error::{Error, StoreError};
use auth_core::store::{Backend, Stores};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};

pub use self::options::SqlStoreOptions;

use self::reader::Readers;
use self::statements::Statements;

/// All stores in one SQLite file. Clones share its connections.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use auth_core::store::Backend as _;
/// use auth_store::SqlStore;
///
/// let store = SqlStore::connect("sqlite:app.db?mode=rwc").await?;
/// store.migrate().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqlStore(Arc<Inner>);

struct Inner {
    writer: SqlitePool,
    readers: Readers<Statements>,
    statements: Arc<Statements>,
}

impl SqlStore {
    /// Opens the file that a `sqlite:` URL names; `?mode=rwc` makes it if need be. The tables are named `iam_…`.
    ///
    /// # Errors
    /// [`Configuration`](auth_core::error::ErrorKind::Configuration) for a URL that names no file or one that is not there,
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable) when the file that is there cannot be opened.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, &SqlStoreOptions::default()).await
    }

    /// Opens the file with other settings.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), and `Configuration` for a table prefix that is none.
    pub async fn connect_with(url: &str, options: &SqlStoreOptions) -> Result<Self, Error> {
        options.check()?;
        let connect = parse_url(url)?;
        let statements = Arc::new(Statements::render(options.prefix()));
        let writer = writer::open(connect.clone(), options.time_limit()).await?;
        let readers = Readers::open(connect.get_filename(), statements.clone(), options.time_limit())?;
        Ok(Self(Arc::new(Inner { writer, readers, statements })))
    }
}

fn parse_url(url: &str) -> Result<SqliteConnectOptions, Error> {
    let not_a_url = || {
        // Not the whole text: another database's URL has a password in it.
        let begins = url.split_inclusive(':').next().unwrap_or_default().escape_debug();
        Error::configuration(format!("`{begins}…` begins no SQLite URL: use one like sqlite:app.db?mode=rwc"))
    };
    let rest = url.strip_prefix("sqlite:").ok_or_else(not_a_url)?;
    if rest.contains(":memory:") || rest.contains("mode=memory") || rest.trim_matches('/').is_empty() {
        return Err(Error::configuration(
            "the SQLite backend needs a file: use sqlite:app.db?mode=rwc, or MemoryStore for memory",
        ));
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|error| not_a_url().with_source(error))?;
    Ok(options
        .journal_mode(SqliteJournalMode::Wal)
        // With NORMAL a power cut may undo the last commits: a password change or a logout that was acknowledged.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(128)
        .optimize_on_close(true, 400))
}

impl Inner {
    /// A transaction that holds the write lock from its first statement on, so that it never has to upgrade and fail.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)
    }
}

pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::already_exists(),
        sqlx::Error::PoolTimedOut => StoreError::unavailable(
            "no connection was free in time: what came before waits for a lock, for the disk, or for a server that is gone",
        ),
        _ => StoreError::unavailable(error),
    }
}

/// What was not answered within the time limit.
pub(crate) fn too_late() -> StoreError {
    StoreError::unavailable("the database did not answer in time")
}

/// SQLite's integers are signed; epochs, versions and keys are kept by their bits.
pub(crate) const fn signed(number: u64) -> i64 {
    number.cast_signed()
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("prefix", &self.0.statements.prefix).finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for SqlStore {
    fn stores(&self) -> Stores {
        let store = Arc::new(self.clone());
        Stores {
            users: store.clone(),
            user_admin: Some(store.clone()),
            sessions: store.clone(),
            refresh: store.clone(),
            keys: store.clone(),
            short_lived: store.clone(),
            linked_accounts: store,
        }
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        migrations::run(&self.0).await
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        migrations::are_done(&self.0).await
    }
}
