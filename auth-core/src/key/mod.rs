//! Keys: the application's secrets, and the ring of keys that signs access tokens.
//!
//! Two kinds of keys live here, and they never mix:
//!
//! 1. [`ApplicationSecrets`]: what the operator configures. A list with versions; the newest seals and hashes, every
//!    one of them opens and checks. For each purpose a subkey is derived (HKDF, RFC 5869), as a [`KeyedHash`] or as a
//!    [`Sealer`], so that a value made for one purpose means nothing to another.
//! 2. [`Keys`]: what signs access tokens. Each [`SigningKey`] has one [`SigningAlgorithm`] and is parsed once. It is
//!    given by the operator, or made at the first start and kept, sealed, in the [`KeyStore`]. A key is announced
//!    (published, but not signing), then active, then retiring (verifying what it signed), then gone; these states
//!    follow from times in the store, so all replicas agree on them. A [`KeyRing`] is the snapshot that requests use.
//!
//! What the server hands out as a bearer secret (a session id, a refresh token) is an [`OpaqueToken`]: random bytes
//! that name the version of the secret under which the store knows their hash.
//!
//! A program refuses to start with weak keys (RSA below 2048 bits or with a small exponent, HMAC secrets below 32
//! bytes, placeholders), with a key store that cannot be read, and with a stored key that it cannot open: a replica
//! that went on with a key of its own would refuse the others' tokens.
//!
//! Signatures come from one backend: AWS-LC (feature `aws-lc-rs`, the default) or the RustCrypto crates (feature
//! `rust-crypto`). With both, AWS-LC is used; with neither, the crate does not compile.

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
pub(crate) use self::signing::ACCESS_TOKEN_TYP;
pub use self::signing::SigningKey;
pub use self::store::{KeyStore, StoredKey};
pub use self::verifying::VerifyingKey;

#[cfg(test)]
mod tests;
