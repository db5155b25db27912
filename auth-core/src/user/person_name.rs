//! What people are called.

use std::fmt;

use crate::error::Error;
use crate::text::Text;

use super::canonical::without_padding;

/// The longest first or last name, in code points: Django's columns hold as many.
const MAX_NAME: usize = 150;

/// A first or a last name as its owner writes it; it may be empty (Django's `first_name` and `last_name`).
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct PersonName(Box<str>);

impl PersonName {
    /// Takes a name as it was typed, without white space around it.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::error::ErrorKind::InvalidRequest) for more than 150 code points, a control character, or a mark that
    /// turns the text around it.
    ///
    /// ```
    /// use auth_core::user::PersonName;
    ///
    /// assert_eq!(PersonName::new(" Zo\u{eb} ")?.as_str(), "Zo\u{eb}");
    /// assert!(PersonName::new("Zo\u{eb}\n").is_ok() && PersonName::new("Z\no").is_err());
    /// # Ok::<(), auth_core::error::Error>(())
    /// ```
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = without_padding(text);
        if text.chars().count() > MAX_NAME || text.chars().any(is_no_letter) {
            return Err(Error::invalid(Text::PersonNameInvalid));
        }
        Ok(Self(text.into()))
    }

    /// A name that a table holds, as it is.
    pub fn from_store(text: &str) -> Self {
        Self(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Joiners belong to the writing of several languages; embeddings and overrides of direction to none.
fn is_no_letter(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_writing_are_taken_and_what_is_none_is_refused() {
        for good in [
            "",
            "\u{6cd5}\u{5b50}",
            "\u{645}\u{6cc}\u{200c}\u{646}\u{627}",
            "O'Neill-\u{d3} S\u{e9}",
            &"\u{e9}".repeat(150),
        ] {
            assert_eq!(PersonName::new(good).unwrap().as_str(), good);
        }
        for bad in ["a\u{0}b", "a\u{202e}b", "a\u{2028}b", &"a".repeat(151)] {
            assert!(PersonName::new(bad).is_err(), "{bad:?}");
        }
    }
}
