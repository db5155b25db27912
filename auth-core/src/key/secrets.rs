//! The application's secrets: a list with versions, from which everything else is derived.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{KeyedHash, Sealer};
use crate::error::Error;

/// The least length of a secret, in bytes: the output of SHA-256, which HMAC and HKDF keys should not fall below
/// (RFC 2104 section 3, RFC 5869 section 3.3).
const MIN_LEN: usize = 32;

/// Separates our use of the secret from any other the application may make of it (the salt of RFC 5869 section 3.1).
const EXTRACT_SALT: &[u8] = b"auth-core application secret, format 1";

/// Words that stand in sample configurations and in no random secret.
const PLACEHOLDERS: &[&str] =
    &["secret", "changeme", "change-me", "change_me", "change this", "password", "insecure", "placeholder"];

const A_PLACEHOLDER: &str = "is a placeholder from a sample configuration";

const HOW_TO_MAKE_ONE: &str = "make one with `openssl rand -base64 32`";

/// Padding is optional, but what follows the last full byte must be zero: one secret has one spelling per alphabet.
const LENIENT_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT_PADDING);

/// The secrets of the application: a list with versions, newest first.
///
/// The newest one hashes and seals; all of them check and open. To replace a secret, put a new one with the next
/// higher version in front and keep the old one until everything made under it has ended.
///
/// Only a key extracted from each secret is kept (HKDF-SHA-256, RFC 5869), it is overwritten on drop, and `Debug`
/// shows the versions alone.
///
/// # Examples
/// ```
/// use auth_core::key::ApplicationSecrets;
///
/// let secrets = ApplicationSecrets::from_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=").unwrap();
/// let ids = secrets.keyed_hash("session id");
/// assert_ne!(ids.hash(b"one"), ids.hash(b"two"));
/// assert!(ApplicationSecrets::from_text("changeme").is_err());
/// ```
pub struct ApplicationSecrets(Vec<VersionedKey>);

struct VersionedKey {
    version: u8,
    extracted: Zeroizing<[u8; 32]>,
}

impl ApplicationSecrets {
    /// A single secret of at least 32 random bytes; `version` is 1 to 255.
    ///
    /// # Errors
    /// `Configuration` when the version is 0, or the secret is too short or obviously no random one.
    pub fn new(version: u8, secret: &[u8]) -> Result<Self, Error> {
        Ok(Self(vec![VersionedKey::new(version, secret)?]))
    }

    /// Adds a secret that is still accepted but makes nothing new.
    ///
    /// # Errors
    /// `Configuration` as for [`new`](Self::new), and when the version is not below those already here or the secret
    /// is one of them.
    pub fn and_older(mut self, version: u8, secret: &[u8]) -> Result<Self, Error> {
        let older = VersionedKey::new(version, secret)?;
        if self.0.iter().any(|newer| newer.version <= version) {
            return Err(Error::configuration(format!(
                "application secrets must stand newest first, each with a lower version than the one before: \
                 version {version} is out of order"
            )));
        }
        if self.0.iter().any(|newer| bool::from(newer.extracted.ct_eq(older.extracted.as_slice()))) {
            return Err(Error::configuration(format!(
                "the application secret of version {version} stands in the list twice: {HOW_TO_MAKE_ONE}"
            )));
        }
        self.0.push(older);
        Ok(self)
    }

    /// Reads the form that environment variables carry: one secret in base64 (either alphabet, padding optional),
    /// which is version 1, or a list with versions, newest first: `2:BASE64,1:BASE64`.
    ///
    /// # Errors
    /// `Configuration` as for [`new`](Self::new) and [`and_older`](Self::and_older), and when the text has another
    /// form. The message never repeats the text.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        let mut secrets: Option<Self> = None;
        for entry in text.trim().split(',') {
            let (version, secret) = parse_entry(entry.trim())?;
            secrets = Some(match secrets {
                None => Self::new(version, &secret)?,
                Some(newer) => newer.and_older(version, &secret)?,
            });
        }
        secrets.ok_or_else(|| {
            Error::configuration(format!("the application secret is empty: {HOW_TO_MAKE_ONE}"))
        })
    }

    /// The version that makes new values.
    pub fn current_version(&self) -> u8 {
        self.0[0].version
    }

    /// A keyed hash for one purpose. The same purpose always gives the same hash, another purpose an unrelated one.
    pub fn keyed_hash(&self, purpose: &'static str) -> KeyedHash {
        KeyedHash::new(self.0.iter().map(|key| (key.version, key.derive("hash", purpose))))
    }

    /// Authenticated encryption for one purpose.
    pub(crate) fn sealer(&self, purpose: &'static str) -> Sealer {
        Sealer::new(self.0.iter().map(|key| (key.version, key.derive("seal", purpose))))
    }
}

impl fmt::Debug for ApplicationSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<u8> = self.0.iter().map(|key| key.version).collect();
        f.debug_struct("ApplicationSecrets").field("versions", &versions).finish_non_exhaustive()
    }
}

impl VersionedKey {
    fn new(version: u8, secret: &[u8]) -> Result<Self, Error> {
        if version == 0 {
            return Err(Error::configuration("the version of an application secret must be 1 to 255, not 0"));
        }
        refuse_weak(secret)?;
        let (extracted, _) = Hkdf::<Sha256>::extract(Some(EXTRACT_SALT), secret);
        Ok(Self { version, extracted: Zeroizing::new(extracted.into()) })
    }

    /// The subkey for one use ("hash" or "seal": the same bytes never serve two algorithms) and one purpose.
    fn derive(&self, algorithm: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut subkey = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::from_prk(self.extracted.as_slice())
            .expect("the extracted key is as long as the hash")
            .expand_multi_info(&[algorithm.as_bytes(), b":", purpose.as_bytes()], subkey.as_mut_slice())
            .expect("32 bytes are less than 255 hashes");
        subkey
    }
}

fn parse_entry(entry: &str) -> Result<(u8, Zeroizing<Vec<u8>>), Error> {
    let (version, encoded) = match entry.split_once(':') {
        None => (1, entry),
        Some((version, encoded)) => (
            version.trim().parse().map_err(|_| {
                Error::configuration(
                    "the version in front of an application secret must be a number from 1 to 255",
                )
            })?,
            encoded.trim(),
        ),
    };
    refuse_placeholder(encoded.as_bytes())?;
    let secret = decode_base64(encoded).ok_or_else(|| {
        Error::configuration(format!("the application secret must be written in base64: {HOW_TO_MAKE_ONE}"))
    })?;
    Ok((version, secret))
}

/// Base64 as people paste it: either alphabet, padding optional.
pub(crate) fn decode_base64(encoded: &str) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(encoded).or_else(|_| URL_SAFE.decode(encoded)).ok().map(Zeroizing::new)
}

fn refuse_weak(secret: &[u8]) -> Result<(), Error> {
    weakness(secret).map_or(Ok(()), |fault| Err(weak(&fault)))
}

fn refuse_placeholder(text: &[u8]) -> Result<(), Error> {
    if is_placeholder(text) { Err(weak(&format!("{A_PLACEHOLDER}: {HOW_TO_MAKE_ONE}"))) } else { Ok(()) }
}

fn weak(fault: &str) -> Error {
    Error::configuration(format!("the application secret {fault}"))
}

/// Why a secret is none that somebody could not guess, and what to do; `None` for one that looks random.
pub(crate) fn weakness(secret: &[u8]) -> Option<String> {
    let fault = if secret.len() < MIN_LEN {
        format!("has {} bytes and needs at least {MIN_LEN}", secret.len())
    } else if is_placeholder(secret) {
        A_PLACEHOLDER.to_owned()
    } else if is_pattern(secret) {
        "is a repeated or counted pattern, not random".to_owned()
    } else {
        return None;
    };
    Some(format!("{fault}: {HOW_TO_MAKE_ONE}"))
}

fn is_placeholder(text: &[u8]) -> bool {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    PLACEHOLDERS.iter().any(|word| lower.windows(word.len()).any(|part| part == word.as_bytes()))
}

/// Whether the bytes repeat a shorter run, count up or down in equal steps, or hold fewer than 8 different values
/// (32 random hexadecimal digits do so less than once in 10^8, 32 random bytes never).
fn is_pattern(secret: &[u8]) -> bool {
    let repeats = (1..=secret.len() / 2).any(|run| secret[run..] == secret[..secret.len() - run]);
    let step = secret[1].wrapping_sub(secret[0]);
    let counts = secret.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    let mut seen = [false; 256];
    secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    repeats || counts || seen.iter().filter(|is_seen| **is_seen).count() < 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const ONE: &[u8; 32] = b"\x8f\x12Kq\xe0\x93\x05\xbbz\x1d\xc4\x77\x2e\xf9\x60\xaa\x3b\x09\xd1\x58\x86\xec\x41\x1f\xb2\x6d\xf0\x34\xc9\x5a\x97\x0e";
    const TWO: &[u8; 32] = b"\x01\xd3\x5f\xa8\x47\x9c\x22\xe6\xb0\x7e\x14\xcd\x39\x8b\xf5\x63\xda\x50\x0f\x96\x2b\xc1\x7d\xe8\x44\xb3\x19\xfa\x6c\x85\xd7\x30";

    fn message(result: Result<ApplicationSecrets, Error>) -> String {
        let error = result.expect_err("the secret is refused");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    }

    #[test]
    fn short_secret_is_refused_with_what_to_do() {
        let said = message(ApplicationSecrets::new(1, &ONE[..31]));
        assert!(said.contains("31 bytes") && said.contains("openssl rand"), "{said}");
    }

    #[test]
    fn patterned_secrets_are_refused() {
        let counted: Vec<u8> = (0..32).collect();
        for secret in [&[0; 32][..], &[7; 64], b"0123456789abcdef0123456789abcdef", &counted] {
            assert!(message(ApplicationSecrets::new(1, secret)).contains("pattern"));
        }
        assert!(
            message(ApplicationSecrets::new(1, b"abcabcaabbccaabbcacbacbacbabcabcabccab"))
                .contains("pattern")
        );
    }

    #[test]
    fn placeholders_are_refused_as_text_and_as_bytes() {
        for text in
            ["changeme", "Secret", "my-SECRET-key-for-development-0123456789", "change-me-please-now-12345"]
        {
            assert!(message(ApplicationSecrets::from_text(text)).contains("placeholder"), "{text}");
        }
        let bytes = b"a very long Password, 91 letters!";
        assert!(message(ApplicationSecrets::new(1, bytes)).contains("placeholder"));
        assert!(message(ApplicationSecrets::from_text(&STANDARD.encode(bytes))).contains("placeholder"));
    }

    #[test]
    fn errors_never_repeat_the_secret() {
        for text in ["hunter2", "hunter2:abc", "hunter2!,1:hunter2", "3:hunter2"] {
            assert!(!message(ApplicationSecrets::from_text(text)).contains("hunter2"));
        }
    }

    #[test]
    fn every_spelling_of_base64_gives_the_same_secret() {
        let standard = STANDARD.encode(ONE);
        let expected = ApplicationSecrets::new(1, ONE).unwrap().keyed_hash("x").hash(b"data");
        for text in [
            standard.clone(),
            standard.trim_end_matches('=').to_owned(),
            URL_SAFE.encode(ONE),
            format!(" {standard}\n"),
            format!("1:{standard}"),
        ] {
            let secrets = ApplicationSecrets::from_text(&text).unwrap();
            assert_eq!(secrets.keyed_hash("x").hash(b"data"), expected);
        }
    }

    #[test]
    fn list_is_newest_first() {
        let text = format!("7:{}, 2:{}", STANDARD.encode(TWO), STANDARD.encode(ONE));
        let hash = ApplicationSecrets::from_text(&text).unwrap().keyed_hash("x");
        let old = ApplicationSecrets::new(2, ONE).unwrap().keyed_hash("x");
        assert_eq!(hash.current_version(), 7);
        assert_eq!(hash.hash_with(2, b"data"), Some(old.hash(b"data")));
        assert_ne!(hash.hash(b"data"), old.hash(b"data"));
        assert_eq!(hash.hash_with(3, b"data"), None);
    }

    #[test]
    fn wrong_order_repeats_and_bad_versions_are_refused() {
        let (one, two) = (STANDARD.encode(ONE), STANDARD.encode(TWO));
        for text in [
            format!("1:{one},2:{two}"),
            format!("2:{one},2:{two}"),
            format!("2:{one},1:{one}"),
            format!("0:{one}"),
            format!("256:{one}"),
            format!("-1:{one}"),
            format!("{one},"),
            String::new(),
        ] {
            assert!(ApplicationSecrets::from_text(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_versions_only() {
        let secrets = ApplicationSecrets::new(2, ONE).unwrap().and_older(1, TWO).unwrap();
        assert_eq!(format!("{secrets:?}"), "ApplicationSecrets { versions: [2, 1], .. }");
    }
}
