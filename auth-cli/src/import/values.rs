//! Values as sources write them.

use auth_core::clock::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Yes or no; `None` for any other text.
pub(super) fn flag(text: &str) -> Option<bool> {
    let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        _ if is_one_of(["true", "t", "yes", "1"]) => Some(true),
        _ if is_one_of(["false", "f", "no", "0"]) => Some(false),
        _ => None,
    }
}

/// A moment: RFC 3339, or as databases print it, in UTC where there is no offset.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::from_rfc3339(text).ok().or_else(|| {
        let moment = text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
        Some(Timestamp::from_unix_millis(moment.timestamp().as_millisecond()))
    })
}

/// The parts of a list, without empty ones.
pub(super) fn list(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_databases_and_rfc_3339_write_them() {
        let expected = Some(Timestamp::from_unix_millis(1_700_000_000_123));
        for text in [
            "2023-11-14T22:13:20.123Z",
            "2023-11-14T23:13:20.123+01:00",
            "2023-11-14 22:13:20.123456",
            "2023-11-14 22:13:20.123456+00",
            "2023-11-14 22:13:20.123456+00:00",
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
        assert_eq!(time("2023-11-14"), Some(Timestamp::from_unix_seconds(1_699_920_000)));
        for bad in ["", "yesterday", "1700000000", "2023-13-01", "2023-11-14 25:00:00"] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }

    #[test]
    fn yes_and_no_are_said_in_a_few_ways_and_no_others() {
        assert_eq!(["1", "T", "true", "YES"].map(flag), [Some(true); 4]);
        assert_eq!(["0", "f", "False", "no"].map(flag), [Some(false); 4]);
        assert_eq!(["", "2", "on", "maybe"].map(flag), [None; 4]);
    }
}
