//! Who somebody is elsewhere.

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::user::UserId;

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

/// The public name of a linked account, as lists and routes carry it: 16 random bytes, written in hexadecimal.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct LinkedAccountId([u8; 16]);

impl LinkedAccountId {
    /// The id with these bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        let is_written =
            text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = is_written.then(|| u128::from_str_radix(text, 16).ok()).flatten()?;
        Some(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for LinkedAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
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
    /// The address of a picture.
    pub picture: Option<String>,
}

/// Somebody's account at a provider, linked to an account here. The key is (`issuer`, `subject`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinkedAccount {
    /// Its public name here.
    pub id: LinkedAccountId,
    /// The registry entry by which it was linked.
    pub provider: String,
    /// Who vouches: the issuer, or what stands for it at a provider without OpenID Connect.
    pub issuer: String,
    /// The provider's own name for the account.
    pub subject: String,
    /// The account here.
    pub user: UserId,
    /// The provider's address of it, for lists only.
    pub email: Option<String>,
    /// The provider's name of it, for lists only.
    pub name: Option<String>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When somebody last logged in by it.
    pub last_login_at: Option<Timestamp>,
    /// The provider's tokens, sealed; `None` where they are not kept.
    pub tokens: Option<Vec<u8>>,
    /// Raised by one at each write of `tokens`.
    pub tokens_version: u64,
}
