//! Numbers that differ from call to call and from process to process: for names and pauses, never for secrets.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that nobody else has come to.
pub(super) fn number() -> u64 {
    static PROCESS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static CALL: AtomicU64 = AtomicU64::new(0);
    PROCESS.hash_one(CALL.fetch_add(1, Ordering::Relaxed))
}

/// Some part of `longest`, so that those who met do not meet again.
pub(super) fn part_of(longest: Duration) -> Duration {
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX).max(1);
    Duration::from_micros(number() % micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_differ_and_pauses_are_no_longer_than_asked_for() {
        assert_ne!(number(), number());
        assert!((0..1000).all(|_| part_of(Duration::from_millis(5)) < Duration::from_millis(5)));
        assert_eq!(part_of(Duration::ZERO), Duration::ZERO);
    }
}
