//! What new hashes look like, and when a login makes one.

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::error::Error;

use super::argon::{Argon2Recipe, SALT_BYTES};
use super::foreign::{
    BCRYPT_BASE64, Bcrypt, BcryptInput, DJANGO_SCRYPT_BYTES, Digest, MAX_COST, MAX_ITERATIONS,
};
use super::foreign::{Pbkdf2, Recipe, Scrypt};
use super::format::HashFormat;
use super::hash::PasswordHash;
use super::params::Argon2Params;
use super::stored::Stored;

/// The least bcrypt cost of the OWASP Password Storage Cheat Sheet.
const OWASP_BCRYPT_COST: u32 = 10;

/// Characters of a salt that is text: 62^22 is just above 2^128 (Django's own salts have the same length and alphabet, and
/// Django hashes anew where there is less).
const SALT_CHARS: usize = 22;

const SALT_ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How hashes are written into a users' table. The store that owns the table says so
/// ([`UserStore::hashing`](crate::user::UserStore::hashing)), so that nobody writes what another program over the same table cannot
/// read. Complete: these are the two questions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HashingRules {
    /// What new hashes look like.
    pub format: NewHashFormat,
    /// Whether a login with the right password replaces a hash that was made in another way than new ones.
    pub upgrade: bool,
}

impl Default for HashingRules {
    fn default() -> Self {
        Self { format: NewHashFormat::Phc, upgrade: true }
    }
}

/// What new hashes look like. Passwords go in in NFC, whatever the format.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum NewHashFormat {
    /// Argon2id at the parameters of [`PasswordConfig`](super::PasswordConfig), in Django's grammar: `argon2$argon2id$…`, at most
    /// 128 characters. Django itself writes [`Argon2Params::DJANGO`], and at a login replaces what has others.
    DjangoArgon2,
    /// bcrypt of the SHA-256, with this cost (Django's default is 12).
    DjangoBcryptSha256 {
        /// The binary logarithm of the number of rounds.
        cost: u32,
    },
    /// PBKDF2-HMAC-SHA-256 with this number of iterations: Django's default format, with a number of its own in each release
    /// (600,000 in 4.2, 1,000,000 in 5.2, 1,500,000 in 6.1).
    DjangoPbkdf2Sha256 {
        /// Rounds of HMAC.
        iterations: u32,
    },
    /// scrypt with Django's parameters: N=2^14, r=8, p=5.
    DjangoScrypt,
    /// Argon2id at the parameters of [`PasswordConfig`](super::PasswordConfig), as a PHC string.
    #[default]
    Phc,
}

impl NewHashFormat {
    /// Whether hashes would be weaker than the OWASP Password Storage Cheat Sheet asks for, apart from what
    /// [`PasswordConfig`](super::PasswordConfig) says of Argon2.
    pub fn is_weak(self) -> bool {
        match self {
            Self::DjangoBcryptSha256 { cost } => cost < OWASP_BCRYPT_COST,
            Self::DjangoPbkdf2Sha256 { iterations } => iterations < Digest::Sha256.least_iterations(),
            Self::DjangoArgon2 | Self::DjangoScrypt | Self::Phc => false,
        }
    }

    /// What a hash of this format must be able to cost: what is verified, too.
    pub(super) fn check(self) -> Result<(), Error> {
        let (what, cost, range) = match self {
            Self::DjangoBcryptSha256 { cost } => ("the bcrypt cost", cost, 4..=MAX_COST),
            Self::DjangoPbkdf2Sha256 { iterations } => {
                ("the PBKDF2 iterations", iterations, 1..=MAX_ITERATIONS)
            }
            Self::DjangoArgon2 | Self::DjangoScrypt | Self::Phc => return Ok(()),
        };
        if range.contains(&cost) {
            return Ok(());
        }
        Err(Error::configuration(format!(
            "{what}: {cost} is out of range, use {} to {}",
            range.start(),
            range.end()
        )))
    }

    /// How a new hash with this salt is computed and written.
    pub(super) fn plan(self, params: Argon2Params, salt: [u8; SALT_BYTES]) -> NewHash {
        let text = text_salt(salt);
        match self {
            Self::DjangoArgon2 => {
                let recipe = Argon2Recipe::new(params, text.as_bytes());
                NewHash {
                    head: format!("argon2{}", recipe.head()),
                    recipe: Recipe::Argon2(recipe),
                    base64: &STANDARD_NO_PAD,
                }
            }
            Self::DjangoBcryptSha256 { cost } => {
                let recipe = Bcrypt { input: BcryptInput::HexSha256, cost, salt };
                let head = format!("bcrypt_sha256${}", recipe.head());
                NewHash { head, recipe: Recipe::Bcrypt(recipe), base64: &BCRYPT_BASE64 }
            }
            Self::DjangoPbkdf2Sha256 { iterations } => {
                let head = format!("pbkdf2_sha256${iterations}${text}$");
                let recipe = Pbkdf2 { digest: Digest::Sha256, iterations, salt: text.into_bytes() };
                NewHash { head, recipe: Recipe::Pbkdf2(recipe), base64: &STANDARD }
            }
            Self::DjangoScrypt => {
                let head = format!("scrypt$16384${text}$8$5$");
                let salt = text.into_bytes();
                let recipe = Scrypt { log_n: 14, r: 8, p: 5, salt, output_bytes: DJANGO_SCRYPT_BYTES };
                NewHash { head, recipe: Recipe::Scrypt(recipe), base64: &STANDARD }
            }
            Self::Phc => {
                let recipe = Argon2Recipe::new(params, &salt);
                NewHash { head: recipe.head(), recipe: Recipe::Argon2(recipe), base64: &STANDARD_NO_PAD }
            }
        }
    }

    /// Whether what is stored is as a new hash would be.
    pub(super) fn is_current(self, params: Argon2Params, stored: &Stored) -> bool {
        stored.format == self.format()
            && match &stored.recipe {
                Recipe::Argon2(recipe) => !recipe.is_outdated(params),
                recipe => recipe.is_as_costly_as(&self.plan(params, [0; SALT_BYTES]).recipe),
            }
    }

    /// The format of a hash that is made so.
    pub fn format(self) -> HashFormat {
        match self {
            Self::DjangoArgon2 => HashFormat::DjangoArgon2,
            Self::DjangoBcryptSha256 { .. } => HashFormat::DjangoBcryptSha256,
            Self::DjangoPbkdf2Sha256 { .. } => HashFormat::DjangoPbkdf2Sha256,
            Self::DjangoScrypt => HashFormat::DjangoScrypt,
            Self::Phc => HashFormat::Argon2id,
        }
    }
}

/// A hash that is still to be computed: all of its text but the output.
#[derive(Debug)]
pub(super) struct NewHash {
    pub(super) recipe: Recipe,
    head: String,
    base64: &'static GeneralPurpose,
}

impl NewHash {
    /// The hash with this output.
    pub(super) fn with_output(&self, output: &[u8]) -> PasswordHash {
        PasswordHash::from_encoded(format!("{}{}", self.head, self.base64.encode(output)))
    }
}

/// 128 random bits as text, each value as likely as any other.
fn text_salt(salt: [u8; SALT_BYTES]) -> String {
    let mut rest = u128::from_le_bytes(salt);
    let digits = std::iter::repeat_with(|| {
        let digit = SALT_ALPHABET[(rest % 62) as usize];
        rest /= 62;
        char::from(digit)
    });
    digits.take(SALT_CHARS).collect()
}
