//! What tests need: a clock that is moved by hand, randomness that repeats, somebody who is logged in, other servers that are
//! played, and the store conformance suite.
//!
//! Only with the cargo feature `testing`; nothing of it belongs into a program that serves people: [`SeededRandom`]
//! makes session ids that anybody can foretell.
//!
//! 1. [`ManualClock`] stands still until it is moved, forward or back. What expires is alive until it passes that
//!    moment.
//! 2. [`SeededRandom`] gives the same bytes in each run with the same seed, and other bytes at each call.
//! 3. [`login_as`] makes a session and [`bearer_as`] a token without a password: a test sends its requests with what they
//!    answer. [`AuthBuilder::second_factors`](crate::AuthBuilder::second_factors) says who lacks a factor, and
//!    [`show_factor`] shows it.
//! 4. [`FakeHttpClient`] stands for all other servers: it answers as it was told to, fails on demand, holds answers back,
//!    and keeps each request.
//! 5. [`MemoryMailer`] keeps the mails that are sent, and fails on demand. With
//!    [`AuthBuilder::deliver_mail_by_hand`](crate::AuthBuilder::deliver_mail_by_hand) a test says when they are.
//! 6. [`SoftAuthenticator`] makes and uses a passkey, and lies on demand.
//! 7. [`store_conformance!`](crate::store_conformance) makes tests of the stores' contracts, races of 50 callers
//!    among them; a store that breaks one fails the test that is named after it. See [`store`]. [`service`] says where the server
//!    is that a store needs for that.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use std::sync::Arc;
//! use std::time::Duration;
//! use auth_core::testing::ManualClock;
//! use auth_core::token::Client;
//! # use auth_core::{Auth, login::Credentials, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=");
//!
//! let clock = ManualClock::default();
//! let auth = auth.clock(Arc::new(clock.clone())).build().await?;
//! # let alice = auth.users().create_without_password(auth.users().new_user("alice")?).await?;
//! # let admitted = auth.admit(Credentials::Vouched { user: &alice.id, amr: Default::default() }, None).await?.admitted()?;
//! let tokens = auth.tokens().grant(admitted, Client::FIRST_PARTY, "").await?;
//!
//! clock.advance(Duration::from_secs(29 * 24 * 60 * 60));
//! let tokens = auth.tokens().refresh(tokens.refresh_token.expose(), Client::FIRST_PARTY, None).await?;
//! clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
//! assert!(auth.tokens().refresh(tokens.refresh_token.expose(), Client::FIRST_PARTY, None).await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Configure it in tests by [`AuthBuilder::clock`](crate::AuthBuilder::clock) and
//! [`AuthBuilder::random`](crate::AuthBuilder::random), and take the feature in `[dev-dependencies]` only.

mod authenticator;
mod clock;
mod factors;
mod http_client;
mod login_as;
mod mailer;
mod random;
mod service;
#[expect(clippy::unwrap_used, reason = "a case that fails is a test that panics")]
pub mod store;

pub use self::authenticator::{SoftAuthenticator, Told, attestation};
pub use self::clock::ManualClock;
pub use self::factors::{TestTotp, enrol_totp};
pub use self::http_client::{FakeHttpClient, HeldAnswers, json_response};
pub use self::login_as::{ShownFactor, bearer_as, login_as, show_factor};
pub use self::mailer::MemoryMailer;
pub use self::random::SeededRandom;
pub use self::service::service;

/// Every login route, method and path, for a reference that has to be complete. Paths that begin with `/.well-known/` stand beside
/// the prefix of the login routes, all others below it.
pub fn login_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    crate::routes::login_routes()
}
