//! How passwords are hashed: cost, threads, queue.

use crate::error::Error;
use crate::secret::Secret;

use super::argon::{MAX_ITERATIONS, MAX_LANES, MAX_MEMORY_KIB, MAX_WORK_KIB};

/// How many hash jobs may wait for a thread: enough for a storm of some hundred logins, few enough that the last in
/// line waits seconds (about five with two threads), not minutes.
pub const DEFAULT_QUEUE: usize = 512;

/// The most threads a pool may be given; a larger number is a slip of the keyboard.
const MAX_THREADS: usize = 1024;

/// The largest queue: each waiting job may hold a password of a kilobyte.
const MAX_QUEUE: usize = 65_536;

/// The weakest pairs of memory (KiB) and iterations that the OWASP Password Storage Cheat Sheet accepts for Argon2id,
/// all with one lane.
const OWASP_MINIMA: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// The cost of an Argon2id hash (RFC 9106 section 3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Argon2Params {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

impl Argon2Params {
    /// The default: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
    pub const OWASP: Self = Self { memory_kib: 19_456, iterations: 2, parallelism: 1 };

    /// Django's: 100 MiB, two passes, eight lanes (`Argon2PasswordHasher`), five times the work of [`OWASP`](Self::OWASP). Django
    /// hashes anew at a login what has others.
    pub const DJANGO: Self = Self { memory_kib: 102_400, iterations: 2, parallelism: 8 };

    /// Parameters at least as strong as one of the minima of the OWASP Password Storage Cheat Sheet.
    ///
    /// `memory_kib` is in KiB, `iterations` counts the passes over it, `parallelism` the lanes (computed one after the
    /// other, as every thread of the pool hashes one password at a time).
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::error::ErrorKind::Configuration) when they are weaker than that, or more
    /// than [`PasswordHasher::verify`](super::PasswordHasher::verify) would take from a stored hash.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, Error> {
        let params = Self::insecure_any_cost(memory_kib, iterations, parallelism)?;
        if params.is_weak() {
            return Err(Error::configuration(format!(
                "Argon2 parameters m={memory_kib}, t={iterations} are weaker than the OWASP minimum; use at least \
                 m=19456, t=2"
            )));
        }
        Ok(params)
    }

    /// Parameters of any cost that Argon2 can compute, for tests.
    ///
    /// # Security
    /// Below the OWASP minimum, whoever steals the store guesses the passwords in it at little cost.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::error::ErrorKind::Configuration) when they are more than
    /// [`PasswordHasher::verify`](super::PasswordHasher::verify) would take from a stored hash, or impossible: no
    /// iteration, no lane, less than 8 KiB for each lane (RFC 9106 section 3.1).
    pub fn insecure_any_cost(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, Error> {
        let params = Self { memory_kib, iterations, parallelism };
        if params.is_possible() {
            return Ok(params);
        }
        Err(Error::configuration(format!(
            "Argon2 parameters m={memory_kib}, t={iterations}, p={parallelism} are out of range: p 1 to {MAX_LANES}, \
             t 1 to {MAX_ITERATIONS}, m 8 for each lane to {MAX_MEMORY_KIB}, m times t at most {MAX_WORK_KIB}"
        )))
    }

    /// Memory in KiB.
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Lanes.
    pub fn parallelism(&self) -> u32 {
        self.parallelism
    }

    /// Whether these are weaker than the OWASP minimum: fit for tests only.
    pub fn is_weak(&self) -> bool {
        !OWASP_MINIMA.iter().any(|&(memory, passes)| self.memory_kib >= memory && self.iterations >= passes)
    }

    /// Whether a hash may cost this much: the caps that hold for stored hashes and for configured ones alike.
    fn is_possible(&self) -> bool {
        (1..=MAX_LANES).contains(&self.parallelism)
            && (1..=MAX_ITERATIONS).contains(&self.iterations)
            && (8 * self.parallelism..=MAX_MEMORY_KIB).contains(&self.memory_kib)
            && u64::from(self.memory_kib) * u64::from(self.iterations) <= MAX_WORK_KIB
    }
}

impl Default for Argon2Params {
    fn default() -> Self {
        Self::OWASP
    }
}

/// The settings of a [`PasswordHasher`](super::PasswordHasher).
#[derive(Clone, Debug)]
#[doc(alias("bcrypt", "argon2", "PASSWORD_HASHERS"))]
#[non_exhaustive]
pub struct PasswordConfig {
    /// What new hashes cost; stored ones that differ are replaced at the next login.
    pub params: Argon2Params,
    /// Hash threads, each with a work area of `params.memory_kib`; `None`: one for each core.
    pub threads: Option<usize>,
    /// Jobs that may wait for a thread before further ones are answered 503; [`DEFAULT_QUEUE`] by default.
    pub queue: usize,
    pub(super) flask_security_salts: Vec<Secret>,
}

impl PasswordConfig {
    /// The same with other parameters.
    #[must_use]
    pub fn with_params(mut self, params: Argon2Params) -> Self {
        self.params = params;
        self
    }

    /// The same with that many hash threads.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The same with a queue of that many jobs.
    #[must_use]
    pub fn with_queue(mut self, queue: usize) -> Self {
        self.queue = queue;
        self
    }

    /// The same with a `SECURITY_PASSWORD_SALT` of Flask-Security, for hashes that are stored as `flask-security$` and what
    /// Flask-Security wrote. Called again, it adds one; each is tried, and a wrong password costs a run for each.
    ///
    /// # Security
    /// Who has it and the store guesses passwords as if it were not there: keep it where the application's secret is.
    #[must_use]
    pub fn with_flask_security_salt(mut self, salt: impl Into<Secret>) -> Self {
        self.flask_security_salts.push(salt.into());
        self
    }

    /// An empty salt is a setting that was not read.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.flask_security_salts.iter().any(|salt| salt.expose().is_empty()) {
            return Err(Error::configuration(
                "the salt of Flask-Security is empty: give SECURITY_PASSWORD_SALT",
            ));
        }
        Ok(())
    }

    /// The number of threads to start.
    pub(super) fn thread_count(&self) -> Result<usize, Error> {
        let threads = match self.threads {
            Some(threads) => threads,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        in_range("hash threads", threads, MAX_THREADS)
    }

    /// The number of jobs that may wait.
    pub(super) fn queue_length(&self) -> Result<usize, Error> {
        in_range("hash queue", self.queue, MAX_QUEUE)
    }
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            params: Argon2Params::default(),
            threads: None,
            queue: DEFAULT_QUEUE,
            flask_security_salts: Vec::new(),
        }
    }
}

fn in_range(what: &str, value: usize, most: usize) -> Result<usize, Error> {
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    Err(Error::configuration(format!("{what}: {value} is out of range, use 1 to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_default_is_the_owasp_recommendation() {
        let params = PasswordConfig::default().params;
        assert_eq!((params.memory_kib(), params.iterations(), params.parallelism()), (19_456, 2, 1));
        assert_eq!(Argon2Params::new(19_456, 2, 1).unwrap(), params);
    }

    #[test]
    fn parameters_below_the_owasp_minimum_are_refused() {
        for (memory, passes) in [(19_455, 2), (19_456, 1), (7_168, 4), (8, 16)] {
            let error = Argon2Params::new(memory, passes, 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(Argon2Params::insecure_any_cost(memory, passes, 1).unwrap().is_weak());
        }
        for (memory, passes) in OWASP_MINIMA {
            assert!(!Argon2Params::new(memory, passes, 1).unwrap().is_weak());
        }
    }

    #[test]
    fn impossible_and_excessive_parameters_are_refused_under_every_name() {
        let cases = [
            (0, 1, 1),
            (7, 1, 1),
            (15, 1, 2),
            (64, 0, 1),
            (64, 1, 0),
            (MAX_MEMORY_KIB + 1, 1, 1),
            (64, MAX_ITERATIONS + 1, 1),
            (4096, 1, MAX_LANES + 1),
            (MAX_MEMORY_KIB, 5, 1),
            (u32::MAX, u32::MAX, u32::MAX),
        ];
        for (memory, passes, lanes) in cases {
            assert!(Argon2Params::new(memory, passes, lanes).is_err(), "{memory} {passes} {lanes}");
            assert!(
                Argon2Params::insecure_any_cost(memory, passes, lanes).is_err(),
                "{memory} {passes} {lanes}"
            );
        }
    }

    #[test]
    fn threads_and_queue_have_at_least_one() {
        assert_eq!(PasswordConfig::default().with_threads(3).thread_count().unwrap(), 3);
        assert!(PasswordConfig::default().thread_count().unwrap() >= 1);
        assert!(PasswordConfig::default().with_threads(0).thread_count().is_err());
        assert!(PasswordConfig::default().with_queue(0).queue_length().is_err());
    }
}
