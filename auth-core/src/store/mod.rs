//! The bundle of stores, the short-lived store, and the memory backend.

mod bundle;
mod memory;
mod short_lived;
mod window;

pub use self::bundle::{Backend, Stores};
pub use self::memory::MemoryStore;
pub use self::short_lived::{Quota, ShortLivedStore};
pub use self::window::Counter;
