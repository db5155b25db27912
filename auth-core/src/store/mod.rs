//! The bundle of stores, and the memory backend.
//!
//! Each feature has a small store trait with a contract; [`Stores`] names one implementation of each, and a
//! [`Backend`] serves them all. `auth-store` has the durable ones.
//!
//! 1. [`AuthBuilder::build`](crate::AuthBuilder::build) refuses to go without a store, and fails when it cannot be
//!    reached.
//! 2. Before [`Auth::migrate`](crate::Auth::migrate) has made its tables a backend has no keys, and every token is
//!    refused with 503. A backend whose tables are newer than the program is an error.
//! 3. A store that cannot answer is 503: never "allow", never "wrong password".
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::store::MemoryStore;
//! use auth_core::{Auth, ErrorKind};
//! # let builder = || {
//! #     Auth::builder()
//! #         .base_url("http://localhost:3000")
//! #         .secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=")
//! # };
//!
//! assert!(builder().store(MemoryStore::new()).build().await.is_ok());
//! assert_eq!(builder().build().await.unwrap_err().kind(), ErrorKind::Configuration);
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`AuthBuilder::store`](crate::AuthBuilder::store), or
//! [`AuthBuilder::stores`](crate::AuthBuilder::stores) for stores of several backends and
//! [`AuthBuilder::user_store`](crate::AuthBuilder::user_store) for users of the application's own. [`MemoryStore`]
//! forgets everything when the process ends and is known to one process only: use it for tests, measurements and
//! programs that may forget. Several servers need one store that all of them reach.
//!
//! A backend of your own: answer each call within a few seconds (ours do within 3) or fail it, since nothing above waits for less;
//! read the `# Contract` of [`UserStore`](crate::user::UserStore),
//! [`SessionStore`](crate::session::SessionStore), [`RefreshStore`](crate::token::RefreshStore),
//! [`KeyStore`](crate::key::KeyStore), [`ShortLivedStore`](crate::short_lived::ShortLivedStore),
//! [`LinkedAccountStore`](crate::provider::LinkedAccountStore), [`FactorStore`](crate::mfa::FactorStore) and
//! [`ClientStore`](crate::server::ClientStore) and [`ConsentStore`](crate::server::ConsentStore), and run the suite of the `testing` feature over it. One that has
//! sessions and users in one place reads both by one call ([`SessionUserStore`](crate::session::SessionUserStore)), which is what
//! a guard costs. One that can carry messages between the programs that share it has servers with a cache see each other's revocations
//! sooner ([`Broadcast`](crate::session::Broadcast)).

mod bundle;
mod clock;
mod memory;

pub use self::bundle::{Backend, Stores};
pub use self::clock::StoreClock;
pub use self::memory::MemoryStore;
