//! passlib's own hashes, and scrypt's PHC strings, which it writes too.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::super::fields::{MAX_SALT, decimal, fields};
use super::bcrypt::{self, BcryptInput};
use super::digest::Digest;
use super::encoding::{Encoding, decode_ab64};
use super::recipe::{Pbkdf2, Read, Recipe, Scrypt};

/// Output of a scrypt PHC string, in bytes: as for Argon2, so that no stray password matches by luck.
const SCRYPT_OUTPUT_RANGE: std::ops::RangeInclusive<usize> = 10..=128;

/// `$pbkdf2-sha256$iterations$salt`
pub(super) fn pbkdf2(head: &str, digest: Digest) -> Option<(Recipe, Encoding)> {
    let ["", _, iterations, salt] = fields(head)? else { return None };
    let salt = decode_ab64(salt).filter(|salt| salt.len() <= MAX_SALT)?;
    Some((Pbkdf2::recipe(digest, decimal(iterations)?, salt)?, Encoding::Ab64))
}

/// `$scrypt$ln=16,r=8,p=1$salt$digest`
pub(super) fn scrypt(encoded: &str) -> Read {
    let ["", _, costs, salt, digest] = fields(encoded)? else { return None };
    let (log_n, costs) = costs.strip_prefix("ln=")?.split_once(",r=")?;
    let (r, p) = costs.split_once(",p=")?;
    let salt = STANDARD_NO_PAD.decode(salt).ok().filter(|salt| salt.len() <= MAX_SALT)?;
    let expected = STANDARD_NO_PAD.decode(digest).ok()?;
    if !SCRYPT_OUTPUT_RANGE.contains(&expected.len()) {
        return None;
    }
    let log_n = u8::try_from(decimal(log_n)?).ok()?;
    Some((Scrypt::recipe(log_n, decimal(r)?, decimal(p)?, salt, expected.len())?, expected))
}

/// `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`, and of version 1 `$bcrypt-sha256$2b,12$salt$digest`
pub(super) fn bcrypt_sha256(encoded: &str) -> Read {
    let ["", _, costs, salt, digest] = fields(encoded)? else { return None };
    let (input, costs, separator) = match costs.strip_prefix("v=2,t=") {
        Some(costs) => (BcryptInput::Base64Hmac, costs, ",r="),
        None => (BcryptInput::Base64Sha256, costs, ","),
    };
    let (version, cost) = costs.split_once(separator)?;
    if !matches!(version, "2a" | "2b") {
        return None;
    }
    let (recipe, expected) = bcrypt::read_parts(input, decimal(cost)?, salt, digest)?;
    Some((Recipe::Bcrypt(recipe), expected))
}
