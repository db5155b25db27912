//! `clientDataJSON`: what the browser says of the page that asked (WebAuthn Level 3 section 5.8.1).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use crate::jose::strict_json::{Name, Names, Skipped};

/// How long a challenge is, in bytes: twice what WebAuthn Level 3 section 13.4.3 asks for at least.
pub(in crate::passkey) const CHALLENGE_LEN: usize = 32;

/// The challenge that a browser signs.
pub(in crate::passkey) type Challenge = [u8; CHALLENGE_LEN];

/// What the browser says of the page that asked.
#[derive(Debug)]
pub(in crate::passkey) struct ClientData {
    /// `webauthn.create` or `webauthn.get`.
    pub(in crate::passkey) kind: String,
    pub(in crate::passkey) challenge: Challenge,
    pub(in crate::passkey) origin: String,
    /// Whether the page stood in a frame of another site's.
    pub(in crate::passkey) is_framed: bool,
}

impl ClientData {
    /// Reads it; `None` where a member stands twice, one of ours is missing or of another type, or the challenge cannot be ours.
    pub(in crate::passkey) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

impl<'de> Deserialize<'de> for ClientData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClientDataVisitor)
    }
}

struct ClientDataVisitor;

impl<'de> Visitor<'de> for ClientDataVisitor {
    type Value = ClientData;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("client data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ClientData, A::Error> {
        let (mut kind, mut challenge, mut origin) = (None, None, None);
        let (mut is_framed, mut names) = (false, Names::default());
        while let Some(name) = names.next(&mut map)? {
            match name {
                "type" => kind = Some(map.next_value::<Name<'de>>()?.to_owned()),
                "challenge" => challenge = Some(decoded(&map.next_value::<Name<'de>>()?)?),
                "origin" => origin = Some(map.next_value::<Name<'de>>()?.to_owned()),
                "crossOrigin" => is_framed |= map.next_value::<bool>()?,
                // There only where the page stood in a frame.
                "topOrigin" => {
                    map.next_value::<Name<'de>>()?;
                    is_framed = true;
                }
                _ => {
                    map.next_value::<Skipped>()?;
                }
            }
        }
        let missing = A::Error::missing_field;
        Ok(ClientData {
            kind: kind.ok_or_else(|| missing("type"))?,
            challenge: challenge.ok_or_else(|| missing("challenge"))?,
            origin: origin.ok_or_else(|| missing("origin"))?,
            is_framed,
        })
    }
}

fn decoded<E: serde::de::Error>(challenge: &str) -> Result<Challenge, E> {
    let bytes =
        URL_SAFE_NO_PAD.decode(challenge).map_err(|_| E::custom("a challenge that is not base64url"))?;
    bytes.try_into().map_err(|_| E::custom("a challenge of another length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn json(rest: &str) -> String {
        format!(r#"{{"type":"webauthn.get","challenge":"{CHALLENGE}","origin":"https://app.example"{rest}}}"#)
    }

    #[test]
    fn what_browsers_send_is_read_whatever_they_add() {
        let plain = ClientData::parse(json("").as_bytes()).unwrap();
        assert_eq!((plain.kind.as_str(), plain.origin.as_str()), ("webauthn.get", "https://app.example"));
        assert_eq!((plain.challenge, plain.is_framed), ([0; CHALLENGE_LEN], false));
        for more in [r#","crossOrigin":false"#, r#","new":{"a":[1,2.5,null,"x"]}"#, r#","tokenBinding":null"#]
        {
            assert!(!ClientData::parse(json(more).as_bytes()).unwrap().is_framed, "{more}");
        }
        for framed in [r#","crossOrigin":true"#, r#","topOrigin":"https://other.example""#] {
            assert!(ClientData::parse(json(framed).as_bytes()).unwrap().is_framed, "{framed}");
        }
    }

    #[test]
    fn members_that_stand_twice_or_are_of_another_type_are_refused() {
        let twice = format!(r#","challenge":"{CHALLENGE}""#);
        for wrong in [
            twice.as_str(),
            r#","type":"webauthn.get""#,
            r#","or\u0069gin":"https://app.example""#,
            r#","new":{"a":1,"a":1}"#,
            r#","crossOrigin":"true""#,
            r#","crossOrigin":null"#,
            r#","topOrigin":1"#,
        ] {
            assert!(ClientData::parse(json(wrong).as_bytes()).is_none(), "{wrong}");
        }
        for whole in [
            "",
            "null",
            "[]",
            r#"{"type":"webauthn.get","origin":"https://app.example"}"#,
            r#"{"type":1,"challenge":"AA","origin":"x"}"#,
            r#"{"type":"webauthn.get","challenge":"AA","origin":"https://app.example"}"#,
            r#"{"type":"webauthn.get","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","origin":"x"}"#,
        ] {
            assert!(ClientData::parse(whole.as_bytes()).is_none(), "{whole}");
        }
        let bom = ["\u{feff}", &json("")].concat();
        assert!(ClientData::parse(bom.as_bytes()).is_none());
        assert!(ClientData::parse(&[json("").as_bytes(), b"x"].concat()).is_none());
    }
}
