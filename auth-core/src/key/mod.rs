//! Keys: the application's secrets, and the ring of keys that signs access tokens.
//!
//! [`ApplicationSecrets`] is what the operator configures: a list with versions, from which a subkey is derived for
//! each purpose (HKDF), so that a value made for one purpose means nothing to another. [`Keys`] signs access
//! tokens: each [`SigningKey`] has one [`SigningAlgorithm`], is given by the operator or made at the first start,
//! and is kept sealed in the [`KeyStore`].
//!
//! 1. The newest secret hashes and seals, every one in the list checks and opens. What was made under a secret that
//!    is no longer in the list is unknown: its sessions and refresh tokens are nobody's.
//! 2. A signing key is announced (published, not signing), then active, then retiring (verifying what it signed),
//!    then gone. These states follow from times in the store, so all replicas agree on them. A token of a gone or
//!    unknown key is refused; one of an announced key passes, for a replica whose clock is ahead.
//! 3. A token's algorithm is that of the key that it names; its own `alg` only has to agree.
//! 4. The public key set never holds a private or a symmetric key.
//! 5. The program does not start with a weak key (RSA below 2048 bits or with a small exponent, HMAC and
//!    application secrets below 32 bytes, placeholders), with a key store that cannot be read, or with a stored key
//!    that it cannot open: a replica that went on with a key of its own would refuse the others' tokens.
//!
//! ```
//! use auth_core::key::{ApplicationSecrets, SigningKey};
//!
//! // The second version makes everything new; what the first one made still counts.
//! let secrets = ApplicationSecrets::from_text(
//!     "2:cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=,1:Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=",
//! )?;
//! assert_eq!(secrets.current_version(), 2);
//!
//! assert!(ApplicationSecrets::from_text("changeme").is_err());
//! assert!(SigningKey::from_hmac_secret(b"too short").is_err());
//! # Ok::<(), auth_core::Error>(())
//! ```
//!
//! Configured by [`AuthBuilder::secret_from_env`](crate::AuthBuilder::secret_from_env),
//! [`signing_algorithm`](crate::AuthBuilder::signing_algorithm) and, for keys of the operator's own,
//! [`signing_keys`](crate::AuthBuilder::signing_keys). Call [`Keys::rotate`] by a schedule, from any replica, or
//! from another program ([`Keys::load_existing`]); [`announce_keys_for`](crate::AuthBuilder::announce_keys_for) says how
//! long a new key waits. To replace a secret,
//! put the new one in front with the next version, seal anew what the old one sealed ([`Auth::reseal`](crate::Auth::reseal)), and drop the
//! old one when nothing made under it lives any more, 90 days by default.
//!
//! Signatures come from one backend: AWS-LC (feature `aws-lc-rs`, the default) or the RustCrypto crates (feature
//! `rust-crypto`). With both, AWS-LC is used; with neither, the crate does not compile.
//!
//! RFC 5869 (HKDF), RFC 7517 (key sets), RFC 7518 and 8037 (algorithms), RFC 8725 section 3 (choosing them),
//! [XChaCha20-Poly1305](https://datatracker.ietf.org/doc/draft-irtf-cfrg-xchacha/) (sealing).

mod algorithm;
mod backend;
mod config;
mod jws_algorithm;
mod keyed_hash;
mod loader;
mod opaque;
mod pem;
mod public;
mod reseal;
mod ring;
mod sealer;
mod secrets;
mod service;
mod signing;
mod store;
mod verifying;

pub use self::algorithm::SigningAlgorithm;
pub use self::backend::install_backend;
pub use self::config::JWKS_MAX_AGE;
pub(crate) use self::config::{KeyConfig, KeySource, MAX_TOKEN_LIFE};
pub use self::jws_algorithm::JwsAlgorithm;
pub use self::keyed_hash::KeyedHash;
pub(crate) use self::loader::KeyLoader;
pub(crate) use self::opaque::OpaqueToken;
pub use self::reseal::Resealed;
pub use self::ring::{KeyRing, KeyState};
pub(crate) use self::sealer::Sealer;
pub use self::secrets::ApplicationSecrets;
pub(crate) use self::secrets::decode_base64;
#[cfg(feature = "server")]
pub(crate) use self::secrets::weakness;
pub use self::service::{Announced, Keys};
pub use self::signing::SigningKey;
pub use self::store::{KeyStore, StoredKey};
pub use self::verifying::VerifyingKey;

#[cfg(test)]
mod tests;
