//! What a browser sends of a credential: `RegistrationResponseJSON` and `AuthenticationResponseJSON` (WebAuthn Level 3 sections 5.1.1
//! and 5.1.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::authenticator_data::{AuthenticatorData, MAX_ID};
use super::cbor::Cbor;
use super::client_data::ClientData;

/// The most transports that are kept of a credential, and how long the name of one may be, in bytes.
const MAX_TRANSPORTS: usize = 8;
const MAX_TRANSPORT: usize = 32;

/// A credential that was made, as it came: nothing of it is believed yet.
#[cfg_attr(not(feature = "passkeys"), expect(dead_code, reason = "read by what the cargo feature brings"))]
#[derive(Debug)]
pub(in crate::passkey) struct Made {
    pub(in crate::passkey) id: Vec<u8>,
    pub(in crate::passkey) client_data: ClientData,
    pub(in crate::passkey) client_data_json: Vec<u8>,
    pub(in crate::passkey) attestation_object: Vec<u8>,
    /// How the browser reached the authenticator; hints for next time.
    pub(in crate::passkey) transports: Vec<String>,
}

/// A credential that was used, as it came.
#[cfg_attr(not(feature = "passkeys"), expect(dead_code, reason = "read by what the cargo feature brings"))]
#[derive(Debug)]
pub(in crate::passkey) struct Used {
    pub(in crate::passkey) id: Vec<u8>,
    pub(in crate::passkey) client_data: ClientData,
    pub(in crate::passkey) client_data_json: Vec<u8>,
    pub(in crate::passkey) authenticator_data: Vec<u8>,
    pub(in crate::passkey) signature: Vec<u8>,
    pub(in crate::passkey) user_handle: Option<Vec<u8>>,
}

impl Made {
    /// Reads it; `None` where a member is missing or of another type.
    pub(in crate::passkey) fn parse(credential: &Value) -> Option<Self> {
        let (id, response) = id_and_response(credential)?;
        let client_data_json = bytes(response, "clientDataJSON")?;
        Some(Self {
            id,
            client_data: ClientData::parse(&client_data_json)?,
            client_data_json,
            attestation_object: bytes(response, "attestationObject")?,
            transports: response.get("transports").map(transports).unwrap_or_default(),
        })
    }

    /// The attestation object: its format, whether its statement is empty, and the authenticator's data (section 6.5).
    pub(in crate::passkey) fn attestation(&self) -> Option<Attestation<'_>> {
        let object = Cbor::parse(&self.attestation_object)?;
        let data = AuthenticatorData::parse(object.named("authData")?.bytes()?)?;
        let is_empty = object.named("attStmt")?.members()? == 0;
        Some(Attestation { is_none: object.named("fmt")?.text()? == "none", is_empty, data })
    }
}

/// An attestation object.
#[derive(Debug)]
pub(in crate::passkey) struct Attestation<'a> {
    /// Whether the format is the one of nothing (section 8.7).
    pub(in crate::passkey) is_none: bool,
    pub(in crate::passkey) is_empty: bool,
    pub(in crate::passkey) data: AuthenticatorData<'a>,
}

impl Used {
    /// Reads it; `None` where a member is missing or of another type.
    pub(in crate::passkey) fn parse(credential: &Value) -> Option<Self> {
        let (id, response) = id_and_response(credential)?;
        let client_data_json = bytes(response, "clientDataJSON")?;
        let user_handle = match response.get("userHandle") {
            None | Some(Value::Null) => None,
            Some(_) => Some(bytes(response, "userHandle")?),
        };
        Some(Self {
            id,
            client_data: ClientData::parse(&client_data_json)?,
            client_data_json,
            authenticator_data: bytes(response, "authenticatorData")?,
            signature: bytes(response, "signature")?,
            user_handle,
        })
    }
}

/// The id, which has to stand there in both of its forms and be the same in both, and the rest.
fn id_and_response(credential: &Value) -> Option<(Vec<u8>, &Map<String, Value>)> {
    let credential = credential.as_object()?;
    let raw = bytes(credential, "rawId")?;
    let is_whole = credential.get("type")?.as_str()? == "public-key"
        && credential.get("id")? == credential.get("rawId")?
        && (1..=MAX_ID).contains(&raw.len());
    is_whole.then_some((raw, credential.get("response")?.as_object()?))
}

fn bytes(object: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(object.get(name)?.as_str()?).ok()
}

/// Those that are words: anything else is left out, since nothing depends on them.
fn transports(listed: &Value) -> Vec<String> {
    let is_word = |text: &&str| {
        (1..=MAX_TRANSPORT).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let listed = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(Value::as_str).filter(is_word).take(MAX_TRANSPORTS).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn used() -> Value {
        let data = r#"{"type":"webauthn.get","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","origin":"x"}"#;
        json!({
            "id": "AQI", "rawId": "AQI", "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(data), "authenticatorData": "AA", "signature": "",
                "userHandle": null,
            },
        })
    }

    #[test]
    fn every_member_has_its_type_and_both_ids_are_one() {
        assert!(Used::parse(&used()).is_some_and(|used| used.id == [1, 2] && used.user_handle.is_none()));
        for (pointer, wrong) in [
            ("/id", json!("AQM")),
            ("/rawId", json!("AQM")),
            ("/rawId", json!(1)),
            ("/type", json!("password")),
            ("/type", json!(null)),
            ("/response", json!([])),
            ("/response", json!("x")),
            ("/response/clientDataJSON", json!({})),
            ("/response/clientDataJSON", json!("e30")),
            ("/response/authenticatorData", json!([1, 2])),
            ("/response/signature", json!("a+b")),
            ("/response/signature", json!("AA==")),
            ("/response/userHandle", json!(7)),
        ] {
            let mut credential = used();
            *credential.pointer_mut(pointer).unwrap() = wrong;
            assert!(Used::parse(&credential).is_none(), "{pointer}");
        }
        for whole in [json!(null), json!("x"), json!([]), json!({})] {
            assert!(Used::parse(&whole).is_none() && Made::parse(&whole).is_none(), "{whole}");
        }
        let long = URL_SAFE_NO_PAD.encode([1; MAX_ID + 1]);
        let mut credential = used();
        (credential["id"], credential["rawId"]) = (json!(long), json!(long));
        assert!(Used::parse(&credential).is_none());
    }

    #[test]
    fn of_transports_only_words_are_kept() {
        let listed = json!(["usb", "hybrid", 7, "<b>", "", "x".repeat(33), "smart-card"]);
        assert_eq!(transports(&listed), ["usb", "hybrid", "smart-card"]);
        assert_eq!(transports(&json!("usb")), [""; 0]);
        assert_eq!(transports(&json!(vec!["usb"; 99])).len(), MAX_TRANSPORTS);
    }
}
