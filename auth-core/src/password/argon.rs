//! Argon2: PHC strings, and the work.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::error::{Error, ErrorKind};

use super::fields::decimal;
use super::params::Argon2Params;
use super::pool::WorkArea;

/// Salt of new hashes, in bytes (RFC 9106 section 3.1: 16 bytes are recommended for password hashing).
pub(super) const SALT_BYTES: usize = 16;

/// Output of new hashes, in bytes (RFC 9106 section 4: 256 bits).
pub(super) const OUTPUT_BYTES: usize = 32;

/// Salts of stored hashes, in bytes: Argon2's own minimum to the most that known libraries write.
const SALT_RANGE: std::ops::RangeInclusive<usize> = 8..=64;

/// Output of stored hashes, in bytes: the PHC string format's minimum, so that no stray password matches by luck, to
/// more than any known library writes.
const OUTPUT_RANGE: std::ops::RangeInclusive<usize> = 10..=128;

/// What to compute: everything of a PHC string but its output. Within the caps by construction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Argon2Recipe {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Argon2Params,
    pub(super) salt: Vec<u8>,
    pub(super) output_bytes: usize,
}

impl Argon2Recipe {
    /// What new hashes are made by.
    pub(super) fn new(params: Argon2Params, salt: &[u8]) -> Self {
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

    /// Does the work.
    ///
    /// # Errors
    /// `Unavailable` when memory is short; `Internal` when Argon2 refuses what is within the caps.
    pub(super) fn compute(&self, area: &mut WorkArea, input: &[u8], output: &mut [u8]) -> Result<(), Error> {
        let context = self.context().ok_or(ErrorKind::Internal)?;
        area.hash(&context, input, &self.salt, output)
    }

    /// The PHC string up to its output.
    pub(super) fn head(&self) -> String {
        format!(
            "${}$v={}$m={},t={},p={}${}$",
            self.algorithm,
            u32::from(self.version),
            self.params.memory_kib(),
            self.params.iterations(),
            self.params.parallelism(),
            STANDARD_NO_PAD.encode(&self.salt),
        )
    }

    /// The PHC string with this output.
    pub(super) fn phc(&self, output: &[u8]) -> String {
        self.head() + &STANDARD_NO_PAD.encode(output)
    }
}

/// Reads a PHC string: the recipe and the output it should have. `None` for anything that is not Argon2 or is over a
/// cap; no more memory is taken than the string itself has.
pub(super) fn parse(phc: &str) -> Option<(Argon2Recipe, Vec<u8>)> {
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
    Some((Argon2Recipe { algorithm, version, params, salt, output_bytes: output.len() }, output))
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
