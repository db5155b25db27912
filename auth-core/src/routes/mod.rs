//! The routes: what each takes out of a request, which services it calls, and what it answers.
//!
//! This folder stands above the features: most routes need several of them.

mod about;
mod account;
mod dispatch;
mod exchange;
mod health;
mod key;
mod mfa;
mod openapi;
mod passkey;
mod provider;
mod refusal;
mod server;
mod session;
mod table;
#[cfg(test)]
mod tests;

pub use self::dispatch::Mounts;
#[cfg(any(test, feature = "testing"))]
pub(crate) use self::table::login_routes;
