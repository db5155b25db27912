//! The one connection of a file that writes.
//!
//! A call waits for its turn on it, then for other programs to let go of the file: both together take less than the
//! [time limit](crate::options::SqlStoreOptions::timeout), and leave a tenth of it for the work itself.
//!
//! A connection whose transaction SQLite itself ended (the disk was full) is closed: nobody knows what it is in the middle of.

use std::path::Path;
use std::time::Duration;

use auth_core::error::{Error, StoreError};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};

pub(super) async fn open(options: SqliteConnectOptions, timeout: Duration) -> Result<SqlitePool, Error> {
    let file = options.get_filename().to_owned();
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
        .map_err(|error| cannot_open(&file, &error))
}

/// A file that cannot be opened, by its name: SQLite's own message leaves that out.
fn cannot_open(file: &Path, error: &sqlx::Error) -> Error {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = file.display();
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Error::configuration(format!(
            "the folder of the database file `{name}` is not there: make it first"
        ));
    }
    if !file.exists() {
        return Error::configuration(format!(
            "the database file `{name}` is not there: end its URL in `?mode=rwc` to have it made, or name the one that is there"
        ));
    }
    StoreError::unavailable(format!("the database file `{name}` cannot be opened: {error}")).into()
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
