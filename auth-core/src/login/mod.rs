//! The one way in.
//!
//! Every way of logging in ends in one `admit`: it checks the credential, the account and the limits, and answers an
//! [`Admitted`], the only thing that sessions and tokens are made from. An unknown user, a wrong password and a disabled
//! account cost one hash run each and answer alike.

mod amr;
mod basic;
mod service;
#[cfg(test)]
mod tests;
mod types;

pub use self::amr::Amr;
pub use self::types::{Admitted, Credentials};

pub(crate) use self::basic::BasicLogins;
pub(crate) use self::service::Logins;
