//! A password as typed.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::secret::Secret;
use crate::text::Text;

/// The longest password taken, in bytes of UTF-8. NIST SP 800-63B-4 section 3.1.1.2 asks for at least 64 characters;
/// the cap keeps a megabyte of "password" from costing anything (CVE-2013-1443).
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// NFC makes a text at most three times as long (Unicode Standard Annex 15, "Stability").
const MAX_NFC_EXPANSION: usize = 3;

/// A password as typed, and in Unicode Normalization Form C. Never trimmed, never empty of meaning: spaces count.
///
/// Cloning shares the text; it is overwritten in memory when the last clone goes.
#[derive(Clone)]
pub struct Password {
    normalised: Arc<Secret>,
    /// As it was typed, where that is not NFC.
    typed: Option<Arc<Secret>>,
}

impl Password {
    /// Takes a password over.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::error::ErrorKind::InvalidRequest) when it is longer than
    /// [`MAX_PASSWORD_BYTES`], before or after normalisation, or holds a NUL.
    pub fn new(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_PASSWORD_BYTES {
            return Err(too_long());
        }
        if text.contains('\0') {
            return Err(Error::invalid(Text::PasswordHoldsNul));
        }
        let normalised = nfc(text);
        if normalised.len() > MAX_PASSWORD_BYTES {
            return Err(too_long());
        }
        let typed = (normalised != text).then(|| Arc::new(Secret::new(text)));
        Ok(Self { normalised: Arc::new(Secret::new(normalised)), typed })
    }

    /// The normalised text. Every call is a place to check that it goes nowhere it should not.
    pub fn expose(&self) -> &str {
        self.normalised.expose()
    }

    /// The bytes that our own hashes are over.
    pub(super) fn normalised(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.expose().into())
    }

    /// The bytes that another program may have hashed, each once: as typed (Django, Werkzeug), in NFC, in NFKD (Flask-Security), in NFD
    /// and in NFKC. Five at most, and one for ASCII.
    pub(super) fn spellings(&self) -> Vec<Zeroizing<Vec<u8>>> {
        let typed = self.typed.as_ref().unwrap_or(&self.normalised).expose();
        let mut spellings = vec![Zeroizing::new(typed.as_bytes().to_vec())];
        if typed.is_ascii() {
            return spellings;
        }
        let others = [self.normalised(), utf8(typed.nfkd()), utf8(typed.nfd()), utf8(typed.nfkc())];
        for other in others {
            if !spellings.contains(&other) {
                spellings.push(other);
            }
        }
        spellings
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

fn too_long() -> Error {
    Error::invalid(Text::PasswordOverLimit { most: MAX_PASSWORD_BYTES })
}

/// The text in NFC, written into one buffer that never has to grow: growing would leave copies behind in memory.
fn nfc(text: &str) -> String {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.to_owned();
    }
    let mut normalised = String::with_capacity(text.len() * MAX_NFC_EXPANSION);
    normalised.extend(text.nfc());
    normalised
}

/// The text, written into one buffer that never has to grow.
fn utf8(text: impl Iterator<Item = char> + Clone) -> Zeroizing<Vec<u8>> {
    let length = text.clone().map(char::len_utf8).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for character in text {
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn debug_shows_nothing() {
        let password = Password::new("hunter2").unwrap();
        assert_eq!(format!("{password:?}"), "Password([redacted])");
    }

    #[test]
    fn composed_and_decomposed_accents_are_one_password() {
        let composed = Password::new("caf\u{e9}").unwrap();
        let decomposed = Password::new("cafe\u{301}").unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
        assert_eq!(composed.expose(), "caf\u{e9}");
    }

    #[test]
    fn compatibility_forms_stay_apart() {
        assert_ne!(Password::new("\u{fb01}n").unwrap().expose(), "fin");
    }

    #[test]
    fn every_normalisation_form_is_tried_once() {
        let spellings = |text: &str| {
            let spellings = Password::new(text).unwrap().spellings();
            spellings.iter().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(spellings("plain"), ["plain"]);
        assert_eq!(spellings("caf\u{e9}"), ["caf\u{e9}", "cafe\u{301}"]);
        // A letter with two marks, one of them composed, and a ligature: all five differ.
        assert_eq!(
            spellings("\u{f4}\u{323} \u{fb01}"),
            [
                "\u{f4}\u{323} \u{fb01}",
                "\u{1ed9} \u{fb01}",
                "o\u{323}\u{302} fi",
                "o\u{323}\u{302} \u{fb01}",
                "\u{1ed9} fi",
            ]
        );
    }

    #[test]
    fn nothing_is_trimmed() {
        for text in [" outer spaces ", "\ttab\t", "line\r\n", "   ", ""] {
            assert_eq!(Password::new(text).unwrap().expose(), text);
        }
    }

    #[test]
    fn more_than_1024_bytes_are_refused_before_and_after_normalisation() {
        assert!(Password::new(&"a".repeat(1024)).is_ok());
        let error = Password::new(&"a".repeat(1025)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.detail().is_some());
        // U+1D160 has four bytes and becomes three code points of four bytes each (a composition exclusion).
        let growing = "\u{1d160}".repeat(256);
        assert_eq!(growing.len(), 1024);
        assert_eq!(Password::new(&growing).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }

    #[test]
    fn a_nul_is_refused() {
        assert_eq!(Password::new("before\0after").unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}
