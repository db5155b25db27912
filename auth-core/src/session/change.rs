//! What was changed, as servers tell each other.
//!
//! A session is named by the keyed hash of its id, which is all that stores have of it and opens nothing; a user by their id.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::user::UserId;

use super::SessionKey;

const SESSION: &str = "session ";
const USER: &str = "user ";
const EVERYTHING: &str = "everything";

/// What is said where nothing was changed, to learn whether it is heard.
pub(super) const HELLO: &str = "hello";

/// What was changed: copies of it count no more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    Session(SessionKey),
    User(UserId),
    /// Anything may have been.
    Everything,
}

impl Change {
    /// What a message says was changed; `None` where it says nothing of a change. One that is not understood comes from a newer program,
    /// and may be about anything.
    pub(super) fn parse(message: &str) -> Option<Self> {
        if message == HELLO {
            return None;
        }
        if let Some(id) = message.strip_prefix(USER) {
            return Some(Self::User(UserId::new(id)));
        }
        let key = message.strip_prefix(SESSION).and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
        let key = key.and_then(|key| key.try_into().ok()).map(SessionKey::new);
        Some(key.map_or(Self::Everything, Self::Session))
    }
}

impl From<Option<&UserId>> for Change {
    fn from(user: Option<&UserId>) -> Self {
        user.map_or(Self::Everything, |user| Self::User(user.clone()))
    }
}

/// The message.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(key) => write!(f, "{SESSION}{}", URL_SAFE_NO_PAD.encode(key.as_bytes())),
            Self::User(id) => write!(f, "{USER}{id}"),
            Self::Everything => f.write_str(EVERYTHING),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_heard_as_it_was_told() {
        for change in [
            Change::Session(SessionKey::new([7; 32])),
            Change::User(UserId::new("0190b2c4-7d1e-7abc-8def-000000000001")),
            Change::User(UserId::new("")),
            Change::User(UserId::new("session of \u{e9}\n's")),
            Change::Everything,
        ] {
            assert_eq!(Change::parse(&change.to_string()), Some(change));
        }
    }

    #[test]
    fn what_is_not_understood_may_be_about_anything_and_a_greeting_is_about_nothing() {
        assert_eq!(Change::parse(HELLO), None);
        for odd in ["", "session", "session AAAA", "session !", "group writers", "\u{0}"] {
            assert_eq!(Change::parse(odd), Some(Change::Everything), "{odd:?}");
        }
    }
}
