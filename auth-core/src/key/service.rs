//! The signing keys in use: loading, rotation, and keeping up with other replicas.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::config::{MAX_TOKEN_LIFE, RELOAD_AFTER, SEALED_FOR, UNKNOWN_KID_COOLDOWN};
use super::ring::{RingKey, Timeline};
use super::{
    ApplicationSecrets, KeyConfig, KeyRing, KeySource, KeyStore, Sealer, SigningAlgorithm, SigningKey,
    StoredKey,
};
use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind, StoreError};
use crate::random::Random;

/// How often the first key is tried to be made: each failure means that another replica was first, whose key is then
/// found.
const START_ATTEMPTS: usize = 5;

/// The signing keys in use.
///
/// 1. At start the keys are loaded, or a first one is made. A store that cannot be read, or a key that cannot be
///    opened, is an error: a replica never goes on with a key of its own.
/// 2. [`rotate`](Self::rotate) announces a new key. It is published at once, signs after
///    [`announce_keys_for`](crate::AuthBuilder::announce_keys_for), and the old one verifies until the last token it signed has ended.
/// 3. [`reload_if_stale`](Self::reload_if_stale) keeps up with other replicas. When the store fails, the keys at hand
///    stay in use, and the log says so.
pub struct Keys {
    ring: ArcSwap<KeyRing>,
    pub(super) stored: Option<Stored>,
    config: KeyConfig,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// The newest key of a store, which [`Keys::rotate`] announced or found announced.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Announced {
    /// Its name in the `kid` header.
    pub kid: String,
    /// Its algorithm.
    pub algorithm: SigningAlgorithm,
    /// When it starts to sign.
    pub active_from: Timestamp,
    /// Whether this call made it; else it was announced before, and does not sign yet.
    pub is_new: bool,
}

/// What only keys in a store need.
pub(super) struct Stored {
    pub(super) store: Arc<dyn KeyStore>,
    pub(super) sealer: Sealer,
    /// When the last reload ended, well or not, in Unix milliseconds.
    reloaded_at: AtomicI64,
    /// One reload at a time.
    flight: Mutex<()>,
}

impl Keys {
    /// Loads the keys, or makes and stores the first. Replicas that start at once end with the same key.
    ///
    /// # Errors
    /// `Unavailable` when the store cannot answer; `Configuration` when a stored key cannot be opened with the
    /// application's secrets, or no usable key was given.
    pub(crate) async fn load(
        source: KeySource,
        store: Arc<dyn KeyStore>,
        sealer: Sealer,
        config: KeyConfig,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Error> {
        config.check()?;
        super::install_backend();
        let (ring, stored) = match source {
            KeySource::Given(keys) => (KeyRing::of(keys)?, None),
            KeySource::Stored => {
                let now = clock.now();
                let stored = Stored {
                    store,
                    sealer,
                    reloaded_at: AtomicI64::new(now.unix_millis()),
                    flight: Mutex::new(()),
                };
                (stored.load_or_make(&config, now, &*random).await?, Some(stored))
            }
        };
        Ok(Self { ring: ArcSwap::from_pointee(ring), stored, config, clock, random })
    }

    /// Loads the keys that an application keeps in its store, to rotate them from another program: with the algorithm of the
    /// newest. Give the same list of secrets as the application has. What it has configured is not known here: a new key is
    /// announced for 10 minutes, and the one before it is kept as long as the longest token could live, a day.
    ///
    /// # Errors
    /// `Unavailable` when the store cannot answer; `Configuration` when it holds no key, or one that cannot be opened
    /// with these secrets: a new one would be sealed with a secret that the application does not have.
    pub async fn load_existing(
        store: Arc<dyn KeyStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Error> {
        let stored = store.list().await?;
        let newest = stored.last().ok_or_else(|| {
            Error::configuration(
                "the store holds no signing key: the application makes the first one at its start, unless it is given keys",
            )
        })?;
        let config = KeyConfig {
            algorithm: newest.algorithm.parse()?,
            token_life: MAX_TOKEN_LIFE,
            ..KeyConfig::default()
        };
        Self::load(KeySource::Stored, store, secrets.sealer(SEALED_FOR), config, clock, random).await
    }

    /// The present snapshot, as it was last read. Sign with [`fresh_ring`](Self::fresh_ring).
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Looks at the present snapshot without counting a holder: what every request does would have all threads write to
    /// one place.
    pub(crate) fn with_ring<T>(&self, look: impl FnOnce(&KeyRing) -> T) -> T {
        look(&self.ring.load())
    }

    /// The snapshot after [`reload_if_stale`](Self::reload_if_stale). Whoever signs must ask for this one: a replica
    /// that never reads the keys again would go on with a key that the others have retired.
    pub async fn fresh_ring(&self) -> Arc<KeyRing> {
        self.reload_if_stale().await;
        self.ring()
    }

    /// The public key set as JSON; see [`KeyRing::jwks`].
    pub fn jwks(&self, now: Timestamp) -> String {
        self.ring.load().jwks(now)
    }

    /// Announces a new key, which follows the present one after
    /// [`announce_keys_for`](crate::AuthBuilder::announce_keys_for), and forgets keys that are gone. While one is announced already, by
    /// this replica or another, none is added: every replica may call this by the same schedule.
    ///
    /// # Errors
    /// `Unavailable` when the store cannot answer; the present key keeps signing, and the log says so.
    /// `Configuration` when the keys were given by the operator.
    pub async fn rotate(&self, now: Timestamp) -> Result<Announced, Error> {
        let Some(stored) = &self.stored else {
            return Err(Error::configuration(
                "signing keys that were given cannot be rotated: give the new one first",
            ));
        };
        let _flight = stored.flight.lock().await;
        let result = self.rotate_stored(stored, now).await;
        if let Err(error) = &result {
            tracing::error!(?error, "the signing key could not be rotated; the present one stays in use");
        }
        result
    }

    async fn rotate_stored(&self, stored: &Stored, now: Timestamp) -> Result<Announced, Error> {
        let keys = stored.store.list().await?;
        let is_announced = keys.last().is_some_and(|newest| now < newest.active_from);
        let active_from = now + self.config.announce_for;
        let is_new =
            !is_announced && stored.add(&keys, &self.config, now, active_from, &*self.random).await?;
        stored.store.remove_gone(now).await?;
        let keys = stored.store.list().await?;
        self.replace_ring(&keys, stored, now)?;
        let newest = keys.last().ok_or_else(no_keys)?;
        Ok(Announced {
            kid: newest.kid.clone(),
            algorithm: newest.algorithm.parse()?,
            active_from: newest.active_from,
            is_new,
        })
    }

    /// Reads the keys again when that was last done more than a minute ago. For the guard path: it costs an atomic
    /// read otherwise, and only the caller that finds them stale waits.
    pub async fn reload_if_stale(&self) {
        let Some(stored) = &self.stored else { return };
        let now = self.clock.now();
        if !self.is_stale(now) {
            return;
        }
        if let Ok(_flight) = stored.flight.try_lock() {
            self.reload(stored, now).await;
        }
    }

    /// Whether the keys were last read more than a minute ago.
    pub(crate) fn is_stale(&self, now: Timestamp) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.is_older_than(RELOAD_AFTER, now))
    }

    /// Reads the keys again because a token names one that is not here, at most once in ten seconds. Answers whether
    /// the keys are others now, so that another look makes sense.
    pub async fn reload_for_unknown_kid(&self, seen: u64) -> bool {
        let Some(stored) = &self.stored else { return false };
        // Whoever comes during a reload waits for it: the key may be in it.
        let _flight = stored.flight.lock().await;
        let now = self.clock.now();
        if stored.is_older_than(UNKNOWN_KID_COOLDOWN, now) {
            self.reload(stored, now).await;
        }
        self.ring.load().generation() != seen
    }

    /// The caller holds `flight`.
    async fn reload(&self, stored: &Stored, now: Timestamp) {
        let result = match stored.store.list().await {
            Ok(keys) => self.replace_ring(&keys, stored, now),
            Err(error) => Err(error.into()),
        };
        // Only now, so that a caller who went away in between leaves the next one to try.
        stored.reloaded_at.store(now.unix_millis(), Ordering::Release);
        if let Err(error) = result {
            tracing::error!(?error, "the signing keys could not be read again; the present ones stay in use");
        }
    }

    fn replace_ring(&self, keys: &[StoredKey], stored: &Stored, now: Timestamp) -> Result<(), Error> {
        let present = self.ring.load();
        let keys = stored.open_all(keys, Some(&present), now)?;
        if keys.is_empty() {
            return Err(no_keys());
        }
        self.ring.store(Arc::new(present.followed_by(keys)));
        Ok(())
    }
}

impl Stored {
    async fn load_or_make(
        &self,
        config: &KeyConfig,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<KeyRing, Error> {
        for _ in 0..START_ATTEMPTS {
            let stored = self.store.list().await?;
            let keys = self.open_all(&stored, None, now)?;
            if keys.last().is_some_and(|newest| newest.key.algorithm() == config.algorithm) {
                return Ok(KeyRing::new(keys));
            }
            self.add(&stored, config, now, now, random).await?;
        }
        Err(Error::new(ErrorKind::Unavailable)
            .with_source("the first signing key could not be stored: other replicas keep changing the keys"))
    }

    /// Adds a new key behind `keys`; false, and nothing done, when another replica was first.
    async fn add(
        &self,
        keys: &[StoredKey],
        config: &KeyConfig,
        now: Timestamp,
        active_from: Timestamp,
        random: &dyn Random,
    ) -> Result<bool, Error> {
        let (key, material) = SigningKey::generate_with_material(config.algorithm, random)?;
        let algorithm = key.algorithm().name().to_owned();
        let new = StoredKey {
            sealed: self.sealer.seal(&material, &associated_data(key.kid(), &algorithm), random),
            kid: key.kid().to_owned(),
            algorithm,
            announced_at: now,
            active_from,
            retire_from: None,
            gone_from: None,
        };
        let newest = keys.last().map(|key| key.kid.as_str());
        Ok(self.store.rotate(newest, new, active_from, active_from + config.keep_for()).await?)
    }

    /// Opens and parses what is not gone, taking from `present` what is parsed already.
    fn open_all(
        &self,
        keys: &[StoredKey],
        present: Option<&KeyRing>,
        now: Timestamp,
    ) -> Result<Vec<RingKey>, Error> {
        let is_alive = |key: &&StoredKey| key.gone_from.is_none_or(|gone_from| now < gone_from);
        let open = |stored: &StoredKey| {
            let key = match present.and_then(|ring| ring.find(&stored.kid)) {
                Some(key) => Arc::clone(key),
                None => Arc::new(self.open(stored)?),
            };
            let timeline = Timeline {
                active_from: stored.active_from,
                retire_from: stored.retire_from,
                gone_from: stored.gone_from,
            };
            Ok(RingKey { key, timeline })
        };
        keys.iter().filter(is_alive).map(open).collect()
    }

    fn open(&self, stored: &StoredKey) -> Result<SigningKey, Error> {
        let algorithm: SigningAlgorithm = stored.algorithm.parse()?;
        let aad = associated_data(&stored.kid, &stored.algorithm);
        let material: Zeroizing<Vec<u8>> =
            self.sealer.open(&stored.sealed, &aad).ok_or_else(|| closed(&stored.kid))?;
        SigningKey::from_material(&stored.kid, algorithm, &material)
    }

    fn is_older_than(&self, age: Duration, now: Timestamp) -> bool {
        let reloaded_at = Timestamp::from_unix_millis(self.reloaded_at.load(Ordering::Acquire));
        // A clock that stepped back counts as old, or nothing would be read until it has caught up.
        now < reloaded_at || now.since(reloaded_at) > age
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("ring", &self.ring())
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

fn no_keys() -> Error {
    StoreError::unavailable("the store holds no signing key any more").into()
}

pub(super) fn closed(kid: &str) -> Error {
    Error::configuration(format!(
        "the stored signing key {kid} cannot be opened: the application secret it was sealed with must stay in the list, behind the new \
         one"
    ))
}

/// Binds a sealed key to its row. Neither part can hold the separator: one is base64url, the other a fixed name.
pub(super) fn associated_data(kid: &str, algorithm: &str) -> Vec<u8> {
    [algorithm.as_bytes(), b"\0", kid.as_bytes()].concat()
}
