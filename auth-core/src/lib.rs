//! Authentication for Rust web apps: every decision, no framework.

mod account;
mod auth;
mod builder;
mod context;
mod dispatch;
mod identity;
#[cfg(test)]
mod tests;

pub mod access;
pub mod clock;
pub mod error;
pub mod http;
pub mod key;
pub mod login;
pub mod password;
pub mod random;
pub mod secret;
pub mod session;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod throttle;
pub mod token;
pub mod user;

pub use self::access::{Rejection, Requirement};
pub use self::auth::{Auth, Mounts};
pub use self::builder::AuthBuilder;
pub use self::context::AuthContext;
pub use self::error::{Error, ErrorKind};
pub use self::identity::{Identity, Via};
pub use self::user::{User, UserId};
