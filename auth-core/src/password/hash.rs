//! Stored hashes: PHC strings, and the caps on what one may ask for.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::secret::Secret;

use super::config::Argon2Params;

/// Most memory that a stored hash may ask for: 256 MiB, which is libsodium's "moderate" and four times the second
/// recommended option of RFC 9106 section 4. A pool thread takes at most this much, and only for that one run.
pub(super) const MAX_MEMORY_KIB: u32 = 256 * 1024;

/// Most passes. Deployed settings stay below ten.
pub(super) const MAX_ITERATIONS: u32 = 16;

/// Most lanes. Deployed settings stay at eight (Django) or below.
pub(super) const MAX_LANES: u32 = 16;

/// Most memory times passes, in KiB: 1 GiB, some half a second of one core. Without it both caps above, taken
/// together, would allow a run of two seconds.
pub(super) const MAX_WORK_KIB: u64 = 1024 * 1024;

/// Salt of new hashes, in bytes (RFC 9106 section 3.1: 16 bytes are recommended for password hashing).
pub(super) const SALT_BYTES: usize = 16;

/// Output of new hashes, in bytes (RFC 9106 section 4: 256 bits).
pub(super) const OUTPUT_BYTES: usize = 32;

/// Salts of stored hashes, in bytes: Argon2's own minimum to the most that known libraries write.
const SALT_RANGE: std::ops::RangeInclusive<usize> = 8..=64;

/// Output of stored hashes, in bytes: the PHC string format's minimum, so that no stray password matches by luck, to
/// more than any known library writes.
const OUTPUT_RANGE: std::ops::RangeInclusive<usize> = 10..=128;

/// The longest PHC string that is read at all. The largest within the caps has 332 bytes.
const MAX_PHC_BYTES: usize = 512;

/// A stored hash: a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$…$…`). `Debug` shows nothing of it.
///
/// Any text can be one, as stores and imports may hold anything. Verification takes Argon2id, Argon2i and Argon2d,
/// versions 16 and 19, up to 256 MiB of memory, 16 passes, 16 lanes, memory times passes up to 1 GiB, salts of 8 to 64
/// bytes and outputs of 10 to 128 bytes; what is outside of that verifies no password.
#[derive(Clone)]
pub struct PasswordHash(Secret);

impl PasswordHash {
    /// The hash with this text, which is not looked at until a password is verified against it.
    pub fn from_encoded(encoded: impl Into<String>) -> Self {
        Self(Secret::new(encoded))
    }

    /// The text, to be stored.
    pub fn as_encoded(&self) -> &str {
        self.0.expose()
    }

    /// Whether some password could be verified against it: its format is known and asks for no more than the caps
    /// allow. An account whose hash is not usable is one without a password.
    pub fn is_usable(&self) -> bool {
        parse(self).is_some()
    }
}

impl PartialEq for PasswordHash {
    /// In time that does not depend on where they differ.
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl Eq for PasswordHash {}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

/// What to compute: everything of a PHC string but its output. Within the caps by construction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Recipe {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Argon2Params,
    pub(super) salt: Vec<u8>,
    pub(super) output_bytes: usize,
}

impl Recipe {
    /// What new hashes are made by.
    pub(super) fn new(params: Argon2Params, salt: [u8; SALT_BYTES]) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params,
            salt: salt.to_vec(),
            output_bytes: OUTPUT_BYTES,
        }
    }

    /// Whether a new hash with `params` would be made in another way.
    pub(super) fn is_outdated(&self, params: Argon2Params) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.params != params
            || self.output_bytes != OUTPUT_BYTES
            || self.salt.len() < SALT_BYTES
    }

    /// The ready Argon2 context. `None` only if the crate's limits were narrower than ours.
    pub(super) fn context(&self) -> Option<Argon2<'static>> {
        let params = Params::new(
            self.params.memory_kib(),
            self.params.iterations(),
            self.params.parallelism(),
            Some(self.output_bytes),
        );
        params.ok().map(|params| Argon2::new(self.algorithm, self.version, params))
    }

    /// The PHC string with this output.
    pub(super) fn phc(&self, output: &[u8]) -> PasswordHash {
        PasswordHash::from_encoded(format!(
            "${}$v={}$m={},t={},p={}${}${}",
            self.algorithm,
            u32::from(self.version),
            self.params.memory_kib(),
            self.params.iterations(),
            self.params.parallelism(),
            STANDARD_NO_PAD.encode(&self.salt),
            STANDARD_NO_PAD.encode(output),
        ))
    }
}

/// Reads a PHC string: the recipe and the output it should have. `None` for anything that is not Argon2 or is over a
/// cap; no more memory is taken than the string itself has.
pub(super) fn parse(hash: &PasswordHash) -> Option<(Recipe, Vec<u8>)> {
    let phc = hash.as_encoded();
    if phc.len() > MAX_PHC_BYTES {
        return None;
    }
    let mut fields = phc.strip_prefix('$')?.split('$');
    let algorithm = algorithm(fields.next()?)?;
    let field = fields.next()?;
    // Version 16 wrote no version field (PHC string format of the Argon2 reference implementation).
    let (version, costs) = match field.strip_prefix("v=") {
        Some(version) => (Version::try_from(decimal(version)?).ok()?, fields.next()?),
        None => (Version::V0x10, field),
    };
    let params = costs_of(costs)?;
    let salt = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    let output = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    if fields.next().is_some() || !SALT_RANGE.contains(&salt.len()) || !OUTPUT_RANGE.contains(&output.len()) {
        return None;
    }
    Some((Recipe { algorithm, version, params, salt, output_bytes: output.len() }, output))
}

fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "argon2d" => Some(Algorithm::Argon2d),
        "argon2i" => Some(Algorithm::Argon2i),
        "argon2id" => Some(Algorithm::Argon2id),
        _ => None,
    }
}

/// `m=…,t=…,p=…`, in this order, as the reference implementation writes and demands it.
fn costs_of(text: &str) -> Option<Argon2Params> {
    let mut costs = text.split(',');
    let memory_kib = decimal(costs.next()?.strip_prefix("m=")?)?;
    let iterations = decimal(costs.next()?.strip_prefix("t=")?)?;
    let parallelism = decimal(costs.next()?.strip_prefix("p=")?)?;
    if costs.next().is_some() {
        return None;
    }
    Argon2Params::insecure_any_cost(memory_kib, iterations, parallelism).ok()
}

/// A decimal number of the PHC string format: digits only, no leading zero.
fn decimal(text: &str) -> Option<u32> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}
