//! The claims of an access token (RFC 9068 section 2.2).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::clock::Timestamp;
use crate::jose::date_of_seconds;
use crate::jose::strict_json::{Name, Names, Skipped, fill};

use super::{Actor, Confirmation};

/// The claims of an access token. Times have whole seconds when written.
///
/// Reading is strict: a member of another type, a time that is no whole number, a missing or duplicate member is an
/// error; members that are not known are ignored.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct AccessClaims {
    /// Who issued it: the base URL.
    pub iss: String,
    /// The user, or the client where it acts for itself.
    pub sub: String,
    /// Who is to accept it; written as a single text when it is one.
    #[serde(serialize_with = "write_audience")]
    pub aud: Vec<String>,
    /// When it ends.
    #[serde(serialize_with = "write_time")]
    pub exp: Timestamp,
    /// When it was issued.
    #[serde(serialize_with = "write_time")]
    pub iat: Timestamp,
    /// When it begins, if not at once.
    #[serde(serialize_with = "write_optional_time", skip_serializing_if = "Option::is_none")]
    pub nbf: Option<Timestamp>,
    /// Its own name.
    pub jti: String,
    /// The client it was issued to.
    pub client_id: String,
    /// The granted scope, space-separated; empty when there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// When the user last proved who they are; `None` for a client by itself.
    #[serde(serialize_with = "write_optional_time", skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// How they proved it (RFC 8176).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The session or refresh family it belongs to: when that ends, so does this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What of a session a client was given: the refresh family, where `sid` is the session. When either ends, so does this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The account, sealed, where `sub` is a name that the client alone knows the user by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the user, where that is not the user (RFC 8693 section 4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// Whether it was given for another token (RFC 8693), and is revoked by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exchanged: bool,
    /// The user's `auth_epoch` when it was granted: once that has moved, so has this. `None` for a client by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_epoch: Option<u64>,
}

fn write_audience<S: Serializer>(audience: &Vec<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match audience.as_slice() {
        [single] => single.serialize(serializer),
        several => several.serialize(serializer),
    }
}

fn write_time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(time.unix_seconds())
}

fn write_optional_time<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(Timestamp::unix_seconds).serialize(serializer)
}

/// A `NumericDate`, of which RFC 7519 section 2 allows fractions; we write none and take none.
struct Time(Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = date_of_seconds(i64::deserialize(deserializer)?);
        time.map(Self).ok_or_else(|| D::Error::custom("a time out of range"))
    }
}

/// One text, or a list of texts.
struct Audience(Vec<String>);

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AudienceVisitor)
    }
}

struct AudienceVisitor;

impl<'de> Visitor<'de> for AudienceVisitor {
    type Value = Audience;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E>(self, single: &str) -> Result<Audience, E> {
        Ok(Audience(vec![single.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut several: A) -> Result<Audience, A::Error> {
        let mut audience = Vec::new();
        while let Some(one) = several.next_element()? {
            audience.push(one);
        }
        Ok(Audience(audience))
    }
}

impl<'de> Deserialize<'de> for AccessClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimsVisitor)
    }
}

struct ClaimsVisitor;

impl<'de> Visitor<'de> for ClaimsVisitor {
    type Value = AccessClaims;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of an access token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AccessClaims, A::Error> {
        let mut others = Names::default();
        let (mut iss, mut sub, mut aud, mut exp, mut iat) = (None, None, None, None, None);
        let (mut nbf, mut jti, mut client_id, mut scope) = (None, None, None, None);
        let (mut auth_time, mut amr, mut sid, mut family) = (None, None, None, None);
        let (mut account, mut cnf, mut act, mut exchanged, mut auth_epoch) = (None, None, None, None, None);
        // Each value is read as what it must be, never as an `Option`: null is not absence.
        while let Some(name) = map.next_key::<Name<'de>>()? {
            match &*name {
                "iss" => fill(&mut iss, map.next_value()?)?,
                "sub" => fill(&mut sub, map.next_value()?)?,
                "aud" => fill(&mut aud, map.next_value::<Audience>()?.0)?,
                "exp" => fill(&mut exp, map.next_value::<Time>()?.0)?,
                "iat" => fill(&mut iat, map.next_value::<Time>()?.0)?,
                "nbf" => fill(&mut nbf, map.next_value::<Time>()?.0)?,
                "jti" => fill(&mut jti, map.next_value()?)?,
                "client_id" => fill(&mut client_id, map.next_value()?)?,
                "scope" => fill(&mut scope, map.next_value()?)?,
                "auth_time" => fill(&mut auth_time, map.next_value::<Time>()?.0)?,
                "amr" => fill(&mut amr, map.next_value()?)?,
                "sid" => fill(&mut sid, map.next_value()?)?,
                "family" => fill(&mut family, map.next_value()?)?,
                "account" => fill(&mut account, map.next_value()?)?,
                "act" => fill(&mut act, map.next_value()?)?,
                "exchanged" => fill(&mut exchanged, map.next_value()?)?,
                "cnf" => fill(&mut cnf, map.next_value()?)?,
                "auth_epoch" => fill(&mut auth_epoch, map.next_value()?)?,
                _ => {
                    others.remember(name)?;
                    map.next_value::<Skipped>()?;
                }
            }
        }
        let missing = A::Error::missing_field;
        Ok(AccessClaims {
            iss: iss.ok_or_else(|| missing("iss"))?,
            sub: sub.ok_or_else(|| missing("sub"))?,
            aud: aud.ok_or_else(|| missing("aud"))?,
            exp: exp.ok_or_else(|| missing("exp"))?,
            iat: iat.ok_or_else(|| missing("iat"))?,
            nbf,
            jti: jti.ok_or_else(|| missing("jti"))?,
            client_id: client_id.ok_or_else(|| missing("client_id"))?,
            scope: scope.unwrap_or_default(),
            auth_time,
            amr: amr.unwrap_or_default(),
            sid,
            family,
            account,
            cnf,
            act,
            exchanged: exchanged.unwrap_or_default(),
            auth_epoch,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::jose::LAST_SECOND;

    fn valid() -> Value {
        json!({
            "iss": "https://app.example", "sub": "u1", "aud": "https://app.example", "exp": 2000, "iat": 1000,
            "jti": "j1", "client_id": "first-party", "scope": "a b", "auth_time": 900, "amr": ["pwd"], "sid": "s1",
            "family": "f1", "account": "a1", "cnf": {"jkt": "k1"}, "act": {"sub": "a", "act": {"sub": "b"}},
            "exchanged": true, "auth_epoch": 3,
        })
    }

    fn read(value: &Value) -> Option<AccessClaims> {
        serde_json::from_slice(value.to_string().as_bytes()).ok()
    }

    fn with(member: &str, value: Value) -> Option<AccessClaims> {
        let mut claims = valid();
        claims[member] = value;
        read(&claims)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let claims = read(&valid()).unwrap();
        let text = serde_json::to_string(&claims).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), valid());
        assert_eq!(serde_json::from_str::<AccessClaims>(&text).unwrap(), claims);
    }

    #[test]
    fn audience_may_be_a_list() {
        assert_eq!(with("aud", json!(["x", "y"])).unwrap().aud, ["x", "y"]);
        assert_eq!(with("aud", json!([])).unwrap().aud, [""; 0]);
        for wrong in [json!(null), json!(1), json!({}), json!([1]), json!(["x", null]), json!([["x"]])] {
            assert!(with("aud", wrong).is_none());
        }
    }

    #[test]
    fn times_are_whole_seconds_in_range() {
        for member in ["exp", "iat", "nbf", "auth_time"] {
            assert!(with(member, json!(0)).is_some() && with(member, json!(LAST_SECOND)).is_some());
            for wrong in [
                json!("2000"),
                json!(null),
                json!({}),
                json!([2000]),
                json!(true),
                json!(2000.0),
                json!(2000.5),
                json!(1e308),
                json!(-1),
                json!(LAST_SECOND + 1),
                json!(u64::MAX),
            ] {
                assert!(with(member, wrong.clone()).is_none(), "{member} {wrong}");
            }
        }
    }

    #[test]
    fn required_members_must_be_there_and_none_may_be_null() {
        for member in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
            let mut claims = valid();
            claims.as_object_mut().unwrap().remove(member);
            assert!(read(&claims).is_none(), "{member}");
        }
        for member in [
            "iss",
            "sub",
            "jti",
            "client_id",
            "scope",
            "amr",
            "sid",
            "family",
            "account",
            "cnf",
            "act",
            "exchanged",
        ] {
            for wrong in [json!(null), json!(1), json!({"a": 1})] {
                assert!(with(member, wrong).is_none(), "{member}");
            }
        }
    }

    #[test]
    fn what_a_token_is_bound_to_is_a_key_and_nothing_else() {
        assert_eq!(with("cnf", json!({"jkt": "k"})).unwrap().cnf, Some(Confirmation::of_key("k")));
        for wrong in [json!({}), json!({"jwk": {}}), json!({"jkt": "k", "x5t#S256": "x"}), json!({"jkt": 1})]
        {
            assert!(with("cnf", wrong).is_none());
        }
    }

    #[test]
    fn duplicates_are_refused_and_unknown_members_ignored() {
        let text = valid().to_string();
        let doubled = |more: &str| format!("{},{more}}}", &text[..text.len() - 1]);
        let is_read = |text: String| serde_json::from_str::<AccessClaims>(&text).is_ok();
        assert!(is_read(doubled(r#""custom":{"a":[1]}"#)));
        for more in [r#""sub":"root""#, r#""\u0073ub":"root""#, r#""custom":{"a":1,"a":2}"#, r#""c":1,"c":1"#]
        {
            assert!(!is_read(doubled(more)), "{more}");
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = serde_json::from_slice::<AccessClaims>(&bytes);
        }
    }
}
