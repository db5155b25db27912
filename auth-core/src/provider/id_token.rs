//! What an ID token has to say (OpenID Connect Core 1.0 section 3.1.3.7).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::clock::Timestamp;
use crate::issuer::{Claims, JwsAlgorithm};
use crate::outbound::OutsideError;
use crate::secret::Secret;

use super::claims::{CLOCK_SKEW, ClaimFault, check_audience, check_happened, subject};

/// How old a token that arrives may be. `iat` is good for that alone (step 10): which login it belongs to, the nonce says. Microsoft
/// Entra dates it, and `nbf`, five minutes back.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);

/// What is known of the token before it is looked at.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    /// This application at the provider.
    pub(super) client_id: &'a str,
    /// What was sent with the request.
    pub(super) nonce: &'a Secret,
    /// The access token that was issued beside it.
    pub(super) access_token: &'a Secret,
    /// What the token is signed with.
    pub(super) algorithm: JwsAlgorithm,
    /// When the browser was sent to the provider.
    pub(super) begun_at: Timestamp,
    /// How long before that the user may have proven who they are, where that was asked.
    pub(super) max_age: Option<Duration>,
}

/// Whether a token's header names another kind of token: an access token (RFC 9068), a logout token, a statement of any other
/// protocol (RFC 8725 section 3.11).
pub(crate) fn check_type(typ: Option<&str>) -> Result<(), OutsideError> {
    match typ {
        None => Ok(()),
        Some(typ) if typ.eq_ignore_ascii_case("JWT") => Ok(()),
        Some(_) => Err(ClaimFault::Mismatch("typ").into()),
    }
}

impl Expected<'_> {
    /// Checks every claim but `iss`, and answers the subject.
    pub(crate) fn check<'c>(&self, claims: &'c Claims, now: Timestamp) -> Result<&'c str, OutsideError> {
        check_audience(claims, self.client_id)?;
        claims.check_times(now, CLOCK_SKEW)?;
        check_happened(claims, "iat", now - MAX_AGE, now)?;
        self.check_nonce(claims)?;
        self.check_access_token(claims)?;
        if let Some(max_age) = self.max_age {
            check_happened(claims, "auth_time", self.begun_at - max_age, now)?;
        }
        Ok(subject(claims)?.ok_or(ClaimFault::Missing("sub"))?)
    }

    fn check_nonce(&self, claims: &Claims) -> Result<(), OutsideError> {
        let nonce = claims.text("nonce")?.ok_or(ClaimFault::Missing("nonce"))?;
        let is_same = Secret::new(nonce).is_same(self.nonce);
        if is_same { Ok(()) } else { Err(ClaimFault::Mismatch("nonce").into()) }
    }

    /// Section 3.1.3.8: optional in the code flow, but right where it is there.
    fn check_access_token(&self, claims: &Claims) -> Result<(), OutsideError> {
        match claims.text("at_hash")? {
            Some(hash) if hash != token_hash(self.access_token, self.algorithm) => {
                Err(ClaimFault::Mismatch("at_hash").into())
            }
            _ => Ok(()),
        }
    }
}

/// `at_hash` (section 3.1.3.6): the left half of the token's hash, by the hash function of the signature. Ed25519 is built
/// on SHA-512 (RFC 8032 section 5.1).
fn token_hash(token: &Secret, algorithm: JwsAlgorithm) -> String {
    use JwsAlgorithm::{Ed25519, EdDsa, Es256, Es384, Es512, Hs256};
    use JwsAlgorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    let token = token.expose();
    let digest = match algorithm {
        Es256 | Hs256 | Ps256 | Rs256 => Sha256::digest(token).to_vec(),
        Es384 | Ps384 | Rs384 => Sha384::digest(token).to_vec(),
        Ed25519 | EdDsa | Es512 | Ps512 | Rs512 => Sha512::digest(token).to_vec(),
    };
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::claims::testing::{claims, fault};
    use super::*;

    const BEGUN: i64 = 1_800_000_000;
    const NOW: Timestamp = Timestamp::from_unix_seconds(BEGUN + 30);

    fn good() -> Value {
        json!({
            "iss": "https://idp.example", "sub": "248289761001", "aud": "app", "nonce": "n-0S6_WzA2Mj",
            "exp": BEGUN + 600, "iat": BEGUN + 20, "auth_time": BEGUN + 10,
        })
    }

    fn verdict(value: Value, max_age: Option<u64>) -> Result<String, OutsideError> {
        let expected = Expected {
            client_id: "app",
            nonce: &"n-0S6_WzA2Mj".into(),
            access_token: &"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y".into(),
            algorithm: JwsAlgorithm::Rs256,
            begun_at: Timestamp::from_unix_seconds(BEGUN),
            max_age: max_age.map(Duration::from_secs),
        };
        expected.check(&claims(value), NOW).map(str::to_owned)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good();
        claims[name] = value;
        claims
    }

    #[test]
    fn a_token_that_says_what_it_has_to_passes() {
        assert_eq!(verdict(good(), Some(0)).unwrap(), "248289761001");
    }

    #[test]
    fn each_claim_that_is_wrong_is_refused() {
        for (name, value, why) in [
            ("aud", json!("other"), Some(ClaimFault::Mismatch("aud"))),
            ("aud", json!(["app", "other"]), Some(ClaimFault::Missing("azp"))),
            ("azp", json!("other"), Some(ClaimFault::Mismatch("azp"))),
            ("exp", json!(null), None),
            ("exp", json!(BEGUN - 30), None),
            ("exp", json!("never"), None),
            ("nbf", json!(BEGUN + 100), None),
            ("iat", json!(null), Some(ClaimFault::Missing("iat"))),
            ("iat", json!(BEGUN + 30 - 661), Some(ClaimFault::Past("iat"))),
            ("iat", json!(BEGUN + 91), None),
            ("nonce", json!(null), Some(ClaimFault::Missing("nonce"))),
            ("nonce", json!("n-0S6_WzA2Mk"), Some(ClaimFault::Mismatch("nonce"))),
            ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RR"), Some(ClaimFault::Mismatch("at_hash"))),
            ("at_hash", json!(""), Some(ClaimFault::Mismatch("at_hash"))),
            ("sub", json!(null), Some(ClaimFault::Missing("sub"))),
            ("sub", json!(""), Some(ClaimFault::Mismatch("sub"))),
        ] {
            assert_eq!(fault(verdict(with(name, value.clone()), None)), why, "{name}: {value}");
        }
    }

    #[test]
    fn a_token_that_is_dated_back_passes_for_ten_minutes() {
        // Microsoft Entra's `iat` and `nbf` are five minutes old when the token arrives.
        for seconds in [61, 300, 600, 660] {
            let mut claims = good();
            (claims["iat"], claims["nbf"]) = (json!(BEGUN + 30 - seconds), json!(BEGUN + 30 - seconds));
            assert!(verdict(claims, None).is_ok(), "{seconds} s");
        }
    }

    #[test]
    fn the_hash_of_the_access_token_is_that_of_the_specification() {
        // OpenID Connect Core 1.0 appendix A.3: this access token and this `at_hash`, under RS256.
        assert!(verdict(with("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")), None).is_ok());
    }

    #[test]
    fn a_login_that_was_asked_to_be_recent_says_when_it_was() {
        let at = |auth_time: Value, max_age| verdict(with("auth_time", auth_time), max_age);
        assert_eq!(fault(at(json!(null), Some(0))), Some(ClaimFault::Missing("auth_time")));
        assert_eq!(fault(at(json!(BEGUN - 61), Some(0))), Some(ClaimFault::Past("auth_time")));
        assert_eq!(fault(at(json!(BEGUN + 91), Some(0))), Some(ClaimFault::Future("auth_time")));
        assert!(at(json!(BEGUN - 61), Some(60)).is_ok());
        assert!(at(json!(BEGUN - 86_400), None).is_ok());
    }

    #[test]
    fn other_kinds_of_token_are_refused_by_their_type() {
        for good in [None, Some("JWT"), Some("jwt")] {
            assert!(check_type(good).is_ok());
        }
        for other in ["at+jwt", "logout+jwt", "application/at+jwt", "secevent+jwt", ""] {
            assert_eq!(fault(check_type(Some(other))), Some(ClaimFault::Mismatch("typ")), "{other}");
        }
    }
}
