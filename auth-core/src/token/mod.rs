//! Tokens.
mod cache;
mod claims;
mod jws;
mod refresh;
mod strict_json;
mod verify;

pub use self::claims::AccessClaims;
pub use self::jws::MAX_TOKEN_LEN;
pub use self::refresh::{FamilyKey, Predecessor, RefreshFamily, RefreshStore, Rotation};
pub use self::verify::{DEFAULT_LEEWAY, Refusal, TokenVerifier, sign};
