//! The one connection of a file that writes.
//!
//! A call waits for its turn on it, then for other programs to let go of the file: both together take less than the
//! [time limit](super::SqlStoreOptions::timeout), and leave a tenth of it for the work itself.

use std::time::Duration;

use auth_core::error::StoreError;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};

use super::store_error;

pub(crate) async fn open(options: SqliteConnectOptions, timeout: Duration) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(timeout / 2)
        // An in-process connection does not go away: asking before each use would only cost a round trip.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_release(|connection, _| Box::pin(is_in_order(connection)))
        .connect_with(options.busy_timeout(timeout * 2 / 5))
        .await
        .map_err(store_error)
}

/// Whether a connection may be used again. SQLite ends a transaction by itself where the disk is full or fails ("Response To
/// Errors Within A Transaction", <https://www.sqlite.org/lang_transaction.html>). sqlx goes on believing in it, and refuses to
/// begin any other on that connection: so it is closed, and the next write opens another.
async fn is_in_order(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // Its end may be under way; this waits for that.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}
