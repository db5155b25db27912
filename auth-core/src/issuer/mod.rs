//! Other issuers: what they say of themselves (discovery), their keys (JWKS), and the tokens they sign.
//!
//! One cache for all of it, [`Issuers`], shared by logging in with providers and by guards that accept outside tokens.
//!
//! Metadata is taken when its `issuer` is, byte by byte, the one that was asked for, and all its endpoints may be called
//! ([`Outbound::check`](crate::outbound::Outbound::check)). A token's signature is taken when all of this holds:
//!
//! 1. The token is strict compact form, as [`OutsideJws`] says: nothing in it brings a key or asks for an extension.
//! 2. Its `alg` is one that the caller accepts, from the configuration or the issuer's metadata. It never is `none`, and HS256
//!    only with a key made from a client's secret ([`OutsideKey::from_client_secret`]).
//! 3. The issuer's set has a key of its `kid` and `alg`, or exactly one of its `alg` where it names no `kid`. A key that names an
//!    algorithm is for that one; one that names none is for those of its type that are accepted. Keys are the same when their
//!    numbers are, however often and with whatever else the set lists them.
//! 4. The signature is that key's, or, of several different keys of one `kid`, that of one of the first four; and the claims have
//!    no member twice.
//!
//! What the claims say (issuer, audience, type, times) is for the caller to check, with [`Claims`].
//!
//! Documents are used for [`IssuerConfig::ttl`], then renewed while they are still used, and after
//! [`max_stale`](IssuerConfig::max_stale) no more: then tokens are refused until the issuer answers again. A `kid` that is
//! unknown, or a signature that is not its key's (some issuers that are restarted have new keys under the old names), has the keys
//! fetched again, once a [`cooldown`](IssuerConfig::cooldown), and a key that the issuer took out is gone with the next fetch. When a
//! name means another key than before, the log says so.
//!
//! ```
//! use auth_core::issuer::{OutsideJws, IssuerId};
//!
//! let issuer = IssuerId::parse("https://idp.example")?;
//! assert!(issuer.is_issuer_of("https://idp.example", None));
//! assert!(!issuer.is_issuer_of("https://idp.example/", None));
//!
//! // The header is {"alg":"RS256","kid":"2024"}, then {"alg":"RS256","jku":"https://evil.example"}.
//! let token = OutsideJws::parse("eyJhbGciOiJSUzI1NiIsImtpZCI6IjIwMjQifQ.e30.AA")?;
//! assert_eq!(token.kid(), Some("2024"));
//! assert!(OutsideJws::parse("eyJhbGciOiJSUzI1NiIsImprdSI6Imh0dHBzOi8vZXZpbC5leGFtcGxlIn0.e30.AA").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Clocks must agree to within the leeway that the caller gives. Fetches run on the runtime's own tasks: it needs its timer.
//!
//! [OpenID Connect Discovery 1.0](https://openid.net/specs/openid-connect-discovery-1_0.html), RFC 8414 (metadata), RFC 7517
//! (key sets), RFC 7515, 7519 and 8725 (JWS, JWT, best practice).

mod cache;
mod claims;
mod config;
mod document;
mod id;
mod jws;
mod key;
mod key_set;
mod metadata;
mod refusal;
#[cfg(test)]
mod tests;
mod verifier;

pub use self::cache::Issuers;
pub use self::claims::Claims;
pub use self::config::IssuerConfig;
pub use self::id::IssuerId;
pub use self::jws::{MAX_OUTSIDE_TOKEN_LEN, OutsideJws};
pub use self::key::OutsideKey;
#[cfg(feature = "server")]
pub(crate) use self::key_set::KeySet;
pub use self::metadata::IssuerMetadata;
pub(crate) use self::refusal::OutsideRefusal;
pub use self::verifier::{OutsideVerifier, Verified};
pub use crate::key::JwsAlgorithm;
