//! What people type into the field for a name.

use super::canonical::{canonical_text, nfkc, without_padding};
use super::{Email, Username};

/// The longest text that is read as somebody's name, in bytes; longer ones belong to nobody, whatever they say.
pub(crate) const MAX_LOGIN: usize = 1024;

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
        let text = if text.len() > MAX_LOGIN { "" } else { without_padding(text) };
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
