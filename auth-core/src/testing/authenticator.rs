//! An authenticator in software, which tells the truth until it is told to lie.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::key::{SigningAlgorithm, SigningKey};
use crate::random::{Random, random_bytes};

/// An authenticator with one passkey on P-256, and the browser around it: what `navigator.credentials.create` and `get` would answer to the
/// options of the routes. No statement about itself is made.
///
/// ```
/// use auth_core::testing::{SeededRandom, SoftAuthenticator};
/// use serde_json::json;
///
/// let mut phone = SoftAuthenticator::new("https://app.example", &SeededRandom::new(7))?;
/// let challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// let options = json!({ "rp": { "id": "app.example" }, "user": { "id": "AAAA" }, "challenge": challenge });
/// let made = phone.make(&options); // POST /auth/passkeys/register/finish {"credential": made}
/// assert_eq!(made["type"], "public-key");
///
/// let used = phone.ask(&json!({ "rpId": "app.example", "challenge": challenge })); // …/login/finish
/// assert_eq!(used["id"], made["id"]);
/// # Ok::<(), auth_core::Error>(())
/// ```
#[non_exhaustive]
pub struct SoftAuthenticator {
    /// The origin of the page.
    pub origin: String,
    /// Whether somebody is there.
    pub is_present: bool,
    /// Whether they are verified.
    pub is_verified: bool,
    /// Whether the passkey can be copied to other devices.
    pub can_be_backed_up: bool,
    /// Whether it was.
    pub is_backed_up: bool,
    /// The signature counter; it moves forward by one with each use, from 1 on. 0 stays.
    pub counter: u32,
    /// The model.
    pub aaguid: [u8; 16],
    /// The credential id.
    pub id: Vec<u8>,
    /// By what it knows the account.
    pub user_handle: Option<Vec<u8>>,
    key: SigningKey,
}

/// What is about to be signed and sent, to be lied about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Told {
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `authData`.
    pub authenticator_data: Vec<u8>,
    /// The attestation object, where a passkey is made.
    pub attestation: Vec<u8>,
    /// The credential id.
    pub id: Vec<u8>,
    /// By what the authenticator says that it knows the account, where one is used.
    pub user_handle: Option<Vec<u8>>,
}

impl SoftAuthenticator {
    /// A new one, on a page of this origin.
    ///
    /// # Errors
    /// `Internal` where no key can be made.
    pub fn new(origin: impl Into<String>, random: &dyn Random) -> Result<Self, Error> {
        Ok(Self {
            origin: origin.into(),
            is_present: true,
            is_verified: true,
            can_be_backed_up: false,
            is_backed_up: false,
            counter: 0,
            aaguid: [0; 16],
            id: random_bytes::<32>(random).to_vec(),
            user_handle: None,
            key: SigningKey::generate(SigningAlgorithm::Es256, random)?,
        })
    }

    /// Answers options to make a passkey.
    pub fn make(&mut self, options: &Value) -> Value {
        self.make_lying(options, |_| ())
    }

    /// The same, with a lie.
    pub fn make_lying(&mut self, options: &Value, lie: impl FnOnce(&mut Told)) -> Value {
        self.user_handle = decoded(&options["user"]["id"]);
        let rp_id = options["rp"]["id"].as_str().unwrap_or_default();
        let length = u16::try_from(self.id.len()).unwrap_or(u16::MAX).to_be_bytes();
        let key = self.public_key();
        let attested = [self.aaguid.as_slice(), &length, &self.id, &key].concat();
        let authenticator_data = self.data(rp_id, 1 << 6, &attested);
        let mut told = Told {
            client_data: self.client_data("webauthn.create", options),
            attestation: attestation(&authenticator_data),
            authenticator_data,
            id: self.id.clone(),
            user_handle: None,
        };
        lie(&mut told);
        let id = URL_SAFE_NO_PAD.encode(&told.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&told.client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(&told.attestation),
                "transports": ["internal", "hybrid"],
            },
            "clientExtensionResults": { "credProps": { "rk": true } },
        })
    }

    /// Answers options to use a passkey.
    pub fn ask(&mut self, options: &Value) -> Value {
        self.ask_lying(options, |_| ())
    }

    /// The same, with a lie that is signed.
    pub fn ask_lying(&mut self, options: &Value, lie: impl FnOnce(&mut Told)) -> Value {
        self.counter += u32::from(self.counter > 0);
        let mut told = Told {
            client_data: self.client_data("webauthn.get", options),
            authenticator_data: self.data(options["rpId"].as_str().unwrap_or_default(), 0, &[]),
            attestation: Vec::new(),
            id: self.id.clone(),
            user_handle: self.user_handle.clone(),
        };
        lie(&mut told);
        let signed = [told.authenticator_data.as_slice(), &Sha256::digest(&told.client_data)].concat();
        let signature = self.key.sign(&signed).map(|signature| der(&signature)).unwrap_or_default();
        let id = URL_SAFE_NO_PAD.encode(&told.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&told.client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(&told.authenticator_data),
                "signature": URL_SAFE_NO_PAD.encode(&signature),
                "userHandle": told.user_handle.map(|handle| URL_SAFE_NO_PAD.encode(handle)),
            },
            "clientExtensionResults": {},
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["challenge"];
        let data =
            json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, rp_id: &str, flags: u8, rest: &[u8]) -> Vec<u8> {
        let flags = [
            (self.is_present, 1),
            (self.is_verified, 1 << 2),
            (self.can_be_backed_up, 1 << 3),
            (self.is_backed_up, 1 << 4),
        ]
        .into_iter()
        .filter(|(is_set, _)| *is_set)
        .fold(flags, |flags, (_, flag)| flags | flag);
        [&Sha256::digest(rp_id)[..], &[flags], &self.counter.to_be_bytes(), rest].concat()
    }

    /// The COSE_Key: EC2, ES256, P-256, x, y.
    fn public_key(&self) -> Vec<u8> {
        let jwk = self.key.public_jwk().and_then(|jwk| serde_json::to_value(jwk).ok()).unwrap_or_default();
        let number = |name: &str| [&[0x58, 0x20][..], &decoded(&jwk[name]).unwrap_or_default()].concat();
        let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
        [&head[..], &number("x"), &[0x22], &number("y")].concat()
    }
}

/// The attestation object of no statement: `{"fmt": "none", "attStmt": {}, "authData": …}`.
pub fn attestation(authenticator_data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(authenticator_data.len()).unwrap_or(u16::MAX).to_be_bytes();
    [
        &[0xa3][..],
        &text("fmt"),
        &text("none"),
        &text("attStmt"),
        &[0xa0],
        &text("authData"),
        &[0x59],
        &length,
        authenticator_data,
    ]
    .concat()
}

/// A short text in CBOR.
fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap_or(0) & 0b1_1111;
    [&[0x60 | length], text.as_bytes()].concat()
}

fn decoded(value: &Value) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(value.as_str()?).ok()
}

/// The two numbers of a signature as ASN.1 has them (WebAuthn Level 3 section 6.5.5).
fn der(signature: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len().saturating_sub(1));
        let digits = &bytes[zeros..];
        let sign: &[u8] = if digits.first().is_some_and(|byte| *byte > 127) { &[0] } else { &[] };
        let length = u8::try_from(sign.len() + digits.len()).unwrap_or(u8::MAX);
        [&[0x02, length], sign, digits].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let both = [number(r), number(s)].concat();
    [&[0x30, u8::try_from(both.len()).unwrap_or(u8::MAX)][..], &both].concat()
}

impl fmt::Debug for SoftAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftAuthenticator").field("origin", &self.origin).finish_non_exhaustive()
    }
}
