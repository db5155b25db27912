//! What a logout token has to say (OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6).

use std::time::Duration;

use serde_json::Value;

use crate::clock::Timestamp;

use super::claims::{ClaimFault, Claims};

/// How old a token may be. Section 2.4 wants an `exp` of at most two minutes; not every provider writes one.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(2 * 60);

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Who was logged out at the provider: a session, or a subject in all of theirs.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct LoggedOut<'c> {
    pub(crate) subject: Option<&'c str>,
    pub(crate) sid: Option<&'c str>,
    /// The token's own name, which is good once.
    pub(crate) jti: &'c str,
}

/// Whether a token's header names another kind of token. Explicit typing is recommended only (section 2.4), and what `JWT` says is
/// no more than nothing.
pub(crate) fn check_type(typ: Option<&str>) -> Result<(), ClaimFault> {
    const TYPES: [&str; 3] = ["logout+jwt", "application/logout+jwt", "JWT"];
    match typ {
        Some(typ) if !TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known)) => {
            Err(ClaimFault::Mismatch("typ"))
        }
        _ => Ok(()),
    }
}

/// Checks every claim but `iss`, and answers who was logged out.
pub(crate) fn check<'c>(
    claims: &'c Claims,
    client_id: &str,
    now: Timestamp,
) -> Result<LoggedOut<'c>, ClaimFault> {
    claims.check_audience(client_id)?;
    claims.check_times(false, now)?;
    claims.check_happened("iat", now - MAX_AGE, now)?;
    // So that no logout token passes for an ID token, nor the other way round.
    if claims.get("nonce").is_some() {
        return Err(ClaimFault::Forbidden("nonce"));
    }
    let event = claims.get("events").ok_or(ClaimFault::Missing("events"))?.get(EVENT);
    if !event.is_some_and(Value::is_object) {
        return Err(ClaimFault::Mismatch("events"));
    }
    let jti = claims.text("jti")?.filter(|jti| !jti.is_empty()).ok_or(ClaimFault::Missing("jti"))?;
    let (subject, sid) = (claims.subject()?, claims.text("sid")?);
    if subject.is_none() && sid.is_none() {
        return Err(ClaimFault::Missing("sub"));
    }
    Ok(LoggedOut { subject, sid, jti })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn good() -> Value {
        json!({
            "iss": "https://idp.example", "sub": "248289761001", "sid": "08a5019c", "aud": "app",
            "iat": NOW - 5, "exp": NOW + 115, "jti": "bWJq",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    }

    fn verdict(claims: &Value) -> Result<(), ClaimFault> {
        let claims: Claims = serde_json::from_value(claims.clone()).unwrap();
        check(&claims, "app", Timestamp::from_unix_seconds(NOW)).map(|_| ())
    }

    #[test]
    fn a_logout_token_names_a_session_or_a_subject_or_both() {
        assert_eq!(verdict(&good()), Ok(()));
        for absent in ["sub", "sid", "exp"] {
            let mut claims = good();
            claims[absent] = Value::Null;
            assert_eq!(verdict(&claims), Ok(()), "{absent}");
        }
        let mut claims = good();
        (claims["sub"], claims["sid"]) = (Value::Null, Value::Null);
        assert_eq!(verdict(&claims), Err(ClaimFault::Missing("sub")));
    }

    #[test]
    fn each_claim_that_is_wrong_is_refused() {
        for (name, value, fault) in [
            ("aud", json!("other"), ClaimFault::Mismatch("aud")),
            ("iat", json!(null), ClaimFault::Missing("iat")),
            ("iat", json!(NOW - 181), ClaimFault::Past("iat")),
            ("iat", json!(NOW + 61), ClaimFault::Future("iat")),
            ("exp", json!(NOW - 61), ClaimFault::Past("exp")),
            ("nonce", json!("n-0S6_WzA2Mj"), ClaimFault::Forbidden("nonce")),
            ("jti", json!(null), ClaimFault::Missing("jti")),
            ("jti", json!(""), ClaimFault::Missing("jti")),
            ("sub", json!(""), ClaimFault::Mismatch("sub")),
            ("sid", json!(1), ClaimFault::WrongType("sid")),
            ("events", json!(null), ClaimFault::Missing("events")),
            ("events", json!({}), ClaimFault::Mismatch("events")),
            ("events", json!([EVENT]), ClaimFault::Mismatch("events")),
            ("events", json!({ EVENT: true }), ClaimFault::Mismatch("events")),
        ] {
            let mut claims = good();
            claims[name] = value.clone();
            assert_eq!(verdict(&claims), Err(fault), "{name}: {value}");
        }
    }

    #[test]
    fn other_kinds_of_token_are_refused_by_their_type() {
        for good in [None, Some("logout+jwt"), Some("JWT")] {
            assert_eq!(check_type(good), Ok(()));
        }
        for other in ["at+jwt", "secevent+jwt", ""] {
            assert_eq!(check_type(Some(other)), Err(ClaimFault::Mismatch("typ")), "{other}");
        }
    }
}
