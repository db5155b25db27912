//! The one small expiring key-value store for everything short-lived: states, codes, used proofs, revocation marks, limits.

mod store;
mod window;

pub use self::store::{Quota, ShortLivedStore};
pub use self::window::Counter;
