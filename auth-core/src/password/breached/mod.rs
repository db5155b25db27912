//! Whether a new password is known from a breach, asked without telling it (k-anonymity).
//!
//! Off unless [`AuthBuilder::breached_passwords`](crate::AuthBuilder::breached_passwords) says whom to ask. Then, wherever a password is
//! set (registration, change, reset, from code):
//!
//! 1. The [policy](super::PasswordPolicy) weighs it first. Only what it accepts is asked about.
//! 2. Of the password's SHA-1 the first five of forty digits go out, and nothing else; the answer is every known hash that begins so, some
//!    hundreds, among which this process looks. [`BreachedPasswords`] is given these five digits alone: no implementation can tell more.
//! 3. Known: `WeakPassword` with the violation `breached`, and nothing is written.
//! 4. **Whoever is asked may not answer, and then the password is taken** ("fail open"): a service of others that is down keeps nobody
//!    from an account, and the list that comes along has been asked. It is logged, and counted in `auth_breach_checks_total`. So is an answer that
//!    is none: garbage, a page of somebody's proxy, one that is not there within the [time limit](BreachCheck::within), 2 seconds.
//!
//! It is never asked at a login.
//!
//! ```
//! use auth_core::Auth;
//! use auth_core::password::BreachCheck;
//!
//! let builder = Auth::builder().breached_passwords(BreachCheck::have_i_been_pwned());
//! ```
//!
//! The ranges can be had as files too (`PwnedPasswordsDownloader`), for who asks nobody:
//!
//! ```
//! use auth_core::error::BoxError;
//! use auth_core::password::{BreachCheck, BreachedPasswords, HashPrefix};
//!
//! #[derive(Debug)]
//! struct Downloaded;
//!
//! #[async_trait::async_trait]
//! impl BreachedPasswords for Downloaded {
//!     async fn range(&self, prefix: &HashPrefix) -> Result<Vec<u8>, BoxError> {
//!         let file = format!("/srv/pwned-passwords/{}.txt", prefix.as_str());
//!         Ok(tokio::task::spawn_blocking(|| std::fs::read(file)).await??)
//!     }
//! }
//!
//! let builder = auth_core::Auth::builder().breached_passwords(BreachCheck::by(Downloaded));
//! ```
//!
//! [Have I Been Pwned, Pwned Passwords](https://haveibeenpwned.com/API/v3#PwnedPasswords); NIST SP 800-63B-4 section 3.1.1.2 (compromised
//! passwords); OWASP ASVS 5.0 6.2.12.

mod check;
mod range;
mod service;
#[cfg(test)]
mod tests;

pub use self::check::{BreachCheck, BreachedPasswords};
pub use self::range::HashPrefix;
pub(crate) use self::service::Breaches;
