//! Other issuers: what they say of themselves (discovery), their keys (JWKS), and the tokens they sign.
//!
//! One cache for all of it, shared by logging in with providers and by guards that accept outside tokens.

mod cache;
mod jws;
mod key;
mod metadata;

pub use self::cache::{IssuerConfig, Issuers};
pub use self::jws::ForeignJws;
pub use self::key::{ForeignKey, JwsAlgorithm};
pub use self::metadata::{IssuerId, IssuerMetadata};
