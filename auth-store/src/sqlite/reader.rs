//! The read path.
//!
//! A guard looks up two rows by primary key. Each takes SQLite about 4 µs when its pages are in memory, less than waking
//! another thread and being woken by it costs: through a pool of reader threads a lookup took 10 µs of CPU, through
//! sqlx 24 to 80. So a read runs on the thread that asks, on the first connection that is free. In write-ahead mode no
//! writer holds it up. What would have to wait after all (every connection in use, another program locking the whole
//! file) goes to the blocking pool instead, a few at a time, and none of it for longer than the
//! [time limit](super::SqlStoreOptions::timeout).

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use auth_core::error::{BoxError, StoreError};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::too_late;

/// Prepared statements kept per connection: more than there are.
const STATEMENTS: usize = 32;

/// After so many steps of SQLite's virtual machine a read looks whether its time is over: some microseconds of work.
const STEPS: i32 = 1000;

/// Connections that only read, and the statements `S` that they run.
pub(crate) struct Readers<S>(Arc<Inner<S>>);

struct Inner<S> {
    connections: Box<[Mutex<Connection>]>,
    /// Turns of those that may have to wait: for half of the connections, so that the others are left to those that do not.
    turns: Arc<Semaphore>,
    statements: Arc<S>,
    timeout: Duration,
}

impl<S: Send + Sync + 'static> Readers<S> {
    pub(crate) fn open(path: &Path, statements: Arc<S>, timeout: Duration) -> Result<Self, StoreError> {
        let patient = available_parallelism().map_or(1, std::num::NonZero::get);
        let connections = (0..patient * 2).map(|_| open(path).map(Mutex::new)).collect::<Result<_, _>>();
        let connections = connections.map_err(StoreError::unavailable)?;
        let turns = Arc::new(Semaphore::new(patient));
        Ok(Self(Arc::new(Inner { connections, turns, statements, timeout })))
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
        let (inner, deadline) = (self.0.clone(), Instant::now() + self.0.timeout);
        let waiting = async move {
            let turn = inner.turns.clone().acquire_owned().await?;
            let reading = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                inner.read_until(deadline, &read)
            });
            reading.await?
        };
        let answer = timeout_at(deadline.into(), waiting).await.map_err(|_| too_late())?;
        answer.map_err(StoreError::unavailable)
    }
}

impl<S> Inner<S> {
    /// `None` when every connection is in use.
    fn try_read<T>(
        &self,
        read: &impl Fn(&Connection, &S) -> Result<T, BoxError>,
    ) -> Option<Result<T, BoxError>> {
        let connection = self.free()?;
        Some(read(&connection, &self.statements))
    }

    fn read_until<T>(
        &self,
        deadline: Instant,
        read: &impl Fn(&Connection, &S) -> Result<T, BoxError>,
    ) -> Result<T, BoxError> {
        // Of those that do not wait there may be one on each connection, for an instant.
        let last = || self.connections.last().map(lock);
        let connection = self.free().or_else(last).ok_or("there is no connection")?;
        connection.busy_timeout(deadline.saturating_duration_since(Instant::now()))?;
        connection.progress_handler(STEPS, Some(move || Instant::now() >= deadline))?;
        let answer = read(&connection, &self.statements);
        connection.progress_handler(0, None::<fn() -> bool>)?;
        connection.busy_timeout(Duration::ZERO)?;
        answer
    }

    fn free(&self) -> Option<MutexGuard<'_, Connection>> {
        self.connections.iter().find_map(|connection| match connection.try_lock() {
            Ok(connection) => Some(connection),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(300);

    fn readers(folder: &tempfile::TempDir) -> Readers<()> {
        let path = folder.path().join("app.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (i INTEGER)").unwrap();
        Readers::open(&path, Arc::new(()), LIMIT).unwrap()
    }

    fn count(connection: &Connection, (): &()) -> Result<i64, BoxError> {
        Ok(connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
    }

    fn endless(connection: &Connection, (): &()) -> Result<i64, BoxError> {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        Ok(connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Many of them at once are all answered by an error, and not one after the other, which would take twenty times the limit.
    async fn fail_in_time(readers: &Arc<Readers<()>>, read: fn(&Connection, &()) -> Result<i64, BoxError>) {
        let began = Instant::now();
        let reads: Vec<_> = (0..20)
            .map(|_| {
                let readers = readers.clone();
                tokio::spawn(async move { readers.read_patiently(read).await })
            })
            .collect();
        for read in reads {
            assert!(read.await.unwrap().is_err());
        }
        assert!(began.elapsed() < LIMIT * 10, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn reads_of_a_locked_file_fail_in_time_and_work_once_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let readers = Arc::new(readers(&folder));
        let other = Connection::open(folder.path().join("app.db")).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        fail_in_time(&readers, count).await;
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(readers.read(count).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_read_that_takes_too_long_is_broken_off_and_leaves_its_connection_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let readers = Arc::new(readers(&folder));
        fail_in_time(&readers, endless).await;
        for _ in 0..20 {
            assert_eq!(readers.read(count).await.unwrap(), 0);
            assert_eq!(readers.read_patiently(count).await.unwrap(), 0);
        }
    }
}
