//! From a text to what is computed for it, by its format.

use super::super::argon;
use super::super::format::HashFormat;
use super::bcrypt::{self, BcryptInput};
use super::digest::Digest;
use super::encoding::Encoding;
use super::recipe::{Read, Recipe};
use super::{django, md5_crypt, passlib, sha_crypt, werkzeug};

/// Reads a hash without a tag.
pub(in super::super) fn plain(format: &HashFormat, encoded: &str) -> Read {
    match format {
        HashFormat::Argon2d | HashFormat::Argon2i | HashFormat::Argon2id => argon2(encoded),
        HashFormat::Bcrypt => bcrypt(encoded, BcryptInput::Plain),
        HashFormat::DjangoArgon2 => argon2(encoded.strip_prefix("argon2")?),
        HashFormat::DjangoBcrypt => bcrypt(encoded.strip_prefix("bcrypt$")?, BcryptInput::Plain),
        HashFormat::DjangoBcryptSha256 => {
            bcrypt(encoded.strip_prefix("bcrypt_sha256$")?, BcryptInput::HexSha256)
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
pub(super) fn head(format: &HashFormat, head: &str) -> Option<(Recipe, Encoding)> {
    match format {
        HashFormat::DjangoMd5 => django::digest(head, Digest::Md5),
        HashFormat::DjangoPbkdf2Sha1 => django::pbkdf2(head, Digest::Sha1),
        HashFormat::DjangoPbkdf2Sha256 => django::pbkdf2(head, Digest::Sha256),
        HashFormat::DjangoScrypt => django::scrypt(head),
        HashFormat::DjangoSha1 => django::digest(head, Digest::Sha1),
        HashFormat::Md5Crypt => {
            md5_crypt::head(head).map(|(recipe, encoding)| (Recipe::Md5Crypt(recipe), encoding))
        }
        HashFormat::PasslibPbkdf2Sha1 => passlib::pbkdf2(head, Digest::Sha1),
        HashFormat::PasslibPbkdf2Sha256 => passlib::pbkdf2(head, Digest::Sha256),
        HashFormat::PasslibPbkdf2Sha512 => passlib::pbkdf2(head, Digest::Sha512),
        HashFormat::Sha256Crypt => sha_crypt(head, Digest::Sha256),
        HashFormat::Sha512Crypt => sha_crypt(head, Digest::Sha512),
        HashFormat::WerkzeugHmac => werkzeug::hmac(head),
        HashFormat::WerkzeugPbkdf2 => werkzeug::pbkdf2(head),
        HashFormat::WerkzeugScrypt => werkzeug::scrypt(head),
        _ => None,
    }
}

fn argon2(phc: &str) -> Read {
    argon::parse(phc).map(|(recipe, expected)| (Recipe::Argon2(recipe), expected))
}

fn bcrypt(encoded: &str, input: BcryptInput) -> Read {
    bcrypt::read(encoded, input).map(|(recipe, expected)| (Recipe::Bcrypt(recipe), expected))
}

fn sha_crypt(head: &str, digest: Digest) -> Option<(Recipe, Encoding)> {
    sha_crypt::head(head, digest).map(|(recipe, encoding)| (Recipe::ShaCrypt(recipe), encoding))
}
