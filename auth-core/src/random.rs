//! Injected randomness.
//!
//! Ids, salts and tokens come from a [`Random`]: the operating system's generator ([`OsRandom`]) in production.

use std::fmt;

/// A source of bytes that nobody can predict.
///
/// # Contract
/// An implementation for production must be a cryptographically secure generator. A fixed or seeded one makes every
/// session and token guessable and belongs in tests only.
pub trait Random: fmt::Debug + Send + Sync {
    /// Fills `bytes` completely.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` bytes from `random`.
pub fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// The operating system's generator (`getrandom(2)` and its kin).
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system's random generator works");
    }
}
