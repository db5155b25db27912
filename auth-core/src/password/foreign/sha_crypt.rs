//! SHA-crypt: `$5$rounds=535000$salt$digest` and `$6$…` (U. Drepper, "Unix crypt using SHA-256 and SHA-512", 2008).

use sha_crypt::{Params, sha256_crypt, sha512_crypt};

use super::recipe::{Digest, Recipe};
use super::{Encoding, decimal, fields};

/// Most rounds; the specification goes to 999,999,999. passlib writes 535,000 and 656,000, which are some 0.3 to 0.6 s of
/// one core for a usual password.
const MAX_ROUNDS: u32 = 1_000_000;

/// Most rounds times bytes of the password, each of which goes into nearly every round: about a second and a half of one core. It
/// leaves 268 bytes at the most rounds, and every password at a quarter of them.
const MAX_WORK: u64 = 256 * 1024 * 1024;

/// The longest salt (step 3 of the specification).
const MAX_SALT: usize = 16;

/// crypt(3)'s digits.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The order in which the bytes of a digest are written (step 22), four digits for three bytes.
const ORDER_256: [u8; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29,
    19, 9, 30, 31,
];
const ORDER_512: [u8; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51,
    30, 9, 10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59,
    60, 39, 18, 19, 61, 40, 41, 20, 62, 63,
];

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
pub(super) fn head(head: &str, digest: Digest) -> Option<(Recipe, Encoding)> {
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
    Some((Recipe::ShaCrypt(recipe), Encoding::ShaCrypt(digest)))
}

/// Reads a digest.
pub(super) fn decode(digest: Digest, text: &str) -> Option<Vec<u8>> {
    decode_in_order(if digest == Digest::Sha512 { &ORDER_512 } else { &ORDER_256 }, text)
}

/// Reads little-endian groups of six bits, over bytes in this order.
pub(super) fn decode_in_order(order: &[u8], text: &str) -> Option<Vec<u8>> {
    if text.len() != (order.len() * 8).div_ceil(6) {
        return None;
    }
    let mut bytes = vec![0; order.len()];
    let groups = text.as_bytes().chunks(4).zip(order.chunks(3));
    for (digits, places) in groups {
        let mut bits = 0;
        for (number, digit) in digits.iter().enumerate() {
            let value = DIGITS.iter().position(|known| known == digit)?;
            bits |= value << (6 * number);
        }
        for (number, place) in places.iter().enumerate() {
            bytes[usize::from(*place)] = (bits >> (8 * number)) as u8;
        }
    }
    Some(bytes)
}
