//! The bundle of stores, and the memory backend.

mod bundle;
mod memory;

pub use self::bundle::{Backend, Stores};
pub use self::memory::MemoryStore;
