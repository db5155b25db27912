//! What a logout token has to say (OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6).

use std::time::Duration;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::issuer::Claims;
use crate::outbound::OutsideError;

use super::claims::{CLOCK_SKEW, ClaimFault, check_audience, check_happened, subject};

/// How old a token may be. Section 2.4 wants an `exp` of at most two minutes; not every provider writes one, some date their tokens
/// back (Entra by five minutes), and some try again after a failure. That none is used twice its `jti` sees to.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(10 * 60);

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Which sessions of a provider are over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whose<'c> {
    /// The one with this `sid`.
    Session(&'c str),
    /// All of this subject's.
    Subject(&'c str),
}

/// Who was logged out at the provider: a session, or a subject in all of theirs.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct LoggedOut<'c> {
    pub(super) subject: Option<&'c str>,
    pub(super) sid: Option<&'c str>,
    /// The token's own name, which is good once.
    pub(super) jti: &'c str,
}

impl<'c> LoggedOut<'c> {
    /// The sessions that are over: the named one alone, or else all of the subject's (section 2.7).
    pub(crate) fn whose(&self) -> Option<Whose<'c>> {
        self.sid.map(Whose::Session).or(self.subject.map(Whose::Subject))
    }
}

/// Whether a token's header names another kind of token. Explicit typing is recommended only (section 2.4), and what `JWT` says is
/// no more than nothing.
pub(crate) fn check_type(typ: Option<&str>) -> Result<(), OutsideError> {
    const TYPES: [&str; 3] = ["logout+jwt", "application/logout+jwt", "JWT"];
    match typ {
        Some(typ) if !TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known)) => {
            Err(ClaimFault::Mismatch("typ").into())
        }
        _ => Ok(()),
    }
}

/// Checks every claim but `iss`, and answers who was logged out.
pub(crate) fn check<'c>(
    claims: &'c Claims,
    client_id: &str,
    now: Timestamp,
) -> Result<LoggedOut<'c>, OutsideError> {
    check_audience(claims, client_id)?;
    if claims.get("exp").is_some() {
        claims.check_times(now, CLOCK_SKEW)?;
    }
    check_happened(claims, "iat", now - MAX_AGE, now)?;
    // So that no logout token passes for an ID token, nor the other way round.
    if claims.get("nonce").is_some() {
        return Err(ClaimFault::Forbidden("nonce").into());
    }
    let event = claims.get("events").ok_or(ClaimFault::Missing("events"))?.get(EVENT);
    if !event.is_some_and(Value::is_object) {
        return Err(ClaimFault::Mismatch("events").into());
    }
    let jti = claims.text("jti")?.filter(|jti| !jti.is_empty()).ok_or(ClaimFault::Missing("jti"))?;
    let (subject, sid) = (subject(claims)?, claims.text("sid")?);
    if subject.is_none() && sid.is_none() {
        return Err(ClaimFault::Missing("sub").into());
    }
    Ok(LoggedOut { subject, sid, jti })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::claims::testing::{claims, fault};
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn good() -> Value {
        json!({
            "iss": "https://idp.example", "sub": "248289761001", "sid": "08a5019c", "aud": "app",
            "iat": NOW - 5, "exp": NOW + 115, "jti": "bWJq",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    }

    fn verdict(value: &Value) -> Result<(), OutsideError> {
        check(&claims(value.clone()), "app", Timestamp::from_unix_seconds(NOW)).map(|_| ())
    }

    #[test]
    fn a_logout_token_names_a_session_or_a_subject_or_both() {
        assert!(verdict(&good()).is_ok());
        for absent in ["sub", "sid", "exp"] {
            let mut claims = good();
            claims[absent] = Value::Null;
            assert!(verdict(&claims).is_ok(), "{absent}");
        }
        let mut claims = good();
        claims["iat"] = json!(NOW - 659);
        assert!(verdict(&claims).is_ok(), "dated back");
        (claims["sub"], claims["sid"]) = (Value::Null, Value::Null);
        assert_eq!(fault(verdict(&claims)), Some(ClaimFault::Missing("sub")));
    }

    #[test]
    fn each_claim_that_is_wrong_is_refused() {
        for (name, value, why) in [
            ("aud", json!("other"), Some(ClaimFault::Mismatch("aud"))),
            ("iat", json!(null), Some(ClaimFault::Missing("iat"))),
            ("iat", json!(NOW - 661), Some(ClaimFault::Past("iat"))),
            ("iat", json!(NOW + 61), None),
            ("exp", json!(NOW - 61), None),
            ("nonce", json!("n-0S6_WzA2Mj"), Some(ClaimFault::Forbidden("nonce"))),
            ("jti", json!(null), Some(ClaimFault::Missing("jti"))),
            ("jti", json!(""), Some(ClaimFault::Missing("jti"))),
            ("sub", json!(""), Some(ClaimFault::Mismatch("sub"))),
            ("sub", json!(7), None),
            ("sid", json!(1), None),
            ("events", json!(null), Some(ClaimFault::Missing("events"))),
            ("events", json!({}), Some(ClaimFault::Mismatch("events"))),
            ("events", json!([EVENT]), Some(ClaimFault::Mismatch("events"))),
            ("events", json!({ EVENT: true }), Some(ClaimFault::Mismatch("events"))),
        ] {
            let mut claims = good();
            claims[name] = value.clone();
            assert_eq!(fault(verdict(&claims)), why, "{name}: {value}");
        }
    }

    #[test]
    fn other_kinds_of_token_are_refused_by_their_type() {
        for good in [None, Some("logout+jwt"), Some("JWT")] {
            assert!(check_type(good).is_ok());
        }
        for other in ["at+jwt", "secevent+jwt", ""] {
            assert_eq!(fault(check_type(Some(other))), Some(ClaimFault::Mismatch("typ")), "{other}");
        }
    }
}
