//! The read path.
//!
//! A guard looks up two rows by primary key. Each takes SQLite about 4 µs when its pages are in memory, less than waking
//! another thread and being woken by it costs: through a pool of reader threads a lookup took 10 µs of CPU, through
//! sqlx 24 to 80. So a read runs on the thread that asks, on the first connection that is free. In write-ahead mode no
//! writer holds it up. What would have to wait after all (every connection in use, another program locking the whole
//! file) goes to the blocking pool instead, a few at a time, and none of it for longer than the
//! [time limit](crate::options::SqlStoreOptions::timeout).

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use auth_core::error::{BoxError, StoreError};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::sql::{Call, Columns, Decode, Row, Value, too_late};

/// Prepared statements kept per connection: more than there are.
const STATEMENTS: usize = 32;

/// After so many steps of SQLite's virtual machine a read looks whether its time is over: some microseconds of work.
const STEPS: i32 = 1000;

/// Connections that only read.
pub(super) struct Readers(Arc<Inner>);

struct Inner {
    connections: Box<[Mutex<Connection>]>,
    /// Turns of those that may have to wait: for half of the connections, so that the others are left to those that do not.
    turns: Arc<Semaphore>,
    timeout: Duration,
}

impl Readers {
    pub(super) fn open(path: &Path, timeout: Duration) -> Result<Self, StoreError> {
        let patient = available_parallelism().map_or(1, std::num::NonZero::get);
        let connections = (0..patient * 2).map(|_| open(path).map(Mutex::new)).collect::<Result<_, _>>();
        let connections = connections.map_err(StoreError::unavailable)?;
        let turns = Arc::new(Semaphore::new(patient));
        Ok(Self(Arc::new(Inner { connections, turns, timeout })))
    }

    /// Every row of a lookup by key. Nothing is copied for it unless it has to wait, which is kept apart: a future is as large as the
    /// largest of what it may come to, and moved on its way to whoever awaits it.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        match self.0.try_read(call, &decode) {
            Some(Err(error)) if is_busy(&error) => {}
            Some(answer) => return answer.map_err(StoreError::unavailable),
            None => {}
        }
        Box::pin(self.read_patiently(call, decode)).await
    }

    /// The same on the blocking pool, where it may wait, or look through a whole table.
    pub(super) async fn read_patiently<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        let values = call.values().map(|value| value.map(Value::to_owned)).collect::<Result<Vec<_>, _>>();
        let (values, text) = (values.map_err(StoreError::unavailable)?, call.text().clone());
        let (inner, deadline) = (self.0.clone(), Instant::now() + self.0.timeout);
        let waiting = async move {
            let turn = inner.turns.clone().acquire_owned().await?;
            let reading = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                inner.read_until(deadline, &text, &values, &decode)
            });
            reading.await?
        };
        let answer = timeout_at(deadline.into(), waiting).await.map_err(|_| too_late())?;
        answer.map_err(StoreError::unavailable)
    }
}

impl Inner {
    /// `None` when every connection is in use.
    fn try_read<T>(&self, call: Call<'_>, decode: &impl Decode<T>) -> Option<Result<Vec<T>, BoxError>> {
        let connection = self.free()?;
        Some(rows(&connection, call.text(), call.values(), decode))
    }

    fn read_until<T>(
        &self,
        deadline: Instant,
        text: &str,
        values: &[Value<'_>],
        decode: &impl Decode<T>,
    ) -> Result<Vec<T>, BoxError> {
        // Of those that do not wait there may be one on each connection, for an instant.
        let last = || self.connections.last().map(lock);
        let connection = self.free().or_else(last).ok_or("there is no connection")?;
        connection.busy_timeout(deadline.saturating_duration_since(Instant::now()))?;
        connection.progress_handler(STEPS, Some(move || Instant::now() >= deadline))?;
        let answer = rows(&connection, text, values.iter().map(Ok), decode);
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

fn rows<'a, T>(
    connection: &Connection,
    text: &str,
    values: impl Iterator<Item = Result<&'a Value<'a>, BoxError>>,
    decode: &impl Decode<T>,
) -> Result<Vec<T>, BoxError> {
    let mut statement = connection.prepare_cached(text)?;
    for (place, value) in (1..).zip(values) {
        statement.raw_bind_parameter(place, value?)?;
    }
    let (mut rows, mut found) = (statement.raw_query(), Vec::new());
    while let Some(row) = rows.next()? {
        found.push(decode(&Row::new(row))?);
    }
    Ok(found)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Blob(bytes) => bytes.as_deref().map(ValueRef::Blob),
            Self::Bool(flag) => Some(ValueRef::Integer(i64::from(*flag))),
            Self::Int(number) => number.map(ValueRef::Integer),
            Self::Text(text) => text.as_deref().map(|text| ValueRef::Text(text.as_bytes())),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

impl Columns for rusqlite::Row<'_> {
    fn int(&self, place: usize) -> Result<Option<i64>, BoxError> {
        Ok(self.get_ref(place)?.as_i64_or_null()?)
    }

    fn flag(&self, place: usize) -> Result<Option<bool>, BoxError> {
        Ok(self.get_ref(place)?.as_i64_or_null()?.map(|number| number != 0))
    }

    fn text(&self, place: usize) -> Result<Option<&str>, BoxError> {
        Ok(self.get_ref(place)?.as_str_or_null()?)
    }

    fn blob(&self, place: usize) -> Result<Option<&[u8]>, BoxError> {
        Ok(self.get_ref(place)?.as_blob_or_null()?)
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
    use super::super::dialect::SqliteDialect;
    use super::*;
    use crate::sql::{Statement, Writer};

    const LIMIT: Duration = Duration::from_millis(300);

    fn readers(folder: &tempfile::TempDir) -> Readers {
        let path = folder.path().join("app.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (i INTEGER)").unwrap();
        Readers::open(&path, LIMIT).unwrap()
    }

    fn statement(text: &str) -> Statement {
        Writer { dialect: &SqliteDialect, prefix: "" }.statement(text)
    }

    fn count() -> Statement {
        statement("SELECT count(*) FROM t")
    }

    fn endless() -> Statement {
        statement("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    }

    fn call(statement: &Statement) -> Call<'_> {
        static NO_TENANT: Value<'static> = Value::Bool(false);
        Call::new(&statement.steps()[0], &NO_TENANT, &[])
    }

    fn number(row: &Row<'_>) -> Result<i64, BoxError> {
        row.number(0)
    }

    /// Many of them at once are all answered by an error, and not one after the other, which would take twenty times the limit.
    async fn fail_in_time(readers: &Arc<Readers>, read: fn() -> Statement) {
        let began = Instant::now();
        let reads: Vec<_> = (0..20)
            .map(|_| {
                let readers = readers.clone();
                tokio::spawn(async move { readers.read_patiently(call(&read()), number).await })
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
        assert_eq!(readers.read(call(&count()), number).await.unwrap(), [0]);
    }

    #[tokio::test]
    async fn a_read_that_takes_too_long_is_broken_off_and_leaves_its_connection_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let readers = Arc::new(readers(&folder));
        fail_in_time(&readers, endless).await;
        for _ in 0..20 {
            assert_eq!(readers.read(call(&count()), number).await.unwrap(), [0]);
            assert_eq!(readers.read_patiently(call(&count()), number).await.unwrap(), [0]);
        }
    }
}
