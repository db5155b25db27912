//! SQLite: its words, its migrations, and how a file of it is opened, written and read.
//!
//! Writes go through sqlx on one connection, so they queue here instead of failing with "database is locked"; another
//! program's writes are waited for, up to the [time limit](crate::options::SqlStoreOptions::timeout). Reads use connections of
//! their own, which a writer never holds up, and run where they are asked for: see [`reader`](self::reader) for why.

mod dialect;
mod driver;
mod migrations;
mod reader;
mod writer;

use std::str::FromStr as _;

use auth_core::error::Error;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

#[cfg(test)]
pub(crate) use self::dialect::SqliteDialect;
pub(crate) use self::driver::Sqlite;
#[cfg(test)]
pub(crate) use self::migrations::MIGRATIONS;

/// Settings for a file of ours, which a `sqlite:` URL names.
pub(crate) fn parse_url(url: &str) -> Result<SqliteConnectOptions, Error> {
    let not_a_url = || {
        // Not the whole text: another database's URL has a password in it.
        let begins = url.split_inclusive(':').next().unwrap_or_default().escape_debug();
        Error::configuration(format!("`{begins}…` begins no SQLite URL: use one like sqlite:app.db?mode=rwc"))
    };
    let rest = url.strip_prefix("sqlite:").ok_or_else(not_a_url)?;
    if is_in_memory(rest) {
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

/// Whether what stands behind `sqlite:` names no file.
pub(crate) fn is_in_memory(rest: &str) -> bool {
    rest.contains(":memory:") || rest.contains("mode=memory") || rest.trim_matches('/').is_empty()
}
