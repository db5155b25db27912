//! Hashing and verification.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::random::{Random, random_bytes};
use crate::secret::Secret;

use super::argon::{Argon2Recipe, SALT_BYTES};
use super::config::PasswordConfig;
use super::foreign::{self, Recipe};
use super::format::{FLASK_SECURITY, WRAPPED};
use super::hash::PasswordHash;
use super::params::Argon2Params;
use super::pool::{Pool, WorkArea};
use super::rules::{HashingRules, NewHash, NewHashFormat};
use super::stored::Input;
use super::text::Password;

/// What verification found. Complete: there is no fourth answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a password is right only if the verdict says so"]
pub enum Verdict {
    /// The password is the stored one.
    Valid,
    /// The password is the stored one, and the stored hash differs from how new ones are made, and the [`HashingRules`] say to
    /// replace such: hash the password again and store the result, if the stored hash is still the same (compare and swap).
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
/// A run is abandoned before it starts when the future that waits for it is dropped, and when it has had no turn for 10 s: that is
/// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), as a full queue is. The wait takes a tokio runtime with its timer on
/// (`enable_time`).
#[derive(Clone)]
pub struct PasswordHasher(Arc<Inner>);

struct Inner {
    pool: Pool,
    params: Argon2Params,
    rules: HashingRules,
    flask_security_salts: Vec<Secret>,
    random: Arc<dyn Random>,
    runs: Arc<AtomicU64>,
}

impl PasswordHasher {
    /// Starts the threads, for hashes by the default [`HashingRules`]. Each thread takes its memory at its first job.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) for a number of threads or a queue out of range;
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) when the operating system gives no thread.
    pub fn new(config: &PasswordConfig, random: Arc<dyn Random>) -> Result<Self, Error> {
        Self::with_rules(config, HashingRules::default(), random)
    }

    /// Starts the threads, for hashes by the rules of a store ([`UserStore::hashing`](crate::user::UserStore::hashing)).
    ///
    /// # Errors
    /// As of [`new`](Self::new), and [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) for rules whose hashes would not
    /// be verified.
    pub fn with_rules(
        config: &PasswordConfig,
        rules: HashingRules,
        random: Arc<dyn Random>,
    ) -> Result<Self, Error> {
        rules.format.check()?;
        config.check()?;
        let blocks = usize::try_from(config.params.memory_kib()).unwrap_or(usize::MAX);
        let pool = Pool::start(config.thread_count()?, config.queue_length()?, blocks)?;
        Ok(Self(Arc::new(Inner {
            pool,
            params: config.params,
            rules,
            flask_security_salts: config.flask_security_salts.clone(),
            random,
            runs: Arc::default(),
        })))
    }

    /// Hashes a new password by the rules, with a fresh salt.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) with a time to wait when the queue is full or memory is short.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        let new = self.plan(random_bytes(self.0.random.as_ref()));
        let output = self.run(new.recipe.clone(), password.normalised()).await?;
        Ok(new.with_output(&output))
    }

    /// Compares a password with what is stored. For a hash of this application's own making that is exactly one hash run, and so
    /// it is without a usable stored hash (`None`: unknown user or no password; unknown format; over a cap): one as for a new
    /// hash, and [`Verdict::Invalid`].
    ///
    /// A stored hash that was made in another way takes its own time, once for each of the up to five spellings of the password that
    /// differ (as typed, NFC, NFKD, NFD, NFKC), and twice where the text of the hash has two meanings.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) with a time to wait when the queue is full or memory is short.
    /// That says nothing about the password.
    pub async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, Error> {
        let attempt = stored.and_then(|stored| self.attempt(password, stored));
        let attempt = attempt.unwrap_or_else(|| self.dummy(password));
        let (is_usable, is_current) = (attempt.is_usable, attempt.is_current);
        let is_same = self.run_all(attempt).await?;
        Ok(match (is_usable && is_same, is_current || !self.0.rules.upgrade) {
            (false, _) => Verdict::Invalid,
            (true, true) => Verdict::Valid,
            (true, false) => Verdict::ValidOutdated,
        })
    }

    /// What to try against a stored hash; `None` where nothing can be.
    fn attempt(&self, password: &Password, stored: &PasswordHash) -> Option<Attempt> {
        let stored = stored.read()?;
        let is_current = self.0.rules.format.is_current(self.0.params, &stored);
        let inputs = stored.inputs(self.spellings(password, is_current), &self.0.flask_security_salts);
        let (expected, second) = (stored.expected, stored.recipe.second_meaning());
        let recipes = std::iter::once(stored.recipe).chain(second).collect();
        (!inputs.is_empty()).then_some(Attempt { recipes, inputs, expected, is_usable: true, is_current })
    }

    /// The same work without a stored hash; its result does not count.
    fn dummy(&self, password: &Password) -> Attempt {
        let recipe = self.plan([0; SALT_BYTES]).recipe;
        let (inputs, expected) = (self.spellings(password, true), vec![0; recipe.output_bytes()]);
        Attempt { recipes: vec![recipe], inputs, expected, is_usable: false, is_current: true }
    }

    /// A hash of our own making is over NFC. Behind any other may be a program that hashes what was typed, and Django's formats may
    /// be its own.
    fn spellings(&self, password: &Password, is_current: bool) -> Vec<Input> {
        let is_ours = is_current && self.0.rules.format == NewHashFormat::Phc;
        if is_ours { vec![password.normalised()] } else { password.spellings() }
    }

    fn plan(&self, salt: [u8; SALT_BYTES]) -> NewHash {
        self.0.rules.format.plan(self.0.params, salt)
    }

    /// The Argon2id hash of a weaker one, so that the weaker one need not be kept; passwords verify against it as before, and a
    /// login replaces it like any other. `None` when there is nothing to gain: Argon2, bcrypt and scrypt PHC strings, what is wrapped
    /// already, what is unusable or unknown. One hash run.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) with a time to wait when the queue is full or memory is short.
    pub async fn wrap(&self, old: &PasswordHash) -> Result<Option<PasswordHash>, Error> {
        if !old.is_usable() {
            return Ok(None);
        }
        let (tag, plain) = match old.as_encoded().strip_prefix(FLASK_SECURITY) {
            Some(plain) => (FLASK_SECURITY, plain),
            None => ("", old.as_encoded()),
        };
        let Some((head, digest)) = foreign::split(plain) else { return Ok(None) };
        let outer = Argon2Recipe::new(self.0.params, &random_bytes::<SALT_BYTES>(self.0.random.as_ref()));
        let output = self.run(Recipe::Argon2(outer.clone()), Zeroizing::new(digest)).await?;
        Ok(Some(PasswordHash::from_encoded(format!("{WRAPPED}{tag}{head}{}", outer.phc(&output)))))
    }

    /// Hash runs completed so far, for metrics and for tests that count them.
    pub fn runs(&self) -> u64 {
        self.0.runs.load(Ordering::Relaxed)
    }

    /// Jobs that wait for a thread now.
    pub fn queued(&self) -> usize {
        self.0.pool.queued()
    }

    /// How hashes are made and replaced.
    pub fn rules(&self) -> HashingRules {
        self.0.rules
    }

    /// What new Argon2 hashes cost.
    pub fn params(&self) -> Argon2Params {
        self.0.params
    }

    /// Whether one of the inputs gives what is expected. Tried on one thread, one after the other, up to the first that does.
    async fn run_all(&self, attempt: Attempt) -> Result<bool, Error> {
        let runs = self.0.runs.clone();
        let Attempt { recipes, inputs, expected, .. } = attempt;
        let work = move |area: &mut WorkArea| {
            let tries = recipes.iter().flat_map(|recipe| inputs.iter().map(move |input| (recipe, input)));
            for (recipe, input) in tries {
                let output = recipe.compute(area, input)?;
                runs.fetch_add(1, Ordering::Relaxed);
                if output.ct_eq(&expected).into() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        self.0.pool.run(work).await?
    }

    async fn run(&self, recipe: Recipe, input: Input) -> Result<Zeroizing<Vec<u8>>, Error> {
        let runs = self.0.runs.clone();
        let work = move |area: &mut WorkArea| {
            let output = recipe.compute(area, &input)?;
            runs.fetch_add(1, Ordering::Relaxed);
            Ok(output)
        };
        self.0.pool.run(work).await?
    }
}

/// One comparison to be made.
struct Attempt {
    recipes: Vec<Recipe>,
    inputs: Vec<Input>,
    expected: Vec<u8>,
    is_usable: bool,
    is_current: bool,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher")
            .field("params", &self.0.params)
            .field("rules", &self.0.rules)
            .field("pool", &self.0.pool)
            .field("runs", &self.runs())
            .finish_non_exhaustive()
    }
}
