//! Why an access token of ours is refused.

use std::fmt;

use crate::jose;

/// Why an access token was refused: for the log, never for the client, who learns `invalid_token` and no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// It is meant for somebody else.
    Audience,
    /// The payload is not the claims of an access token.
    Claims,
    /// It has ended.
    Expired,
    /// It is no token that can be read and verified at all.
    Format(jose::Refusal),
    /// Somebody else issued it.
    Issuer,
    /// It has not begun, or was issued in the future.
    NotYetValid,
    /// It is a token of another kind.
    Type,
}

impl From<jose::Refusal> for Refusal {
    fn from(refusal: jose::Refusal) -> Self {
        Self::Format(refusal)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audience => "the token is meant for somebody else",
            Self::Claims => "the payload is not the claims of an access token",
            Self::Expired => "the token has expired",
            Self::Format(refusal) => return refusal.fmt(f),
            Self::Issuer => "the token has another issuer",
            Self::NotYetValid => "the token is not valid yet",
            Self::Type => "the token is not an access token",
        })
    }
}

impl std::error::Error for Refusal {}
