//! The one small expiring key-value store: revocation marks and limits now, states, codes and used proofs as they
//! come.
//!
//! 1. A value is there until its time is over, and is read ([`get`](ShortLivedStore::get)) only where it is a mark.
//!    What may be used once is [taken](ShortLivedStore::take): of any number of callers exactly one gets it, the
//!    others nothing.
//! 2. A use of a [`Quota`] is [reserved](ShortLivedStore::reserve) when every quota of the call has one left, in
//!    one step; otherwise nothing is taken, and the answer is the time to wait.
//! 3. A store that cannot answer is an error. The caller answers 503: neither "there" nor "not there", and no
//!    counted guess.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use auth_core::clock::Timestamp;
//! use auth_core::short_lived::Quota;
//! use auth_core::store::{Backend as _, MemoryStore};
//!
//! const MINUTE: Duration = Duration::from_secs(60);
//! let store = MemoryStore::new().stores().short_lived;
//! let now = Timestamp::from_unix_seconds(1_800_000_000);
//!
//! store.put("code", b"alice", MINUTE, now).await?;
//! assert_eq!(store.take("code", now).await?.as_deref(), Some(&b"alice"[..]));
//! assert_eq!(store.take("code", now).await?, None);
//!
//! let quota = [Quota { key: 1, limit: 1, window: MINUTE }];
//! assert!(store.reserve(&quota, now).await?.is_ok());
//! assert!(store.reserve(&quota, now).await?.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Nothing to configure. Servers that share users must share this store.
//! [`Auth::remove_expired`](crate::Auth::remove_expired) keeps it small. A backend stores a [`Counter`] for each
//! quota and asks it, so that all of them count alike; the suite of the `testing` feature checks the
//! [contract](ShortLivedStore#contract).
//!
//! The counters are the sliding windows that public rate limiters use; the times to wait go into `Retry-After` (RFC
//! 9110 section 10.2.3).

mod store;
mod window;

pub use self::store::{Quota, ShortLivedStore};
pub use self::window::Counter;
