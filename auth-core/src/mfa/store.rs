//! The store contract of factors.

use std::fmt;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::UserId;

use super::{Factor, FactorChange, FactorId, FactorKind};

/// Where factors are kept.
///
/// Adding, replacing and removing one is an [`Attachment`](crate::user::Attachment::Factor) of a change of the account, where that is in
/// the same backend: with it come the raised epoch, the event and the letter, or none of them. Here is what is done without a change of
/// the account, and the [plain write](Self::apply) for users of another system.
///
/// # Contract
/// - Each call is atomic, also across processes. The handles of a kind are unique, compared byte by byte, and so are ids: a second one
///   is [`StoreError::already_exists`], and nothing was changed then.
/// - What may be used once is: of any number of callers who [advance](Self::advance) a factor to the same counter, or
///   [take](Self::take) it, one is answered true.
/// - A factor goes with its user: it does not outlive `UserAdmin::remove`. Whether a user exists is for the caller to know, since the
///   users' table may be the application's own.
/// - Expiry is the caller's business, except that [`remove_expired`](Self::remove_expired) may forget what has ended.
/// - A change is visible to every later call, from any process.
#[async_trait]
pub trait FactorStore: fmt::Debug + Send + Sync {
    /// The factors of a user, of every kind, oldest first. A login asks this: it should be one read by an index.
    async fn list(&self, user: &UserId) -> Result<Vec<Factor>, StoreError>;

    /// The factor of this kind with this handle.
    async fn find(&self, kind: FactorKind, handle: &[u8]) -> Result<Option<Factor>, StoreError>;

    /// The first `limit` factors after the one with the id `after`, whoever's they are, in the order of ids: a walk through all of
    /// them, page by page, sees each factor that stays once.
    async fn page(&self, after: Option<&FactorId>, limit: usize) -> Result<Vec<Factor>, StoreError>;

    /// Makes these changes, all or none, where they cannot come with a change of the account.
    async fn apply(&self, changes: Vec<FactorChange>) -> Result<(), StoreError>;

    /// Notes a use: moves the counter to `counter`, and the last use to `at`, if the factor is there and `counter` is above the kept one,
    /// or both are 0 (Web Authentication Level 3 section 7.2 step 22). False, and nothing changed, otherwise. One conditional write.
    async fn advance(&self, id: &FactorId, counter: u64, at: Timestamp) -> Result<bool, StoreError>;

    /// Removes the user's factor of this kind with this handle, and answers whether there was one: of parallel calls, one is told so.
    async fn take(&self, user: &UserId, kind: FactorKind, handle: &[u8]) -> Result<bool, StoreError>;

    /// Removes the user's factor with this id; false when that user has none such.
    async fn remove(&self, user: &UserId, id: &FactorId) -> Result<bool, StoreError>;

    /// Gives the user's factor with this id another name; false when that user has none such.
    async fn rename(&self, user: &UserId, id: &FactorId, name: Option<&str>) -> Result<bool, StoreError>;

    /// Replaces the sealed data if they still are `expected`; false, and nothing changed, when they are not or the factor is gone.
    async fn write_data(&self, id: &FactorId, expected: &[u8], data: &[u8]) -> Result<bool, StoreError>;

    /// Forgets factors that ended before `now`, and answers how many.
    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError>;
}
