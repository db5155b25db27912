//! The hashes of other frameworks: how each is written, and what is computed for it.
//!
//! A reader takes a text apart and refuses what is over a cap, before anything is computed; [`Recipe::compute`] does the
//! work, on the pool. The primitives are those of reviewed crates.

mod bcrypt;
mod django;
mod md5_crypt;
mod passlib;
mod recipe;
mod sha_crypt;
#[cfg(test)]
mod tests;
mod werkzeug;
mod wrapped;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::argon;
use super::format::HashFormat;

pub(super) use self::bcrypt::{BASE64 as BCRYPT_BASE64, BCRYPT_BYTES, Bcrypt, BcryptInput, MAX_COST};
pub(super) use self::django::SCRYPT_OUTPUT_BYTES as DJANGO_SCRYPT_BYTES;
pub(super) use self::recipe::{Digest, MAX_ITERATIONS, Pbkdf2, Recipe, Scrypt};
pub(super) use self::wrapped::{split, wrapped};

/// What to compute, and what should come out of it.
type Read = Option<(Recipe, Vec<u8>)>;

/// Salts that are text, in bytes. Known writers make 8 to 29.
const MAX_SALT: usize = 64;

/// Reads a hash without a tag.
pub(super) fn plain(format: &HashFormat, encoded: &str) -> Read {
    match format {
        HashFormat::Argon2d | HashFormat::Argon2i | HashFormat::Argon2id => argon2(encoded),
        HashFormat::Bcrypt => bcrypt::read(encoded, BcryptInput::Plain),
        HashFormat::DjangoArgon2 => argon2(encoded.strip_prefix("argon2")?),
        HashFormat::DjangoBcrypt => bcrypt::read(encoded.strip_prefix("bcrypt$")?, BcryptInput::Plain),
        HashFormat::DjangoBcryptSha256 => {
            bcrypt::read(encoded.strip_prefix("bcrypt_sha256$")?, BcryptInput::HexSha256)
        }
        HashFormat::PasslibBcryptSha256 => passlib::bcrypt_sha256(encoded),
        HashFormat::Scrypt => passlib::scrypt(encoded),
        _ => {
            let (head, digest) = encoded.rsplit_once('$')?;
            let (recipe, encoding) = self::head(format, head)?;
            let expected = encoding.decode(digest)?;
            (expected.len() == recipe.output_bytes()).then_some((recipe, expected))
        }
    }
}

/// Reads all of a hash but its digest, for the formats that end in `$` and the digest and have a fixed length of it.
fn head(format: &HashFormat, head: &str) -> Option<(Recipe, Encoding)> {
    match format {
        HashFormat::DjangoMd5 => django::digest(head, Digest::Md5),
        HashFormat::DjangoPbkdf2Sha1 => django::pbkdf2(head, Digest::Sha1),
        HashFormat::DjangoPbkdf2Sha256 => django::pbkdf2(head, Digest::Sha256),
        HashFormat::DjangoScrypt => django::scrypt(head),
        HashFormat::DjangoSha1 => django::digest(head, Digest::Sha1),
        HashFormat::Md5Crypt => md5_crypt::head(head),
        HashFormat::PasslibPbkdf2Sha1 => passlib::pbkdf2(head, Digest::Sha1),
        HashFormat::PasslibPbkdf2Sha256 => passlib::pbkdf2(head, Digest::Sha256),
        HashFormat::PasslibPbkdf2Sha512 => passlib::pbkdf2(head, Digest::Sha512),
        HashFormat::Sha256Crypt => sha_crypt::head(head, Digest::Sha256),
        HashFormat::Sha512Crypt => sha_crypt::head(head, Digest::Sha512),
        HashFormat::WerkzeugHmac => werkzeug::hmac(head),
        HashFormat::WerkzeugPbkdf2 => werkzeug::pbkdf2(head),
        HashFormat::WerkzeugScrypt => werkzeug::scrypt(head),
        _ => None,
    }
}

fn argon2(phc: &str) -> Read {
    argon::parse(phc).map(|(recipe, expected)| (Recipe::Argon2(recipe), expected))
}

/// How a digest is written.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    /// RFC 4648 with padding.
    Base64,
    /// passlib's `ab64`: `.` for `+`, and no padding.
    Ab64,
    /// Lower-case hexadecimal.
    Hex,
    /// crypt(3)'s own order of bytes and bits, of MD5.
    Md5Crypt,
    /// The same, of a digest of this kind.
    ShaCrypt(Digest),
}

impl Encoding {
    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Ab64 => passlib::decode_ab64(text),
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Hex => decode_hex(text),
            Self::Md5Crypt => md5_crypt::decode(text),
            Self::ShaCrypt(digest) => sha_crypt::decode(digest, text),
        }
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(nibble(pair[0])? << 4 | nibble(*pair.get(1)?)?)).collect()
}

/// A decimal number as these formats write it: digits only, no leading zero.
pub(super) fn decimal(text: &str) -> Option<u32> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

/// A salt that is used as the text it is.
fn text_salt(text: &str) -> Option<Vec<u8>> {
    (text.len() <= MAX_SALT).then(|| text.into())
}

/// The fields of a text between `$`, if there are `N`.
fn fields<const N: usize>(text: &str) -> Option<[&str; N]> {
    let fields: Vec<&str> = text.splitn(N + 1, '$').collect();
    fields.try_into().ok()
}
