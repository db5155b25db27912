//! An Argon2id hash over the digest of a weaker one: `wrapped$`, the old text without its digest, `$argon2id$…`.
//!
//! So the weak digest is nowhere stored, and what is needed to compute it from the password is: its format, cost and salt.

use super::super::argon;
use super::super::format::HashFormat;
use super::read::head;
use super::recipe::{Read, Recipe};

/// Where the new hash begins.
const OUTER: &str = "$argon2id$";

/// Reads what follows the tag.
pub(in super::super) fn wrapped(encoded: &str) -> Read {
    let (old, phc) = encoded.split_at(encoded.rfind(OUTER)?);
    let (recipe, _) = head(&HashFormat::plain(old)?, old)?;
    let (outer, expected) = argon::parse(phc)?;
    Some((Recipe::Wrapped { old: Box::new(recipe), outer }, expected))
}

/// Takes a hash without a tag into what a wrapped one keeps of it and its digest. `None` for formats whose digest cannot be taken
/// off: bcrypt and those with a free length of output, which are none of the weak ones.
pub(in super::super) fn split(encoded: &str) -> Option<(&str, Vec<u8>)> {
    let (old, digest) = encoded.rsplit_once('$')?;
    let (recipe, encoding) = head(&HashFormat::plain(encoded)?, old)?;
    let digest = encoding.decode(digest)?;
    (digest.len() == recipe.output_bytes()).then_some((old, digest))
}
