//! Who somebody is elsewhere.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;

/// The name of a provider in routes and configuration: 1 to 40 of `a`–`z`, `0`–`9`, `-` and `_`, beginning with a letter.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ProviderId(Arc<str>);

impl ProviderId {
    /// Takes a name.
    ///
    /// # Errors
    /// `Configuration` when it is no such name.
    pub fn new(name: &str) -> Result<Self, Error> {
        let is_name = (1..=40).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if is_name {
            Ok(Self(name.into()))
        } else {
            Err(Error::configuration(format!(
                "the provider `{name}` needs a name of at most 40 small letters, digits, `-` and `_`"
            )))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a provider says of somebody, in one form for all of them. Only `issuer` and `subject` identify; the rest is display and
/// advice.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// The provider's own name for the account, never reused (`sub`, or a numeric id as text).
    pub subject: String,
    /// The address, if one was given.
    pub email: Option<String>,
    /// Whether the provider says, by a JSON `true` (or, where it is known to write it so, in other words), that the address is proven.
    pub email_verified: bool,
    /// A name to log in with, as far as the provider has one.
    pub username: Option<String>,
    /// The name to show.
    pub name: Option<String>,
    /// The first name, where the provider tells it apart (`given_name`).
    pub given_name: Option<String>,
    /// The last name, where the provider tells it apart (`family_name`).
    pub family_name: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
}
