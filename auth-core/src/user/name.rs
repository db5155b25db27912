//! User names.

use std::fmt;

use crate::error::Error;
use crate::text::Text;

use super::canonical::{canonical_text, nfc, nfkc};

/// The longest user name, in code points (Django's `AbstractUser.username`).
const MAX_USERNAME: usize = 150;

/// A user name: 1 to 150 code points, no `@` (it would read as an address), no `:` (HTTP Basic splits there, RFC 7617
/// section 2), no control characters, no space at either end.
///
/// ```
/// use auth_core::user::Username;
///
/// assert_eq!(Username::new("Ａlice")?.canonical(), "alice");
/// assert!(Username::new("alice@example.com").is_err());
/// # Ok::<(), auth_core::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Username {
    text: Box<str>,
    canonical: Option<Box<str>>,
}

impl Username {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::error::ErrorKind::InvalidRequest) with the broken rule.
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = nfc(text);
        let canonical = canonical_text(&text);
        if text.is_empty() || text.chars().count() > MAX_USERNAME || canonical.chars().count() > MAX_USERNAME
        {
            return Err(Error::invalid(Text::UsernameLength { most: MAX_USERNAME }));
        }
        if [&text, &canonical].into_iter().any(|form| form.contains(['@', ':'])) {
            return Err(Error::invalid(Text::UsernameSigns));
        }
        if text.chars().any(is_unseen) || text.trim() != text || canonical.trim() != canonical {
            return Err(Error::invalid(Text::UsernameUnseen));
        }
        let canonical = (canonical != text).then(|| canonical.into());
        Ok(Self { text: text.into(), canonical })
    }

    /// The name that a row of another system's table holds, whatever its characters: Django's names may hold an `@`, and their
    /// owners are to go on using them. It is compared as it stands, after NFKC.
    ///
    /// ```
    /// use auth_core::user::Username;
    ///
    /// let name = Username::from_store("Alice@home");
    /// assert_eq!(name.as_str(), "Alice@home");
    /// assert_ne!(name, Username::from_store("alice@home"));
    /// ```
    pub fn from_store(text: &str) -> Self {
        let canonical = nfkc(text);
        let canonical = (canonical != text).then(|| canonical.into_boxed_str());
        Self { text: text.into(), canonical }
    }

    /// The name as its owner writes it (NFC).
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form that is compared: NFKC and lower case; NFKC alone for a name [from another table](Self::from_store).
    pub fn canonical(&self) -> &str {
        self.canonical.as_deref().unwrap_or(&self.text)
    }
}

impl PartialEq for Username {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Username {}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Characters that show nothing, or turn the text around them: a name with one looks like another (RFC 8265 section 3.3
/// forbids them). Controls, soft hyphen, joiners, marks of direction, variation selectors, tags, private use.
fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::{Email, LoginName};

    #[test]
    fn names_are_compared_without_case_width_and_composition() {
        for same in ["Alice", "ALICE", "Ａｌｉｃｅ", "a\u{2113}ice".replace('\u{2113}', "l").as_str()] {
            assert_eq!(Username::new(same).unwrap().canonical(), "alice");
        }
        assert_eq!(Username::new("re\u{301}mi").unwrap(), Username::new("R\u{c9}MI").unwrap());
        assert_eq!(Username::new("\u{212a}elvin").unwrap(), Username::new("kelvin").unwrap());
        assert_ne!(Username::new("v\u{131}ctim").unwrap(), Username::new("victim").unwrap());
    }

    #[test]
    fn a_greek_name_is_the_same_in_capitals_wherever_its_sigmas_stand() {
        for same in ["ΝΙΚΟΣ", "νικος", "νικοσ", "Νικο\u{3f2}"] {
            assert_eq!(Username::new(same).unwrap().canonical(), "νικοσ");
            assert_eq!(LoginName::parse(same).username(), Some("νικοσ"));
        }
        let address = |local: &str| Email::new(&format!("{local}@example.com")).unwrap();
        assert_eq!(address("ΝΙΚΟΣ").canonical(), address("νικος").canonical());
    }

    #[test]
    fn a_sharp_s_and_two_s_are_two_names() {
        assert_ne!(Username::new("straße").unwrap(), Username::new("STRASSE").unwrap());
        assert_eq!(Username::new("stra\u{1e9e}e").unwrap(), Username::new("straße").unwrap());
    }

    #[test]
    fn names_that_could_be_mistaken_for_something_else_are_refused() {
        for bad in [
            "",
            "a@b",
            "a\u{ff20}b",
            "a:b",
            "a\u{ff1a}b",
            " a",
            "a\u{3000}",
            "a\u{0}b",
            "a\nb",
            "a\u{200b}",
            "\u{202e}a",
            "a\u{ad}b",
        ] {
            assert!(Username::new(bad).is_err(), "{bad:?}");
        }
        assert!(Username::new(&"a".repeat(151)).is_err());
        assert!(Username::new(&"a".repeat(150)).is_ok());
    }
}
