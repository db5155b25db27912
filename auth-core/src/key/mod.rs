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

mod keyed_hash;
mod opaque;
mod sealer;
mod secrets;
mod store;

pub use keyed_hash::KeyedHash;
pub use opaque::OpaqueToken;
pub use sealer::Sealer;
pub use secrets::ApplicationSecrets;
pub use store::{KeyStore, StoredKey};
