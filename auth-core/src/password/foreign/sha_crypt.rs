//! SHA-crypt: `$5$rounds=535000$salt$digest` and `$6$…` (U. Drepper, "Unix crypt using SHA-256 and SHA-512", 2008).

use sha_crypt::{Params, sha256_crypt, sha512_crypt};

use super::super::fields::{decimal, fields};
use super::digest::Digest;
use super::encoding::Encoding;

/// Most rounds; the specification goes to 999,999,999. passlib writes 535,000 and 656,000, which are some 0.3 to 0.6 s of
/// one core for a usual password.
const MAX_ROUNDS: u32 = 1_000_000;

/// Most rounds times bytes of the password, each of which goes into nearly every round: about a second and a half of one core. It
/// leaves 268 bytes at the most rounds, and every password at a quarter of them.
const MAX_WORK: u64 = 256 * 1024 * 1024;

/// The longest salt (step 3 of the specification).
const MAX_SALT: usize = 16;

/// SHA-crypt over SHA-512, or over SHA-256.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct ShaCrypt {
    is_512: bool,
    rounds: u32,
    params: Params,
    salt: Vec<u8>,
}

impl ShaCrypt {
    pub(super) fn digest(&self) -> Digest {
        if self.is_512 { Digest::Sha512 } else { Digest::Sha256 }
    }

    pub(super) fn takes(&self, input: &[u8]) -> bool {
        u64::from(self.rounds).saturating_mul(input.len() as u64) <= MAX_WORK
    }

    pub(super) fn compute(&self, input: &[u8], output: &mut [u8]) {
        if self.is_512 {
            output.copy_from_slice(&sha512_crypt(input, &self.salt, self.params));
        } else {
            output.copy_from_slice(&sha256_crypt(input, &self.salt, self.params));
        }
    }
}

/// `$6$rounds=656000$salt`, or without rounds, which are 5000 then.
pub(super) fn head(head: &str, digest: Digest) -> Option<(ShaCrypt, Encoding)> {
    let (rounds, salt) = match fields(head) {
        Some(["", _, salt]) => (Params::RECOMMENDED_ROUNDS, salt),
        _ => {
            let ["", _, rounds, salt] = fields(head)? else { return None };
            (decimal(rounds.strip_prefix("rounds=")?)?, salt)
        }
    };
    if rounds > MAX_ROUNDS || salt.len() > MAX_SALT {
        return None;
    }
    let params = Params::new(rounds).ok()?;
    let recipe = ShaCrypt { is_512: digest == Digest::Sha512, rounds, params, salt: salt.into() };
    Some((recipe, Encoding::ShaCrypt(digest)))
}
