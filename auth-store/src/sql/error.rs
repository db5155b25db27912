//! What a database answers when it cannot.

use auth_core::error::StoreError;

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
