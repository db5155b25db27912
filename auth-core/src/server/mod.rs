//! Others logging in with us: this application as an OAuth 2.1 authorization server and OpenID Connect provider.
//!
//! Turned on by [`AuthBuilder::server`](crate::AuthBuilder::server), which the cargo feature `server` brings. The issuer is the base URL.
//!
//! 1. A client is registered, by [`OAuthClient`], or it is nobody. What it may ask for (grants, scopes, resources, redirect URIs) stands in
//!    its registration; a wrong one stops the start, with the client's id and the setting at fault.
//! 2. Redirect URIs are compared letter by letter. Only the port of `127.0.0.1` and `[::1]` may differ (RFC 8252 section 7.3).
//! 3. A client proves who it is in the one way that it is registered for, or is public and proves nothing.
//! 4. A client that is gone or disabled has no tokens any more, whenever they were given.
//! 5. People come by the code flow with PKCE alone. Whoever has to log in, prove more or agree first does so by the pages that there are, in
//!    the browser that brought the request, and is asked once for each scope, save by the operator's own clients.
//! 6. A code is good for a minute, once, for its client, its redirect URI and its verifier. One that is used again ends what it gave.
//! 7. A client that shows to hold a key has its tokens bound to it, and has to where it is [registered so](OAuthClient::require_dpop): the token
//!    alone opens nothing then.
//! 8. One token is exchanged for another where an [`ExchangePolicy`] of the application's says so, and never for one that is more.
//! 9. What a client holds of a user ends with the session in which they agreed; with `offline_access` it lasts until they
//!    [take it back](Server::withdraw).
//!
//! ```
//! # #[cfg(feature = "server")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! # use auth_core::{Auth, store::MemoryStore};
//! use auth_core::server::{OAuthClient, ServerConfig};
//!
//! # let builder = Auth::builder().base_url("https://app.example").store(MemoryStore::new());
//! # let builder = builder.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=");
//! let shop = OAuthClient::new("shop")
//!     .name("Shop")
//!     .secret("from the environment, in a real program")
//!     .redirect_uris(["https://shop.example/callback"])
//!     .scopes(["openid", "profile", "reports:read"]);
//! let server = ServerConfig::new().client(shop).scope("reports:read", [("en", "Read your reports")]);
//! let auth = builder.server(server).build().await?;
//! # let _ = auth;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "server"))]
//! # fn main() {}
//! ```
//!
//! RFC 6749 and RFC 9700 (OAuth 2.0 and its best practice), RFC 7636 (PKCE), RFC 8252 (native apps), RFC 8414 and RFC 9728 (metadata), RFC
//! 8707 (resources), RFC 9207 (`iss` in answers), RFC 9449 (DPoP), RFC 8693 (token exchange), RFC 7591 and RFC 7592 (registration), OpenID
//! Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0 and Back-Channel Logout 1.0.

#[cfg(feature = "server")]
mod allowed;
#[cfg(feature = "server")]
mod authentication;
#[cfg(feature = "server")]
mod authorize;
#[cfg(feature = "server")]
mod backchannel;
#[cfg(feature = "server")]
mod check;
#[cfg(feature = "server")]
mod client;
#[cfg(feature = "server")]
mod code;
#[cfg(feature = "server")]
mod config;
mod consent;
#[cfg(feature = "server")]
mod device;
#[cfg(not(feature = "server"))]
mod disabled;
#[cfg(feature = "server")]
mod documents;
#[cfg(feature = "server")]
mod dynamic;
#[cfg(feature = "server")]
mod entry;
#[cfg(feature = "server")]
mod grants;
#[cfg(feature = "server")]
mod hint;
#[cfg(feature = "server")]
mod id_token;
#[cfg(feature = "server")]
mod introspection;
#[cfg(feature = "server")]
mod logout;
#[cfg(feature = "server")]
mod metadata;
#[cfg(feature = "server")]
mod registration;
#[cfg(feature = "server")]
mod registry;
#[cfg(feature = "server")]
mod service;
mod store;
#[cfg(feature = "server")]
mod subject;
#[cfg(feature = "server")]
mod token_exchange;
#[cfg(feature = "server")]
mod uri;
#[cfg(feature = "server")]
mod userinfo;
#[cfg(feature = "server")]
mod ways_out;
#[cfg(feature = "server")]
mod withdrawal;

#[cfg(feature = "server")]
pub use self::client::{ClientAuthMethod, GrantType, OAuthClient, SubjectType};
#[cfg(feature = "server")]
pub use self::config::ServerConfig;
pub use self::consent::{Consent, ConsentStore};
#[cfg(feature = "server")]
pub use self::dynamic::ClientRegistration;
#[cfg(feature = "server")]
pub use self::entry::{ClientEntries, ClientsFile};
#[cfg(feature = "server")]
pub use self::registration::{ListedClient, NewClient};
#[cfg(feature = "server")]
pub use self::registry::Clients;
#[cfg(feature = "server")]
pub use self::service::Server;
pub use self::store::{ClientStore, StoredClient};
#[cfg(feature = "server")]
pub use self::token_exchange::{ExchangeDecision, ExchangePolicy, ExchangeRequest, MAX_ACTORS};
#[cfg(feature = "server")]
pub use self::userinfo::{ClaimsRequest, UserClaims};

#[cfg(feature = "server")]
pub(crate) use self::allowed::Allowed;
#[cfg(feature = "server")]
pub(crate) use self::authentication::{ClientProof, JWT_BEARER};
#[cfg(feature = "server")]
pub(crate) use self::authorize::{
    Answer, AuthorizationRequest, Decision, PUSHED_LIFE, Parameters, Proposal, RequestHandle, ResponseMode,
    Sent, Step, WAITING_LIFE,
};
#[cfg(feature = "server")]
pub(crate) use self::backchannel::LogoutCourier;
#[cfg(feature = "server")]
pub(crate) use self::code::Exchange;
#[cfg(feature = "server")]
pub(crate) use self::config::ScopeCatalogue;
#[cfg(feature = "server")]
pub(crate) use self::device::DeviceRequest;
#[cfg(feature = "server")]
pub(crate) use self::documents::Documents;
#[cfg(feature = "server")]
pub(crate) use self::dynamic::{RegisteredClient, RegistrationRules};
#[cfg(feature = "server")]
pub(crate) use self::logout::{LogoutParameters, LogoutWish};
#[cfg(feature = "server")]
pub(crate) use self::metadata::Endpoints;
#[cfg(feature = "server")]
pub(crate) use self::registry::Kept;
#[cfg(feature = "server")]
pub(crate) use self::service::ServerParts;
#[cfg(feature = "server")]
pub(crate) use self::subject::{Registered, Subjects};
#[cfg(feature = "server")]
pub(crate) use self::token_exchange::{ExchangeSource, ExchangeWish};
#[cfg(feature = "server")]
pub(crate) use self::userinfo::ClaimsSource;
#[cfg(feature = "server")]
pub(crate) use self::ways_out::WaysOut;

#[cfg(not(feature = "server"))]
pub(crate) use self::disabled::{Server, ServerConfig};

/// The `acr` of a login with a second factor, as guards name it too ([`mfa_required`](crate::access::mfa_required)).
#[cfg(feature = "server")]
const ACR_MFA: &str = "mfa";
