//! What a database answers when it cannot.

use std::error::Error as _;

use auth_core::error::StoreError;

pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::already_exists(),
        sqlx::Error::PoolTimedOut => StoreError::unavailable(
            "no connection was free in time: what came before waits for a lock, for the disk, or for a server that is gone",
        ),
        sqlx::Error::Database(database) => match advice(&error) {
            Some(advice) => StoreError::unavailable(format!("{advice} ({database})")),
            None => StoreError::unavailable(error),
        },
        _ => StoreError::unavailable(error),
    }
}

/// What to do about an error of a server.
fn advice(error: &sqlx::Error) -> Option<&'static str> {
    match Told::by(error)? {
        Told::State("25006") | Told::Number(1290 | 1792 | 1836) => {
            Some("the server is a read-only replica now: connections to it are given up")
        }
        Told::State("26000" | "42P05") => {
            Some("is there a pooler in transaction mode? End the URL in `?statement-cache-capacity=0` then")
        }
        Told::State("42501") => Some(
            "the database's user may not do that: `GRANT USAGE, CREATE ON SCHEMA …` to it, or run `auth migrate` as the owner of the tables",
        ),
        Told::State("42P01") | Told::Number(1146) => {
            Some("tables are missing: run `auth migrate`, or call `migrate` when the program starts")
        }
        Told::Number(1044 | 1142 | 1143 | 1227) => Some(
            "the database's user may not do that: `GRANT CREATE, ALTER, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE ON …` to \
             it, or run `auth migrate` as a user who may",
        ),
        Told::Number(1665) => {
            Some("the server's binary log has to be one of rows: set binlog_format to ROW or MIXED")
        }
        _ => None,
    }
}

/// What was not answered within the time limit.
pub(crate) fn too_late() -> StoreError {
    StoreError::unavailable("the database did not answer in time")
}

/// Whether the database undid the work because of another transaction that ran at the same time, so that it may be tried again:
/// "serialization failure" and "deadlock" in the SQL standard and PostgreSQL, and there also that a table was changed since a statement
/// was prepared ("cached plan must not change result type"); in MySQL a deadlock (also one of named locks), a lock that somebody else
/// kept for too long, a row that was changed since it was read.
pub(crate) fn is_conflict(error: &StoreError) -> bool {
    let told = sqlx_error(error).and_then(Told::by);
    matches!(told, Some(Told::State("0A000" | "40001" | "40P01") | Told::Number(1020 | 1205 | 1213 | 3058)))
}

/// Whether somebody else kept for too long what was to be locked.
pub(crate) fn is_kept_by_others(error: &StoreError) -> bool {
    matches!(sqlx_error(error).and_then(Told::by), Some(Told::State("55P03") | Told::Number(1205)))
}

/// Whether what is to be made is there already, or gone that is to be dropped: a table, a column, a key. SQLite has no number for it.
pub(crate) fn is_there_already(error: &StoreError) -> bool {
    let Some(error) = sqlx_error(error) else { return false };
    match Told::by(error) {
        Some(Told::Number(number)) => matches!(number, 1050 | 1051 | 1060 | 1061 | 1091 | 1826),
        Some(Told::State(state)) => matches!(state, "42701" | "42704" | "42710" | "42P07"),
        None => error.as_database_error().is_some_and(|told| {
            ["already exists", "duplicate column name"].iter().any(|words| told.message().contains(words))
        }),
    }
}

fn sqlx_error(error: &StoreError) -> Option<&sqlx::Error> {
    error.source().and_then(|source| source.downcast_ref::<sqlx::Error>())
}

/// What a server says went wrong.
#[cfg_attr(not(feature = "mysql"), allow(dead_code, reason = "the numbers are MySQL's"))]
enum Told<'a> {
    /// MySQL's number: its SQLSTATE is `HY000` for most of what matters.
    Number(u16),
    /// The SQLSTATE.
    State(&'a str),
}

impl<'a> Told<'a> {
    fn by(error: &'a sqlx::Error) -> Option<Self> {
        let error = error.as_database_error()?;
        #[cfg(feature = "mysql")]
        if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            return Some(Self::Number(error.number()));
        }
        #[cfg(feature = "postgres")]
        if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
            return Some(Self::State(error.code()));
        }
        let _ = error;
        None
    }
}
