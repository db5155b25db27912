//! Access tokens that anybody with our public keys can check, and refresh tokens that only we can.
//!
//! An access token is a JWS of `typ: at+jwt` and lives 15 minutes. A guard takes it when all of this holds, else it
//! answers 401 `invalid_token` and no more:
//!
//! 1. It is at most [`MAX_TOKEN_LEN`] bytes of strict compact form, names a key of our ring and that key's
//!    algorithm, asks for no extension, and the signature is that key's.
//! 2. Its type, issuer and audience are ours, no JSON member stands twice, and it has begun and has not ended, give
//!    or take 10 seconds. [`TokenVerifier`] says both points in full; it alone knows of no revocation.
//! 3. Neither its session nor its refresh family was ended: looked up with each request.
//! 4. Its user is active and has the epoch of the grant: a changed password ends it.
//! 5. Where it is bound to a key (RFC 9449), it comes under the scheme `DPoP` with a proof of that key for this request; as a bearer token it
//!    opens nothing.
//!
//! A token of another client than [`FIRST_PARTY`] passes these and still opens only guards that name a scope, unless the
//! [server](crate::server) knows that client as the operator's own. Where there is a server, a client that it does not know has no tokens.
//! Scopes are what the [`ScopePolicy`] allows at each grant and refresh: none by default. It is not asked for those of OpenID Connect
//! (`openid`, `profile`, `email`, `offline_access`), which users give registered clients by themselves.
//!
//! A refresh token is random, and is rotated at each use ([`Tokens::refresh`]):
//!
//! 1. The living token of the client that it was given to: a new pair; of any number of parallel calls one rotates.
//! 2. Its direct predecessor, within 10 seconds (or what [`TokenConfig::client_grace`] says for the client) and before
//!    the successor was used: the same successor once more, so that a lost reply or a second tab logs nobody out.
//! 3. Any other token of the family was stolen or replayed: `InvalidGrant`, and the family and its access tokens
//!    end.
//! 4. Unknown, expired, another client's, bound to a key that is not shown (the family stays then), or of a user who is disabled or whose epoch has moved: `InvalidGrant`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use std::time::Duration;
//! use auth_core::ErrorKind;
//! use auth_core::token::{Client, TokenConfig};
//! # use auth_core::{Auth, login::Credentials, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=");
//!
//! let auth = auth.tokens(TokenConfig::default().grace(Duration::ZERO)).build().await?;
//! # let alice = auth.users().new_user("alice")?;
//! # let alice = auth.users().create(alice, "correct horse battery staple").await?;
//! # let admitted = auth.admit(Credentials::Vouched { user: &alice.id, amr: Default::default() }, None).await?.admitted()?;
//! let tokens = auth.tokens();
//! let first = tokens.grant(admitted, Client::FIRST_PARTY, "").await?;
//!
//! let second = tokens.refresh(first.refresh_token.expose(), Client::FIRST_PARTY, None).await?;
//! let replayed = tokens.refresh(first.refresh_token.expose(), Client::FIRST_PARTY, None).await.unwrap_err();
//! assert_eq!(replayed.kind(), ErrorKind::InvalidGrant);
//! // The replay ended the family: its living token is dead too.
//! assert!(tokens.refresh(second.refresh_token.expose(), Client::FIRST_PARTY, None).await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`TokenConfig`], [`AuthBuilder::signing_algorithm`](crate::AuthBuilder::signing_algorithm) and
//! [`AuthBuilder::scope_policy`](crate::AuthBuilder::scope_policy). A service that checks our tokens by the public
//! keys alone learns of a revocation when the token ends. Clocks of servers must agree to within seconds.
//!
//! RFC 9449 (DPoP), RFC 9068 (access tokens), RFC 7515, 7519 and 8725 (JWS, JWT, best practice), RFC 6749 (grants), RFC 7009
//! (revocation), RFC 9700 section 4.14 (rotation).

mod actor;
mod claims;
mod config;
mod confirmation;
#[cfg(feature = "server")]
mod delegation;
#[cfg(feature = "server")]
mod exchange;
mod handle;
mod issue;
mod refresh;
mod refusal;
mod registered;
mod revocation;
mod rotation;
mod scope;
mod service;
#[cfg(test)]
mod tests;
mod types;
mod verify;

pub use self::actor::Actor;
pub use self::claims::AccessClaims;
pub use self::config::{DEFAULT_LEEWAY, FIRST_PARTY, TokenConfig};
pub use self::confirmation::Confirmation;
pub use self::handle::SessionHandle;
pub use self::refresh::{FamilyKey, Predecessor, RefreshFamily, RefreshStore, Rotation};
pub use self::refusal::Refusal;
pub use self::scope::{GrantNothing, ScopePolicy, ScopeRequest, ScopeSet};
pub use self::service::Tokens;
pub use self::types::{Client, TokenPair};
pub use self::verify::{MAX_TOKEN_LEN, TokenVerifier, sign};

pub(crate) use self::config::MAX_LEEWAY;
#[cfg(feature = "server")]
pub(crate) use self::delegation::{Delegated, Delegation};
#[cfg(feature = "server")]
pub(crate) use self::issue::{AccessDraft, IssuedAccess};
pub(crate) use self::registered::RegisteredClients;
pub(crate) use self::revocation::{LivingSessions, Revocations};
pub(crate) use self::rotation::Narrowing;
#[cfg(feature = "server")]
pub(crate) use self::rotation::is_base_url;
#[cfg(feature = "server")]
pub(crate) use self::scope::{EMAIL, IDENTITY_SCOPES, OFFLINE_ACCESS, OPENID, PROFILE};
pub(crate) use self::service::TokenParts;
pub(crate) use self::types::Bearer;
pub(crate) use self::verify::is_access_token_typ;
