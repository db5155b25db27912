//! Logging in on a device without a browser, by confirming it on one that has one (RFC 8628).
//!
//! 1. The device gets a code of 256 bits, with which it asks again and again, and a short one, which its owner types. Both are good for ten
//!    minutes, the store knows keyed hashes of them, and whose they are and for what.
//! 2. The short code is claimed by the session in which it is typed first: to every other one it is unknown from then on. What is typed and
//!    wrong counts, by account and by network.
//! 3. That session is shown who asks and for what, decides once, and has to be there still when the device comes.
//! 4. The device asks at most every five seconds, or is told to slow down. Of any number of calls one gets the tokens.

mod kept;
mod login;
mod poll;

pub(crate) use self::kept::DeviceLogins;
pub(crate) use self::login::DeviceRequest;
