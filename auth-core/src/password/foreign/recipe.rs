//! What is computed for a stored hash.

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};

use super::super::argon::Argon2Recipe;
use super::super::params::MAX_MEMORY_KIB;
use super::super::pool::WorkArea;
use super::bcrypt::{Bcrypt, BcryptInput};
use super::digest::Digest;
use super::md5_crypt::Md5Crypt;
use super::sha_crypt::ShaCrypt;

/// Most iterations of PBKDF2: twice what the newest Django writes (1,500,000 in 6.1), about half a second to a second of
/// one core. Half of it with SHA-512, whose rounds take three times as long.
pub(in super::super) const MAX_ITERATIONS: u32 = 3_000_000;

/// Most memory of scrypt, in bytes, times its `p`: the same as Argon2's, and twice the largest setting of the OWASP
/// Password Storage Cheat Sheet (N=2^17, r=8, p=1). Of one core about half a second.
const MAX_SCRYPT_BYTES: u64 = MAX_MEMORY_KIB as u64 * 1024;

/// Most of scrypt's `r` times `p`. Deployed settings stay at 128 or below; far above, what is done beside the mixing (RFC 7914 section
/// 6, steps 1 and 3) would cost more than it.
const MAX_SCRYPT_BLOCKS: u64 = 16 * 1024;

/// What to compute, and what should come out of it.
pub(super) type Read = Option<(Recipe, Vec<u8>)>;

/// Everything of a stored hash but its output. Within the caps by construction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) enum Recipe {
    Argon2(Argon2Recipe),
    Bcrypt(Bcrypt),
    /// One round over salt and password.
    Digest {
        digest: Digest,
        salt: Vec<u8>,
    },
    /// One HMAC of the password under the salt.
    Hmac {
        digest: Digest,
        salt: Vec<u8>,
    },
    Md5Crypt(Md5Crypt),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
    ShaCrypt(ShaCrypt),
    /// Argon2id of what the old recipe gives.
    Wrapped {
        old: Box<Recipe>,
        outer: Argon2Recipe,
    },
}

impl Recipe {
    /// The length of what comes out, in bytes.
    pub(in super::super) fn output_bytes(&self) -> usize {
        match self {
            Self::Argon2(recipe) | Self::Wrapped { outer: recipe, .. } => recipe.output_bytes,
            Self::Bcrypt(_) => Bcrypt::OUTPUT_BYTES,
            Self::Digest { digest, .. } | Self::Hmac { digest, .. } => digest.output_bytes(),
            Self::Md5Crypt(_) => Digest::Md5.output_bytes(),
            Self::Pbkdf2(recipe) => recipe.digest.output_bytes(),
            Self::Scrypt(recipe) => recipe.output_bytes,
            Self::ShaCrypt(recipe) => recipe.digest().output_bytes(),
        }
    }

    /// Whether all of `input` would count, and cost no more than is given.
    pub(in super::super) fn takes(&self, input: &[u8]) -> bool {
        match self {
            Self::Bcrypt(recipe) => recipe.takes(input),
            Self::ShaCrypt(recipe) => recipe.takes(input),
            Self::Wrapped { old, .. } => old.takes(input),
            Self::Argon2(_)
            | Self::Digest { .. }
            | Self::Hmac { .. }
            | Self::Md5Crypt(_)
            | Self::Pbkdf2(_)
            | Self::Scrypt(_) => true,
        }
    }

    /// Whether passwords are guessed against it at little cost: one round of a digest, fewer iterations than the OWASP Password
    /// Storage Cheat Sheet asks for, or crypt(3)'s, which it does not name at all.
    pub(in super::super) fn is_weak(&self) -> bool {
        match self {
            Self::Digest { .. } | Self::Hmac { .. } | Self::Md5Crypt(_) | Self::ShaCrypt(_) => true,
            Self::Pbkdf2(recipe) => recipe.iterations < recipe.digest.least_iterations(),
            Self::Argon2(_) | Self::Bcrypt(_) | Self::Scrypt(_) | Self::Wrapped { .. } => false,
        }
    }

    pub(in super::super) fn is_bcrypt_of(&self, input: BcryptInput) -> bool {
        matches!(self, Self::Bcrypt(recipe) if recipe.input == input)
    }

    /// Whether both take the same work to compute: parameters of the same kind and size.
    pub(in super::super) fn is_as_costly_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bcrypt(one), Self::Bcrypt(other)) => one.cost == other.cost,
            (Self::Pbkdf2(one), Self::Pbkdf2(other)) => one.iterations == other.iterations,
            (Self::Scrypt(one), Self::Scrypt(other)) => {
                (one.log_n, one.r, one.p) == (other.log_n, other.r, other.p)
            }
            _ => false,
        }
    }

    /// What the same text may mean as well: `md5$salt$…` is one round of Django's, or an HMAC of Werkzeug's before 2.3.
    pub(in super::super) fn second_meaning(&self) -> Option<Self> {
        match self {
            Self::Digest { digest, salt } => Some(Self::Hmac { digest: *digest, salt: salt.clone() }),
            Self::Wrapped { old, outer } => {
                let old = Box::new(old.second_meaning()?);
                Some(Self::Wrapped { old, outer: outer.clone() })
            }
            _ => None,
        }
    }

    /// Does the work. For the pool only.
    ///
    /// # Errors
    /// `Unavailable` when memory is short; `Internal` when a primitive refuses what is within the caps.
    pub(in super::super) fn compute(
        &self,
        area: &mut WorkArea,
        input: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut output = Zeroizing::new(vec![0; self.output_bytes()]);
        match self {
            Self::Argon2(recipe) => recipe.compute(area, input, &mut output)?,
            Self::Bcrypt(recipe) => recipe.compute(input, &mut output),
            Self::Digest { digest, salt } => digest.compute(salt, input, &mut output),
            Self::Hmac { digest, salt } => digest.compute_hmac(salt, input, &mut output),
            Self::Md5Crypt(recipe) => recipe.compute(input, &mut output),
            Self::Pbkdf2(recipe) => recipe.compute(input, &mut output),
            Self::Scrypt(recipe) => recipe.compute(area, input, &mut output)?,
            Self::ShaCrypt(recipe) => recipe.compute(input, &mut output),
            Self::Wrapped { old, outer } => {
                let digest = old.compute(area, input)?;
                outer.compute(area, &digest, &mut output)?;
            }
        }
        Ok(output)
    }
}

/// PBKDF2-HMAC (RFC 8018 section 5.2), with as much output as its digest has: more would cost its owner only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct Pbkdf2 {
    pub(in super::super) digest: Digest,
    pub(in super::super) iterations: u32,
    pub(in super::super) salt: Vec<u8>,
}

impl Pbkdf2 {
    /// A recipe within the caps.
    pub(super) fn recipe(digest: Digest, iterations: u32, salt: Vec<u8>) -> Option<Recipe> {
        let most = if digest == Digest::Sha512 { MAX_ITERATIONS / 2 } else { MAX_ITERATIONS };
        let is_possible = (1..=most).contains(&iterations) && digest != Digest::Md5;
        is_possible.then_some(Recipe::Pbkdf2(Self { digest, iterations, salt }))
    }

    fn compute(&self, input: &[u8], output: &mut [u8]) {
        match self.digest {
            Digest::Sha1 => pbkdf2_hmac::<Sha1>(input, &self.salt, self.iterations, output),
            Digest::Sha512 => pbkdf2_hmac::<Sha512>(input, &self.salt, self.iterations, output),
            // No reader makes one over MD5.
            Digest::Sha256 | Digest::Md5 => pbkdf2_hmac::<Sha256>(input, &self.salt, self.iterations, output),
        }
    }
}

/// scrypt (RFC 7914).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct Scrypt {
    pub(in super::super) log_n: u8,
    pub(in super::super) r: u32,
    pub(in super::super) p: u32,
    pub(in super::super) salt: Vec<u8>,
    pub(in super::super) output_bytes: usize,
}

impl Scrypt {
    /// A recipe within the caps, with `n` as the formats write it that do not take its logarithm.
    pub(super) fn recipe_with_n(
        n: u32,
        r: u32,
        p: u32,
        salt: Vec<u8>,
        output_bytes: usize,
    ) -> Option<Recipe> {
        let log_n = u8::try_from(n.checked_ilog2()?).ok()?;
        if n.is_power_of_two() { Self::recipe(log_n, r, p, salt, output_bytes) } else { None }
    }

    /// A recipe within the caps.
    pub(super) fn recipe(log_n: u8, r: u32, p: u32, salt: Vec<u8>, output_bytes: usize) -> Option<Recipe> {
        let recipe = Self { log_n, r, p, salt, output_bytes };
        let blocks = u64::from(r).saturating_mul(u64::from(p));
        let work = blocks.saturating_mul(128).saturating_mul(1 << log_n.min(63));
        let is_possible = log_n > 0 && (1..=MAX_SCRYPT_BLOCKS).contains(&blocks) && work <= MAX_SCRYPT_BYTES;
        is_possible.then_some(Recipe::Scrypt(recipe))
    }

    /// The memory that it takes, in bytes (section 2: 128 N r, and 128 r p for the blocks).
    fn memory(&self) -> u64 {
        128 * u64::from(self.r) * ((1 << self.log_n) + u64::from(self.p))
    }

    fn compute(&self, area: &mut WorkArea, input: &[u8], output: &mut [u8]) -> Result<(), Error> {
        area.make_way(usize::try_from(self.memory().div_ceil(1024)).unwrap_or(usize::MAX))?;
        let params = scrypt::Params::new(self.log_n, self.r, self.p);
        let params = params.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        scrypt::scrypt(input, &self.salt, &params, output)
            .map_err(|error| Error::new(ErrorKind::Internal).with_source(error))
    }
}
