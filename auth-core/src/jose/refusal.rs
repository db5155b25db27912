//! What is refused of a token before anybody asks what it says.

use std::fmt;

/// Why a token is refused as a token, whosever and whatever it is: for the log, never for the client, who learns `invalid_token` and
/// no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The header's `alg` is not the key's.
    Algorithm,
    /// The header is no JSON object as it should be, or asks for something that we do not do.
    Header,
    /// It is not three parts in base64url.
    Malformed,
    /// The payload is no JSON object, or has a member twice.
    Payload,
    /// The signature is wrong.
    Signature,
    /// It is longer than is read.
    TooLong,
    /// No key of that name is here. Another replica may have made it: reload the keys once and try again.
    UnknownKid,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the algorithm is not the key's",
            Self::Header => "the header is not acceptable",
            Self::Malformed => "the token is not a compact JWS",
            Self::Payload => "the payload is no JSON object without duplicate members",
            Self::Signature => "the signature is wrong",
            Self::TooLong => "the token is too long",
            Self::UnknownKid => "the token names an unknown key",
        })
    }
}

impl std::error::Error for Refusal {}
