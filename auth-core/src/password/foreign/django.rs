//! Django's hashes (`django.contrib.auth.hashers`), apart from those that are another format behind a name.

use super::super::fields::{decimal, fields, text_salt};
use super::digest::Digest;
use super::encoding::Encoding;
use super::recipe::{Pbkdf2, Recipe, Scrypt};

/// What `hashlib.scrypt` is asked for, in bytes.
pub(in super::super) const SCRYPT_OUTPUT_BYTES: usize = 64;

/// `pbkdf2_sha256$iterations$salt`
pub(super) fn pbkdf2(head: &str, digest: Digest) -> Option<(Recipe, Encoding)> {
    let [_, iterations, salt] = fields(head)?;
    Some((Pbkdf2::recipe(digest, decimal(iterations)?, text_salt(salt)?)?, Encoding::Base64))
}

/// `scrypt$N$salt$r$p`
pub(super) fn scrypt(head: &str) -> Option<(Recipe, Encoding)> {
    let [_, n, salt, r, p] = fields(head)?;
    let salt = text_salt(salt)?;
    Some((
        Scrypt::recipe_with_n(decimal(n)?, decimal(r)?, decimal(p)?, salt, SCRYPT_OUTPUT_BYTES)?,
        Encoding::Base64,
    ))
}

/// `md5$salt`
pub(super) fn digest(head: &str, digest: Digest) -> Option<(Recipe, Encoding)> {
    let [_, salt] = fields(head)?;
    Some((Recipe::Digest { digest, salt: text_salt(salt)? }, Encoding::Hex))
}
