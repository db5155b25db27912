//! What a database answers when it cannot.

use std::error::Error as _;

use auth_core::error::StoreError;

pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::already_exists(),
        sqlx::Error::PoolTimedOut => StoreError::unavailable(
            "no connection was free in time: what came before waits for a lock, for the disk, or for a server that is gone",
        ),
        sqlx::Error::Database(database) => match database.code().as_deref().and_then(advice) {
            Some(advice) => StoreError::unavailable(format!("{advice} ({database})")),
            None => StoreError::unavailable(error),
        },
        _ => StoreError::unavailable(error),
    }
}

/// What to do about an error of a server, by its SQLSTATE.
fn advice(code: &str) -> Option<&'static str> {
    match code {
        "25006" => Some("the server is a read-only replica now: connections to it are given up"),
        "26000" | "42P05" => {
            Some("is there a pooler in transaction mode? End the URL in `?statement-cache-capacity=0` then")
        }
        "42501" => Some(
            "the database's user may not do that: `GRANT USAGE, CREATE ON SCHEMA …` to it, or run `auth migrate` as the owner of the tables",
        ),
        "42P01" => Some("tables are missing: run `auth migrate`, or call `migrate` when the program starts"),
        _ => None,
    }
}

/// What was not answered within the time limit.
pub(crate) fn too_late() -> StoreError {
    StoreError::unavailable("the database did not answer in time")
}

/// Whether the database undid the whole transaction because of another one that ran at the same time, so that it may be tried again:
/// "serialization failure" and "deadlock" in the SQL standard and PostgreSQL. MySQL answers the first of them for its deadlocks.
pub(crate) fn is_conflict(error: &StoreError) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<sqlx::Error>());
    let code = source.and_then(sqlx::Error::as_database_error).and_then(|error| error.code());
    code.is_some_and(|code| code == "40001" || code == "40P01")
}
