//! Injected time.
//!
//! Nothing in this crate asks the operating system for the time: it asks a [`Clock`]. In production that is
//! [`SystemClock`]; tests move a `ManualClock` (feature `testing`) instead of sleeping.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Error;

/// A moment, in whole milliseconds since the Unix epoch (UTC). Stores keep it as an integer.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A moment later than any that is ever compared with it.
    pub const FAR_FUTURE: Self = Self(i64::MAX);

    /// The moment `millis` milliseconds after the Unix epoch.
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment `seconds` seconds after the Unix epoch; saturates.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down: the unit of JWT claims (RFC 7519 section 2, `NumericDate`).
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whether this moment lies at most `age` before `now`. One that lies in the future by more than clocks may disagree
    /// (a minute) does not: a clock that steps back makes nothing recent again.
    pub fn is_within(self, age: Duration, now: Self) -> bool {
        now.since(self) <= age && self.since(now) <= CLOCK_SKEW
    }

    /// Reads RFC 3339 text, such as `2027-01-29T08:00:00Z` or `2027-01-29T09:00:00+01:00`: how settings name a moment.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) for a text that names no moment, a date without an offset too.
    pub fn from_rfc3339(text: &str) -> Result<Self, Error> {
        let moment = text.parse::<jiff::Timestamp>().map_err(|error| {
            let message = format!("`{text}` is no time as RFC 3339 writes it, such as 2027-01-29T08:00:00Z");
            Error::configuration(message).with_source(error)
        })?;
        Ok(Self::from_unix_millis(moment.as_millisecond()))
    }

    /// RFC 3339 text in UTC with whole seconds, as the login routes' JSON carries it.
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_second(self.unix_seconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
    }

    /// The day in UTC (`2023-11-14`).
    pub(crate) fn day(self) -> String {
        self.rfc3339().split('T').next().unwrap_or_default().to_owned()
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(later.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(earlier.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// By how much the clocks of two machines may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Where the time comes from.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall-clock time now.
    fn now(&self) -> Timestamp;
}

/// The operating system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::default() + since_epoch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_down_also_before_the_epoch() {
        assert_eq!(Timestamp::from_unix_millis(1999).unix_seconds(), 1);
        assert_eq!(Timestamp::from_unix_millis(-1).unix_seconds(), -1);
    }

    #[test]
    fn what_lies_in_the_future_is_not_recent() {
        let (now, minute) = (Timestamp::from_unix_seconds(10_000), Duration::from_secs(60));
        assert!((now - minute).is_within(minute, now) && (now + minute).is_within(minute, now));
        assert!(!(now - minute * 2).is_within(minute, now) && !(now + minute * 2).is_within(minute, now));
    }

    #[test]
    fn arithmetic_saturates_instead_of_overflowing() {
        assert_eq!(Timestamp::FAR_FUTURE + Duration::MAX, Timestamp::FAR_FUTURE);
        assert_eq!(Timestamp::default().since(Timestamp::FAR_FUTURE), Duration::ZERO);
    }

    #[test]
    fn rfc3339_has_whole_seconds_and_utc() {
        assert_eq!(Timestamp::from_unix_millis(1_700_000_000_999).rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(Timestamp::FAR_FUTURE.rfc3339(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn rfc3339_is_read_with_its_offset_and_nothing_else_is() {
        for text in ["2023-11-14T22:13:20.123Z", "2023-11-14T23:13:20.123+01:00"] {
            let read = Timestamp::from_rfc3339(text).unwrap();
            assert_eq!(read, Timestamp::from_unix_millis(1_700_000_000_123), "{text}");
        }
        for bad in ["", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T25:00:00Z", "1700000000", "soon"] {
            let refused = Timestamp::from_rfc3339(bad).unwrap_err();
            assert!(refused.to_string().contains(&format!("`{bad}`")), "{refused}");
        }
    }
}
