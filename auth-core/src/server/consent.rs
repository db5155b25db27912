//! What users have allowed clients, and where that is kept.

use std::fmt;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::{Attachment, UserId};

/// What a user has allowed a client.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "backends build it from their rows: these five are all of it")]
pub struct Consent {
    /// Who.
    pub user: UserId,
    /// The client, by its id.
    pub client_id: String,
    /// The scopes that it may have without asking again: words between single spaces.
    pub scope: String,
    /// When they were first asked and said yes.
    pub created_at: Timestamp,
    /// When they last did.
    pub updated_at: Timestamp,
}

/// Where consents are kept.
///
/// # Contract
/// - Each call is atomic, also across processes. There is one for each user and client, whose id is compared byte by byte.
/// - What comes with keeping or removing one is written in the same step, and where nothing is removed, nothing is. A backend refuses
///   attachments of a kind that it does not know as [`StoreError::unsupported`].
/// - A consent goes with its user: it does not outlive `UserAdmin::remove`. Whether a user exists is for the caller to know, since the
///   users' table may be the application's own.
/// - A change is visible to every later call, from any process.
#[async_trait]
pub trait ConsentStore: fmt::Debug + Send + Sync {
    /// What this user has allowed this client. It is asked whenever the client sends them here: it should be one read by an index.
    async fn get(&self, user: &UserId, client_id: &str) -> Result<Option<Consent>, StoreError>;

    /// What this user has allowed, by the ids of clients, byte by byte.
    async fn list(&self, user: &UserId) -> Result<Vec<Consent>, StoreError>;

    /// Keeps a consent, in place of the one that the client has; when that was first given stays.
    async fn put(&self, consent: Consent, attached: Vec<Attachment>) -> Result<(), StoreError>;

    /// Removes what this user has allowed this client; false when that was nothing.
    async fn remove(
        &self,
        user: &UserId,
        client_id: &str,
        attached: Vec<Attachment>,
    ) -> Result<bool, StoreError>;
}
