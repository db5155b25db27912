//! What is looked at before anything is believed: WebAuthn Level 3 sections 7.1 and 7.2, in their order, as far as no store and no
//! signature is needed for it.

use super::authenticators::Aaguid;
use super::config::RelyingParty;
use super::kept::{Kept, Role};
use super::public_key::PublicKey;
use super::read::{AuthenticatorData, Cbor, ClientData, Made, Used};

/// Why a credential is refused; for the log alone.
pub(super) type Fault = &'static str;

impl RelyingParty {
    /// What every ceremony wants: the page was ours and in nobody's frame, and the credential is one of this relying party's, with
    /// somebody there.
    fn check(&self, client: &ClientData, kind: &str, data: &AuthenticatorData<'_>) -> Result<(), Fault> {
        if client.kind != kind {
            return Err("it is of another kind of ceremony");
        }
        if !self.is_ours(&client.origin) {
            return Err("the page is of another origin");
        }
        if client.is_framed {
            return Err("the page stood in a frame of another site's");
        }
        if data.rp_id_hash != *self.id_hash() {
            return Err("the credential belongs to another relying party");
        }
        if !data.is_present {
            return Err("nobody was there");
        }
        Ok(())
    }

    /// What a credential that was made becomes, if it may be kept.
    pub(super) fn made(&self, made: &Made, user_handle: Vec<u8>) -> Result<(Kept, u32), Fault> {
        let attestation = made.attestation().ok_or("the attestation object cannot be read")?;
        let data = &attestation.data;
        self.check(&made.client_data, "webauthn.create", data)?;
        let attested = data.attested.as_ref().ok_or("it holds no credential")?;
        if attested.id != made.id {
            return Err("it holds another credential than it says");
        }
        if attestation.is_none && !attestation.is_empty {
            return Err("there is a statement where there is said to be none");
        }
        PublicKey::parse(&attested.key).ok_or("the public key is of an algorithm that was not asked for")?;
        let is_known = Aaguid::new(attested.aaguid);
        if !self.takes(&is_known) {
            return Err("the authenticator is not among those that are listed");
        }
        let kept = Kept {
            role: if data.is_verified { Role::Alone } else { Role::SecondFactor },
            key: attested.key_bytes.to_vec(),
            user_handle,
            can_be_backed_up: data.can_be_backed_up,
            is_backed_up: data.is_backed_up,
            aaguid: attested.aaguid,
            transports: made.transports.clone(),
        };
        Ok((kept, data.counter))
    }

    /// What a credential that was used says of its use, if it may be what was asked for.
    pub(super) fn used(&self, used: &Used, kept: &Kept, wanted: Wanted) -> Result<Use, Fault> {
        let data = AuthenticatorData::parse(&used.authenticator_data);
        let data = data.ok_or("the authenticator's data cannot be read")?;
        self.check(&used.client_data, "webauthn.get", &data)?;
        if wanted.has_to_verify && !data.is_verified {
            return Err("nobody was verified");
        }
        if wanted.has_to_verify && kept.role != Role::Alone {
            return Err("it is a second factor only");
        }
        match &used.user_handle {
            Some(handle) if *handle == kept.user_handle => {}
            None if !wanted.has_to_name => {}
            _ => return Err("the authenticator has it for another account"),
        }
        if data.can_be_backed_up != kept.can_be_backed_up {
            return Err("whether it can be backed up has changed");
        }
        let (counter, is_verified) = (data.counter, data.is_verified);
        Ok(Use { counter, is_verified, is_backed_up: data.is_backed_up })
    }
}

/// What is wanted of a passkey that is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Whether it is the only proof, and so has to come from somebody who was verified.
    pub(super) has_to_verify: bool,
    /// Whether it has to say whose it is, since nobody else did.
    pub(super) has_to_name: bool,
}

/// What a credential that was used says of its use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) counter: u32,
    pub(super) is_verified: bool,
    pub(super) is_backed_up: bool,
}

/// The key that was kept.
pub(super) fn key_of(kept: &Kept) -> Option<Cbor<'_>> {
    Cbor::parse(&kept.key)
}
