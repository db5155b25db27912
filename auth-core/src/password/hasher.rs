//! Hashing and verification.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::random::{Random, random_bytes};

use super::config::{Argon2Params, PasswordConfig};
use super::hash::{OUTPUT_BYTES, PasswordHash, Recipe, SALT_BYTES, parse};
use super::pool::Pool;
use super::text::Password;

/// What verification found. Complete: there is no fourth answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a password is right only if the verdict says so"]
pub enum Verdict {
    /// The password is the stored one.
    Valid,
    /// The password is the stored one, and the stored hash differs from how new ones are made: hash the password again
    /// and store the result, if the stored hash is still the same (compare and swap).
    ValidOutdated,
    /// The password is not the stored one, or nothing usable is stored.
    Invalid,
}

impl Verdict {
    /// Whether the password is the stored one.
    pub fn is_valid(self) -> bool {
        matches!(self, Self::Valid | Self::ValidOutdated)
    }
}

/// Hashes and verifies passwords on a pool of threads of its own. Cloning shares the pool; its threads end when the last
/// clone is dropped.
///
/// A run is abandoned before it starts when the future that waits for it is dropped.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Inner>);

struct Inner {
    pool: Pool,
    params: Argon2Params,
    random: Arc<dyn Random>,
    runs: Arc<AtomicU64>,
}

impl PasswordHasher {
    /// Starts the threads. Each takes its memory at its first job.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a number of threads or a queue out of range; [`ErrorKind::Internal`] when the
    /// operating system gives no thread.
    pub fn new(config: &PasswordConfig, random: Arc<dyn Random>) -> Result<Self, Error> {
        let blocks = usize::try_from(config.params.memory_kib()).unwrap_or(usize::MAX);
        let pool = Pool::start(config.thread_count()?, config.queue_length()?, blocks)?;
        Ok(Self(Arc::new(Inner { pool, params: config.params, random, runs: Arc::default() })))
    }

    /// Hashes a new password with the configured parameters and a fresh salt.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] with a time to wait when the queue is full or memory is short.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        let recipe = Recipe::new(self.0.params, random_bytes(self.0.random.as_ref()));
        let output = self.run(password, recipe.clone()).await?;
        Ok(recipe.phc(&output))
    }

    /// Compares a password with what is stored: always exactly one hash run. Without a usable stored hash (`None`:
    /// unknown user or no password; not Argon2; over a cap) that is one with the configured parameters, and
    /// [`Verdict::Invalid`].
    ///
    /// A stored hash of other parameters takes its own time.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] with a time to wait when the queue is full or memory is short. That says nothing about
    /// the password.
    pub async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, Error> {
        let (recipe, expected) = match stored.and_then(parse) {
            Some((recipe, expected)) => (recipe, Some(expected)),
            None => (Recipe::new(self.0.params, [0; SALT_BYTES]), None),
        };
        let is_outdated = recipe.is_outdated(self.0.params);
        let output = self.run(password, recipe).await?;
        // Without a stored hash the same comparison runs, and its result does not count.
        let is_same = output.ct_eq(expected.as_deref().unwrap_or(&[0; OUTPUT_BYTES]));
        Ok(match (expected.is_some() && bool::from(is_same), is_outdated) {
            (false, _) => Verdict::Invalid,
            (true, false) => Verdict::Valid,
            (true, true) => Verdict::ValidOutdated,
        })
    }

    /// Hash runs completed so far, for metrics and for tests that count them.
    pub fn runs(&self) -> u64 {
        self.0.runs.load(Ordering::Relaxed)
    }

    /// Jobs that wait for a thread now.
    pub fn queued(&self) -> usize {
        self.0.pool.queued()
    }

    /// What new hashes cost.
    pub fn params(&self) -> Argon2Params {
        self.0.params
    }

    async fn run(&self, password: &Password, recipe: Recipe) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (password, runs) = (password.clone(), self.0.runs.clone());
        let run = self.0.pool.run(move |area| {
            let context = recipe.context().ok_or(ErrorKind::Internal)?;
            let mut output = Zeroizing::new(vec![0; recipe.output_bytes]);
            area.hash(&context, password.expose().as_bytes(), &recipe.salt, &mut output)?;
            runs.fetch_add(1, Ordering::Relaxed);
            Ok(output)
        });
        run.await?
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher")
            .field("params", &self.0.params)
            .field("pool", &self.0.pool)
            .field("runs", &self.runs())
            .finish_non_exhaustive()
    }
}
