//! Logging in WITH others: providers, their registry, the flow, and the accounts that are linked by it.
//!
//! A [`ProviderConfig`] names a provider: by a preset, by its issuer (OpenID Connect, found by discovery), or by its
//! endpoints (OAuth 2.0). The login page shows a button for each; `/auth/login/{provider}` is a page with one. Who
//! somebody is at a provider is the pair of issuer and subject, never an address or a name. The first login by a pair
//! makes an account, and every later one finds it.
//!
//! A login is begun, and finished, when all of this holds; else the answer is an error and nobody is logged in:
//!
//! 1. It is begun by a form of the application's own pages (the origin rule) or [by hand](crate::AuthContext::begin_provider_login),
//!    and not by more than the [`throttle`](crate::throttle) allows a network: each beginning leaves a record for ten minutes.
//! 2. What comes back carries the `state` of a login that *this* browser, by a cookie of its own, began with *this*
//!    provider at most ten minutes ago, for the first time: else 400 `state_mismatch`. Whoever brings one of the three
//!    wrong uses nothing up; whoever brings all of them ends the attempt, whatever the rest says. Tabs do not disturb
//!    each other.
//! 3. `iss` is the issuer's (RFC 9207), if it is there or was announced; there is no `error`; the code is exchanged with
//!    the verifier that its challenge was made of (PKCE, S256); the ID token holds by every rule of OpenID Connect Core
//!    section 3.1.3.7, the `nonce` and a wanted `auth_time` among them; UserInfo speaks of the same subject. Else 400
//!    `provider_error`, with the reason in the log. What the provider itself says with its `error` is shown.
//! 4. The account that the pair is linked to is active. A login at the provider that was long ago (`auth_time`) is no fresh
//!    one here, unless the account has no password and the provider cannot be asked for a new login: no other way would be left.
//!    Where the provider does not say when it was, the account is fresh if it has no password, and asked for its password else.
//!
//! A pair that is linked to nobody, by the address that the provider gives:
//!
//! | the address | what the provider says of it | becomes |
//! |---|---|---|
//! | whoever has it here | not that it is proven | a new account without an address: nobody learns by a name that they wrote down whether it is known here |
//! | nobody here has it | proven, and trusted¹ | a new account, with the address, proven |
//! | nobody here has it | proven | a new account without an address |
//! | an account here claims it, unproven | proven | a new account without an address: the other one may have been prepared for its owner |
//! | an account here has proven it | proven, trusted¹, and [`link_by_verified_email`](ProviderConfig::link_by_verified_email) | linked to that account |
//! | an account here has proven it | proven | 409 `link_required`: log in to it first, then connect |
//!
//! ¹ The provider is [trusted](ProviderConfig::trusted_email_domains) with addresses of that domain. No new account where sign-up is [closed](SignUpPolicy::Closed): 403 `sign_up_closed`. [`SignUp`] makes accounts the application's own way.
//!
//! Linking takes a login of the last 300 seconds, also when the provider has answered, and the same user in the same session at both
//! ends. Unlinking takes one too. It
//! ends the sessions that the account began, save the one it is done in if a password, say, was given there as well. The last way
//! to log in stays (409 `last_login_method`): a password, or an account of an issuer that the registry has.
//!
//! An account without a password, and no other, proves itself once more by its provider, which is asked for a new login
//! (`prompt=login`, `max_age=0`) and has to say when that was. One that cannot be asked (OAuth 2.0 alone, some presets, and where
//! [`can_reauthenticate(false)`](ProviderConfig::can_reauthenticate) says so) confirms nobody: its users log in with it again, and a
//! login is fresh.
//!
//! What a login does not need cannot end it. To the letter is read what proves something: `iss`, `sub`, `aud`, `azp`, `nonce`,
//! `exp`, `iat`, `at_hash`, signatures, the access token. What is for show, or for later, is left out where it is of another type
//! than it should have, and a line in the log names it: names, picture and address, `sid`, `scope`, `expires_in`, endpoints that
//! this login does not call, a list of addresses that this application may not see. JSON may be called `text/html`, UserInfo be
//! signed (`application/jwt`), `iat` be dated back by ten minutes. What ends a login is in the log with its member, or with the URL and
//! the status; the visitor reads that it is not their fault, and when to try again.
//!
//! A provider that posts its answer (`form_post`) posts it without the browser's cookies: the parameters are kept for a minute
//! under a handle that the browser is sent to fetch, once. Back-channel logout ends the sessions of the provider's session (`sid`)
//! or of the subject, with their tokens, and those that a login begun before is still on the way to; a logout token is good once. Logging out leads on to the provider where
//! [`rp_initiated_logout`](ProviderConfig::rp_initiated_logout) is on: the session here is over before, and the provider sends the
//! browser back to the base URL, to be registered there with its `/`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! # use auth_core::http::{AuthRequest, AuthResponse, RequestBody, RequestView};
//! # use auth_core::outbound::{HttpClient, OutboundConfig, OutboundError, OutboundRequest, OutboundResponse};
//! use auth_core::provider::ProviderConfig;
//! # use auth_core::{Auth, store::MemoryStore};
//! # let builder = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let builder = builder.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").http_client(GitHub);
//! # #[derive(Debug)]
//! # struct GitHub;
//! # #[async_trait::async_trait]
//! # impl HttpClient for GitHub {
//! #     async fn send(&self, request: OutboundRequest, _: &OutboundConfig) -> Result<OutboundResponse, OutboundError> {
//! #         let answer = match request.url.as_str() {
//! #             "https://github.com/login/oauth/access_token" => r#"{"access_token":"gho_x","token_type":"bearer"}"#,
//! #             "https://api.github.com/user" => r#"{"id":583231,"login":"octocat"}"#,
//! #             _ => "[]",
//! #         };
//! #         Ok(OutboundResponse::new(200, answer).with_header("content-type", "application/json"))
//! #     }
//! # }
//! # struct View<'a>(&'a str, &'a str, Option<&'a str>);
//! # impl RequestView for View<'_> {
//! #     fn method(&self) -> &str { self.0 }
//! #     fn path(&self) -> &str { self.1 }
//! #     fn query(&self) -> Option<&str> { self.2 }
//! #     fn peer(&self) -> Option<std::net::IpAddr> { None }
//! #     fn raw_header_lines<'a>(&'a self, _: &'static str) -> impl Iterator<Item = &'a [u8]> { std::iter::empty() }
//! # }
//! # async fn send(auth: &Auth, method: &str, target: &str, cookie: &str) -> AuthResponse {
//! #     let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
//! #     let headers = vec![("cookie".to_owned(), cookie.as_bytes().to_vec())];
//! #     let view = View(method, path, query);
//! #     auth.handle(AuthRequest::new(&view, headers, RequestBody::Complete(Vec::new()))).await
//! # }
//! let github = ProviderConfig::preset("github", "Iv1.8a61f9b3a7aba766").client_secret("…");
//! let auth = builder.provider(github).build().await?;
//!
//! // The button of the login page.
//! let there = send(&auth, "POST", "/auth/login/github", "").await;
//! let cookie = there.header("set-cookie").and_then(|line| line.split(';').next()).unwrap_or_default();
//! let url = there.header("location").unwrap_or_default();
//! assert!(url.starts_with("https://github.com/login/oauth/authorize?"));
//!
//! // Back with a code. Another browser would be somebody whom an attacker sent with theirs.
//! # let state = url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
//! let back = format!("/auth/login/github/callback?code=x&state={state}");
//! assert_eq!(send(&auth, "GET", &back, "").await.status(), 400);
//! assert_eq!(send(&auth, "GET", &back, cookie).await.status(), 303);
//! assert_eq!(send(&auth, "GET", &back, cookie).await.status(), 400); // once
//!
//! let octocat = auth.users().find("octocat").await?.expect("the first login made an account");
//! assert_eq!(auth.providers().linked_accounts(&octocat.id).await?[0].issuer, "https://github.com");
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`AuthBuilder::provider`](crate::AuthBuilder::provider) or the environment
//! ([`ProviderConfig::all_from_env`]), with [`http_client`](crate::AuthBuilder::http_client) or the feature `reqwest` for the
//! requests. Register `{base URL}/auth/login/{provider}/callback` as the redirect URI at the provider, and
//! `…/backchannel-logout` for back-channel logout. Several servers need one short-lived store. Nobody is asked for a second factor
//! that the provider did not ask for. A provider that is down costs those who log in by it up to the
//! [time limit](crate::outbound::OutboundConfig) and nobody else anything; who is logged in stays so.
//!
//! RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), RFC 9207 (`iss`), RFC 9700 (best practice), [OpenID Connect
//! Core](https://openid.net/specs/openid-connect-core-1_0.html),
//! [Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html), [Form Post Response
//! Mode](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html), [RP-Initiated
//! Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html), [Back-Channel
//! Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html).

mod api_client;
mod attempt;
mod attempts;
mod begin;
mod callback;
mod check;
mod claims;
mod config;
mod connection;
mod decision;
mod environment;
mod errand;
mod finish;
mod id_token;
mod identify;
mod linked_accounts;
mod linking;
mod logout;
mod logout_token;
mod naming;
mod notices;
mod outcome;
mod presets;
mod profile;
mod registry;
mod reseal;
mod service;
mod sign_up;
mod standing;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;
mod types;
mod userinfo;
mod ways;

pub use crate::user::attachment::{LinkedAccount, LinkedAccountId};

pub use self::api_client::ProviderClient;
pub use self::config::{
    ProviderConfig, ProviderEndpoints, ProviderEntries, ProvidersFile, SignUpPolicy, TrustedEmailDomains,
    UserinfoMethod,
};
pub use self::profile::ProfileFields;
pub use self::registry::{Kind, Provider};
pub use self::service::Providers;
pub use self::sign_up::{Newcomer, SignUp};
pub use self::store::{LinkedAccountStore, Unlinked};
pub use self::types::{Profile, ProviderId};

pub(crate) use self::attempts::BROWSER_LIFE;
pub(crate) use self::begin::{Departure, Traveller};
pub(crate) use self::callback::{Answer, CallbackParameters};
pub(crate) use self::connection::ProviderConnection;
pub(crate) use self::environment::{is_provider_variable, meant_provider_variable};
pub(crate) use self::errand::Errand;
pub(crate) use self::notices::{LinkChange, LinkNotices};
pub(crate) use self::outcome::{Finished, Outcome, Unfinished};
pub(crate) use self::registry::Registry;
pub(crate) use self::service::ProviderParts;
pub(crate) use self::standing::ProviderStanding;
pub(crate) use self::ways::LinkedWay;
