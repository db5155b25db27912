//! Authentication for Rust web apps: every decision, no framework.

pub mod clock;
pub mod error;
pub mod key;
pub mod random;
pub mod secret;
