//! Settings of the Redis backend.

use std::time::Duration;

use auth_core::error::Error;

/// The longest prefix: it stands in every key.
const MAX_PREFIX: usize = 32;

/// How long a command may take. A guard waits for one, and one takes far less than a millisecond.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How long it may take to connect, names, TLS and login included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Settings of a [`RedisStore`](crate::RedisStore).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedisStoreOptions {
    prefix: String,
    timeout: Duration,
    connect_timeout: Duration,
}

impl RedisStoreOptions {
    /// Begins every key with `prefix` instead of `iam:`: 1 to 31 ASCII letters, digits, `_`, `-` and `.`, and a `:` behind them, so that
    /// no prefix goes on where another ends.
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Fails a command with [`Unavailable`](auth_core::error::ErrorKind::Unavailable) that was not answered in this time, 1 second by
    /// default. 10 milliseconds at least.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Gives up an attempt to connect after this time, 3 seconds by default. 10 milliseconds at least.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn limits(&self) -> Limits {
        Limits { command: self.timeout, connect: self.connect_timeout }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if self.timeout.min(self.connect_timeout) < Duration::from_millis(10) {
            return Err(Error::configuration("a store's timeout is 10 milliseconds at least"));
        }
        let is_char = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let is_good = |name: &str| (1..MAX_PREFIX).contains(&name.len()) && name.chars().all(is_char);
        if self.prefix.strip_suffix(':').is_some_and(is_good) {
            return Ok(());
        }
        Err(Error::configuration(
            "a key prefix has 1 to 31 ASCII letters, digits, '_', '-' and '.', and a ':' behind them",
        ))
    }
}

impl Default for RedisStoreOptions {
    fn default() -> Self {
        Self { prefix: "iam:".to_owned(), timeout: TIMEOUT, connect_timeout: CONNECT_TIMEOUT }
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) command: Duration,
    pub(super) connect: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_prefixes_are_taken() {
        for good in ["iam:", "a:", "shop-1.auth_:"] {
            assert!(RedisStoreOptions::default().key_prefix(good).check().is_ok(), "{good:?}");
        }
        let long = "a".repeat(32) + ":";
        for bad in
            ["", ":", "iam", "iam:x:", "iam::", "a b:", "a*:", "{a}:", "\u{e9}:", "a\n:", long.as_str()]
        {
            assert!(RedisStoreOptions::default().key_prefix(bad).check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nothing_can_be_answered_in_no_time() {
        let of = Duration::from_millis;
        assert!(RedisStoreOptions::default().timeout(of(9)).check().is_err());
        assert!(RedisStoreOptions::default().connect_timeout(of(9)).check().is_err());
        assert!(RedisStoreOptions::default().timeout(of(10)).connect_timeout(of(10)).check().is_ok());
    }
}
