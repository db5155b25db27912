//! Clients that are kept in a store, beside those of the settings.

use std::fmt;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;

/// A client, as a store keeps it.
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "backends build it from their rows: these nine are all of it")]
pub struct StoredClient {
    /// Its id.
    pub client_id: String,
    /// What it is registered with, secrets aside: JSON, in the form of a table of a clients' file.
    pub registration: String,
    /// The SHA-256 of each of its secrets, the newest first: one, or two during a rotation.
    pub secrets: Vec<[u8; 32]>,
    /// The SHA-256 of the token by which it manages its own registration (RFC 7592); `None` for one that did not register itself.
    pub registration_token: Option<[u8; 32]>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
    /// Since when it may do nothing; `None` for one that may.
    pub disabled_at: Option<Timestamp>,
    /// When it is gone unless it is used before; `None` for one that stays.
    pub expires_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: u64,
}

impl fmt::Debug for StoredClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredClient").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Where clients are kept.
///
/// # Contract
/// - Each call is atomic, also across processes. Ids are compared byte by byte. Of parallel [`insert`](Self::insert) calls with one id exactly
///   one answers true, and of parallel [`update`](Self::update) calls with one `expected` version too.
/// - A change is visible to every later call, from any process: a disabled client is disabled at once.
#[async_trait]
pub trait ClientStore: fmt::Debug + Send + Sync {
    /// The client of this id. It is asked for each token of a client that is kept here: it should be one read by an index.
    async fn get(&self, client_id: &str) -> Result<Option<StoredClient>, StoreError>;

    /// All of them, by their ids, byte by byte.
    async fn list(&self) -> Result<Vec<StoredClient>, StoreError>;

    /// Adds a client; false where there is one of that id.
    async fn insert(&self, client: StoredClient) -> Result<bool, StoreError>;

    /// Puts this client, whose version is another, in place of the one that has the `expected` version; false where that is not there. When it
    /// was registered stays.
    async fn update(&self, client: StoredClient, expected: u64) -> Result<bool, StoreError>;

    /// Removes the client of this id; false when there was none.
    async fn remove(&self, client_id: &str) -> Result<bool, StoreError>;

    /// Removes clients that have expired at `now`, and answers how many.
    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError>;
}
