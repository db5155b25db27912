//! MD5-crypt: `$1$salt$digest` (P.-H. Kamp, `crypt(3)` of FreeBSD 2.0), and the same under Apache's name, `$apr1$salt$digest`.
//!
//! No kept crate computes it. It is a thousand calls of MD5 in an order that cannot be chosen; passlib's hashes hold it to that.

use md5::Md5;
use sha2::Digest as _;
use zeroize::Zeroizing;

use super::super::fields::fields;
use super::encoding::Encoding;

/// It cannot be chosen. 60 ms of one core for the longest password, some 0.2 ms for a usual one.
const ROUNDS: u32 = 1000;

/// The longest salt: what is longer, crypt(3) cuts.
const MAX_SALT: usize = 8;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct Md5Crypt {
    magic: &'static [u8],
    salt: Vec<u8>,
}

/// `$1$salt` or `$apr1$salt`
pub(super) fn head(head: &str) -> Option<(Md5Crypt, Encoding)> {
    let ["", name, salt] = fields(head)? else { return None };
    let magic: &[u8] = match name {
        "1" => b"$1$",
        "apr1" => b"$apr1$",
        _ => return None,
    };
    let recipe = Md5Crypt { magic, salt: salt.into() };
    (salt.len() <= MAX_SALT).then_some((recipe, Encoding::Md5Crypt))
}

impl Md5Crypt {
    pub(super) fn compute(&self, input: &[u8], output: &mut [u8]) {
        let mut digest = self.first(input);
        for round in 0..ROUNDS {
            digest = self.round(round, input, &*digest);
        }
        output.copy_from_slice(&*digest);
    }

    /// What the rounds begin with.
    fn first(&self, input: &[u8]) -> Zeroizing<[u8; 16]> {
        let doubled = Md5::new().chain_update(input).chain_update(&self.salt).chain_update(input);
        let doubled = Zeroizing::new(<[u8; 16]>::from(doubled.finalize()));
        let mut first = Md5::new().chain_update(input).chain_update(self.magic).chain_update(&self.salt);
        for part in input.chunks(doubled.len()) {
            first.update(&doubled[..part.len()]);
        }
        // One byte for each bit of the length, from the lowest: a zero for a one, the password's first for a zero.
        let mut length = input.len();
        while length > 0 {
            first.update(if length & 1 == 1 { &[0] } else { &input[..1] });
            length >>= 1;
        }
        Zeroizing::new(first.finalize().into())
    }

    fn round(&self, round: u32, input: &[u8], last: &[u8]) -> Zeroizing<[u8; 16]> {
        let is_odd = !round.is_multiple_of(2);
        let mut md5 = Md5::new().chain_update(if is_odd { input } else { last });
        if !round.is_multiple_of(3) {
            md5.update(&self.salt);
        }
        if !round.is_multiple_of(7) {
            md5.update(input);
        }
        md5.update(if is_odd { last } else { input });
        Zeroizing::new(md5.finalize().into())
    }
}
