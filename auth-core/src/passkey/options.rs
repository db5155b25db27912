//! What a browser is asked: the JSON that `PublicKeyCredential.parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` take
//! (WebAuthn Level 3 sections 5.1.9 and 5.1.10).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::ceremony::CEREMONY_LIFE;
use super::kept::Kept;
use super::public_key::ALGORITHMS;
use super::read::Challenge;

/// A passkey that is there already: its credential id, and how browsers reach it.
pub(super) type Held<'a> = (&'a [u8], &'a Kept);

/// For whom a passkey is made, as authenticators show it.
pub(super) struct NewPasskey<'a> {
    pub(super) rp_id: &'a str,
    pub(super) app_name: &'a str,
    pub(super) user_handle: &'a [u8],
    pub(super) username: &'a str,
    pub(super) held: &'a [Held<'a>],
    /// What is asked of the authenticator about itself.
    pub(super) attestation: &'a str,
    /// Whether its user has to be verified.
    pub(super) user_verification: &'a str,
}

impl NewPasskey<'_> {
    /// Discoverable, since a login names none.
    pub(super) fn options(&self, challenge: &Challenge) -> Value {
        let algorithms = ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg }));
        json!({
            "rp": { "id": self.rp_id, "name": self.app_name },
            "user": {
                "id": URL_SAFE_NO_PAD.encode(self.user_handle), "name": self.username, "displayName": self.username,
            },
            "challenge": URL_SAFE_NO_PAD.encode(challenge),
            "pubKeyCredParams": algorithms,
            "timeout": timeout(),
            "excludeCredentials": descriptors(self.held),
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": self.user_verification,
            },
            "attestation": self.attestation,
        })
    }
}

/// Asks for one of these passkeys, or, where there are none, for whichever the browser finds.
pub(super) fn use_of(
    rp_id: &str,
    challenge: &Challenge,
    held: &[Held<'_>],
    user_verification: &str,
) -> Value {
    json!({
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "timeout": timeout(),
        "rpId": rp_id,
        "allowCredentials": descriptors(held),
        "userVerification": user_verification,
    })
}

/// In milliseconds.
fn timeout() -> u64 {
    CEREMONY_LIFE.as_secs() * 1000
}

fn descriptors(held: &[Held<'_>]) -> Vec<Value> {
    let descriptor = |(id, kept): &Held<'_>| {
        let mut descriptor = json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) });
        if !kept.transports.is_empty() {
            descriptor["transports"] = json!(kept.transports);
        }
        descriptor
    };
    held.iter().map(descriptor).collect()
}
