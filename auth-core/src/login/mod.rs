//! The one way in.
//!
//! Every way of logging in ends in one admission, [`Auth::admit`](crate::Auth::admit) from code: it checks the
//! credential, the account and the limits, and answers an [`Admission`]: an [`Admitted`], or a [`PendingLogin`] where a factor is
//! missing. Sessions and tokens are made from an `Admitted` and nothing else, and it is used up by what is made from it. In this
//! order:
//!
//! 1. A password of more than [`MAX_PASSWORD_BYTES`](crate::password::MAX_PASSWORD_BYTES) or with a NUL, or a name
//!    of more than 1024 bytes: `InvalidRequest`, before anything is hashed or counted.
//! 2. An attempt too many for the name, the network or all passwords together: `TooManyAttempts`, before any account is looked
//!    up. A browser that the name is [known](crate::throttle#known-browsers) from is counted by itself instead, by limits of its
//!    own, and a network from which somebody logged in lately goes on past the limit of all passwords; see
//!    [`throttle`](crate::throttle).
//! 3. A queue of password hashes that is full, or a store that cannot answer: `Unavailable`. That attempt does not
//!    count.
//! 4. An unknown user, an account without a password, a wrong password, a disabled account: `InvalidCredentials`
//!    for all four, after the same look-ups and one hash run each, so that neither the answer nor its time tells which. An
//!    account that has failed too often in a row is answered likewise.
//! 5. Otherwise the account's row of failures is over, a hash of outdated parameters is renewed, and the account is let in, unless it
//!    has a second factor ([`SecondFactors`]): then the login is pending.
//!
//! [`Credentials::Vouched`] is the application's own word: only whether the account exists and is active is asked.
//! HTTP Basic goes the same way, and keeps a verdict for up to 60 seconds, so that not every request costs a hash
//! run; the keeping ends at once when the account's epoch moves or the account is disabled, and one wrong pair that
//! is repeated counts once. A network has as many turns at repeating wrong ones as it has at failing.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::ErrorKind;
//! use auth_core::login::{Amr, Credentials};
//! # use auth_core::{Auth, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
//! # let alice = auth.users().new_user("alice")?;
//! # auth.users().create(alice, "correct horse battery staple").await?;
//!
//! let right = Credentials::Password { login: "Alice", password: "correct horse battery staple" };
//! let admitted = auth.admit(right, None).await?.admitted()?;
//! assert!(admitted.amr().contains(Amr::PWD));
//!
//! for (login, password) in [("alice", "hunter2"), ("nobody", "hunter2")] {
//!     let refused = auth.admit(Credentials::Password { login, password }, None).await.unwrap_err();
//!     assert_eq!(refused.kind(), ErrorKind::InvalidCredentials);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`AuthBuilder::password`](crate::AuthBuilder::password) (cost and queue) and
//! [`AuthBuilder::throttle`](crate::AuthBuilder::throttle). Give `admit` the client's address, or its network is
//! not limited, and call it in a task of its own where clients can hang up: a call that is dropped has made a
//! failed attempt. In a handler, [`AuthContext::login_admitted`](crate::AuthContext::login_admitted) begins the session.
//!
//! # Pending logins
//!
//! A right first factor on an account that has a second one lets nobody in. What the login was on the way to is kept for 10
//! minutes, sealed, under a cookie of its own (`__Host-pending`, on `http://localhost` `pending`; `shop-pending` where the session
//! cookie is called `shop`), with five tries at the factor. No guard takes that cookie, and the login is void once the account's epoch
//! moves: after a changed password, above all. The reply is `{"status":"mfa_required","methods":[…]}`, browsers are sent to
//! `/auth/mfa`. Every way in stops there: the login routes, logins by hand, by a provider, by another system's session; a
//! re-authentication leaves the session as it was. HTTP Basic and the password grant, which can wait for nothing, refuse such an
//! account as they refuse a wrong password. Which accounts have a second factor, and by what it is shown, is the matter of
//! [`mfa`](crate::mfa).
//!
//! NIST SP 800-63B-4 section 3.1.1 (passwords), RFC 8176 (`amr`), RFC 7617 (Basic), the [OWASP Authentication Cheat
//! Sheet](https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html).

mod admission;
mod amr;
mod basic;
mod by_password;
mod factor_times;
mod factors;
mod lock_watch;
mod pending;
mod service;
#[cfg(test)]
mod tests;
mod types;

pub use self::admission::{Admission, PendingLogin};
pub use self::amr::Amr;
pub use self::factor_times::FactorTimes;
pub use self::factors::{DeviceKey, Method, SecondFactors};
pub use self::types::{Admitted, Credentials};

pub(crate) use self::admission::LONG_AGO;
pub(crate) use self::basic::BasicLogins;
pub(crate) use self::lock_watch::LockWatch;
pub(crate) use self::pending::{NotShown, PENDING_LIFE, PendingId, PendingLogins, Waiting};
pub(crate) use self::service::Logins;
