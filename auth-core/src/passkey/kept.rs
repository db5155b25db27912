//! A passkey as it is kept: what lists show, and what is sealed with the factor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::login::Amr;
use crate::mfa::{Factor, FactorId, FactorSealer};

use super::authenticators::Aaguid;

/// What a passkey may be used for. It is decided when it is made, and part of every look-up.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// By itself: its authenticator verified who used it when it was made.
    Alone,
    /// Beside another factor only.
    SecondFactor,
}

/// What is sealed with the factor.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Kept {
    pub(super) role: Role,
    /// The public key, a COSE_Key.
    #[serde(with = "Base64")]
    pub(super) key: Vec<u8>,
    /// By what the authenticator knows the account: random bytes, the same for all passkeys of an account.
    #[serde(with = "Base64")]
    pub(super) user_handle: Vec<u8>,
    pub(super) can_be_backed_up: bool,
    pub(super) is_backed_up: bool,
    #[serde(with = "Base64")]
    pub(super) aaguid: [u8; 16],
    pub(super) transports: Vec<String>,
}

impl Kept {
    /// Opens what was sealed with a passkey; `None` for one of an application secret that is gone.
    pub(super) fn open(sealer: &FactorSealer, factor: &Factor) -> Option<Self> {
        serde_json::from_slice(&sealer.open(factor)?).ok()
    }

    /// How somebody proved who they are who used it (RFC 8176), as far as an authenticator's own word goes: `hwk` for one that cannot
    /// leave its device, `user` since somebody was there, and both factors at once where it verified who.
    pub(super) fn amr(&self, is_verified: bool) -> Amr {
        let key = if self.can_be_backed_up { Amr::SWK } else { Amr::HWK };
        let present = key.and(Amr::USER);
        if is_verified { present.and(Amr::MFA) } else { present }
    }
}

/// A passkey of somebody's, as lists show it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Passkey {
    /// Its public name here: not the credential id.
    pub id: FactorId,
    /// What its owner calls it, or else what it is.
    pub name: Option<String>,
    /// What people call the authenticator, where it is one of the common ones.
    pub authenticator: Option<&'static str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Whether it is on other devices of its owner's too, as far as its authenticator said.
    pub backed_up: bool,
    /// Whether one can log in by it alone; otherwise it is a second factor.
    pub works_alone: bool,
}

impl Passkey {
    /// One that nothing here can open.
    pub(crate) fn unopened(factor: &Factor) -> Self {
        Self::of(factor, None)
    }

    pub(super) fn of(factor: &Factor, kept: Option<&Kept>) -> Self {
        let authenticator = kept.and_then(|kept| Aaguid::new(kept.aaguid).name());
        Self {
            id: factor.id,
            name: factor.name.clone().or_else(|| authenticator.map(str::to_owned)),
            authenticator,
            created_at: factor.created_at,
            last_used_at: factor.last_used_at,
            backed_up: kept.is_some_and(|kept| kept.is_backed_up),
            works_alone: kept.is_some_and(|kept| kept.role == Role::Alone),
        }
    }
}

/// Bytes as base64url in JSON.
struct Base64;

impl Base64 {
    fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
    }

    fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(String::deserialize(deserializer)?);
        let bytes = bytes.ok().and_then(|bytes| T::try_from(bytes).ok());
        bytes.ok_or_else(|| serde::de::Error::custom("no bytes of this length"))
    }
}
