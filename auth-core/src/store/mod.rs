//! The bundle of stores, the short-lived store, and the memory backend.

mod bundle;
mod short_lived;

pub use self::bundle::{Backend, Stores};
pub use self::short_lived::{Quota, ShortLivedStore};
