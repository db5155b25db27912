//! Passwords: hashing, verification and the policy for new ones.
//!
//! New passwords are hashed with Argon2id (RFC 9106) at the parameters of the OWASP Password Storage Cheat Sheet and kept as
//! PHC strings. Hashing runs on its own small pool of threads, so that a storm of logins slows neither the async
//! threads nor, by its memory, the machine.
//!
//! A password:
//!
//! 1. is taken as typed: nothing is trimmed, case and inner spaces count;
//! 2. is put into Unicode Normalization Form C, so that é typed as one code point and é typed as e and an accent are
//!    the same password on every keyboard (NIST SP 800-63B-4 section 3.1.1.2);
//! 3. is refused above [`MAX_PASSWORD_BYTES`] and when it holds a NUL, before anything is hashed.
//!
//! [`PasswordHasher::verify`] answers:
//!
//! 1. [`Verdict::Valid`] when the password is the stored one;
//! 2. [`Verdict::ValidOutdated`] when it is, the stored hash differs from a new one in format, algorithm, version,
//!    parameters or output length, or its salt is shorter, and the [`HashingRules`] say to upgrade: hash it again and store the
//!    result;
//! 3. [`Verdict::Invalid`] when it is not, when there is no stored hash (unknown user, account without a password),
//!    and when the stored hash cannot be read or asks for more than the caps below allow. Each of these costs exactly one
//!    hash run;
//! 4. [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable) with a time to wait when the queue is full. That
//!    is never "wrong password".
//!
//! # Hashes of other frameworks
//!
//! What Django, Werkzeug, passlib, pwdlib and Flask-Security wrote is verified as it is ([`HashFormat`] lists the formats) and
//! replaced at the next login. Costs that a stored hash asks for are capped before anything is computed:
//!
//! | | most | why |
//! |---|---|---|
//! | Argon2 | 256 MiB, 16 passes, 16 lanes, memory times passes 1 GiB | libsodium's "moderate"; half a second of one core |
//! | bcrypt | cost 14, and passwords of 72 bytes | two above the default of PHP, passlib and Django; about a second |
//! | PBKDF2 | 3,000,000 iterations, 1,500,000 with SHA-512 | twice those of Django 6.1 |
//! | scrypt | 128 N r p = 256 MiB, r p = 16,384 | twice the largest setting of the OWASP Password Storage Cheat Sheet |
//! | SHA-crypt | 1,000,000 rounds, rounds times bytes of the password 256 Mi | passlib writes 656,000; a long password makes each round longer |
//!
//! - They are tried with the password as typed, then in NFC, NFKD (which Flask-Security puts a password into), NFD and NFKC, each where
//!   it differs from those before: one run for ASCII, mostly two beyond it, five at most.
//! - bcrypt sees 72 bytes: a longer password is refused, never cut, unless the format hashes it before bcrypt does.
//! - A hash of Flask-Security is over an HMAC of the password, and nothing in it says so: store it as `flask-security$` and what
//!   Flask-Security wrote, and give the salt ([`PasswordConfig::with_flask_security_salt`]).
//! - `md5$salt$…` and `sha1$salt$…` are Django's, and Werkzeug before 2.3 wrote the same for an HMAC. Nothing in the text tells them
//!   apart, so both are tried.
//! - [`PasswordHasher::wrap`] puts Argon2id over a weak hash at once, without the password.
//! - Which formats new hashes have is the users' store's word ([`UserStore::hashing`](crate::user::UserStore::hashing)), as is whether
//!   a login replaces others: Django, running on the same table, must be able to read them.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! use std::sync::Arc;
//! use auth_core::password::{Password, PasswordConfig, PasswordHasher, PasswordPolicy, Verdict};
//! use auth_core::random::OsRandom;
//!
//! let typed = "correct horse battery staple";
//! PasswordPolicy::default().check(typed, &["alice", "alice@example.com"])?;
//! assert!(PasswordPolicy::default().check("password1234567", &[]).is_err());
//!
//! let hasher = PasswordHasher::new(&PasswordConfig::default(), Arc::new(OsRandom))?;
//! let stored = hasher.hash(&Password::new(typed)?).await?;
//! assert_eq!(hasher.verify(&Password::new(typed)?, Some(&stored)).await?, Verdict::Valid);
//! assert_eq!(hasher.verify(&Password::new("wrong")?, Some(&stored)).await?, Verdict::Invalid);
//! # Ok::<(), auth_core::error::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod argon;
mod breached;
mod config;
mod fields;
mod foreign;
mod format;
mod guess;
mod hash;
mod hasher;
mod params;
mod policy;
mod pool;
mod rules;
mod stored;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use breached::Breaches;
pub use breached::{BreachCheck, BreachedPasswords, HashPrefix};
pub use config::{DEFAULT_QUEUE, PasswordConfig};
pub use format::HashFormat;
pub use hash::PasswordHash;
pub use hasher::{PasswordHasher, Verdict};
pub use params::Argon2Params;
pub use policy::{DEFAULT_MIN_LENGTH, LOWEST_MIN_LENGTH, PasswordPolicy};
pub use rules::{HashingRules, NewHashFormat};
pub use text::{MAX_PASSWORD_BYTES, Password};
