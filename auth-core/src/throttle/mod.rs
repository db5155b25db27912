//! Limits on guessing.
//!
//! One set of counters per account, per network and per kind of credential, shared by every route that takes that
//! credential: login, re-authentication, password change, the password grant, HTTP Basic and
//! [`Auth::admit`](crate::Auth::admit). All that is counted are failures:
//!
//! 1. An attempt is reserved in every counter that concerns it, or in none, before it is evaluated: 200 guesses in
//!    one instant evaluate no more than the limit. None left in one of them: 429 `too_many_attempts` with the time
//!    until all have one again (a day at most is told), and nothing is hashed.
//! 2. A right password clears the account's counters and gives the network and the credential their attempt back.
//! 3. A wrong one, and a right one for a disabled account, stays counted. A name that nobody has is counted like an
//!    account.
//! 4. An attempt that could not be evaluated (a store or the hashing queue said no) is given back: that was no
//!    guess.
//! 5. After 100 failures in a row an account takes no password any more until [`Throttle::clear`] or
//!    [`Auth::set_password`](crate::Auth::set_password) is called for it.
//!
//! Sessions and tokens that exist go on working: locking somebody out of the form does not throw them out.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use std::time::Duration;
//! use auth_core::ErrorKind;
//! use auth_core::login::Credentials;
//! use auth_core::throttle::{Limit, ThrottleConfig};
//! # use auth_core::{Auth, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=");
//!
//! let limits = ThrottleConfig::default().account([Limit::new(2, Duration::from_secs(5 * 60))]);
//! let auth = auth.throttle(limits).build().await?;
//! # let alice = auth.users().new_user("alice")?;
//! # let alice = auth.users().create(alice, "correct horse battery staple").await?;
//!
//! let guess = |password| Credentials::Password { login: "alice", password };
//! for _ in 0..2 {
//!     assert_eq!(auth.admit(guess("hunter2"), None).await.unwrap_err().kind(), ErrorKind::InvalidCredentials);
//! }
//! let right = || guess("correct horse battery staple");
//! assert_eq!(auth.admit(right(), None).await.unwrap_err().kind(), ErrorKind::TooManyAttempts);
//!
//! auth.throttle().clear(&alice.id).await?; // support staff lets alice in again
//! assert!(auth.admit(right(), None).await.is_ok());
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`ThrottleConfig`], whose defaults make the delay grow: after 25 failures in 5 minutes the wait is
//! minutes, then an hour, a day, and then for good. Behind a proxy, list it
//! ([`AuthBuilder::trusted_proxies`](crate::AuthBuilder::trusted_proxies)), or all clients are one network; where
//! no address is known the network is not limited, and the log says so once. A kind without a limit, or a limit of
//! nothing, is refused at start; so is [`ThrottleConfig::insecure_off`] outside `http://localhost`. Several servers
//! need one short-lived store. Names that nobody has, and networks, share 2¹⁸ counters: a flood of them fills no
//! memory, and two that meet are limited together.
//!
//! NIST SP 800-63B-4 section 3.2.2 (at most 100 consecutive failures), RFC 6585 section 4 (429).

mod config;
mod service;
#[cfg(test)]
mod tests;

pub use self::config::{Limit, ThrottleConfig};
pub use self::service::Throttle;

pub(crate) use self::service::{PASSWORD, Subject};
