//! Codes that are written down for the day when the other factors are gone.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::user::UserId;

/// How many somebody has.
pub(super) const CODES: usize = 10;

/// How many letters a code has, in two groups: 50 bits, of which the limits let 20 guesses an hour through (NIST SP 800-63B-4 section
/// 3.1.2.2 asks for 20 bits beside such a limit).
const LETTERS_IN_CODE: usize = 10;

/// The letters of a code: Crockford's base 32 in small letters, in which no two are taken for each other.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 64;

/// Ten codes, each another one, as they are shown.
pub(super) fn generate(random: &dyn Random) -> Vec<Secret> {
    let mut codes = BTreeSet::new();
    while codes.len() < CODES {
        let bytes: [u8; LETTERS_IN_CODE] = random_bytes(random);
        codes.insert(bytes.map(|byte| char::from(LETTERS[usize::from(byte & 31)])));
    }
    let shown = |letters: [char; LETTERS_IN_CODE]| {
        let (one, other) = letters.split_at(LETTERS_IN_CODE / 2);
        Secret::new(format!("{}-{}", one.iter().collect::<String>(), other.iter().collect::<String>()))
    };
    codes.into_iter().map(shown).collect()
}

/// A code as somebody types it: in any case, with spaces and hyphens, in full width, and with letters for the digits that they look like.
/// `None` for what is none, of whatever length: one that came from another system has another.
pub(super) fn read(typed: &str) -> Option<Secret> {
    if typed.len() > LONGEST {
        return None;
    }
    let letters = typed.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2013}'));
    let code: String = letters
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    let is_one = (6..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_one.then(|| Secret::new(code))
}

/// The key of a set of codes, 256 random bits. Each code keeps it, sealed: so it outlives the application's secret, which a hash of the
/// code under that would not.
pub(super) fn new_key(random: &dyn Random) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(random_bytes(random))
}

/// Under what a code of this user is kept: a hash by the key of its set (HMAC-SHA-256).
pub(super) fn handle(key: &[u8], user: &UserId, code: &Secret) -> Vec<u8> {
    let hash = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    let hash = hash.chain_update(user.as_str()).chain_update([0]).chain_update(code.expose());
    hash.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn ten_codes_are_made_and_each_reads_back_however_it_is_typed() {
        let codes = generate(&OsRandom);
        assert_eq!(codes.len(), 10);
        for code in &codes {
            let shown = code.expose();
            assert_eq!((shown.len(), shown.as_bytes()[5]), (11, b'-'));
            let plain = shown.replace('-', "");
            for typed in [shown.to_uppercase(), format!(" {} {}\n", &plain[..3], &plain[3..]), plain.clone()]
            {
                assert_eq!(read(&typed).unwrap().expose(), plain, "{typed:?}");
            }
        }
        assert_eq!(read("\u{ff10}OIl\u{ff21}BCDEF").unwrap().expose(), "0011abcdef");
    }

    #[test]
    fn what_is_no_code_is_none() {
        let long = "1".repeat(4096);
        for wrong in ["", "abcde", "abcde-fghi\u{e9}", "+abcdefghij", "abc'def\"gh", "abcdefghij\u{0}", &long]
        {
            assert!(read(wrong).is_none(), "{wrong:?}");
        }
    }
}
