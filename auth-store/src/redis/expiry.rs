//! How long Redis keeps what is stored.
//!
//! Whether something has ended is decided by the caller's clock and the times in the record. Redis's own expiry only clears away what
//! nobody would take any more, and it counts by the clock of the server that Redis runs on. What is left of a life is measured by the
//! writer's clock, so no clock is compared with another one.

use std::time::Duration;

use auth_core::clock::Timestamp;

/// How much longer than its own life a record is kept: more than clocks may differ and be set by, those of our servers and those of
/// Redis's. A server whose clock is behind finds what it would still take, a revocation mark above all, and a replica whose clock is
/// ahead forgets none when it becomes the primary.
const MARGIN: Duration = Duration::from_secs(60 * 60);

/// The longest: Redis refuses what would end after its own time does.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The milliseconds after which Redis may forget what has this much left of its life.
pub(super) fn milliseconds(left: Duration) -> u64 {
    let kept = left.saturating_add(MARGIN).min(LONGEST);
    u64::try_from(kept.as_millis()).unwrap_or(u64::MAX)
}

/// The same for what may have no end: 0 then.
pub(super) fn until(end: Timestamp, now: Timestamp) -> u64 {
    if end == Timestamp::FAR_FUTURE { 0 } else { milliseconds(end.since(now)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_ends_but_what_has_no_end() {
        let now = Timestamp::from_unix_seconds(1_700_000_000);
        assert_eq!(until(now + Duration::from_secs(1), now), 3_601_000);
        assert_eq!(until(now, now + Duration::from_secs(1)), 3_600_000);
        assert_eq!(until(now + Duration::MAX, now), 0);
        assert_eq!(milliseconds(Duration::MAX), 3_153_600_000_000);
    }
}
