//! What handlers take.

use std::ops::Deref;

use auth_core::access::{self, Guard};
use auth_core::adapter::{Slot, admit, admit_optional};
use auth_core::session::FRESH_SECONDS;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use crate::error::Rejection;
use crate::request::View;

/// The user who is logged in, by a session or by an access token of the application's own client. It is a
/// [`User`](auth_core::User), and knows how the user was recognised.
///
/// ```
/// use auth_axum::CurrentUser;
///
/// async fn private(user: CurrentUser) -> String {
///     let address = user.email.as_ref().map_or("no address", |email| email.as_str());
///     let since = user.identity().auth_time();
///     format!("hello {} ({address}), in {:?}, logged in at {since:?}", user.username(), user.groups)
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(private));
/// ```
#[doc(alias("current_user", "login_required", "before_action", "request.user", "get_current_user"))]
pub type CurrentUser = Guarded<access::CurrentUser>;

/// The user who is logged in, or nobody; a bad token and a store that cannot answer are refused.
///
/// ```
/// use auth_axum::MaybeUser;
///
/// async fn home(user: MaybeUser) -> String {
///     match user.as_ref() {
///         Some(user) => format!("hello {}", user.username()),
///         None => "hello stranger".to_owned(),
///     }
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(home));
/// ```
#[doc(alias("current_user", "request.user", "anonymous"))]
pub type MaybeUser = Guarded<access::MaybeUser>;

/// A user who meets the policy `P`.
///
/// ```
/// use auth_axum::Require;
/// use auth_core::access::{Policy, Requirement, permission_required};
///
/// struct ViewReports;
///
/// impl Policy for ViewReports {
///     fn requirement() -> Requirement {
///         permission_required("reports.view_report")
///     }
/// }
///
/// async fn reports(user: Require<ViewReports>) -> String {
///     format!("reports for {}", user.username())
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(reports));
/// ```
#[doc(alias("permission_required", "user_passes_test", "roles_required", "authorize"))]
pub type Require<P> = Guarded<access::Require<P>>;

/// A user who proved who they are at most `SECONDS` ago.
///
/// ```
/// use auth_axum::FreshUser;
///
/// async fn danger(user: FreshUser<60>) -> String {
///     format!("{} proved it within the last minute", user.username())
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(danger));
/// ```
#[doc(alias("fresh_login_required", "sudo", "step_up"))]
pub type FreshUser<const SECONDS: u64 = FRESH_SECONDS> = Guarded<access::FreshUser<SECONDS>>;

/// A user who came with an access token; a session does not count.
///
/// ```
/// use auth_axum::AccessToken;
///
/// async fn api(user: AccessToken) -> String {
///     format!("hello {}, by a token for {:?}", user.username(), user.identity().scope().as_str())
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(api));
/// ```
#[doc(alias("jwt", "bearer", "OAuth2PasswordBearer"))]
pub type AccessToken = Guarded<access::AccessToken>;

/// A caller whose access token carries the scope `S`. It may be a program, without a user.
///
/// ```
/// use auth_axum::Scoped;
/// use auth_core::access::ScopeName;
///
/// struct ReadReports;
///
/// impl ScopeName for ReadReports {
///     const SCOPE: &'static str = "reports:read";
/// }
///
/// async fn reports(token: Scoped<ReadReports>) -> String {
///     let user = token.user().map_or("nobody", |user| user.username());
///     format!("reports for {user}, by the client {}", token.claims().client_id)
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(reports));
/// ```
#[doc(alias("scope_required", "SecurityScopes", "jwt"))]
pub type Scoped<S> = Guarded<access::Scoped<S>>;

/// A caller with an access token of another issuer that carries the scope `S`, or any scope.
///
/// ```
/// use auth_axum::OAuthToken;
/// use auth_core::access::ScopeName;
///
/// struct ReadReports;
///
/// impl ScopeName for ReadReports {
///     const SCOPE: &'static str = "reports:read";
/// }
///
/// async fn reports(token: OAuthToken<ReadReports>) -> String {
///     format!("reports for {} of {}", token.subject().unwrap_or("nobody"), token.issuer())
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(reports));
/// ```
#[doc(alias("require_oauth", "current_token", "oauth", "jwt"))]
pub type OAuthToken<S = access::AnyScope> = Guarded<access::OAuthToken<S>>;

/// A user who came with user name and password in the request itself (HTTP Basic).
///
/// ```
/// use auth_axum::BasicUser;
///
/// async fn metrics(user: BasicUser) -> String {
///     format!("metrics for {}", user.username())
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(metrics));
/// ```
#[doc(alias("HTTPBasic", "HTTPBasicAuth"))]
pub type BasicUser = Guarded<access::BasicUser>;

/// What the guard `G` gives a handler whose request it let in. It can be used as the guard's own value: `user.username()`.
#[derive(Clone, Debug)]
pub struct Guarded<G: Guard>(G);

impl<G: Guard> Guarded<G> {
    /// The guard's value, to keep.
    pub fn into_inner(self) -> G {
        self.0
    }
}

impl<G: Guard> Deref for Guarded<G> {
    type Target = G;
    fn deref(&self) -> &G {
        &self.0
    }
}

impl<G: Guard, S: Sync> FromRequestParts<S> for Guarded<G> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(admit(slot(parts)?, &View(parts)).await?))
    }
}

/// `None` for nobody; what is wrong beyond that is refused here too.
impl<G: Guard, S: Sync> OptionalFromRequestParts<S> for Guarded<G> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        Ok(admit_optional(slot(parts)?, &View(parts)).await?.map(Self))
    }
}

/// This request as the core sees it: who calls, and logging in and out by hand.
///
/// ```
/// use auth_axum::{AuthContext, Rejection};
/// use axum::response::Redirect;
///
/// async fn whoami(context: AuthContext) -> Result<String, Rejection> {
///     let caller = context.identity().await?;
///     let user = caller.as_ref().and_then(|caller| caller.user());
///     Ok(user.map_or("nobody".to_owned(), |user| user.username().to_owned()))
/// }
///
/// async fn sign_out(context: AuthContext) -> Result<Redirect, Rejection> {
///     context.logout().await?;
///     Ok(Redirect::to("/"))
/// }
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::get(whoami));
/// # let _ = axum::Router::<()>::new().route("/", axum::routing::post(sign_out));
/// ```
#[doc(alias("authenticate", "login_user", "logout", "session", "sign_in", "sign_out"))]
#[derive(Clone, Debug)]
pub struct AuthContext(auth_core::AuthContext);

impl Deref for AuthContext {
    type Target = auth_core::AuthContext;
    fn deref(&self) -> &auth_core::AuthContext {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for AuthContext {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(slot(parts)?.context(&View(parts))))
    }
}

/// The slot that the layer put into the request.
pub(crate) fn slot(parts: &Parts) -> Result<&Slot, Rejection> {
    parts.extensions.get().ok_or_else(Rejection::missing_layer)
}
