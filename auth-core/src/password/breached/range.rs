//! Hashes, and the ranges in which they are looked for.

use std::fmt;

use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

/// How many digits of a hash go out: 16^5 ranges, each of some hundreds of passwords.
const PREFIX: usize = 5;

/// The hexadecimal digits of a SHA-1.
const DIGITS: usize = 40;

/// The first five digits of a password's SHA-1, in upper case: all that anybody is told.
#[derive(Clone, Eq, PartialEq)]
pub struct HashPrefix(String);

impl HashPrefix {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HashPrefix {
    /// Not even these belong into a log, beside whose they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashPrefix([redacted])")
    }
}

/// A password's hash, in the part that is told and the one that is kept.
pub(super) struct SplitHash {
    pub(super) prefix: HashPrefix,
    rest: Zeroizing<String>,
}

impl SplitHash {
    pub(super) fn of(password: &str) -> Self {
        let digest = Zeroizing::new(<[u8; DIGITS / 2]>::from(Sha1::digest(password.as_bytes())));
        let digits = Zeroizing::new(base16ct::upper::encode_string(&*digest));
        let (prefix, rest) = digits.split_at(PREFIX);
        Self { prefix: HashPrefix(prefix.to_owned()), rest: Zeroizing::new(rest.to_owned()) }
    }

    /// Whether the hash is in the range: lines of 35 digits, a colon and how often it was seen. Never seen is what fills a range up
    /// (`Add-Padding`). `None` for a text that is no range: one line of another form makes all of it worth nothing.
    pub(super) fn is_in(&self, range: &[u8]) -> Option<bool> {
        let range = std::str::from_utf8(range).ok()?.trim_end();
        let mut is_found = false;
        for line in range.split('\n') {
            let (rest, count) = line.strip_suffix('\r').unwrap_or(line).split_once(':')?;
            let is_hash = rest.len() == DIGITS - PREFIX && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
            let count: u64 = count.parse().ok().filter(|_| is_hash)?;
            is_found |= count > 0 && rest.eq_ignore_ascii_case(&self.rest);
        }
        Some(is_found)
    }
}
