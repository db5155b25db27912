//! Django's signatures: what `django.core.signing` and the session backend of Django 4 to 6 write.
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

#[cfg(test)]
mod tests {
    use super::*;

    // Made by Django 5.2.19 at the Unix time 1700000000, with this key.
    const KEY: &str = "the SECRET_KEY of a Django project in a test";
    const PLAIN: &str = "eyJfYXV0aF91c2VyX2lkIjoiNyJ9:1r31eq:s4rc_3-NV5vnie1ZFHMBjRnqLMPix0of_WP91FCOjEk";
    const COMPRESSED: &str = ".eJyrVopPLC3JiC8tTi2Kz0xRslIyV9JRSkoszk4tAXIS8xQSCwpyUnUUhjZLqRYALwBMuQ:1r31eq:\
        jWIfKUNpOe2AlTpSX4ymoBeLwRL0lFZRCASU0VRrMko";

    fn keys(keys: &[&str]) -> SecretKeys {
        SecretKeys::new(keys.iter().map(|key| Secret::from(*key)).collect())
    }

    #[test]
    fn sessions_that_django_wrote_are_read() {
        for keys in [keys(&[KEY]), keys(&["a newer one", KEY])] {
            assert_eq!(keys.open_session(PLAIN).unwrap(), br#"{"_auth_user_id":"7"}"#);
            let long = format!(r#"{{"_auth_user_id":"7","basket":"{}"}}"#, "an apple, ".repeat(20));
            assert_eq!(keys.open_session(COMPRESSED).unwrap(), long.as_bytes());
        }
    }

    #[test]
    fn nothing_else_is_read() {
        let keys = keys(&[KEY]);
        for signed in [PLAIN, COMPRESSED] {
            for at in 0..signed.len() {
                assert_eq!(keys.open_session(&signed[..at]), None, "cut at {at}");
                let mut changed = signed.as_bytes().to_vec();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                // The last character of a signature has two bits that say nothing.
                assert!(at + 1 == signed.len() || keys.open_session(&changed).is_none(), "changed at {at}");
            }
        }
        for garbage in ["", ":", "::", ":::", "\u{e9}:\u{e9}:\u{e9}", &"a:".repeat(MAX_SESSION)] {
            assert_eq!(keys.open_session(garbage), None);
        }
        assert_eq!(SecretKeys::new(Vec::new()).open_session(PLAIN), None);
        assert_eq!(super::tests::keys(&["another"]).open_session(PLAIN), None);
    }

    #[test]
    fn what_would_inflate_without_end_is_not_inflated() {
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b' '; MAX_SESSION + 1], 9);
        let value = format!(".{}:1r31eq", BASE64.encode(&bomb));
        let signature = BASE64.encode(salted_hmac(SESSION_LABEL, &Secret::from(KEY), value.as_bytes()));
        assert_eq!(keys(&[KEY]).open_session(&format!("{value}:{signature}")), None);
    }

    #[test]
    fn session_hashes_are_those_of_django() {
        let hashes: Vec<_> =
            keys(&[KEY, "an older SECRET_KEY"]).session_hashes("pbkdf2_sha256$1000$salt$hash").collect();
        assert_eq!(
            hashes,
            [
                "237af04c777cacc7e2dcd3962f4a75a871f79426f52e3d46637366a3131af817",
                "e4473eba592bdfb29057793a22c4b20ba650ca1afc85c462bf4fc6816696d041",
            ]
        );
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", keys(&["hunter2"])), "SecretKeys([redacted])");
    }
}
