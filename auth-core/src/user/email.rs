//! E-mail addresses, and the proof that one belongs to its user.

use std::fmt;

use crate::error::Error;

use super::name::{canonical_text, nfc};

/// The longest address in octets that SMTP carries (RFC 5321 section 4.5.3.1.3, less the angle brackets).
const MAX_EMAIL: usize = 254;
/// The longest local part in octets (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;

/// An e-mail address: one `@`, a dot-atom local part (RFC 5322 section 3.2.3, with the letters of RFC 6531), a domain name
/// that IDNA accepts. Quoted local parts and address literals are refused: nobody has them, and mail programs disagree
/// on them.
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
        let refusal = || Error::invalid_request("that is not an e-mail address");
        let text = nfc(text);
        let (local, domain) = text.split_once('@').ok_or_else(refusal)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| refusal())?;
        let canonical = format!("{}@{domain}", canonical_text(local));
        let is_too_long = local.len() > MAX_LOCAL || text.len() > MAX_EMAIL || canonical.len() > MAX_EMAIL;
        if is_too_long || !is_dot_atom(local) || !is_domain(&domain) || canonical.matches('@').count() != 1 {
            return Err(refusal());
        }
        Ok(Self { text: text.into_boxed_str(), canonical: canonical.into_boxed_str() })
    }

    /// The address as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form that is compared: local part in NFKC and lower case, domain as IDNA A-labels.
    pub fn canonical(&self) -> &str {
        &self.canonical
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

/// A `T` whose owner proved that it is theirs. Only this crate makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified<T>(T);

impl Verified<Email> {
    /// The user's address, if its owner proved it.
    pub fn of(user: &super::User) -> Option<Self> {
        user.email.clone().filter(|_| user.email_verified).map(Self)
    }
}

impl<T> Verified<T> {
    /// What was proven.
    pub fn get(&self) -> &T {
        &self.0
    }
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
