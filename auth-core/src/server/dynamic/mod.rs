//! Clients that register themselves (RFC 7591), and change that or take it back (RFC 7592).
//!
//! 1. Nobody does unless the settings say so. Then it is whoever has the initial access token, or anybody.
//! 2. Such a client is never the operator's own, so its users are always asked; it acts for nobody by itself; and it may ask for what the
//!    settings let such clients ask for, whatever it wishes. What it did not get of its wishes, the answer shows.
//! 3. One that anybody may register is public, comes by codes alone, and is gone where nobody uses it.
//! 4. What it is to be called at is `https`, and never on this machine or in a private network.
//! 5. It changes its registration as a whole, by the token that it got with it, of which a hash is kept. Neither its id nor that token
//!    changes.

mod answer;
mod read;
mod rules;
mod service;

pub use self::rules::ClientRegistration;

pub(in crate::server) use self::read::{Kind, Reading};
pub(in crate::server) use self::rules::USED_LIFE;

pub(crate) use self::answer::RegisteredClient;
pub(crate) use self::rules::RegistrationRules;
