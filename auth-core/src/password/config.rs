//! How passwords are hashed: cost, threads, queue.

use crate::error::Error;
use crate::secret::Secret;

use super::params::Argon2Params;

/// How many hash jobs may wait for a thread: enough for a storm of some hundred logins, few enough that the last in
/// line waits seconds (about five with two threads), not minutes.
pub const DEFAULT_QUEUE: usize = 512;

/// The most threads a pool may be given; a larger number is a slip of the keyboard.
const MAX_THREADS: usize = 1024;

/// The largest queue: each waiting job may hold a password of a kilobyte.
const MAX_QUEUE: usize = 65_536;

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

    #[test]
    fn the_default_is_the_owasp_recommendation() {
        let params = PasswordConfig::default().params;
        assert_eq!((params.memory_kib(), params.iterations(), params.parallelism()), (19_456, 2, 1));
        assert_eq!(Argon2Params::new(19_456, 2, 1).unwrap(), params);
    }

    #[test]
    fn threads_and_queue_have_at_least_one() {
        assert_eq!(PasswordConfig::default().with_threads(3).thread_count().unwrap(), 3);
        assert!(PasswordConfig::default().thread_count().unwrap() >= 1);
        assert!(PasswordConfig::default().with_threads(0).thread_count().is_err());
        assert!(PasswordConfig::default().with_queue(0).queue_length().is_err());
    }
}
