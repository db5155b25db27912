//! Codes that people type, where the mail is read on another machine than the one that they log in on.

use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, ErrorKind};
use crate::random::random_bytes;
use crate::secret::Secret;
use crate::short_lived::Quota;

use super::{Link, LinkFacts, Links, Purpose};

/// The letters of a code: Crockford's base 32, in which no two are taken for each other. Eight of them are 40 bits.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many codes a browser may type for a link.
const TRIES: u32 = 5;

/// What mail programs and keyboards write between groups of letters.
const HYPHENS: [char; 2] = ['-', '\u{2010}'];

/// How many random bytes a code is of.
pub(crate) const LEN: usize = 5;

impl Links {
    /// Makes a link, and a code that counts in the browser that asked. Both are one: whichever is used first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn make_with_code(
        &self,
        purpose: Purpose,
        facts: &LinkFacts,
        browser: &str,
    ) -> Result<(Secret, Secret), Error> {
        let (token, key) = self.make_kept(purpose, facts).await?;
        let bytes: [u8; LEN] = random_bytes(&*self.random);
        let code = written(bytes);
        let place = place(purpose, browser);
        let kept = [self.hash.hash(code.expose().as_bytes()).as_slice(), key.as_bytes()].concat();
        let sealed = self.sealer.seal(&kept, place.as_bytes(), &*self.random);
        self.store.put(&place, &sealed, purpose.life(), self.clock.now()).await?;
        Ok((token, code))
    }

    /// The link of a code that was typed in the browser that asked for it. A wrong one counts.
    ///
    /// # Errors
    /// As of [`find`](Self::find).
    pub(crate) async fn find_by_code(
        &self,
        purpose: Purpose,
        browser: &str,
        typed: &str,
    ) -> Result<Link, Error> {
        let (place, now) = (place(purpose, browser), self.clock.now());
        // Before anything is looked up: a browser that no code was sent for costs the same.
        if self.store.reserve(&self.tries(purpose, browser), now).await?.is_err() {
            return Err(ErrorKind::InvalidLink.into());
        }
        let sealed = self.store.get(&place, now).await?.ok_or(ErrorKind::InvalidLink)?;
        let kept = self.sealer.open(&sealed, place.as_bytes()).ok_or(ErrorKind::InvalidLink)?;
        let (hash, key) = kept.split_first_chunk::<32>().ok_or(ErrorKind::InvalidLink)?;
        let key = String::from_utf8(key.to_vec()).map_err(|_| ErrorKind::InvalidLink)?;
        let is_it = |known: [u8; 32]| bool::from(known.ct_eq(hash));
        let read = read(typed).ok_or(ErrorKind::InvalidLink)?;
        if !self.hash.hashes(read.expose().as_bytes()).any(is_it) {
            return Err(ErrorKind::InvalidLink.into());
        }
        self.find_kept(purpose, key).await
    }

    /// Lets a browser type codes anew, which asks for another one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn expect_code(&self, purpose: Purpose, browser: &str) -> Result<(), Error> {
        let place = place(purpose, browser);
        self.store.take(&place, self.clock.now()).await?;
        Ok(self.store.clear(&self.tries(purpose, browser)).await?)
    }

    /// The counter of the codes that a browser types: of a kind that the limits on guessing leave free.
    fn tries(&self, purpose: Purpose, browser: &str) -> [Quota; 1] {
        let hash = self.hash.hash(place(purpose, browser).as_bytes());
        let key = hash.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes)) >> 4;
        [Quota { key, limit: TRIES, window: purpose.life() }]
    }
}

fn place(purpose: Purpose, browser: &str) -> String {
    format!("link:{}:code:{browser}", purpose.name())
}

/// A code of these random bytes, as it is written.
pub(crate) fn written(bytes: [u8; LEN]) -> Secret {
    let bits = bytes.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    let letter = |place: u32| char::from(LETTERS[usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0)]);
    Secret::new((0..8).rev().map(letter).collect::<String>())
}

/// A code as somebody types it: in any case, with spaces and hyphens, in full width, and with letters for the digits that they look like.
pub(crate) fn read(typed: &str) -> Option<Secret> {
    if typed.len() > 64 {
        return None;
    }
    let letters = typed.nfkc().filter(|c| !c.is_whitespace() && !HYPHENS.contains(c));
    let code: String = letters
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    let is_one = code.len() == 8 && code.bytes().all(|byte| LETTERS.contains(&byte));
    is_one.then(|| Secret::new(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = written([0x00, 0x11, 0xff, 0x80, 0x1f]);
        assert_eq!(code.expose().len(), 8);
        let spaced = format!(" {}-{} ", &code.expose()[..4].to_lowercase(), &code.expose()[4..]);
        assert_eq!(read(&spaced).unwrap().expose(), code.expose());
        assert_eq!(read("\u{ff10}O1Il\u{ff21}BC").unwrap().expose(), "00111ABC");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for wrong in ["", "1234567", "123456789", "+1234567", "1234567U", "1234567\u{e9}", &"1".repeat(100)] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
