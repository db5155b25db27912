//! The key ring: an unchanging snapshot of all signing keys and their times.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jsonwebtoken::jwk::{Jwk, JwkSet};

use super::{SigningKey, VerifyingKey};
use crate::clock::Timestamp;
use crate::error::Error;

/// When a key does what. All replicas read the same times from the store, so they agree on each key's state without
/// talking to each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Timeline {
    pub(super) active_from: Timestamp,
    pub(super) retire_from: Option<Timestamp>,
    pub(super) gone_from: Option<Timestamp>,
}

impl Timeline {
    /// A key that signs always.
    pub(super) const FIXED: Self =
        Self { active_from: Timestamp::from_unix_millis(0), retire_from: None, gone_from: None };

    fn state(&self, now: Timestamp) -> KeyState {
        let has_come = |time: Option<Timestamp>| time.is_some_and(|time| time <= now);
        if has_come(self.gone_from) {
            KeyState::Gone
        } else if has_come(self.retire_from) {
            KeyState::Retiring
        } else if self.active_from <= now {
            KeyState::Active
        } else {
            KeyState::Announced
        }
    }
}

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyState {
    /// Published, so that everybody knows it before it signs.
    Announced,
    /// Signs.
    Active,
    /// Signs no more, but verifies what it signed.
    Retiring,
    /// Nothing that it signed can be valid any more; it is neither published nor used.
    Gone,
}

/// A snapshot of the signing keys, each parsed once.
#[derive(Debug)]
pub struct KeyRing {
    generation: u64,
    keys: Vec<RingKey>,
}

#[derive(Clone, Debug)]
pub(super) struct RingKey {
    pub(super) key: Arc<SigningKey>,
    pub(super) timeline: Timeline,
}

impl KeyRing {
    /// A ring of keys that do not change. The first signs; all of them verify.
    ///
    /// # Errors
    /// `Configuration` when there is none, or one stands there twice.
    pub fn of(keys: Vec<SigningKey>) -> Result<Self, Error> {
        if keys.is_empty() {
            return Err(Error::configuration("at least one signing key must be given"));
        }
        let is_repeated = |(index, key): (usize, &SigningKey)| {
            keys[..index].iter().any(|earlier| earlier.kid() == key.kid())
        };
        if keys.iter().enumerate().any(is_repeated) {
            return Err(Error::configuration("the same signing key was given twice"));
        }
        // Of the active keys the newest signs, and a ring holds it last.
        let fixed = |key| RingKey { key: Arc::new(key), timeline: Timeline::FIXED };
        Ok(Self::new(keys.into_iter().rev().map(fixed).collect()))
    }

    /// `keys` stand oldest first.
    pub(super) fn new(keys: Vec<RingKey>) -> Self {
        static GENERATION: AtomicU64 = AtomicU64::new(1);
        Self { generation: GENERATION.fetch_add(1, Ordering::Relaxed), keys }
    }

    /// The next snapshot. It keeps the generation when it holds the same keys: only times moved, and those are
    /// compared at each use.
    pub(super) fn followed_by(&self, keys: Vec<RingKey>) -> Self {
        let is_same = self.keys.len() == keys.len()
            && self.keys.iter().zip(&keys).all(|(old, new)| old.key.kid() == new.key.kid());
        if is_same { Self { generation: self.generation, keys } } else { Self::new(keys) }
    }

    /// A number that no other set of keys of this process has. What was verified under another generation has to be
    /// verified again.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The key that signs at `now`: of the active ones the newest. When none is (a clock that stepped back), the next
    /// to come, else the last to retire; `None` only when every key is gone.
    pub fn signer(&self, now: Timestamp) -> Option<&SigningKey> {
        let in_state = |state| self.keys.iter().filter(move |key| key.timeline.state(now) == state);
        in_state(KeyState::Active)
            .max_by_key(|key| key.timeline.active_from)
            .or_else(|| in_state(KeyState::Announced).min_by_key(|key| key.timeline.active_from))
            .or_else(|| in_state(KeyState::Retiring).max_by_key(|key| key.timeline.retire_from))
            .map(|key| &*key.key)
    }

    /// The key that verifies tokens of this `kid` at `now`; `None` for a kid that is unknown or gone.
    pub fn verifying_key(&self, kid: &str, now: Timestamp) -> Option<&VerifyingKey> {
        self.verifying_key_where(|key| key.kid() == kid, now)
    }

    /// The key that verifies tokens whose encoded header is exactly the one it writes for this type.
    pub(crate) fn key_of_header(
        &self,
        typ: &'static str,
        encoded: &str,
        now: Timestamp,
    ) -> Option<&VerifyingKey> {
        self.verifying_key_where(|key| key.header(typ) == encoded, now)
    }

    fn verifying_key_where(
        &self,
        is_it: impl Fn(&SigningKey) -> bool,
        now: Timestamp,
    ) -> Option<&VerifyingKey> {
        let found = self.keys.iter().find(|key| is_it(&key.key))?;
        (found.timeline.state(now) != KeyState::Gone).then(|| found.key.verifying_key())
    }

    /// All keys with their state at `now`, oldest first.
    pub fn states(&self, now: Timestamp) -> impl Iterator<Item = (&SigningKey, KeyState)> {
        self.keys.iter().map(move |key| (&*key.key, key.timeline.state(now)))
    }

    /// The key set (RFC 7517 section 5) as JSON: the public half of each key that is not gone, announced ones
    /// included; never a symmetric key.
    pub fn jwks(&self, now: Timestamp) -> String {
        let is_published = |key: &&RingKey| key.timeline.state(now) != KeyState::Gone;
        let keys: Vec<Jwk> =
            self.keys.iter().filter(is_published).filter_map(|key| key.key.public_jwk()).collect();
        serde_json::to_string(&JwkSet { keys }).expect("a key set is plain text")
    }

    pub(super) fn find(&self, kid: &str) -> Option<&Arc<SigningKey>> {
        self.keys.iter().map(|key| &key.key).find(|key| key.kid() == kid)
    }
}
