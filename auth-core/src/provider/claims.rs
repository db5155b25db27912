//! What the claims of a provider's tokens have to say, whatever kind of token it is.

use std::fmt;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::issuer::Claims;
use crate::outbound::OutsideError;

/// By how much a provider's clock may differ from ours.
pub(super) const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The longest `sub`, in characters (OpenID Connect Core 1.0 section 2).
const MAX_SUBJECT: usize = 255;

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
    /// The time that the claim names is too long ago.
    Past(&'static str),
}

impl fmt::Display for ClaimFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(name) => write!(f, "`{name}` must not be in the token"),
            Self::Future(name) => write!(f, "`{name}` of the token lies ahead"),
            Self::Mismatch(name) => write!(f, "`{name}` of the token is not what it has to be"),
            Self::Missing(name) => write!(f, "`{name}` is missing in the token"),
            Self::Past(name) => write!(f, "`{name}` of the token is too long ago"),
        }
    }
}

impl std::error::Error for ClaimFault {}

impl From<ClaimFault> for OutsideError {
    fn from(fault: ClaimFault) -> Self {
        Self::token(fault)
    }
}

/// `sub`, if it is there: 1 to 255 characters, none of them a control.
pub(super) fn subject(claims: &Claims) -> Result<Option<&str>, OutsideError> {
    let Some(subject) = claims.text("sub")? else { return Ok(None) };
    let is_subject =
        !subject.trim().is_empty() && subject.len() <= MAX_SUBJECT && !subject.chars().any(char::is_control);
    if is_subject { Ok(Some(subject)) } else { Err(ClaimFault::Mismatch("sub").into()) }
}

/// Whether the token is for this client: it is among the audiences, and the one that asked for the token if others are too
/// (OpenID Connect Core 1.0 section 3.1.3.7, steps 3 to 5).
pub(super) fn check_audience(claims: &Claims, client_id: &str) -> Result<(), OutsideError> {
    if !claims.has_audience(client_id)? {
        return Err(ClaimFault::Mismatch("aud").into());
    }
    match claims.text("azp")? {
        Some(party) if party != client_id => Err(ClaimFault::Mismatch("azp").into()),
        None if claims.texts("aud")?.len() > 1 => Err(ClaimFault::Missing("azp").into()),
        _ => Ok(()),
    }
}

/// Whether what the claim names happened between `earliest` and `now`, as far as clocks agree.
pub(super) fn check_happened(
    claims: &Claims,
    name: &'static str,
    earliest: Timestamp,
    now: Timestamp,
) -> Result<(), OutsideError> {
    let at = claims.time(name)?.ok_or(ClaimFault::Missing(name))?;
    if at > now + CLOCK_SKEW {
        return Err(ClaimFault::Future(name).into());
    }
    if at + CLOCK_SKEW < earliest {
        return Err(ClaimFault::Past(name).into());
    }
    Ok(())
}

/// The claims of a JSON object, and why a check of them failed, for tests.
#[cfg(test)]
pub(super) mod testing {
    use serde_json::Value;

    use super::*;
    use crate::outbound::OutsideFault;

    /// The members that are not `null`.
    pub(in crate::provider) fn claims(value: Value) -> Claims {
        let Value::Object(mut members) = value else { panic!("claims are an object") };
        members.retain(|_, value| !value.is_null());
        Claims::from(members)
    }

    /// What does not hold; `None` where a claim is of another type, or over by its own word.
    pub(in crate::provider) fn fault<T: fmt::Debug>(checked: Result<T, OutsideError>) -> Option<ClaimFault> {
        let error = checked.unwrap_err();
        assert_eq!(error.fault(), Some(OutsideFault::Token));
        std::error::Error::source(&error).and_then(|source| source.downcast_ref()).copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::testing::{claims, fault};
    use super::*;

    #[test]
    fn a_subject_is_visible_and_short() {
        let read = |sub: Value| subject(&claims(json!({ "sub": sub }))).map(|sub| sub.map(str::to_owned));
        assert_eq!(read(json!("248289761001")).unwrap().as_deref(), Some("248289761001"));
        assert_eq!(read(json!(null)).unwrap(), None);
        assert!(read(json!("a".repeat(255))).is_ok());
        for bad in [json!(""), json!(" "), json!("a\u{0}b"), json!("a".repeat(256))] {
            assert_eq!(fault(read(bad)), Some(ClaimFault::Mismatch("sub")));
        }
        assert_eq!(fault(read(json!(7))), None);
    }

    #[test]
    fn a_token_is_for_the_client_that_asked_for_it() {
        let check = |value: Value| check_audience(&claims(value), "app");
        for good in [
            json!({ "aud": "app" }),
            json!({ "aud": ["app"] }),
            json!({ "aud": "app", "azp": "app" }),
            json!({ "aud": ["other", "app"], "azp": "app" }),
        ] {
            assert!(check(good.clone()).is_ok(), "{good}");
        }
        for (bad, why) in [
            (json!({ "aud": ["other", "app"] }), Some(ClaimFault::Missing("azp"))),
            (json!({ "aud": ["other", "app"], "azp": "other" }), Some(ClaimFault::Mismatch("azp"))),
            (json!({ "aud": "app", "azp": "other" }), Some(ClaimFault::Mismatch("azp"))),
            (json!({ "aud": "other" }), Some(ClaimFault::Mismatch("aud"))),
            (json!({ "aud": [] }), Some(ClaimFault::Mismatch("aud"))),
            (json!({}), Some(ClaimFault::Mismatch("aud"))),
            (json!({ "aud": ["app", 7] }), None),
        ] {
            assert_eq!(fault(check(bad.clone())), why, "{bad}");
        }
    }
}
