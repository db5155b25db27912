//! The forms in which names are compared, and what is no part of one.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// NFKC, lower case, NFKC again: lower-casing can leave text that is not normalised (Unicode, section 3.13, D146).
///
/// The Greek final sigma becomes the other one, as in Unicode's case folding: both are the small form of one capital.
/// Not full case folding: 'ß' and "ss" stay two names, as do 'ı' and 'i'.
pub(super) fn canonical_text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if is_lower { text.into() } else { text.to_ascii_lowercase().into() };
    }
    let folded: String = text.nfkc().flat_map(char::to_lowercase).map(one_sigma).collect();
    folded.nfkc().collect()
}

const fn one_sigma(c: char) -> char {
    if c == 'ς' { 'σ' } else { c }
}

/// Normalisation form C; ASCII is in it already, and stores parse a name at each request.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { text.into() } else { text.nfc().collect() }
}

/// Normalisation form KC, in which other systems (Django) keep and compare names without touching their case.
pub(super) fn nfkc(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfkc().collect() }
}

/// A name, or an address, that was typed or pasted, without what surrounds it.
pub(super) fn without_padding(text: &str) -> &str {
    text.trim_matches(is_padding)
}

/// White space as Unicode has it (`White_Space`, the no-break spaces among it), and what shows nothing: zero-width spaces and
/// joiners, marks of direction, the byte order mark. No name of ours ends in such a character ([`Username`](super::Username)), nor
/// does one of Django's, whose forms strip white space too.
fn is_padding(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
