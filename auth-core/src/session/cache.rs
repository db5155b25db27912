//! What guards read, kept in this process for a moment.
//!
//! Off unless the application asks for it ([`AuthBuilder::cache_for`](crate::AuthBuilder::cache_for)): then a guard may go by what this
//! process read at most so long ago.
//!
//! 1. What is changed through this `Auth`, a logout, a changed password, a group's permissions, is forgotten before the change is answered:
//!    the next guard here sees it. What was being read meanwhile is not kept.
//! 2. What others change is seen once that time is over: by another server, by a command, by another program.
//! 3. Guards that ask for a recent proof or a factor keep to the stores, and so does whatever writes.
//! 4. Who is nobody is not kept: a session that has just begun is found at once.
//! 5. What was found too old, or gone, is kept no longer: a clock that steps back revives nothing.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::{UserId, UserWatcher};

use super::{SessionAndUser, SessionKey};

/// The longest that may be asked for.
pub(crate) const LONGEST: Duration = Duration::from_secs(5);

/// How many sessions are kept at most. Those beyond are read each time.
const MOST: usize = 16 * 1024;

pub(crate) struct GuardCache {
    keep: Duration,
    held: RwLock<HashMap<SessionKey, Held>>,
    /// How many changes there were.
    changes: AtomicU64,
}

struct Held {
    read_at: Timestamp,
    read: SessionAndUser,
}

impl Held {
    /// A clock that steps back ends it too.
    fn is_good(&self, keep: Duration, now: Timestamp) -> bool {
        now.since(self.read_at) < keep && now >= self.read_at
    }
}

impl GuardCache {
    pub(crate) fn new(keep: Duration) -> Self {
        Self { keep, held: RwLock::default(), changes: AtomicU64::new(0) }
    }

    pub(super) fn get(&self, key: &SessionKey, now: Timestamp) -> Option<SessionAndUser> {
        match self.read().get(key) {
            None => return None,
            Some(held) if held.is_good(self.keep, now) => return Some(held.read.clone()),
            Some(_) => {}
        }
        self.write().remove(key);
        None
    }

    /// Notes the moment before a read.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Keeps what was read in place of what was kept before, unless something changed since `before` was noted.
    pub(super) fn keep(&self, key: &SessionKey, read: &SessionAndUser, now: Timestamp, before: u64) {
        let mut held = self.write();
        held.remove(key);
        if held.len() >= MOST {
            held.retain(|_, held| held.is_good(self.keep, now));
        }
        if held.len() < MOST && self.changes() == before {
            held.insert(*key, Held { read_at: now, read: read.clone() });
        }
    }

    /// Keeps no more of a session that the store does not have. Nothing was changed by that.
    pub(super) fn drop_copy(&self, key: &SessionKey) {
        if self.read().contains_key(key) {
            self.write().remove(key);
        }
    }

    pub(super) fn forget_session(&self, key: &SessionKey) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.write().remove(key);
    }

    /// Forgets every session of a user, or of all.
    pub(super) fn forget_user(&self, user: Option<&UserId>) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        let mut held = self.write();
        match user {
            Some(user) => held.retain(|_, held| held.read.0.user != *user),
            None => held.clear(),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<SessionKey, Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<SessionKey, Held>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GuardCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardCache").field("keep", &self.keep).finish_non_exhaustive()
    }
}

#[async_trait]
impl UserWatcher for GuardCache {
    async fn before(&self, _: Option<&UserId>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn after(&self, user: Option<&UserId>) {
        self.forget_user(user);
    }
}
