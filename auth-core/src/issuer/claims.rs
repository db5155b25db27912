//! The claims of other issuers' tokens.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::jose::strict_json::Strict;
use crate::jose::{Refusal, date_of_number};
use crate::outbound::OutsideError;

use super::refusal::OutsideRefusal;

/// The claims of another issuer's token whose signature was right: a JSON object in which, at any depth, each member stands once
/// (RFC 7519 section 4). What they say is still to be checked.
///
/// A claim of another type than it must have is an error. `null` is absence, save to [`get`](Self::get): some issuers write it for
/// what they do not know (OpenID Connect Core 1.0 section 5.3.2 says that they should not), and it says no more than nothing.
/// `Debug` shows names only.
#[derive(Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// The claim of this name, whatever its type.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The claim of this name as text.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) when it is something else.
    pub fn text(&self, name: &str) -> Result<Option<&str>, OutsideError> {
        self.read(name, Value::as_str)
    }

    /// The claim of this name, which is one text or a list of texts, as a list; without it, an empty one.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) when it is something else.
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, OutsideError> {
        self.read(name, as_texts).map(Option::unwrap_or_default)
    }

    /// The claim of this name as a time. A fraction of a second (RFC 7519 section 2 allows it) is cut off.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) when it is no number, negative, or after the year 9999.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, OutsideError> {
        self.read(name, as_time)
    }

    /// The claim of this name as text that has to be there and not be empty: `iss`, `sub`.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token).
    pub fn required_text(&self, name: &str) -> Result<&str, OutsideError> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| OutsideError::token(format!("the claim `{name}` is missing")))
    }

    /// Whether exactly this audience is among those of `aud`.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) when `aud` is neither a text nor a list of texts.
    pub fn has_audience(&self, audience: &str) -> Result<bool, OutsideError> {
        Ok(self.texts("aud")?.contains(&audience))
    }

    /// Refuses a token that has ended, has no end, or has not begun: `exp` has to be there and not have passed, `nbf` and `iat`,
    /// where they are there, have to have, all of it give or take the leeway.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token).
    pub fn check_times(&self, now: Timestamp, leeway: Duration) -> Result<(), OutsideError> {
        let Some(exp) = self.time("exp")? else {
            return Err(OutsideError::token("the claim `exp` is missing"));
        };
        // RFC 7519 section 4.1.4: not to be taken on or after `exp`.
        if now >= exp + leeway {
            return Err(OutsideError::token(OutsideRefusal::Expired));
        }
        for name in ["nbf", "iat"] {
            if self.time(name)?.is_some_and(|begin| begin > now + leeway) {
                return Err(OutsideError::token(OutsideRefusal::NotYetValid));
            }
        }
        Ok(())
    }

    /// The claims as a type of the application's own.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) when they do not fit.
    pub fn to<C: DeserializeOwned>(&self) -> Result<C, OutsideError> {
        C::deserialize(&self.0).map_err(|_| OutsideError::token(OutsideRefusal::Claims))
    }

    /// All of them.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn from_json(text: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(text).map_err(|_| Refusal::Payload)
    }

    fn read<'c, T>(
        &'c self,
        name: &str,
        convert: fn(&'c Value) -> Option<T>,
    ) -> Result<Option<T>, OutsideError> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        let converted = convert(value);
        converted
            .map(Some)
            .ok_or_else(|| OutsideError::token(format!("the claim `{name}` has the wrong form")))
    }
}

impl From<Map<String, Value>> for Claims {
    /// What another endpoint answers is read like claims.
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn as_texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn as_time(value: &Value) -> Option<Timestamp> {
    date_of_number(value.as_number()?)
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Strict::deserialize(deserializer)?.0 {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(D::Error::custom("the claims are no object")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::jose::LAST_SECOND;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    fn claims(value: Value) -> Claims {
        Claims::from_json(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn duplicate_members_are_refused_at_any_depth() {
        assert!(Claims::from_json(br#"{"a":1,"b":{"a":[{"a":null},{"a":1.5e3}]}}"#).is_ok());
        for text in [
            r#"{"sub":"a","sub":"b"}"#,
            r#"{"sub":"a","\u0073ub":"b"}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[0,{"y":{"a":1,"b":2,"a":3}}]}"#,
            "[]",
            "null",
            "",
            "{",
            "{}}",
            "\u{feff}{}",
        ] {
            assert!(Claims::from_json(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Claims::from_json(r#"{"a":"#.repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn claims_of_another_type_are_errors_and_null_is_absence() {
        let read = claims(json!({"a": 1, "b": null, "c": "x", "d": ["x", 1], "e": ["x", "y"], "f": ""}));
        assert!(read.text("a").is_err() && read.text("b").unwrap().is_none());
        assert!(read.required_text("b").is_err() && read.time("b").unwrap().is_none());
        assert_eq!((read.text("c").unwrap(), read.text("none").unwrap()), (Some("x"), None));
        assert!(read.texts("a").is_err() && read.texts("d").is_err() && read.texts("b").unwrap().is_empty());
        assert_eq!((read.texts("c").unwrap(), read.texts("e").unwrap()), (vec!["x"], vec!["x", "y"]));
        assert!(read.texts("none").unwrap().is_empty());
        assert!(read.required_text("f").is_err() && read.required_text("none").is_err());
    }

    #[test]
    fn audiences_are_compared_exactly() {
        for aud in [json!("me"), json!(["me"]), json!(["other", "me"])] {
            assert!(claims(json!({"aud": aud})).has_audience("me").unwrap());
        }
        for aud in [json!("mee"), json!("m"), json!("ME"), json!([]), json!(["other"])] {
            assert!(!claims(json!({"aud": aud})).has_audience("me").unwrap());
        }
        assert!(!claims(json!({})).has_audience("me").unwrap());
        assert!(!claims(json!({"aud": null})).has_audience("me").unwrap());
        for aud in [json!(1), json!({"me": 1}), json!([["me"]]), json!(["me", 1])] {
            assert!(claims(json!({"aud": aud})).has_audience("me").is_err());
        }
    }

    #[test]
    fn times_are_numbers_in_range_and_lose_their_fraction() {
        let time = |value: Value| claims(json!({"exp": value})).time("exp").map(Option::unwrap).ok();
        for value in [json!(1_700_000_000), json!(1.7e9), json!(1_700_000_000.999)] {
            assert_eq!(time(value), Some(NOW));
        }
        for wrong in [
            json!("1700000000"),
            json!({}),
            json!([1_700_000_000]),
            json!(true),
            json!(1e308),
            json!(-1),
            json!(-0.5),
            json!(LAST_SECOND + 1),
            json!(u64::MAX),
        ] {
            assert_eq!(time(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn times_hold_give_or_take_the_leeway() {
        let leeway = Duration::from_secs(10);
        let at = |seconds: i64| NOW.unix_seconds() + seconds;
        let check = |value: Value| claims(value).check_times(NOW, leeway).is_ok();
        assert!(check(json!({"exp": at(-9)})) && !check(json!({"exp": at(-10)})));
        for name in ["nbf", "iat"] {
            assert!(check(json!({"exp": at(60), name: at(10)})), "{name}");
            assert!(!check(json!({"exp": at(60), name: at(11)})), "{name}");
            assert!(!check(json!({"exp": at(60), name: "soon"})), "{name}");
        }
        assert!(!check(json!({})) && !check(json!({"exp": null})) && !check(json!({"exp": "2000000000"})));
    }

    #[test]
    fn debug_shows_names_only() {
        let read = claims(json!({"email": "alice@example.com"}));
        assert_eq!(format!("{read:?}"), r#"Claims{"email"}"#);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Claims::from_json(&bytes);
        }

        #[test]
        fn any_number_is_a_time_in_range_or_none(number in any::<f64>()) {
            let time = as_time(&json!(number));
            prop_assert!(time.is_none_or(|time| (0..=LAST_SECOND).contains(&time.unix_seconds())));
        }
    }
}
