//! User names, and what people type into the field for one.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::error::Error;
use crate::text::Text;

use super::Email;

/// The longest user name, in code points (Django's `AbstractUser.username`).
const MAX_USERNAME: usize = 150;

/// The longest text that is read as somebody's name, in bytes; longer ones belong to nobody, whatever they say.
pub(crate) const MAX_LOGIN: usize = 1024;

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
fn nfkc(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfkc().collect() }
}

/// What somebody typed to say who they are: an e-mail address when it reads as one, else a user name. White space and marks
/// that show nothing are no part of it at either end: keyboards, autofill and the clipboard leave them there.
///
/// ```
/// use auth_core::user::LoginName;
///
/// let login = LoginName::parse("Alice@EXAMPLE.com");
/// assert_eq!((login.email(), login.username()), (Some("alice@example.com"), None));
/// assert_eq!(LoginName::parse(" Alice\u{a0}").username(), Some("alice"));
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct LoginName {
    verbatim: Box<str>,
    canonical: Box<str>,
    is_email: bool,
}

impl LoginName {
    /// Reads a user name or an e-mail address. Text that is neither reads as a name that nobody has, so that it costs
    /// and answers what any unknown name does.
    pub fn parse(text: &str) -> Self {
        let text = if text.len() > MAX_LOGIN { "" } else { text.trim_matches(is_padding) };
        match Email::new(text) {
            Ok(email) => Self { verbatim: text.into(), ..Self::from(&email) },
            Err(_) => Self { verbatim: text.into(), canonical: canonical_text(text).into(), is_email: false },
        }
    }

    /// The canonical form of the address, when it reads as one.
    pub fn email(&self) -> Option<&str> {
        self.is_email.then_some(&self.canonical)
    }

    /// The canonical form of the user name, when it is no address.
    pub fn username(&self) -> Option<&str> {
        (!self.is_email).then_some(&self.canonical)
    }

    /// The canonical form of whichever it is.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Each of these once, in a fixed order: what a store keeps of the further login names of an account.
    pub fn distinct(mut names: Vec<Self>) -> Vec<Self> {
        names.sort_by(|one, other| one.key().cmp(&other.key()));
        names.dedup_by(|one, other| one.key() == other.key());
        names
    }

    /// What tells one name from another. A text is another name as an address than as a user name.
    fn key(&self) -> (&str, bool) {
        (&self.canonical, self.is_email)
    }

    /// What was typed, without what surrounded it.
    pub fn as_str(&self) -> &str {
        &self.verbatim
    }

    /// The same, in NFKC and with its case kept: for a table whose owner tells `Alice` from `alice`, and lets a name
    /// look like an address (Django).
    pub fn with_case(&self) -> String {
        nfkc(&self.verbatim)
    }
}

/// What surrounds a name that was typed or pasted: white space as Unicode has it (`White_Space`, the no-break spaces among
/// it), and what shows nothing: zero-width spaces and joiners, marks of direction, the byte order mark. No name of ours ends
/// in such a character ([`Username`]), nor does one of Django's, whose forms strip white space too.
fn is_padding(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl From<&Username> for LoginName {
    fn from(username: &Username) -> Self {
        Self { verbatim: username.as_str().into(), canonical: username.canonical().into(), is_email: false }
    }
}

impl From<&Email> for LoginName {
    fn from(email: &Email) -> Self {
        Self { verbatim: email.as_str().into(), canonical: email.canonical().into(), is_email: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_login_name_is_an_address_or_a_name() {
        assert_eq!(LoginName::parse("Alice@EXAMPLE.com").email(), Some("alice@example.com"));
        assert_eq!(LoginName::parse("Alice").username(), Some("alice"));
        assert_eq!(LoginName::parse("@").username(), Some("@"));
    }

    #[test]
    fn what_surrounds_a_typed_name_is_no_part_of_it() {
        for padding in
            [" ", "\t", "\u{a0}", "\r\n", "\u{3000}", "\u{202f}", "\u{feff}", "\u{200b}", "\u{202a} \u{202c}"]
        {
            for (name, address) in [("Alice", None), ("Alice@Example.com", Some("alice@example.com"))] {
                let typed = format!("{padding}{name}{padding}");
                let login = LoginName::parse(&typed);
                assert_eq!(login, LoginName::parse(name), "{typed:?}");
                assert_eq!((login.email(), login.with_case().as_str()), (address, name), "{typed:?}");
            }
        }
        assert_ne!(LoginName::parse("al ice"), LoginName::parse("alice"));
        assert_eq!(LoginName::parse(" \u{a0} ").username(), Some(""));
    }

    #[test]
    fn what_was_typed_keeps_its_case_for_tables_that_tell_it_apart() {
        assert_eq!(LoginName::parse("\u{ff21}lice@Home").with_case(), "Alice@Home");
        assert_eq!(LoginName::parse(&"a".repeat(MAX_LOGIN + 1)).with_case(), "");
        assert_ne!(Username::from_store("Alice"), Username::from_store("alice"));
        assert_eq!(Username::from_store("\u{ff21}lice"), Username::from_store("Alice"));
        assert_eq!(Username::from_store("a@b:c ").as_str(), "a@b:c ");
    }
}
