//! E-mail addresses.

use std::fmt;

use crate::error::Error;
use crate::text::Text;

use super::canonical::{canonical_text, nfc, without_padding};

/// The longest address in octets that SMTP carries (RFC 5321 section 4.5.3.1.3, less the angle brackets).
const MAX_EMAIL: usize = 254;
/// The longest local part in octets (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;

/// An e-mail address: one `@`, a dot-atom local part (RFC 5322 section 3.2.3, with the letters of RFC 6531), a domain name
/// that IDNA accepts. Quoted local parts and address literals are refused: nobody has them, and mail programs disagree
/// on them.
///
/// Two are equal (`==`) when they are found under one name, so that nobody registers a look-alike of another's. That is no proof of
/// anything: whose mailbox it is, [`is_same_mailbox`](Self::is_same_mailbox) says.
#[derive(Clone, Debug)]
pub struct Email {
    text: Box<str>,
    canonical: Box<str>,
}

impl Email {
    /// Checks and takes an address.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::error::ErrorKind::InvalidRequest) when it is not an address.
    pub fn new(text: &str) -> Result<Self, Error> {
        let refusal = || Error::invalid(Text::EmailInvalid);
        let (local, domain) = text.split_once('@').ok_or_else(refusal)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| refusal())?;
        let canonical = [&*canonical_text(local), "@", &domain].concat();
        let is_too_long = local.len() > MAX_LOCAL || text.len() > MAX_EMAIL || canonical.len() > MAX_EMAIL;
        if is_too_long
            || !is_dot_atom(&nfc(local))
            || !is_domain(&domain)
            || canonical.matches('@').count() != 1
        {
            return Err(refusal());
        }
        Ok(Self { text: text.into(), canonical: canonical.into_boxed_str() })
    }

    /// The address that somebody typed or pasted: white space around it, and marks that show nothing, are no part of it.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    ///
    /// ```
    /// use auth_core::user::Email;
    ///
    /// assert_eq!(Email::typed(" alice@example.com\u{a0}")?.as_str(), "alice@example.com");
    /// assert!(Email::new("alice@example.com ").is_err());
    /// # Ok::<(), auth_core::error::Error>(())
    /// ```
    pub fn typed(text: &str) -> Result<Self, Error> {
        Self::new(without_padding(text))
    }

    /// The address as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form by which it is found: local part in NFKC and lower case, domain as IDNA A-labels.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Whether both are the address of one mailbox: the same domain, and the same local part but for the case of ASCII letters. To
    /// be asked wherever an address proves something: a mail server need not take a Kelvin sign for a `k`, nor a full-width letter
    /// for the narrow one, and whoever owns the one does not own the other.
    ///
    /// ```
    /// use auth_core::user::Email;
    ///
    /// let address = |text| Email::new(text).unwrap();
    /// assert!(address("kelvin@example.com").is_same_mailbox(&address("Kelvin@EXAMPLE.com")));
    /// let look_alike = address("\u{212a}elvin@example.com");
    /// assert!(address("kelvin@example.com") == look_alike && !address("kelvin@example.com").is_same_mailbox(&look_alike));
    /// ```
    pub fn is_same_mailbox(&self, other: &Self) -> bool {
        self == other && self.local().eq_ignore_ascii_case(other.local())
    }

    fn local(&self) -> &str {
        self.text.split_once('@').map_or("", |(local, _)| local)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Email {}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
}

fn is_atom_char(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_domain(ascii: &str) -> bool {
    ascii.split('.').count() >= 2 && !ascii.ends_with('.') || ascii == "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        let one = Email::new("Andr\u{e9}@B\u{fc}cher.example").unwrap();
        assert_eq!(one, Email::new("andre\u{301}@xn--bcher-kva.EXAMPLE").unwrap());
        assert_ne!(Email::new("v\u{131}ctim@x.example").unwrap(), Email::new("victim@x.example").unwrap());
    }

    #[test]
    fn a_mailbox_is_the_same_but_for_the_case_of_ascii_letters_and_the_form_of_its_domain() {
        let is_same = |one: &str, other: &str| {
            let (one, other) = (Email::new(one).unwrap(), Email::new(other).unwrap());
            assert_eq!(one, other, "they are found under one name");
            one.is_same_mailbox(&other) && other.is_same_mailbox(&one)
        };
        assert!(is_same("Victim@B\u{fc}cher.example", "vICTIM@xn--bcher-kva.EXAMPLE"));
        for look_alike in [
            "\u{ff56}ictim@x.example",  // full-width v
            "vict\u{2139}m@x.example",  // information source, an i in NFKC
            "\u{1d42f}ictim@x.example", // mathematical bold v
        ] {
            assert!(!is_same("victim@x.example", look_alike), "{look_alike}");
        }
        assert!(!is_same("kelvin@x.example", "\u{212a}elvin@x.example"), "Kelvin sign");
        assert!(!is_same("fine@x.example", "\u{fb01}ne@x.example"), "ligature fi");
        assert!(!is_same("angstr\u{e5}m@x.example", "angstr\u{212b}m@x.example"), "Angstrom sign");
        assert!(!is_same("rem\u{e9}@x.example", "REM\u{c9}@x.example"), "the case of other letters");
        assert!(!is_same("rem\u{e9}@x.example", "reme\u{301}@x.example"), "another composition");
        assert!(
            !is_same(
                "\u{3bd}\u{3b9}\u{3ba}\u{3bf}\u{3c2}@x.example",
                "\u{3bd}\u{3b9}\u{3ba}\u{3bf}\u{3c3}@x.example"
            ),
            "final sigma"
        );
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for bad in [
            "",
            "@",
            "a@",
            "@b.example",
            "a@b",
            "a@b@c.example",
            "a b@c.example",
            "a..b@c.example",
            "a@c.example.",
            "a,b@c.example",
            "\"a\"@c.example",
            "a@[127.0.0.1]",
            "a\u{0}@c.example",
            "a\n@c.example",
            "a@c..example",
            "a\u{ff20}b@c.example",
        ] {
            assert!(Email::new(bad).is_err(), "{bad:?}");
        }
        assert!(Email::new(&format!("{}@c.example", "a".repeat(65))).is_err());
    }
}
