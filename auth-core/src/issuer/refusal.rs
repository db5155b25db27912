//! Why a token of another issuer is refused.

use std::fmt;

/// Why a token of another issuer, which can be read and was signed by it, is not taken: for the log, never for the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OutsideRefusal {
    /// It is meant for somebody else.
    Audience,
    /// It is bound to a key or a certificate of its holder, which is not checked here.
    Bound,
    /// The claims are not those that are needed.
    Claims,
    /// It has ended.
    Expired,
    /// Somebody else issued it.
    Issuer,
    /// It has not begun, or was issued in the future.
    NotYetValid,
    /// It is a token of another kind.
    Type,
}

impl fmt::Display for OutsideRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audience => "the token is meant for somebody else",
            Self::Bound => "the token is bound to a key of its holder",
            Self::Claims => "the claims are not those of such a token",
            Self::Expired => "the token has expired",
            Self::Issuer => "the token has another issuer",
            Self::NotYetValid => "the token is not valid yet",
            Self::Type => "the token is not an access token",
        })
    }
}

impl std::error::Error for OutsideRefusal {}
