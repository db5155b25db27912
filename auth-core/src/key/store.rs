//! The store contract of signing keys.

use std::fmt;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;

/// A signing key as the store keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredKey {
    /// Its name in the `kid` header.
    pub kid: String,
    /// Its algorithm, by the name of RFC 7518 or RFC 8037.
    pub algorithm: String,
    /// The private key, sealed; the associated data binds it to `kid` and `algorithm`.
    pub sealed: Vec<u8>,
    /// When it was made and published.
    pub announced_at: Timestamp,
    /// When it starts to sign.
    pub active_from: Timestamp,
    /// When it stops to sign.
    pub retire_from: Option<Timestamp>,
    /// When nothing that it signed is valid any more.
    pub gone_from: Option<Timestamp>,
}

impl StoredKey {
    /// The version of the application secret that it is sealed with; `None` for what is no sealed key.
    pub fn secret_version(&self) -> Option<u8> {
        self.sealed.first().copied()
    }
}

/// Where signing keys are kept.
///
/// # Contract
/// - Each call is atomic, also across processes.
/// - A change is visible to every later call, from any process.
#[async_trait]
pub trait KeyStore: fmt::Debug + Send + Sync {
    /// All keys, oldest first (by `announced_at`, then `kid`).
    async fn list(&self) -> Result<Vec<StoredKey>, StoreError>;

    /// Adds `new` if the newest key still is `expected_newest` (`None`: there is none), and gives every other key that
    /// has no end yet these two times. False, and nothing changed, when somebody else was first.
    async fn rotate(
        &self,
        expected_newest: Option<&str>,
        new: StoredKey,
        retire_others_from: Timestamp,
        others_gone_from: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Replaces the sealed form of the key `kid` if it still is `expected`: the same key, sealed with another secret. False, and nothing
    /// changed, when it had moved or there is no such key.
    async fn reseal(&self, kid: &str, expected: &[u8], sealed: &[u8]) -> Result<bool, StoreError>;

    /// Forgets keys whose `gone_from` is at or before `now`, and answers how many.
    async fn remove_gone(&self, now: Timestamp) -> Result<u64, StoreError>;
}
