//! Authentication for Rust web apps: every decision, no framework.
//!
//! Credential checks, sessions, access and refresh tokens, permissions and limits on guessing. The crates `auth-axum`,
//! `auth-actix` and `auth-rocket` translate for a framework and decide nothing; what is decided is decided here, so that
//! the three behave alike.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::login::Credentials;
//! use auth_core::store::MemoryStore;
//! use auth_core::token::Client;
//! use auth_core::{Auth, ErrorKind};
//!
//! let auth = Auth::builder()
//!     .base_url("http://localhost:3000")
//!     .secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=") // AUTH_SECRET, in a real program
//!     .store(MemoryStore::new())
//!     .build()
//!     .await?;
//! auth.migrate().await?;
//!
//! let alice = auth.users().new_user("alice")?;
//! auth.users().create(alice, "correct horse battery staple").await?;
//!
//! let right = Credentials::Password { login: "ALICE", password: "correct horse battery staple" };
//! let admitted = auth.admit(right, None).await?.admitted()?;
//! let tokens = auth.tokens().grant(admitted, Client::FIRST_PARTY, "").await?;
//! assert_eq!(tokens.expires_in.as_secs(), 15 * 60);
//!
//! let wrong = Credentials::Password { login: "alice", password: "hunter2" };
//! let refused = auth.admit(wrong, None).await.unwrap_err();
//! assert_eq!(refused.kind(), ErrorKind::InvalidCredentials);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | to | look at |
//! |---|---|
//! | configure | [`AuthBuilder`] |
//! | guard a route | [`access`], and the adapter's extractors |
//! | let people log in by passkeys | [`passkey`], feature `passkeys` |
//! | let other applications log people in by yours | [`server`], feature `server` |
//! | make accounts | [`user::Users`]; over a table of your own: [`user::UserStore`] |
//! | set and change passwords | [`account::Accounts`] |
//! | log in, out and around by hand | [`AuthContext`] |
//! | list and end sessions | [`session::Sessions`] |
//! | grant, refresh and revoke tokens | [`token::Tokens`] |
//! | accept other issuers' access tokens | [`resource`] |
//! | call other APIs | [`oauth_client::MachineClient`]; in a user's name: [`provider::Providers::client`] |
//! | let somebody in again who was locked out | [`throttle::Throttle::clear`], [`throttle::Lockouts`] |
//! | call the login routes from a program or a page | the reference of the HTTP routes, `examples/guides/http_routes.md` |
//! | show pages of your own, and change texts | [`page`], [`AuthBuilder::texts`] |
//! | say whether a server can take requests | [`health`], [`Auth::readiness`] |
//! | know what happened, to whom, from where | [`event`], [`Auth::audit`] |
//! | watch the servers | [`metric`] |
//! | rotate signing keys | [`key::Keys::rotate`] |
//!
//! What the adapters alone call is a module of its own, `adapter`, and left out of this documentation: it changes as they need it.
//!
//! # Features
//!
//! | feature | gives |
//! |---|---|
//! | `aws-lc-rs` (default) | signatures by AWS-LC: fast, needs a C compiler |
//! | `metrics` | figures of logins, guards, limits and stores by the crate `metrics`: [`metric`] |
//! | `passkeys` | [`passkey`]s, by `webauthn-rs-core` |
//! | `reqwest` | [`outbound`]'s `ReqwestClient`, which asks login providers and other issuers |
//! | `rust-crypto` | signatures by the RustCrypto crates: no C compiler, slower, no RS256 signing. With both, AWS-LC signs |
//! | `server` | being an authorization server for other applications: [`server`] |
//! | `testing` | the store conformance suite, a manual clock, seeded randomness, acting as a logged-in user, other servers that are played |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod arrivals;
mod auth;
mod circumstances;
mod context;
mod dpop;
mod event_id;
mod identity;
mod link;
mod routes;
mod task;
#[cfg(test)]
mod tests;
mod text;

pub mod access;
pub mod account;
#[doc(hidden)]
pub mod adapter;
pub mod clock;
pub mod error;
pub mod event;
pub mod health;
#[doc(alias("cookie", "cors", "csrf"))]
pub mod http;
#[doc(alias("captcha", "bot"))]
pub mod human;
pub mod issuer;
pub mod jose;
pub mod key;
pub mod login;
pub mod mail;
pub mod metric;
pub mod mfa;
pub mod oauth_client;
pub mod outbound;
pub mod outbox;
pub mod page;
pub mod passkey;
pub mod password;
pub mod provider;
pub mod random;
pub mod resource;
pub mod secret;
pub mod server;
pub mod session;
pub mod short_lived;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod throttle;
pub mod token;
pub mod user;

pub use self::access::{Rejection, Requirement};
pub use self::auth::{Auth, AuthBuilder};
pub use self::context::AuthContext;
pub use self::error::{Error, ErrorKind};
pub use self::identity::{Identity, Via};
pub use self::user::{User, UserId};

/// The front page of the crate, of which every example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
