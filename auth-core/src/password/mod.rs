//! Passwords: hashing, verification and the policy for new ones.
//!
//! Passwords are hashed with Argon2id (RFC 9106) at the parameters of the OWASP Password Storage Cheat Sheet and kept as
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
//! 2. [`Verdict::ValidOutdated`] when it is, and the stored hash differs from the configured one in algorithm, version,
//!    parameters or output length, or its salt is shorter: hash it again and store the result;
//! 3. [`Verdict::Invalid`] when it is not, when there is no stored hash (unknown user, account without a password),
//!    and when the stored hash cannot be read or asks for more than the caps in [`PasswordHash`] allow. Each of these
//!    costs exactly one hash run;
//! 4. [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable) with a time to wait when the queue is full. That
//!    is never "wrong password".
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
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
mod config;
mod foreign;
mod format;
mod guess;
mod hash;
mod hasher;
mod policy;
mod pool;
mod rules;
mod stored;
#[cfg(test)]
mod tests;
mod text;

pub use config::{Argon2Params, DEFAULT_QUEUE, PasswordConfig};
pub use format::HashFormat;
pub use hash::PasswordHash;
pub use hasher::{PasswordHasher, Verdict};
pub use policy::{DEFAULT_MIN_LENGTH, LOWEST_MIN_LENGTH, PasswordPolicy};
pub use rules::{HashingRules, NewHashFormat};
pub use text::{MAX_PASSWORD_BYTES, Password};
