//! The store contract of the outbox.

use std::fmt;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::{BackendId, LetterId, LetterKind, QueuedLetter};

/// Where letters wait that are to go out.
///
/// # Contract
/// - Each call is atomic, also across processes. A letter that is due is claimed by one caller, and by nobody else until the time that
///   it was put off to.
/// - A letter is there until it is removed: one whose deliverer died is claimed again, once it is due.
#[async_trait]
pub trait OutboxStore: fmt::Debug + Send + Sync {
    /// Posts a letter. One that comes with a change of an account is an [`Attachment`](crate::user::Attachment::Letter).
    async fn post(&self, letter: QueuedLetter) -> Result<(), StoreError>;

    /// Claims the first `limit` letters of this kind that are due at `now`, or as many as there are, those that are due the longest first: each is
    /// put off to `until`, and has one attempt more.
    async fn claim(
        &self,
        kind: LetterKind,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<QueuedLetter>, StoreError>;

    /// Puts a letter off.
    async fn put_off(&self, id: &LetterId, until: Timestamp) -> Result<(), StoreError>;

    /// Removes a letter, if it is there.
    async fn remove(&self, id: &LetterId) -> Result<(), StoreError>;

    /// Which backend this is of, as of [`UserAdmin::backend_id`](crate::user::UserAdmin::backend_id).
    fn backend_id(&self) -> BackendId {
        BackendId::of(self)
    }
}
