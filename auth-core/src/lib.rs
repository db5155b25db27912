//! Authentication for Rust web apps: every decision, no framework.

pub mod clock;
pub mod error;
pub mod http;
pub mod key;
pub mod password;
pub mod random;
pub mod secret;
pub mod session;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;
pub mod user;
