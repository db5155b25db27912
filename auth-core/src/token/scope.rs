//! OAuth scopes: reading them, and deciding which a user may give a client.

use std::fmt;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::user::User;

/// Who somebody is (OpenID Connect Core 1.0 section 3.1.2.1).
pub(crate) const OPENID: &str = "openid";

/// Their name and the like (OpenID Connect Core 1.0 section 5.4).
pub(crate) const PROFILE: &str = "profile";

/// Their e-mail address (OpenID Connect Core 1.0 section 5.4).
pub(crate) const EMAIL: &str = "email";

/// Access that lasts while they are away (OpenID Connect Core 1.0 section 11).
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// The scopes that are about a person: they are theirs to give, no policy's, and a client that acts for itself has none of them.
pub(crate) const IDENTITY_SCOPES: [&str; 4] = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS];

/// Longer scopes would not fit into a token that is carried in a header.
const MAX_SCOPE: usize = 1024;

/// A scope as tokens carry it: words separated by single spaces (RFC 6749 section 3.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScopeSet<'a>(&'a str);

impl<'a> ScopeSet<'a> {
    /// The scope of a claim that was checked when it was written.
    pub(crate) const fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// Reads a request's scope: words of visible ASCII without `"` and `\`, separated by single spaces.
    ///
    /// # Errors
    /// [`InvalidScope`](ErrorKind::InvalidScope) when it is malformed.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_scope_byte);
        if text.is_empty() || (text.len() <= MAX_SCOPE && text.split(' ').all(is_word)) {
            Ok(Self(text))
        } else {
            Err(ErrorKind::InvalidScope.into())
        }
    }

    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// The words.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether the word is among them. Exact: `reports:read` is not `reports`.
    pub fn contains(&self, word: &str) -> bool {
        self.iter().any(|held| held == word)
    }
}

impl fmt::Display for ScopeSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// `%x21 / %x23-5B / %x5D-7E` of RFC 6749 section 3.3.
const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// Who asks for which scope.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ScopeRequest<'a> {
    /// The user whose access it would be.
    pub user: &'a User,
    /// The client that would hold the token.
    pub client_id: &'a str,
    /// One word of the scope that was asked for.
    pub scope: &'a str,
}

/// Which of the requested scopes a user may give a client: none unless the application says so.
///
/// It is asked at each grant and at each refresh, so that a right that was taken away is missing from the next token.
#[async_trait]
pub trait ScopePolicy: fmt::Debug + Send + Sync {
    /// Whether this user may give this client this scope.
    ///
    /// # Errors
    /// Whatever keeps the answer from being known; nothing is granted then.
    async fn allows(&self, request: ScopeRequest<'_>) -> Result<bool, Error>;
}

/// The default [`ScopePolicy`]: no scope for anybody.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrantNothing;

#[async_trait]
impl ScopePolicy for GrantNothing {
    async fn allows(&self, _request: ScopeRequest<'_>) -> Result<bool, Error> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_words_between_single_spaces() {
        for good in ["", "a", "reports:read a.b", "https://x/y"] {
            assert!(ScopeSet::parse(good).is_ok(), "{good}");
        }
        for bad in [" ", "a  b", " a", "a ", "a\tb", "a\"b", "a\\b", "\u{e9}", "a\nb", &"a".repeat(1025)] {
            assert!(ScopeSet::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_are_compared_whole() {
        let scope = ScopeSet::parse("reports:read profile").unwrap();
        assert!(scope.contains("profile") && scope.contains("reports:read"));
        assert!(!scope.contains("reports") && !scope.contains("PROFILE") && !scope.contains(""));
    }
}
