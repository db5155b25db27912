//! The hashes of other frameworks: how each is written, and what is computed for it.
//!
//! A reader takes a text apart and refuses what is over a cap, before anything is computed; [`Recipe::compute`] does the
//! work, on the pool. The primitives are those of reviewed crates.
//!
//! Such a hash takes its own time, not that of a new one: once for each spelling of the password that differs (as typed and in Unicode's
//! four normalisation forms: once for ASCII, five times at most), each of Flask-Security's salts, and each meaning of its text (`md5$` and
//! `sha1$` are Django's and old Werkzeug's); and the login that replaces it takes a second run. Where a users' store has new hashes made
//! in Django's formats, nobody's name is tried in as many spellings as somebody's.

mod bcrypt;
mod digest;
mod django;
mod encoding;
mod md5_crypt;
mod passlib;
mod read;
mod recipe;
mod sha_crypt;
#[cfg(test)]
mod tests;
mod werkzeug;
mod wrapped;

pub(super) use self::bcrypt::{BASE64 as BCRYPT_BASE64, BCRYPT_BYTES, Bcrypt, BcryptInput, MAX_COST};
pub(super) use self::digest::Digest;
pub(super) use self::django::SCRYPT_OUTPUT_BYTES as DJANGO_SCRYPT_BYTES;
pub(super) use self::read::plain;
pub(super) use self::recipe::{MAX_ITERATIONS, Pbkdf2, Recipe, Scrypt};
pub(super) use self::wrapped::{split, wrapped};
