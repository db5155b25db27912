//! The times of tokens (`NumericDate`, RFC 7519 section 2).

use serde_json::Number;

use crate::clock::Timestamp;

/// The last second of the year 9999, in Unix seconds: RFC 3339 has no later time, and neither has an honest token.
pub(crate) const LAST_SECOND: i64 = 253_402_300_799;

/// The time of this many Unix seconds; none before 1970 or after the year 9999.
pub(crate) fn date_of_seconds(seconds: i64) -> Option<Timestamp> {
    (0..=LAST_SECOND).contains(&seconds).then(|| Timestamp::from_unix_seconds(seconds))
}

/// As [`date_of_seconds`], of a number that may have a fraction, which is cut off.
pub(crate) fn date_of_number(number: &Number) -> Option<Timestamp> {
    let seconds = match number.as_i64() {
        Some(whole) => whole,
        None => whole_seconds(number.as_f64()?)?,
    };
    date_of_seconds(seconds)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the range is checked before"
)]
fn whole_seconds(seconds: f64) -> Option<i64> {
    (0.0..=LAST_SECOND as f64).contains(&seconds).then_some(seconds as i64)
}
