//! Signed tokens as a format, whosever they are: our own, other issuers', and those that a client signs.
//!
//! A token is taken apart in strict compact form and its header read; JSON in which a member stands twice is refused; what
//! was verified is remembered. What a token of some kind has to say is for
//! the features above: [`token`](crate::token) for ours, [`issuer`](crate::issuer) and [`resource`](crate::resource) for others'.
//!
//! RFC 7515 (JWS), RFC 7519 (JWT), RFC 8725 (best practice).

mod cache;
mod jws;
mod numeric_date;
mod refusal;
pub(crate) mod strict_json;
#[cfg(test)]
mod tests;

pub use self::refusal::Refusal;

pub(crate) use self::cache::VerifiedTokens;
#[cfg(feature = "server")]
pub(crate) use self::jws::sign_typed_jwt;
pub(crate) use self::jws::{CompactJws, Header, sign, sign_jwt, sign_plain_jwt};
pub(crate) use self::numeric_date::{date_of_number, date_of_seconds};

#[cfg(test)]
pub(crate) use self::numeric_date::LAST_SECOND;
