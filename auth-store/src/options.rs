//! Settings of the SQL backends.

use std::time::Duration;

use auth_core::error::Error;

/// The longest prefix, so that every table name stays within what the databases take.
const MAX_PREFIX: usize = 31;

/// How long a call may take: a login that waits longer has lost its user's patience, and what waits behind it piles up.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How many connections to a server there are at most. Eight app servers stay below the hundred that PostgreSQL allows by default, with
/// room for migrations and whoever looks on.
const CONNECTIONS: u32 = 12;

/// Settings of a [`SqlStore`](crate::SqlStore).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SqlStoreOptions {
    prefix: String,
    timeout: Duration,
    connections: u32,
}

impl SqlStoreOptions {
    /// Begins the name of every table with `prefix` instead of `iam_`: a lower-case letter or `_`, then up to 30 of
    /// lower-case letters, digits and `_`.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Fails a call with [`Unavailable`](auth_core::error::ErrorKind::Unavailable) that could not be answered in this time, 3
    /// seconds by default: another program has the database locked, more writes are queued than the disk takes, a server does
    /// not answer. 10 milliseconds at least.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes no more connections to a database server than this, 12 by default, 2 at least. Half of them are for what guards read, so
    /// that no guard waits behind a queue of logins. A SQLite file has as many as it needs.
    #[must_use]
    pub fn max_connections(mut self, most: u32) -> Self {
        self.connections = most;
        self
    }

    #[cfg(any(feature = "mysql", feature = "postgres"))]
    pub(crate) fn connections(&self) -> u32 {
        self.connections
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.timeout < Duration::from_millis(10) {
            return Err(Error::configuration("a store's timeout is 10 milliseconds at least"));
        }
        if self.connections < 2 {
            return Err(Error::configuration("a store has 2 connections at least"));
        }
        let is_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let starts_well = self.prefix.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        // SQLite keeps names that start with this for itself.
        let is_reserved = self.prefix.starts_with("sqlite_");
        if starts_well && !is_reserved && self.prefix.len() <= MAX_PREFIX && self.prefix.chars().all(is_char)
        {
            return Ok(());
        }
        Err(Error::configuration(
            "a table prefix has 1 to 31 lower-case letters, digits and '_', no digit first",
        ))
    }
}

impl Default for SqlStoreOptions {
    fn default() -> Self {
        Self { prefix: "iam_".to_owned(), timeout: TIMEOUT, connections: CONNECTIONS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_prefixes_are_taken() {
        for good in ["iam_", "a", "_", "x9"] {
            assert!(SqlStoreOptions::default().table_prefix(good).check().is_ok(), "{good:?}");
        }
        let long = "a".repeat(32);
        for bad in ["", "9a", "A", "a b", "a;drop", "\u{e9}", "a\"", "sqlite_a", long.as_str()] {
            assert!(SqlStoreOptions::default().table_prefix(bad).check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nothing_can_be_answered_in_no_time() {
        let options = |millis| SqlStoreOptions::default().timeout(Duration::from_millis(millis));
        assert!(options(0).check().is_err() && options(9).check().is_err() && options(10).check().is_ok());
    }

    #[test]
    fn guards_and_the_others_have_a_connection_each() {
        let options = |most| SqlStoreOptions::default().max_connections(most);
        assert!(options(0).check().is_err() && options(1).check().is_err() && options(2).check().is_ok());
    }
}
