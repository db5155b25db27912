//! Django's signatures: what `django.core.signing` and the session backend of Django 4 and 5 write.
//!
//! A signed value is `payload:time:signature`: the payload base64url without padding, of JSON, with a `.` before it when it was
//! compressed by zlib; the signature an HMAC-SHA-256 over all before its colon, base64url too. The key of each HMAC is the SHA-256
//! of a label and the project's `SECRET_KEY` (Django's `salted_hmac`).

use std::fmt;

use auth_core::secret::Secret;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The label of session data: the salt of the session backends, and what the signer puts behind it.
const SESSION_LABEL: &str = "django.contrib.sessions.SessionStoresigner";
/// The label of the hash that ties a session to the password it began with.
const SESSION_HASH_LABEL: &str = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/// The largest session that is read, before and after decompression. Django names no limit; a megabyte is far more than a session
/// that a site reads at each request.
const MAX_SESSION: usize = 1024 * 1024;

/// As Python decodes: the bits that are left over need not be zero.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A Django project's `SECRET_KEY`, and its `SECRET_KEY_FALLBACKS`.
#[derive(Clone)]
pub(super) struct SecretKeys(Vec<Secret>);

impl SecretKeys {
    /// The key first, then those that are still accepted.
    pub(super) fn new(keys: Vec<Secret>) -> Self {
        Self(keys)
    }

    /// The JSON of a session as the database holds it; `None` for anything that none of the keys signed.
    pub(super) fn open_session(&self, signed: &str) -> Option<Vec<u8>> {
        if signed.len() > MAX_SESSION {
            return None;
        }
        let (value, signature) = signed.rsplit_once(':')?;
        let signature = BASE64.decode(signature).ok()?;
        let is_ours = |key| salted_hmac(SESSION_LABEL, key, value.as_bytes()).ct_eq(&signature).into();
        if !self.0.iter().any(is_ours) {
            return None;
        }
        let (payload, _time) = value.rsplit_once(':')?;
        match payload.strip_prefix('.') {
            None => BASE64.decode(payload).ok(),
            Some(payload) => {
                let compressed = BASE64.decode(payload).ok()?;
                miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&compressed, MAX_SESSION).ok()
            }
        }
    }

    /// What Django keeps in a session of the password field it began with, under each key, in hex.
    pub(super) fn session_hashes(&self, password: &str) -> impl Iterator<Item = String> {
        self.0.iter().map(move |key| {
            let hash = salted_hmac(SESSION_HASH_LABEL, key, password.as_bytes());
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKeys([redacted])")
    }
}

fn salted_hmac(label: &str, key: &Secret, message: &[u8]) -> [u8; 32] {
    let derived = Sha256::new().chain_update(label).chain_update(key.expose()).finalize();
    let mut mac = Hmac::<Sha256>::new_from_slice(&derived).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}
