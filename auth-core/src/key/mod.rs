//! Keys: the application's secrets, and the ring of keys that signs access tokens.
//!
//! Two kinds of keys live here, and they never mix:
//!
//! 1. [`ApplicationSecrets`]: what the operator configures. A list with versions; the newest seals and hashes, every
//!    one of them opens and checks. For each purpose a subkey is derived (HKDF, RFC 5869), as a [`KeyedHash`] or as a
//!    [`Sealer`], so that a value made for one purpose means nothing to another.
//! 2. The signing keys of access tokens.
//!
//! What the server hands out as a bearer secret (a session id, a refresh token) is an [`OpaqueToken`]: random bytes
//! that name the version of the secret under which the store knows their hash.

mod algorithm;
mod backend;
mod config;
mod keyed_hash;
mod opaque;
mod pem;
mod public;
mod ring;
mod sealer;
mod secrets;
mod service;
mod signing;
mod store;
mod verifying;

pub use self::algorithm::SigningAlgorithm;
pub use self::backend::install_backend;
pub use self::config::{JWKS_MAX_AGE, KeyConfig, KeySource};
pub use self::keyed_hash::KeyedHash;
pub use self::opaque::OpaqueToken;
pub use self::ring::{KeyRing, KeyState};
pub use self::sealer::Sealer;
pub use self::secrets::ApplicationSecrets;
pub use self::service::Keys;
pub use self::signing::SigningKey;
pub use self::store::{KeyStore, StoredKey};
pub use self::verifying::VerifyingKey;
