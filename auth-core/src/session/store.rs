//! The store contract of sessions.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::{User, UserId};

use super::{SessionData, SessionHandle, SessionKey, SessionRecord};

/// How many sessions a user may have at once; the oldest make room.
pub type MaxSessions = Option<NonZeroUsize>;

/// Where sessions are kept.
///
/// # Contract
/// - Each call is atomic: of parallel calls, each sees the other's whole effect or none of it.
/// - Nothing but [`insert`](Self::insert) and a successful [`replace`](Self::replace) makes a session exist. A touch or
///   a data write that arrives after the session ended changes nothing.
/// - What was read may be old by the time it is written back: a write names the version of the data that it was made from, and
///   changes nothing when that has moved. So no value that was removed meanwhile returns, and none that was written is lost.
/// - A change is visible to every later call, from any process.
/// - Expiry is the caller's business, except that [`remove_expired`](Self::remove_expired) may forget what has ended.
#[async_trait]
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Adds a session. With `max`, the user's oldest (by `created_at`) are removed in the same step, so that never more
    /// than `max` exist, under parallel logins too. Answers which went: each of them to one caller.
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<Vec<SessionHandle>, StoreError>;

    /// The session with this key. Guards call this once per request, where there is no [`SessionUserStore`]: it should be one read by
    /// primary key.
    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError>;

    /// Moves `last_seen_at` forward to `at`; never back, and never creates.
    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError>;

    /// Replaces the session `old` by `record` under `new`, if the version of its data still is the one that `record` has (0 when
    /// it never had any). False, and nothing changed, when it had moved or `old` does not exist.
    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError>;

    /// Replaces the session's data if its version still is `expected` (0 when it never had any); the new version is
    /// `expected + 1`, whatever `data` says. False, and nothing changed, when it had moved or the session is gone.
    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError>;

    /// Ends a session; false when there was none.
    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError>;

    /// All sessions of a user, newest first.
    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError>;

    /// Ends the session of this user with this handle; false when that user has none such.
    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError>;

    /// Ends all sessions of a user but the one with the handle `keep`, and answers the handles of those ended.
    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError>;

    /// Forgets sessions that ended before `now` or were last seen before `idle_since`, and answers how many.
    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError>;
}

/// A session, and its user if that is still there.
pub type SessionAndUser = (Arc<SessionRecord>, Option<Arc<User>>);

/// What every guard reads, by one call: for a backend that has sessions and users in one place. A store that need not have it.
///
/// # Contract
/// - It answers what [`SessionStore::get`] does and, for the user of that session, [`UserStore::get`](crate::user::UserStore::get).
/// - What it answers is as of no moment before the call, save that what it says of the user may be
///   [so much](Self::longest_lag) older where another program changed it.
#[async_trait]
pub trait SessionUserStore: fmt::Debug + Send + Sync {
    /// The session with this key and its user. It should be one read: guards call this once per request. How old a copy is at `now` is
    /// for a store to judge that has some.
    async fn session_and_user(
        &self,
        key: &SessionKey,
        now: Timestamp,
    ) -> Result<Option<SessionAndUser>, StoreError>;

    /// How long a change of a user by another program may be unseen; not at all by default. Guards that ask for a recent proof or for a
    /// second factor read both stores themselves where this is more.
    fn longest_lag(&self) -> Duration {
        Duration::ZERO
    }
}
