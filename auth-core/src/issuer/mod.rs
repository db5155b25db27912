//! Other issuers: what they say of themselves (discovery), their keys (JWKS), and the tokens they sign.
//!
//! One cache for all of it, [`Issuers`], shared by logging in with providers and by guards that accept outside tokens.

mod cache;
mod claims;
mod document;
mod jws;
mod key;
mod key_set;
mod metadata;
#[cfg(test)]
mod tests;
mod verifier;

pub use self::cache::{IssuerConfig, Issuers};
pub use self::claims::Claims;
pub use self::jws::{ForeignJws, MAX_FOREIGN_TOKEN_LEN};
pub use self::key::ForeignKey;
pub use self::metadata::{IssuerId, IssuerMetadata};
pub use self::verifier::{ForeignVerifier, Verified};
pub use crate::key::JwsAlgorithm;
