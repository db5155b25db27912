//! A stored hash, read: what to compute from a password, and what should come out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use crate::secret::Secret;

use super::foreign::{self, BCRYPT_BYTES, BcryptInput, Recipe};
use super::format::{FLASK_SECURITY, HashFormat, MAX_ENCODED_BYTES, WRAPPED};

/// What a recipe gets to hash.
pub(super) type Input = Zeroizing<Vec<u8>>;

/// A stored hash, taken apart. Within the caps by construction.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) format: HashFormat,
    pub(super) recipe: Recipe,
    pub(super) expected: Vec<u8>,
    /// Whether the recipe is over an HMAC of the password under the application's salt (Flask-Security).
    is_doubled: bool,
}

impl Stored {
    /// Reads what is stored. `None` for what is not known, not whole, or over a cap; no more memory is taken than the
    /// text itself has.
    pub(super) fn read(encoded: &str) -> Option<Self> {
        if encoded.len() > MAX_ENCODED_BYTES || !encoded.is_ascii() {
            return None;
        }
        let format = HashFormat::of(encoded);
        let old = encoded.strip_prefix(WRAPPED);
        let tagged = old.unwrap_or(encoded);
        let inner = tagged.strip_prefix(FLASK_SECURITY);
        let plain = inner.unwrap_or(tagged);
        let (recipe, expected) = match old {
            Some(_) => foreign::wrapped(plain)?,
            None => foreign::plain(&HashFormat::plain(plain)?, plain)?,
        };
        Some(Self { format, recipe, expected, is_doubled: inner.is_some() })
    }

    /// What to try, in this order, against the recipe: each spelling of the password, under each of the application's salts where
    /// the format wants one. Nothing where it is more than the recipe can take whole.
    pub(super) fn inputs(&self, spellings: Vec<Input>, salts: &[Secret]) -> Vec<Input> {
        let inputs: Vec<Input> = if self.is_doubled {
            if salts.is_empty() {
                tracing::warn!(
                    "a stored hash needs Flask-Security's salt: call `PasswordConfig::with_flask_security_salt`"
                );
            }
            let is_cut = self.recipe.is_bcrypt_of(BcryptInput::Plain);
            salts
                .iter()
                .flat_map(|salt| spellings.iter().map(move |text| doubled(text, salt, is_cut)))
                .collect()
        } else {
            spellings
        };
        inputs.into_iter().filter(|input| self.recipe.takes(input)).collect()
    }
}

/// Flask-Security's first hash (`get_hmac` of its `utils.py`): HMAC-SHA-512 of the password under
/// `SECURITY_PASSWORD_SALT`, in base64. For bcrypt it is cut to the 72 bytes that bcrypt sees, by Flask-Security itself:
/// 432 of its 512 bits, which all of the password went into.
fn doubled(text: &[u8], salt: &Secret, is_cut: bool) -> Input {
    let mut mac =
        Hmac::<Sha512>::new_from_slice(salt.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text);
    let mut encoded = Zeroizing::new(STANDARD.encode(mac.finalize().into_bytes()).into_bytes());
    if is_cut {
        encoded.truncate(BCRYPT_BYTES);
    }
    encoded
}
