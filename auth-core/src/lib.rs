//! Authentication for Rust web apps: every decision, no framework.

pub mod clock;
pub mod error;
pub mod http;
pub mod random;
pub mod secret;
