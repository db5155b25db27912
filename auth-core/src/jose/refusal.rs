//! Why a token was refused.

use std::fmt;

/// Why a token was refused: for the log, never for the client, who learns `invalid_token` and no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The header's `alg` is not the key's.
    Algorithm,
    /// It is meant for somebody else.
    Audience,
    /// It is bound to a key or a certificate of its holder, which is not checked here.
    Bound,
    /// The payload is not the claims of an access token.
    Claims,
    /// It has ended.
    Expired,
    /// The header is no JSON object as it should be, or asks for something that we do not do.
    Header,
    /// Somebody else issued it.
    Issuer,
    /// It is not three parts in base64url.
    Malformed,
    /// It has not begun, or was issued in the future.
    NotYetValid,
    /// The signature is wrong.
    Signature,
    /// It is longer than [`MAX_TOKEN_LEN`](super::MAX_TOKEN_LEN).
    TooLong,
    /// It is a token of another kind.
    Type,
    /// No key of that name is here. Another replica may have made it: reload the keys once and try again.
    UnknownKid,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the algorithm is not the key's",
            Self::Audience => "the token is meant for somebody else",
            Self::Bound => "the token is bound to a key of its holder",
            Self::Claims => "the payload is not the claims of an access token",
            Self::Expired => "the token has expired",
            Self::Header => "the header is not acceptable",
            Self::Issuer => "the token has another issuer",
            Self::Malformed => "the token is not a compact JWS",
            Self::NotYetValid => "the token is not valid yet",
            Self::Signature => "the signature is wrong",
            Self::TooLong => "the token is too long",
            Self::Type => "the token is not an access token",
            Self::UnknownKid => "the token names an unknown key",
        })
    }
}

impl std::error::Error for Refusal {}
