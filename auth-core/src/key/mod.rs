//! Keys (stub until the branch is merged).
mod store;
pub use self::store::{KeyStore, StoredKey};
