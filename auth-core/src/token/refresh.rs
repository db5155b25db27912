//! Refresh families: what the store keeps of a chain of rotating refresh tokens.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::login::Amr;
use crate::user::UserId;

use super::SessionHandle;

/// The keyed hash of the part of a refresh token that stays the same in its family.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct FamilyKey([u8; 32]);

impl FamilyKey {
    /// The key with these bytes.
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The key's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for FamilyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyKey([redacted])")
    }
}

/// One grant that is kept alive by rotating refresh tokens.
#[derive(Clone, Debug)]
pub struct RefreshFamily {
    /// The public name: the `sid` claim of its access tokens, unless it belongs to a session.
    pub sid: SessionHandle,
    /// The client it was given to.
    pub client_id: Arc<str>,
    /// Whose grant it is.
    pub user: UserId,
    /// The user's `auth_epoch` at the grant: the family is dead once that has moved.
    pub epoch: u64,
    /// The granted scope, space-separated.
    pub scope: String,
    /// The session it came from, if any: ended with it.
    pub session: Option<SessionHandle>,
    /// The resource that its access tokens are for (RFC 8707); `None` for this application itself.
    pub resource: Option<Arc<str>>,
    /// The thumbprint of the key that its refresh tokens are bound to (RFC 9449 section 5); `None` where they are bound to none.
    pub jkt: Option<Arc<str>>,
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// How they proved it.
    pub amr: Amr,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// The token that is alive, and the one before it.
    pub rotation: Rotation,
}

/// Where a family stands in its chain of tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rotation {
    /// Keyed hash of the living token's secret.
    pub current: [u8; 32],
    /// When the living token came to be.
    pub rotated_at: Timestamp,
    /// What it was made from; `None` for the first of the family.
    pub previous: Option<Predecessor>,
}

/// The token that was rotated away last. With the salt its holder can be given the same successor again; the plain
/// successor is stored nowhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Predecessor {
    /// Keyed hash of its secret.
    pub hash: [u8; 32],
    /// The random salt with which its successor was derived.
    pub salt: [u8; 16],
    /// Version of the application secret that derived it.
    pub key_version: u8,
}

/// Where refresh families are kept.
///
/// # Contract
/// - Each call is atomic. Of parallel [`rotate`](Self::rotate) calls with the same `expected`, exactly one answers true.
/// - A removed family is gone: a rotation that arrives later changes nothing and answers false.
/// - A change is visible to every later call, from any process.
#[async_trait]
pub trait RefreshStore: fmt::Debug + Send + Sync {
    /// Adds a family.
    async fn insert(&self, key: &FamilyKey, family: RefreshFamily) -> Result<(), StoreError>;

    /// The family with this key.
    async fn get(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError>;

    /// All families of a user, newest first (by `created_at`).
    async fn list(&self, user: &UserId) -> Result<Vec<(FamilyKey, RefreshFamily)>, StoreError>;

    /// Moves the family to `next` if its living token still is `expected`.
    async fn rotate(&self, key: &FamilyKey, expected: &[u8; 32], next: Rotation) -> Result<bool, StoreError>;

    /// Ends a family and answers it; `None` when there was none.
    async fn remove(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError>;

    /// Ends all families that came from this session, and answers their `sid`s.
    async fn remove_by_session(&self, session: &SessionHandle) -> Result<Vec<SessionHandle>, StoreError>;

    /// Ends all families of a user, and answers their `sid`s.
    async fn remove_by_user(&self, user: &UserId) -> Result<Vec<SessionHandle>, StoreError>;

    /// Forgets families that ended before `now` or were last rotated before `idle_since`, and answers how many.
    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError>;
}
