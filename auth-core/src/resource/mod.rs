//! Guards for access tokens that others issued: this application as a resource server (Authlib's `ResourceProtector`).
//!
//! [`OutsideIssuer`] names an issuer: of signed tokens, whose keys are found by discovery, or one that is asked about each
//! token. Guards take its tokens where they say so, by [`require_oauth`], [`oauth_required`] or the extractor [`OAuthToken`], and
//! nowhere else. The first of these that applies decides:
//!
//! 1. No bearer token: 401 with a challenge, whatever cookie or password is there. Guards for outside tokens take nothing
//!    else, save tokens of our own where [`or_own_tokens`](crate::Requirement::or_own_tokens) says so; no other guard takes
//!    an outside token.
//! 2. A token that is no compact JWS, or names no issuer, is asked about: at the one issuer that is asked about tokens, or at
//!    several in turn, where they [may see](OutsideIssuer::may_see_others_tokens) each other's tokens. Any other says in `iss` whose it is,
//!    and is judged by that issuer's rules alone: by its keys, if it is named as one of signed tokens. An issuer that is not named
//!    here is not called, and its tokens are 401 `invalid_token`, as everything below up to 6.
//! 3. A signed token is strict (at most [`MAX_OUTSIDE_TOKEN_LEN`](crate::issuer::MAX_OUTSIDE_TOKEN_LEN) bytes, no key of its own, no
//!    extension, no member twice), names a key of its issuer and that key's algorithm, one of
//!    [`algorithms`](OutsideIssuer::algorithms), and the signature is that key's.
//! 4. It is an access token, by its [`TokenProfile`]: of type `at+jwt` with all claims of RFC 9068, or, where that is declared, a
//!    plain JWT that is told from ID, refresh and logout tokens. One that is asked about is `active`. Whatever the profile, a
//!    token that says in `typ`, `token_use`, `token_type`, `tokenType`, `type`, `use` or `purpose` what it is for is called an access
//!    token there, or by a name that [`token_kind`](OutsideIssuer::token_kind) adds (SimpleJWT's `sliding`), and its scope is not
//!    the name of another kind (`refresh_token`). `JWT` and `Bearer` are names that tell nothing, which ID tokens have as well; but
//!    Keycloak's `typ` means an access token by `Bearer`.
//! 5. `iss` is exactly the issuer's, one of [`audience`](OutsideIssuer::audience) is in `aud`, or it has no `aud` and its client is
//!    one that [stands for the audience](OutsideIssuer::client_as_audience). It has begun and has not ended, give or take the
//!    [`leeway`](OutsideIssuer::leeway). It is bound to no key or certificate (`cnf`): who holds such a token without the key
//!    stole it.
//! 6. Where the application maps it to an account ([`OutsideUsers`]), that account is active.
//! 7. It lacks the scope that the guard names: 403 `insufficient_scope`. The guard asks for a user and the application maps it to
//!    none: 403 `user_required`. Other demands as everywhere ([`access`](crate::access)): of the mapped account. A login's time is
//!    the token's `auth_time`; its second factor is the other issuer's affair and does not count here.
//!
//! [`SharedSecretJwt`] is for tokens of programs that share a secret, PyJWT's for example: it says itself what it takes in place of
//! 3 to 5. A token that names no issuer and is signed by HS256 goes to the secrets without one.
//!
//! Keys that cannot be had, an issuer that cannot be asked about what may be its token, or more than 64 questions to it at once: 503
//! with `Retry-After`, within the [time limit](crate::outbound::OutboundConfig) of outbound requests for each that is asked. Keys
//! that are there go on being used for a day.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! # use auth_core::http::RequestView;
//! # use auth_core::outbound::{HttpClient, OutboundConfig, OutboundError, OutboundRequest, OutboundResponse};
//! use auth_core::access::require_oauth;
//! use auth_core::oauth_client::ClientAuthentication;
//! use auth_core::resource::OutsideIssuer;
//! # use auth_core::{Auth, store::MemoryStore};
//! # let builder = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let builder = builder.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").http_client(Idp);
//! # #[derive(Debug)]
//! # struct Idp;
//! # #[async_trait::async_trait]
//! # impl HttpClient for Idp {
//! #     async fn send(&self, request: OutboundRequest, _: &OutboundConfig) -> Result<OutboundResponse, OutboundError> {
//! #         let answer = r#"{"active":true,"sub":"alice","aud":"https://api.example","scope":"reports:read"}"#;
//! #         Ok(OutboundResponse::new(200, answer).with_header("content-type", "application/json"))
//! #     }
//! # }
//! # struct Get<'a>(&'a str);
//! # impl RequestView for Get<'_> {
//! #     fn method(&self) -> &str { "GET" }
//! #     fn path(&self) -> &str { "/reports" }
//! #     fn query(&self) -> Option<&str> { None }
//! #     fn peer(&self) -> Option<std::net::IpAddr> { None }
//! #     fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
//! #         (name == "authorization").then_some(self.0.as_bytes()).into_iter()
//! #     }
//! # }
//! # fn context_of(auth: &Auth, view: &Get) -> auth_core::AuthContext {
//! #     auth_core::adapter::Slot::new(auth).context(view)
//! # }
//! // For signed tokens it would be `OutsideIssuer::jwt("https://login.example").audience("https://api.example")`.
//! let authentication = ClientAuthentication::SecretBasic("the client's secret".into());
//! let issuer = OutsideIssuer::introspection("https://login.example", "my-api", authentication)
//!     .introspection_endpoint("https://login.example/introspect")
//!     .audience("https://api.example");
//! let auth = builder.outside_issuer(issuer).build().await?;
//!
//! # let asked = context_of(&auth, &Get("Bearer 2YotnFZFEjr1zCsicMWpAA"));
//! // By hand in a handler that takes `AuthContext`, asked with `Authorization: Bearer 2YotnFZFEjr1zCsicMWpAA`.
//! let caller = asked.require(&require_oauth("reports:read")).await.unwrap().unwrap();
//! assert_eq!(caller.outside_token().and_then(|token| token.subject()), Some("alice"));
//! assert!(caller.user().is_none());
//!
//! let refused = asked.require(&require_oauth("reports:write")).await.unwrap_err();
//! assert_eq!(refused.status(), 403);
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`AuthBuilder::outside_issuer`](crate::AuthBuilder::outside_issuer),
//! [`map_outside_users`](crate::AuthBuilder::map_outside_users) and [`http_client`](crate::AuthBuilder::http_client), or the feature
//! `reqwest`. A guard for outside tokens without an issuer answers 500, and the log names the line to add.
//!
//! A signed token that its issuer revokes is taken until it ends: have them live minutes, not hours. One that is asked about is
//! taken for up to [`introspection_ttl`](OutsideIssuer::introspection_ttl) more, and 10 seconds pass before a token that was not
//! valid is asked about again. A key that the issuer takes out is gone here with the next fetch of its set, which happens
//! every hour, for a key that is not known, and for a signature that is not its key's.
//!
//! RFC 6750 (bearer tokens), RFC 9068 (signed access tokens), RFC 7662 (introspection), RFC 8725 (JWT best practice), RFC 8414 and
//! [OpenID Connect Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html) (metadata), RFC 9700 section 4.9
//! (resource servers).
//!
//! [`require_oauth`]: crate::access::require_oauth
//! [`oauth_required`]: crate::access::oauth_required
//! [`OAuthToken`]: crate::access::OAuthToken

mod config;
mod introspection;
mod jwt;
mod kind;
mod places;
mod service;
mod shared_secret;
#[cfg(test)]
mod tests;
mod token;
mod users;

pub use self::config::{OutsideIssuer, TokenProfile};
pub use self::shared_secret::SharedSecretJwt;
pub use self::token::OutsideToken;
pub use self::users::OutsideUsers;

pub(crate) use self::service::{OutsideBearer, OutsideParts, OutsideTokens};
