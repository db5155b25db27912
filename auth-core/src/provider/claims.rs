//! The claims of a provider's token, read with their types.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};

/// By how much a provider's clock may differ from ours.
pub(super) const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The longest `sub`, in characters (OpenID Connect Core 1.0 section 2).
const MAX_SUBJECT: usize = 255;

/// The claims of a token whose signature was verified; none of them has been looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Claims(pub(crate) Map<String, Value>);

/// What does not hold about a token. It names the claim and never its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClaimFault {
    /// The claim should not be there.
    Forbidden(&'static str),
    /// The time that the claim names lies ahead.
    Future(&'static str),
    /// The claim says something else than it has to.
    Mismatch(&'static str),
    /// The claim has to be there.
    Missing(&'static str),
    /// The time that the claim names is over, or too long ago.
    Past(&'static str),
    /// The claim is of another type.
    WrongType(&'static str),
}

impl fmt::Display for ClaimFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(name) => write!(f, "`{name}` must not be in the token"),
            Self::Future(name) => write!(f, "`{name}` of the token lies ahead"),
            Self::Mismatch(name) => write!(f, "`{name}` of the token is not what it has to be"),
            Self::Missing(name) => write!(f, "`{name}` is missing in the token"),
            Self::Past(name) => write!(f, "`{name}` of the token is over"),
            Self::WrongType(name) => write!(f, "`{name}` of the token is of another type"),
        }
    }
}

impl std::error::Error for ClaimFault {}

impl From<ClaimFault> for Error {
    fn from(fault: ClaimFault) -> Self {
        Self::new(ErrorKind::ProviderError).with_source(fault)
    }
}

impl Claims {
    /// A claim as it came; JSON's `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, ClaimFault> {
        self.get(name).map(|value| value.as_str().ok_or(ClaimFault::WrongType(name))).transpose()
    }

    /// A time (RFC 7519 section 2, `NumericDate`), rounded down to whole seconds.
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, ClaimFault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let seconds = value.as_f64().filter(|seconds| (0.0..MAX_SECONDS).contains(seconds));
        let seconds = seconds.ok_or(ClaimFault::WrongType(name))?;
        Ok(Some(Timestamp::from_unix_seconds(seconds as i64)))
    }

    /// A time that has to be there.
    pub(crate) fn required_time(&self, name: &'static str) -> Result<Timestamp, ClaimFault> {
        self.time(name)?.ok_or(ClaimFault::Missing(name))
    }

    /// `sub`, if it is there: 1 to 255 visible characters.
    pub(crate) fn subject(&self) -> Result<Option<&str>, ClaimFault> {
        let Some(subject) = self.text("sub")? else { return Ok(None) };
        let is_subject = !subject.trim().is_empty()
            && subject.len() <= MAX_SUBJECT
            && !subject.chars().any(char::is_control);
        if is_subject { Ok(Some(subject)) } else { Err(ClaimFault::Mismatch("sub")) }
    }

    /// Whether the token is for this client: it is among the audiences, and the one that asked for the token if others are too
    /// (OpenID Connect Core 1.0 section 3.1.3.7, steps 3 to 5).
    pub(crate) fn check_audience(&self, client_id: &str) -> Result<(), ClaimFault> {
        let audiences = self.audiences()?;
        if !audiences.contains(&client_id) {
            return Err(ClaimFault::Mismatch("aud"));
        }
        match self.text("azp")? {
            Some(party) if party != client_id => Err(ClaimFault::Mismatch("azp")),
            None if audiences.len() > 1 => Err(ClaimFault::Missing("azp")),
            _ => Ok(()),
        }
    }

    /// `aud`: one text or a list of texts (RFC 7519 section 4.1.3).
    fn audiences(&self) -> Result<Vec<&str>, ClaimFault> {
        let wrong = ClaimFault::WrongType("aud");
        match self.get("aud").ok_or(ClaimFault::Missing("aud"))? {
            Value::String(one) => Ok(vec![one]),
            Value::Array(list) => list.iter().map(|value| value.as_str().ok_or(wrong)).collect(),
            _ => Err(wrong),
        }
    }

    /// Whether the token may be used at `now`: `exp`, where it is there or has to be, lies ahead and `nbf`, if there, does not.
    pub(crate) fn check_times(&self, has_to_end: bool, now: Timestamp) -> Result<(), ClaimFault> {
        match self.time("exp")? {
            None if has_to_end => return Err(ClaimFault::Missing("exp")),
            Some(end) if now >= end + CLOCK_SKEW => return Err(ClaimFault::Past("exp")),
            _ => {}
        }
        match self.time("nbf")? {
            Some(start) if start > now + CLOCK_SKEW => Err(ClaimFault::Future("nbf")),
            _ => Ok(()),
        }
    }

    /// Whether what the claim names happened between `earliest` and `now`, as far as clocks agree.
    pub(crate) fn check_happened(
        &self,
        name: &'static str,
        earliest: Timestamp,
        now: Timestamp,
    ) -> Result<Timestamp, ClaimFault> {
        let at = self.required_time(name)?;
        if at > now + CLOCK_SKEW {
            return Err(ClaimFault::Future(name));
        }
        if at + CLOCK_SKEW < earliest {
            return Err(ClaimFault::Past(name));
        }
        Ok(at)
    }
}

/// Later times are none: the year 9999 ends before.
const MAX_SECONDS: f64 = 253_402_300_800.0;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn times_are_numbers_and_may_have_fractions() {
        let read = |value: Value| claims(json!({ "iat": value })).time("iat");
        assert_eq!(read(json!(1_700_000_000)), Ok(Some(Timestamp::from_unix_seconds(1_700_000_000))));
        assert_eq!(read(json!(1.9)), Ok(Some(Timestamp::from_unix_seconds(1))));
        assert_eq!(read(json!(null)), Ok(None));
        for bad in [json!("1700000000"), json!(-1), json!(1e300), json!(true), json!([1]), json!({})] {
            assert_eq!(read(bad.clone()), Err(ClaimFault::WrongType("iat")), "{bad}");
        }
    }

    #[test]
    fn a_subject_is_visible_and_short() {
        let read = |sub: Value| claims(json!({ "sub": sub })).subject().map(|sub| sub.map(str::to_owned));
        assert_eq!(read(json!("248289761001")), Ok(Some("248289761001".to_owned())));
        assert_eq!(read(json!("a".repeat(255))).map(|sub| sub.is_some()), Ok(true));
        for bad in [json!(""), json!(" "), json!("a\u{0}b"), json!("a".repeat(256))] {
            assert_eq!(read(bad), Err(ClaimFault::Mismatch("sub")));
        }
        assert_eq!(read(json!(7)), Err(ClaimFault::WrongType("sub")));
    }

    #[test]
    fn a_token_is_for_the_client_that_asked_for_it() {
        let check = |value: Value| claims(value).check_audience("app");
        assert_eq!(check(json!({ "aud": "app" })), Ok(()));
        assert_eq!(check(json!({ "aud": ["app"] })), Ok(()));
        assert_eq!(check(json!({ "aud": ["other", "app"], "azp": "app" })), Ok(()));
        assert_eq!(check(json!({ "aud": ["other", "app"] })), Err(ClaimFault::Missing("azp")));
        assert_eq!(
            check(json!({ "aud": ["other", "app"], "azp": "other" })),
            Err(ClaimFault::Mismatch("azp"))
        );
        assert_eq!(check(json!({ "aud": "app", "azp": "other" })), Err(ClaimFault::Mismatch("azp")));
        assert_eq!(check(json!({ "aud": "other" })), Err(ClaimFault::Mismatch("aud")));
        assert_eq!(check(json!({ "aud": [] })), Err(ClaimFault::Mismatch("aud")));
        assert_eq!(check(json!({ "aud": ["app", 7] })), Err(ClaimFault::WrongType("aud")));
        assert_eq!(check(json!({})), Err(ClaimFault::Missing("aud")));
    }
}
