//! Limits on guessing.
//!
//! One counter per account, per network and per kind of credential, shared by every route that takes that credential. An
//! attempt is reserved before it is evaluated, so that any number of guesses in one instant evaluates no more than the
//! limit; a success gives it back, and so does a store that failed in between.
//!
//! The windows of an account make the delay grow: after [25 failures in 5 minutes](ThrottleConfig) the wait is minutes,
//! later an hour, a day, and after 100 failures in a row the account takes no password any more until
//! [`Throttle::clear`] is called for it or [`Auth::set_password`](crate::Auth::set_password) gives it another (NIST SP 800-63B-4 section 3.2.2 allows at most
//! 100). Sessions that are open stay open: locking somebody out of the form does not throw them out.

mod config;
mod service;
#[cfg(test)]
mod tests;

pub use self::config::{Limit, ThrottleConfig};
pub use self::service::Throttle;

pub(crate) use self::service::{PASSWORD, Subject};
