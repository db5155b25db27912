//! Limits on guessing.
//!
//! Failed attempts are counted by the name that was typed, by network, by kind of credential and by account, on every route that
//! takes that credential: login, re-authentication, password change, the password grant, HTTP Basic and
//! [`Auth::admit`](crate::Auth::admit):
//!
//! 1. An attempt is reserved in the counters of its network, of the credential and of the name, in all or in none, before anybody
//!    looks whose name it is, and before it is evaluated: 200 guesses in one instant evaluate no more than the limit. None left in
//!    one of them: 429 `too_many_attempts` with the time until all have one again (a day at most is told). No store of users is
//!    asked then, and nothing is hashed.
//! 2. The account that the name leads to has one counter more, of failures in a row. Once it is used up, the account takes no
//!    password until [`Throttle::clear`] or [`Accounts::set_password`](crate::account::Accounts::set_password) is called for it: strangers have 90
//!    attempts, browsers that it [knows](#known-browsers) ten more. That looks like a wrong password; the log says which it is.
//! 3. A right password ends the account's row of failures, and its own attempt is given back. The other counters go on: they
//!    forget with time alone, or a client that logs in every minute would open its account to the guesses of somebody else.
//! 4. A wrong one, and a right one for a disabled account, stays counted.
//! 5. An attempt that could not be evaluated (a store or the hashing queue said no) is given back: that was no guess. Where the
//!    counters' store cannot take it back at once, that is tried for a quarter of an hour.
//! 6. An IPv6 network counts three times: as a /64, and with twice and five times its limits as a /56 and a /48, of which one
//!    customer has hundreds or thousands of the former.
//! 7. Past the limit of a kind of credential, networks from which somebody logged in within a week go on by an equal part of their
//!    own: whoever uses that limit up keeps strangers out for a minute, and nobody else.
//!
//! 8. While the store of the counters cannot answer, each server counts by itself, and lets a fifth of each limit through: logins
//!    that can still be checked (the users' store answers, and so does that of the sessions) go on, and nobody guesses without a
//!    limit. The log says so at each attempt. What was counted so counts on that server alone, for a day at most, beside what the
//!    store has: an account takes up to 18 guesses more on each server then.
//!
//! Codes of second factors are counted apart: 20 wrong ones an hour for an account, of all kinds and from everywhere. A right password
//! gives none of them back, nor does a link that was mailed: by that the account takes 5 more, and no further ones within a day.
//!
//! Sessions and tokens that exist go on working: locking somebody out of the form does not throw them out.
//!
//! # Who exists
//!
//! The limits tell nobody. What a 429 depends on is what was typed, where from, and when: the name is counted in the one form
//! (NFKC, without case, a domain as IDNA has it) that covers every store's way of comparing names, before any store is asked. So
//! `alice`, `ALICE` and a name that nobody has answer alike after 25 attempts, after 100 and after 150, whether or not the owner
//! logs in meanwhile; a user name and an address of one account are counted apart, as any two names are. The only counter that
//! belongs to an account, and that its owner's logins change, is the row of failures, and nothing shows that it is used up: the
//! same writes and the same hash run end in the same 401, also for the right password (the short-lived store answers one read more
//! there; whoever can time that behind the hash run knows more than this can hide). An account that went on past a limit
//! because its owner logged in recently could be told from a name that nobody has, so networks do (7), and accounts do not.
//!
//! A name has 75 attempts a day, so an account that is called by a user name and an address has 150, and never more than 100 in a
//! row; one with further names ([`NewUser::login_names`](crate::user::NewUser::login_names)) has as many times 75.
//!
//! # Known browsers
//!
//! Each login hands the browser a cookie (`__Host-session-known`, on `http://localhost` `session-known`, named after the session
//! cookie) by which it is known for half a year, as in OWASP's protocol of device cookies: a sealed value with a random number, the account, and its user name and address. It opens
//! nothing and spares no factor. Attempts of such a browser at one of these two are counted at the browser (5 in 5 minutes, 10 in an
//! hour, 20 in a day) and in the account's row, and nowhere else. So an account that strangers guess at, from a hundred networks or
//! from the next desk, stays open to its owner; and whoever steals a cookie can guess at that one account, by those limits. Once
//! they are used up the browser is a stranger. A cookie counts for the account that logged in last, as long as that has the name: whoever
//! has it after them has nothing to do with their browsers. What else goes by a known browser, the [check](crate::human) whether a
//! person sends a form and the mails that strangers can ask for, goes by the account too.
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
//! minutes, then an hour, then a day. Behind a proxy, list it
//! ([`AuthBuilder::trusted_proxies`](crate::AuthBuilder::trusted_proxies)), or all clients are one network; where
//! no address is known the network is not limited, and the log says so once. A kind without a limit, or a limit of
//! nothing, is refused at start; so is [`ThrottleConfig::insecure_off`] outside `http://localhost`. Several servers
//! need one short-lived store. Names, networks and browsers share 2¹⁸ counters of each kind: a flood of them fills no memory, and
//! two that meet are limited together.
//!
//! NIST SP 800-63B-4 section 3.2.2 (at most 100 consecutive failures), RFC 6585 section 4 (429), OWASP ["Slow Down Online Guessing
//! Attacks with Device
//! Cookies"](https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).

mod codes;
mod config;
mod counters;
mod free_tries;
mod known_browser;
mod limiter;
mod lockouts;
mod service;
mod source;
#[cfg(test)]
mod tests;

pub use self::config::{Limit, ThrottleConfig};
pub use self::lockouts::Lockouts;
pub use self::service::Throttle;

pub(crate) use self::counters::PASSWORD;
pub(crate) use self::free_tries::FreeTry;
pub(crate) use self::known_browser::{KNOWN_FOR, KnownBrowser, KnownBrowsers, Owner};
pub(crate) use self::service::{Attempt, Postage, Turn};
pub(crate) use self::source::Source;
