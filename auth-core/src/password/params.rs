//! What an Argon2 hash costs, and the caps on what one may ask for.

use crate::error::Error;

/// Most memory that a stored hash may ask for: 256 MiB, which is libsodium's "moderate" and four times the second
/// recommended option of RFC 9106 section 4. A pool thread takes at most this much, and only for that one run.
pub(super) const MAX_MEMORY_KIB: u32 = 256 * 1024;

/// Most passes. Deployed settings stay below ten.
pub(super) const MAX_ITERATIONS: u32 = 16;

/// Most lanes. Deployed settings stay at eight (Django) or below.
pub(super) const MAX_LANES: u32 = 16;

/// Most memory times passes, in KiB: 1 GiB, some half a second of one core. Without it both caps above, taken
/// together, would allow a run of two seconds.
pub(super) const MAX_WORK_KIB: u64 = 1024 * 1024;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

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
}
