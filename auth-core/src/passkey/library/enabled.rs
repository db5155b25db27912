//! `webauthn-rs-core`, asked by what it promises to keep: its states and credentials are made to be written down, so they are written
//! here, with a challenge of our own randomness.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::proto::{
    AttestationFormat, AuthenticationState, AuthenticatorAssertionResponseRaw,
    AuthenticatorAttestationResponseRaw, COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, COSERSAKey,
    Credential, ECDSACurve, ParsedAttestation, PublicKeyCredential, RegisterPublicKeyCredential,
    RegisteredExtensions, RegistrationState, UserVerificationPolicy,
};

use crate::error::{Error, ErrorKind};

use super::super::config::RelyingParty;
use super::super::public_key::PublicKey;
use super::super::read::{AuthenticatorData, Challenge, Made, Used};

/// The library, for one relying party.
pub(in crate::passkey) struct Library(WebauthnCore);

impl Library {
    /// # Errors
    /// `Configuration` for an origin that is no URL.
    pub(in crate::passkey) fn new(party: &RelyingParty) -> Result<Self, Error> {
        let origins = party
            .origins()
            .map(Url::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::new(ErrorKind::Configuration).with_source(error))?;
        // Only what the library would put into options of its own making, which are not used.
        let (name, life) = ("", Duration::ZERO);
        let core = WebauthnCore::new_unsafe_experts_only(name, party.id(), origins, life, None, None);
        Ok(Self(core))
    }

    /// Whether a credential was made for this challenge, with a statement that holds, if it has any. Who made the authenticator that
    /// signed the statement is not asked.
    pub(in crate::passkey) fn accepts_made(&self, challenge: &Challenge, made: &Made) -> bool {
        let state = json!({
            "policy": "discouraged",
            "exclude_credentials": [],
            "challenge": URL_SAFE_NO_PAD.encode(challenge),
            "credential_algorithms": ["ES256", "RS256"],
            "require_resident_key": false,
            "authenticator_attachment": null,
            "extensions": {},
            "allow_synchronised_authenticators": true,
        });
        let Ok(state) = serde_json::from_value::<RegistrationState>(state) else { return false };
        let credential = RegisterPublicKeyCredential {
            id: URL_SAFE_NO_PAD.encode(&made.id),
            raw_id: made.id.clone(),
            response: AuthenticatorAttestationResponseRaw {
                attestation_object: made.attestation_object.clone(),
                client_data_json: made.client_data_json.clone(),
                transports: None,
            },
            type_: "public-key".to_owned(),
            extensions: Default::default(),
        };
        let registered = self.0.register_credential(&credential, &state, None);
        registered.is_ok_and(|registered| registered.cred_id == made.id)
    }

    /// Whether this key signed this challenge for this relying party.
    pub(in crate::passkey) fn accepts_used(
        &self,
        challenge: &Challenge,
        used: &Used,
        key: &PublicKey<'_>,
    ) -> bool {
        let state = json!({
            "credentials": [],
            "policy": "discouraged",
            "challenge": URL_SAFE_NO_PAD.encode(challenge),
            "appid": null,
            "allow_backup_eligible_upgrade": false,
        });
        let Ok(state) = serde_json::from_value::<AuthenticationState>(state) else { return false };
        let Some(data) = AuthenticatorData::parse(&used.authenticator_data) else { return false };
        let credential = PublicKeyCredential {
            id: URL_SAFE_NO_PAD.encode(&used.id),
            raw_id: used.id.clone(),
            response: AuthenticatorAssertionResponseRaw {
                authenticator_data: used.authenticator_data.clone(),
                client_data_json: used.client_data_json.clone(),
                signature: used.signature.clone(),
                user_handle: used.user_handle.clone(),
            },
            extensions: Default::default(),
            type_: "public-key".to_owned(),
        };
        let kept = credential_of(&used.id, key, data.can_be_backed_up);
        self.0.authenticate_single_credential(&credential, &state, &kept).is_ok()
    }
}

/// The credential as the library keeps them. What it would judge by itself (its counter, how it was made) is judged where the factor
/// is kept, so it says nothing of that.
fn credential_of(id: &[u8], key: &PublicKey<'_>, can_be_backed_up: bool) -> Credential {
    let cred = match key {
        PublicKey::Es256 { x, y } => COSEKey {
            type_: COSEAlgorithm::ES256,
            key: COSEKeyType::EC_EC2(COSEEC2Key {
                curve: ECDSACurve::SECP256R1,
                x: x.to_vec(),
                y: y.to_vec(),
            }),
        },
        PublicKey::Rs256 { n, e } => COSEKey {
            type_: COSEAlgorithm::RS256,
            key: COSEKeyType::RSA(COSERSAKey { n: n.to_vec(), e: **e }),
        },
    };
    Credential {
        cred_id: id.to_vec(),
        cred,
        counter: 0,
        transports: None,
        user_verified: false,
        backup_eligible: can_be_backed_up,
        backup_state: false,
        registration_policy: UserVerificationPolicy::Discouraged_DO_NOT_USE,
        extensions: RegisteredExtensions::none(),
        attestation: ParsedAttestation::default(),
        attestation_format: AttestationFormat::None,
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").finish_non_exhaustive()
    }
}
