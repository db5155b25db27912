//! The arithmetic of sliding-window counters, in one place: every backend stores a [`Counter`] and asks it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Timestamp;

use super::Quota;

/// How often something was used in the current window and in the one before.
///
/// The estimate of the uses in the last `window` is `previous × (1 − elapsed ÷ window) + current`, rounded up. The start
/// moves back only when it lies more than a week ahead of the clock: a clock that steps back makes the estimate larger, never
/// smaller, and one that was years ahead for a moment leaves no limit that lasts for years.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "backends build it from their rows: these five numbers are all of it"
)]
pub struct Counter {
    /// When the current window started.
    pub started_at: Timestamp,
    /// The window's length in milliseconds; `i64::MAX` for one that never ends.
    pub window_ms: i64,
    /// Uses in the window before.
    pub previous: u32,
    /// Uses in the current window.
    pub current: u32,
}

impl Counter {
    /// A counter without uses whose window starts at `now`.
    pub fn new(quota: &Quota, now: Timestamp) -> Self {
        Self { started_at: now, window_ms: millis(quota.window), previous: 0, current: 0 }
    }

    /// Takes one use if the quota has one left.
    ///
    /// # Errors
    /// How long until there is one again, when there is none; [`Duration::MAX`] when there never will be.
    pub fn reserve(&mut self, quota: &Quota, now: Timestamp) -> Result<(), Duration> {
        self.advance(quota, now);
        if self.estimate(now) < u64::from(quota.limit) {
            self.current += 1;
            return Ok(());
        }
        Err(self.wait(quota.limit, now))
    }

    /// Takes one use of each quota, from the counters that are `held` under their keys, and answers what these become.
    ///
    /// # Errors
    /// The longest that any of them says to wait: then none is to be written.
    pub fn reserve_all(
        quotas: impl IntoIterator<Item = Quota>,
        now: Timestamp,
        held: impl Fn(u64) -> Option<Self>,
    ) -> Result<BTreeMap<u64, Self>, Duration> {
        let (mut counters, mut longest) = (BTreeMap::new(), None);
        for quota in quotas {
            let counter = counters.entry(quota.key);
            let counter =
                counter.or_insert_with(|| held(quota.key).unwrap_or_else(|| Self::new(&quota, now)));
            longest = longest.max(counter.reserve(&quota, now).err());
        }
        longest.map_or(Ok(counters), Err)
    }

    /// Gives back one use that was taken at `taken_at`, to the window in which that was. What is over is not given back: the uses
    /// that count now are others.
    pub fn refund(&mut self, quota: &Quota, taken_at: Timestamp, now: Timestamp) {
        self.advance(quota, now);
        let before = self.started_at.since(taken_at);
        // A window that has none before it may have been started by a clock that is a little ahead.
        if before.is_zero() || (self.previous == 0 && before <= CLOCKS_DIFFER) {
            self.current = self.current.saturating_sub(1);
        } else if before <= quota.window.saturating_add(CLOCKS_DIFFER) {
            self.previous = self.previous.saturating_sub(1);
        }
    }

    /// Whether nothing of it counts any more at `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.elapsed(now) >= i128::from(self.window_ms) * 2 || (self.previous == 0 && self.current == 0)
    }

    fn advance(&mut self, quota: &Quota, now: Timestamp) {
        self.window_ms = millis(quota.window);
        self.started_at = self.started_at.min(now + quota.window + FARTHEST_AHEAD);
        let (elapsed, window) = (self.elapsed(now), i128::from(self.window_ms));
        if elapsed >= window * 2 {
            *self = Self::new(quota, now);
        } else if elapsed >= window {
            self.started_at = Timestamp::from_unix_millis(self.started_at.unix_millis() + self.window_ms);
            self.previous = self.current;
            self.current = 0;
        }
    }

    fn elapsed(&self, now: Timestamp) -> i128 {
        (i128::from(now.unix_millis()) - i128::from(self.started_at.unix_millis())).max(0)
    }

    fn estimate(&self, now: Timestamp) -> u64 {
        let window = i128::from(self.window_ms);
        let left = window - self.elapsed(now).min(window);
        let carried = div_ceil(i128::from(self.previous) * left, window);
        u64::from(self.current) + u64::try_from(carried).unwrap_or(u64::MAX)
    }

    /// How long until the estimate falls below `limit`, without further uses.
    fn wait(&self, limit: u32, now: Timestamp) -> Duration {
        let (elapsed, window) = (self.elapsed(now), i128::from(self.window_ms));
        let Some(room) = limit.checked_sub(1).filter(|_| self.window_ms < i64::MAX) else {
            return Duration::MAX;
        };
        let until = match room.checked_sub(self.current) {
            Some(room) => decayed_to(self.previous, room, window),
            None => window + decayed_to(self.current, room, window),
        };
        // At least a millisecond, so that nobody is told to come back at once.
        Duration::from_millis(u64::try_from((until - elapsed).max(1)).unwrap_or(u64::MAX))
    }
}

/// How far into a window of length `window` the `uses` of the one before weigh no more than `room`.
fn decayed_to(uses: u32, room: u32, window: i128) -> i128 {
    let excess = uses.saturating_sub(room);
    if excess == 0 { 0 } else { div_ceil(window * i128::from(excess), i128::from(uses)) }
}

/// How far ahead of the clock a window may start, beyond its own length. More than any correction of a clock that runs, less
/// than anybody would wait.
const FARTHEST_AHEAD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// By how much the clocks of two servers differ at most: each may be a second away from that of their database
/// ([`StoreClock`](crate::store::StoreClock)).
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

/// Division of numbers that are not negative, rounded up.
fn div_ceil(dividend: i128, divisor: i128) -> i128 {
    (dividend + divisor - 1) / divisor
}

/// Whole milliseconds, at least one.
fn millis(window: Duration) -> i64 {
    i64::try_from(window.as_millis()).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000 + seconds)
    }

    fn quota(limit: u32) -> Quota {
        Quota { key: 1, limit, window: MINUTE }
    }

    fn used_up(limit: u32, now: Timestamp) -> Counter {
        let mut counter = Counter::new(&quota(limit), now);
        for _ in 0..limit {
            counter.reserve(&quota(limit), now).unwrap();
        }
        counter
    }

    #[test]
    fn a_window_gives_exactly_its_limit() {
        assert!(used_up(10, at(0)).reserve(&quota(10), at(59)).is_err());
    }

    #[test]
    fn the_answered_wait_is_the_shortest_that_helps() {
        for limit in [1, 2, 3, 10, 100] {
            for seconds in [0, 1, 30, 59, 60, 75, 100] {
                let counter = used_up(limit, at(0));
                let now = at(seconds);
                let Err(wait) = counter.clone().reserve(&quota(limit), now) else { continue };
                let early = now + (wait - Duration::from_millis(1));
                assert!(counter.clone().reserve(&quota(limit), early).is_err(), "{limit} {seconds} early");
                assert!(counter.clone().reserve(&quota(limit), now + wait).is_ok(), "{limit} {seconds}");
            }
        }
    }

    #[test]
    fn uses_of_the_window_before_count_in_proportion() {
        let mut counter = used_up(10, at(0));
        assert!(counter.reserve(&quota(10), at(60)).is_err());
        assert!(counter.reserve(&quota(10), at(90)).is_ok(), "half of ten weigh five");
        let more = (0..10).filter(|_| counter.reserve(&quota(10), at(90)).is_ok()).count();
        assert_eq!(more, 4);
    }

    #[test]
    fn two_windows_later_everything_is_forgotten() {
        let counter = used_up(10, at(0));
        assert!(!counter.is_over(at(119)));
        assert!(counter.is_over(at(120)));
    }

    #[test]
    fn a_clock_that_steps_back_unlocks_nothing() {
        let mut counter = used_up(10, at(0));
        assert!(counter.reserve(&quota(10), at(-100_000)).is_err());
        assert!(counter.reserve(&quota(10), at(30)).is_err());
        assert_eq!(counter.started_at, at(0));
    }

    #[test]
    fn a_clock_that_was_years_ahead_for_a_moment_leaves_no_limit_for_years() {
        const DAY: i64 = 24 * 60 * 60;
        let mut counter = used_up(10, at(3650 * DAY));
        assert!(counter.reserve(&quota(10), at(0)).is_err());
        assert!(counter.reserve(&quota(10), at(8 * DAY)).is_ok());
    }

    #[test]
    fn a_window_without_end_stays_used_up() {
        let endless = Quota { key: 1, limit: 2, window: Duration::MAX };
        let mut counter = Counter::new(&endless, at(0));
        counter.reserve(&endless, at(0)).unwrap();
        counter.reserve(&endless, at(0)).unwrap();
        assert_eq!(counter.reserve(&endless, Timestamp::FAR_FUTURE), Err(Duration::MAX));
        assert!(!counter.is_over(Timestamp::FAR_FUTURE));
        counter.refund(&endless, at(0), at(0));
        counter.reserve(&endless, at(0)).unwrap();
    }

    #[test]
    fn a_refund_gives_back_one_use_and_never_more_than_were_taken() {
        let mut counter = used_up(1, at(0));
        counter.refund(&quota(1), at(0), at(1));
        counter.refund(&quota(1), at(0), at(1));
        counter.reserve(&quota(1), at(1)).unwrap();
        assert!(counter.reserve(&quota(1), at(1)).is_err());
    }

    /// What is left of ten uses of the first minute, and of three of the second, when one that was taken then is given back.
    fn left(taken_at: i64, now: i64) -> (u32, u32) {
        let mut counter = used_up(10, at(0));
        for _ in 0..3 {
            counter.reserve(&quota(20), at(70)).unwrap();
        }
        counter.refund(&quota(20), at(taken_at), at(now));
        (counter.previous, counter.current)
    }

    #[test]
    fn a_use_is_given_back_to_the_window_in_which_it_was_taken() {
        assert_eq!(left(70, 80), (10, 2));
        assert_eq!(left(10, 80), (9, 3), "however late, it is none of the uses of others since");
        assert_eq!(left(70, 130), (2, 0));
        assert_eq!(left(10, 130), (3, 0), "its window is over");
        assert_eq!(left(10, 500), (0, 0));
    }

    #[test]
    fn a_use_is_given_back_also_by_a_clock_that_is_a_little_behind() {
        let mut counter = Counter::new(&quota(5), at(2));
        counter.reserve(&quota(5), at(2)).unwrap();
        counter.reserve(&quota(5), at(0)).unwrap();
        counter.refund(&quota(5), at(0), at(1));
        assert_eq!((counter.previous, counter.current), (0, 1));
        counter.reserve(&quota(5), at(1)).unwrap();
        counter.refund(&quota(5), at(1), at(65));
        assert_eq!((counter.previous, counter.current), (1, 0));
    }

    #[test]
    fn what_was_cleared_and_is_counted_anew_is_not_given_back() {
        let endless = Quota { key: 1, limit: 5, window: Duration::MAX };
        let mut counter = Counter::new(&endless, at(100));
        counter.reserve(&endless, at(100)).unwrap();
        counter.refund(&endless, at(0), at(101));
        assert_eq!(counter.current, 1);
    }

    #[test]
    fn odd_quotas_neither_panic_nor_allow() {
        let never = Quota { key: 1, limit: 0, window: Duration::ZERO };
        let mut counter = Counter::new(&never, Timestamp::from_unix_millis(i64::MIN));
        assert_eq!(counter.reserve(&never, Timestamp::FAR_FUTURE), Err(Duration::MAX));
        let _ = counter.reserve(&never, Timestamp::from_unix_millis(i64::MIN));
    }
}
