//! Tokens.
mod refresh;
pub use self::refresh::{FamilyKey, Predecessor, RefreshFamily, RefreshStore, Rotation};
