//! The read path.
//!
//! A guard looks up two rows by primary key. Each takes SQLite about 4 µs when its pages are in memory, less than waking
//! another thread and being woken by it costs: through a pool of reader threads a lookup took 10 µs of CPU, through
//! sqlx 24 to 80. So a read runs on the thread that asks, on the first connection that is free. In write-ahead mode no
//! writer holds it up. What would have to wait after all (every connection in use, another program locking the whole
//! file) goes to the blocking pool instead.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::available_parallelism;
use std::time::Duration;

use auth_core::error::{BoxError, StoreError};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::BUSY_TIMEOUT;

/// Prepared statements kept per connection: more than there are.
const STATEMENTS: usize = 32;

/// Connections that only read, and the statements `S` that they run.
pub(crate) struct Readers<S>(Arc<Inner<S>>);

struct Inner<S> {
    connections: Box<[Mutex<Connection>]>,
    statements: Arc<S>,
}

impl<S: Send + Sync + 'static> Readers<S> {
    pub(crate) fn open(path: &Path, statements: Arc<S>) -> Result<Self, StoreError> {
        let count = available_parallelism().map_or(2, std::num::NonZero::get) * 2;
        let connections = (0..count).map(|_| open(path).map(Mutex::new)).collect::<Result<_, _>>();
        let connections = connections.map_err(StoreError::unavailable)?;
        Ok(Self(Arc::new(Inner { connections, statements })))
    }

    /// Runs `read`, which looks up a few rows by key.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection, &S) -> Result<T, BoxError> + Send + 'static,
    {
        match self.0.try_read(&read) {
            Some(Err(error)) if is_busy(&error) => self.read_patiently(read).await,
            Some(answer) => answer.map_err(StoreError::unavailable),
            None => self.read_patiently(read).await,
        }
    }

    /// Runs `read` on the blocking pool, where it may wait, or look through a whole table.
    pub(crate) async fn read_patiently<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection, &S) -> Result<T, BoxError> + Send + 'static,
    {
        let inner = self.0.clone();
        let answer = tokio::task::spawn_blocking(move || inner.read_waiting(&read)).await;
        answer.map_err(StoreError::unavailable)?.map_err(StoreError::unavailable)
    }
}

impl<S> Inner<S> {
    /// `None` when every connection is in use.
    fn try_read<T>(
        &self,
        read: &impl Fn(&Connection, &S) -> Result<T, BoxError>,
    ) -> Option<Result<T, BoxError>> {
        let connection = self.connections.iter().find_map(|connection| match connection.try_lock() {
            Ok(connection) => Some(connection),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })?;
        Some(read(&connection, &self.statements))
    }

    fn read_waiting<T>(&self, read: &impl Fn(&Connection, &S) -> Result<T, BoxError>) -> Result<T, BoxError> {
        // The last one: those that do not wait take the first that is free.
        let connection = self.connections.last().map(lock).ok_or("there is no connection")?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let answer = read(&connection, &self.statements);
        connection.busy_timeout(Duration::ZERO)?;
        answer
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -4096)?;
    Ok(connection)
}

fn is_busy(error: &BoxError) -> bool {
    error
        .downcast_ref::<rusqlite::Error>()
        .and_then(rusqlite::Error::sqlite_error_code)
        .is_some_and(|code| matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
