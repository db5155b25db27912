//! Werkzeug's hashes (`werkzeug.security`).

use super::super::fields::{decimal, fields, text_salt};
use super::digest::Digest;
use super::encoding::Encoding;
use super::recipe::{Pbkdf2, Recipe, Scrypt};

/// What `hashlib.scrypt` makes unless asked otherwise, in bytes.
const SCRYPT_OUTPUT_BYTES: usize = 64;

/// `pbkdf2:sha256:iterations$salt`
pub(super) fn pbkdf2(head: &str) -> Option<(Recipe, Encoding)> {
    let [method, salt] = fields(head)?;
    let (digest, iterations) = method.strip_prefix("pbkdf2:")?.split_once(':')?;
    let digest = match digest {
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha512" => Digest::Sha512,
        _ => return None,
    };
    Some((Pbkdf2::recipe(digest, decimal(iterations)?, text_salt(salt)?)?, Encoding::Hex))
}

/// `sha256$salt`, of Werkzeug before 2.3: an HMAC under the salt. Without a salt it was something else, which nobody was offered.
pub(super) fn hmac(head: &str) -> Option<(Recipe, Encoding)> {
    let [method, salt] = fields(head)?;
    let digest = match method {
        "sha256" => Digest::Sha256,
        "sha512" => Digest::Sha512,
        _ => return None,
    };
    let salt = text_salt(salt).filter(|salt| !salt.is_empty())?;
    Some((Recipe::Hmac { digest, salt }, Encoding::Hex))
}

/// `scrypt:N:r:p$salt`
pub(super) fn scrypt(head: &str) -> Option<(Recipe, Encoding)> {
    let [method, salt] = fields(head)?;
    let (n, costs) = method.strip_prefix("scrypt:")?.split_once(':')?;
    let (r, p) = costs.split_once(':')?;
    let salt = text_salt(salt)?;
    Some((
        Scrypt::recipe_with_n(decimal(n)?, decimal(r)?, decimal(p)?, salt, SCRYPT_OUTPUT_BYTES)?,
        Encoding::Hex,
    ))
}
