//! The configured system, and how it is made.

mod builder;
mod config;
mod housekeeping;
mod system;

pub use self::builder::AuthBuilder;
pub use self::system::Auth;
