//! What guards read, kept in this process for a moment.
//!
//! Off unless the application asks for it ([`AuthBuilder::cache_for`](crate::AuthBuilder::cache_for)): then a guard may go by what this
//! process read at most so long ago.
//!
//! 1. What is changed through this `Auth`, a logout, a changed password, a group's permissions, is forgotten before the change is answered:
//!    the next guard here sees it. What was being read meanwhile is not kept.
//! 2. What another server changes is seen as soon as this one hears of it ([`hearing`](super::hearing)), and at the latest once that time
//!    is over, as is what a command or another program changes.
//! 3. Guards that ask for a recent proof or a factor keep to the stores, and so does whatever writes.
//! 4. Who is nobody is not kept: a session that has just begun is found at once.
//! 5. How old something is, is told by this machine's monotonic clock and by the clock of the application: setting a clock prolongs
//!    nothing, nor does a machine that slept.
//!
//! Looking, keeping and forgetting each take the same time however much is kept. The sessions of a user are forgotten together by
//! forgetting as of when that user is known.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::user::UserId;

use super::change::Change;
use super::{SessionAndUser, SessionKey};

/// The longest that may be asked for.
pub(crate) const LONGEST: Duration = Duration::from_secs(5);

/// How many sessions are kept at most; those that are asked for least make room.
pub(super) const MOST: usize = 16 * 1024;

pub(crate) struct GuardCache {
    keep: Duration,
    sessions: Cache<SessionKey, Held>,
    /// As of which change each user is known. A session that was read as of another one is not to be gone by.
    users: Cache<UserId, u64>,
    /// How many changes there were. Held while something is kept or forgotten, so that neither overtakes the other; who only looks
    /// does not wait for it.
    changes: Mutex<u64>,
}

#[derive(Clone)]
struct Held {
    read: SessionAndUser,
    read_at: (Instant, Timestamp),
    as_of: u64,
}

impl Held {
    fn is_good(&self, keep: Duration, now: Timestamp) -> bool {
        let (instant, time) = self.read_at;
        instant.elapsed() < keep && now.since(time) < keep && now >= time
    }
}

impl GuardCache {
    pub(crate) fn new(keep: Duration) -> Self {
        Self { keep, sessions: Cache::new(MOST), users: Cache::new(MOST), changes: Mutex::new(0) }
    }

    pub(super) fn get(&self, key: &SessionKey, now: Timestamp) -> Option<SessionAndUser> {
        let held = self.sessions.get(key)?;
        if held.is_good(self.keep, now) && self.users.get(&held.read.0.user) == Some(held.as_of) {
            return Some(held.read);
        }
        self.drop_copy(key);
        None
    }

    /// Notes the moment before a read.
    pub(super) fn changes(&self) -> u64 {
        *self.lock()
    }

    /// Keeps what was read in place of what was kept before, unless something changed since `before` was noted.
    pub(super) fn keep(&self, key: &SessionKey, read: &SessionAndUser, now: Timestamp, before: u64) {
        let changes = self.lock();
        if *changes != before {
            return self.drop_copy(key);
        }
        let user = &read.0.user;
        let as_of = self.users.get(user).unwrap_or_else(|| {
            self.users.insert(user.clone(), before);
            before
        });
        self.sessions.insert(*key, Held { read: read.clone(), read_at: (Instant::now(), now), as_of });
    }

    /// Keeps no more of a session that the store does not have. Nothing was changed by that.
    pub(super) fn drop_copy(&self, key: &SessionKey) {
        self.sessions.remove(key);
    }

    /// Forgets what was changed.
    pub(super) fn forget(&self, change: &Change) {
        let mut changes = self.lock();
        *changes += 1;
        match change {
            Change::Session(key) => self.drop_copy(key),
            Change::User(user) => drop(self.users.remove(user)),
            Change::Everything => {
                self.users.clear();
                self.sessions.clear();
            }
        }
    }

    /// How many sessions are kept.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.sessions.len()
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GuardCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardCache").field("keep", &self.keep).finish_non_exhaustive()
    }
}
