//! The one small expiring key-value store for everything short-lived: states, codes, used proofs, revocation marks, limits.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;

/// A limit to reserve one use of: at most `limit` uses in any `window`.
///
/// The window slides: uses of the window before count in proportion to the part of it that still lies within the last
/// `window`, as in the sliding-window counter of public rate limiters. The estimate is never below the even spread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quota {
    /// What is limited: a keyed hash that fits a signed integer. What is without number (names that nobody has,
    /// networks) is already cut down to a fixed number of keys; accounts have keys of their own.
    pub key: u64,
    /// Uses allowed in a window.
    pub limit: u32,
    /// The window's length; [`Duration::MAX`] for a limit that only [`ShortLivedStore::clear`] resets.
    pub window: Duration,
}

/// Where short-lived values are kept.
///
/// # Contract
/// - Each call is atomic, also across processes. `take` has exactly one winner; `insert_new` is true exactly once;
///   `reserve` takes one use of every quota or of none, and 200 parallel calls never pass a limit of 10.
/// - A value that has expired at `now` is not there. Keys are compared byte by byte.
/// - What expired stays expired once seen, also when the clock steps back. The start of a quota's window moves back
///   only when it lies more than a week ahead of the clock (beyond the window's own length): a clock that steps back
///   makes the estimate larger, never smaller, and one that was years ahead for a moment leaves no limit that lasts for
///   years. [`Counter`](super::Counter) does this for every backend.
/// - Memory is bounded by what is alive, and by the number of keys that quotas have. A quota without end goes only when
///   it is [cleared](Self::clear) or all its uses were given back.
#[async_trait]
pub trait ShortLivedStore: fmt::Debug + Send + Sync {
    /// Sets a value, replacing one that is there.
    async fn put(&self, key: &str, value: &[u8], ttl: Duration, now: Timestamp) -> Result<(), StoreError>;

    /// Reads a mark. Single-use values are only ever taken.
    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;

    /// Returns a value and deletes it.
    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets an empty value if there is none; false when there is one.
    async fn insert_new(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError>;

    /// Takes one use of each quota, or none of any and answers how long until all of them have one again.
    async fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<Result<(), Duration>, StoreError>;

    /// Whether each quota has a use left. None is taken, and nobody else's turn depends on it.
    async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError>;

    /// Gives one use of each quota back that was reserved at `taken_at`: no use that others reserved since.
    async fn refund(&self, quotas: &[Quota], taken_at: Timestamp, now: Timestamp) -> Result<(), StoreError>;

    /// Forgets all uses of these quotas.
    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError>;

    /// Forgets what has expired, and answers how much.
    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError>;
}
