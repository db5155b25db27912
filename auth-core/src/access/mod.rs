//! Who may do what: requirements, permissions, groups, scopes, typed policies.
//!
//! A guard is a [`Requirement`]. Handlers take its typed forms ([`CurrentUser`], [`MaybeUser`], [`FreshUser`],
//! [`Require`], [`AccessToken`], [`Scoped`], [`OAuthToken`], [`BasicUser`]) through the adapter's extractors; whole groups of
//! routes take one by the adapter's `require`. The first of these that applies decides:
//!
//! 1. Several `Authorization` headers: 400 `invalid_request`.
//! 2. An `Authorization` header of a scheme that the guard takes speaks alone. Bad, ended or revoked: 401 (for
//!    Basic, 429 after too many guesses), whatever cookie stands beside it. A scheme that the guard does not take
//!    is ignored.
//! 3. A session cookie or Basic, with a method that changes something or a WebSocket handshake, from a page of
//!    another origin: 403 `csrf_failed`.
//! 4. No credential, an unknown or ended session, two different session cookies: nobody. [`MaybeUser`] goes on
//!    without a user. Any other guard answers 401; where it takes sessions, a browser that opens a page is sent to
//!    the login page.
//! 5. A token of another client, or of a client without a user, where a user is asked for: 403 `user_required`. It
//!    opens only what names a scope ([`scope_required`]). A token of another issuer is taken by [`oauth_required`] and
//!    [`require_oauth`] alone, which take nothing else.
//! 6. Each demand in turn. Permission, group, staff, superuser, a test of your own: 403 `permission_denied`. Scope: 403
//!    `insufficient_scope`. Proven address: 403 `email_unverified`. Login too old, or without the second factor that is
//!    asked for, or not lately: a browser that opens a page is sent to prove itself, or to set the factor up where the account has
//!    none such, anything else gets 401 with a challenge.
//! 7. All demands met: the handler runs. Of alternatives ([`any_of`], [`Requirement::or`]) one has to be met; where none is, what
//!    comes nearest to letting the caller in is told.
//!
//! A store that cannot answer is 503 at every step, for [`MaybeUser`] too.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::access::{login_required, permission_required};
//! # use auth_core::{Auth, http::RequestView, login::Credentials, store::MemoryStore, token::Client};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
//! # struct Get<'a>(&'a str, &'a str);
//! # impl RequestView for Get<'_> {
//! #     fn method(&self) -> &str { "GET" }
//! #     fn path(&self) -> &str { "/reports" }
//! #     fn query(&self) -> Option<&str> { None }
//! #     fn peer(&self) -> Option<std::net::IpAddr> { None }
//! #     fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
//! #         (name == self.0).then_some(self.1.as_bytes()).into_iter()
//! #     }
//! # }
//! # fn context_of(auth: &Auth, view: &Get) -> auth_core::AuthContext {
//! #     auth_core::adapter::Slot::new(auth).context(view)
//! # }
//! # auth.users().put_group("writers", &["reports.view_report"]).await?;
//! # let mut alice = auth.users().new_user("alice")?;
//! # alice.groups = vec!["writers".to_owned()];
//! # auth.users().create(alice, "correct horse battery staple").await?;
//! # let alice = Credentials::Password { login: "alice", password: "correct horse battery staple" };
//! # let tokens = auth.tokens().grant(auth.admit(alice, None).await?.admitted()?, Client::FIRST_PARTY, "").await?;
//! # let bearer = format!("Bearer {}", tokens.access_token.expose());
//! # let alice = context_of(&auth, &Get("authorization", &bearer));
//! # let nobody = context_of(&auth, &Get("accept", "application/json"));
//! // By hand in a handler, where `AuthContext` is an argument: in a request of alice's, whose group `writers` gives her
//! // `reports.view_report`, and in a request of nobody's.
//! let reads = login_required().and(permission_required("reports.view_report"));
//! assert!(alice.require(&reads).await.is_ok());
//! assert_eq!(nobody.require(&reads).await.unwrap_err().status(), 401);
//!
//! let changes = permission_required("reports.change_report");
//! assert_eq!(alice.require(&changes).await.unwrap_err().status(), 403);
//! # Ok(())
//! # }
//! ```
//!
//! There is nothing to configure but [`AuthBuilder::allow_origin`](crate::AuthBuilder::allow_origin) for point 3.
//! Demands are asked of the account as the store holds it at this request: a right that was taken away is missing
//! at once, and in a token's scope from its next refresh on. An extractor needs the adapter's layer in front of it,
//! else it answers 500.
//!
//! RFC 9110 section 11 (challenges), RFC 6750 (bearer tokens), RFC 7617 (Basic), RFC 9470 (step-up), RFC 6749
//! section 3.3 (scopes), [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/) (point 3).

mod guard;
mod rejection;
mod requirement;
#[cfg(test)]
mod tests;

pub use self::guard::{
    AccessToken, AnyScope, BasicUser, CurrentUser, FreshUser, Guard, MaybeUser, OAuthToken, Policy, Require,
    ScopeName, Scoped,
};
pub use self::rejection::Rejection;
pub use self::requirement::{
    Requirement, access_token_required, any_of, basic_required, factor_required, fresh_factor_required,
    fresh_login_required, group_required, login_required, mfa_required, oauth_required, permission_required,
    require_oauth, scope_required, staff_required, superuser_required, user_passes_test,
    verified_email_required,
};
pub use crate::token::{GrantNothing, ScopePolicy, ScopeRequest, ScopeSet};

pub(crate) use self::rejection::{Challenge, FACTOR, Refusal, Unproven, stale_login};
pub(crate) use self::requirement::{Schemes, session_required};
