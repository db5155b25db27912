//! What handlers take.

use std::future::{Future, Ready, ready};
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use auth_core::access::{self, Guard};
use auth_core::adapter::{Slot, admit};
use auth_core::session::FRESH_SECONDS;

use crate::error::Rejection;
use crate::request::View;

/// The user who is logged in, by a session or by an access token of the application's own client. It is a
/// [`User`](auth_core::User), and knows how the user was recognised.
///
/// ```
/// use auth_actix::CurrentUser;
///
/// async fn private(user: CurrentUser) -> String {
///     let address = user.email.as_ref().map_or("no address", |email| email.as_str());
///     let since = user.identity().auth_time();
///     format!("hello {} ({address}), in {:?}, logged in at {since:?}", user.username(), user.groups)
/// }
/// # let _ = actix_web::web::get().to(private);
/// ```
#[doc(alias("current_user", "login_required", "before_action", "request.user", "get_current_user"))]
pub type CurrentUser = Guarded<access::CurrentUser>;

/// The user who is logged in, or nobody; a bad token and a store that cannot answer are refused.
///
/// ```
/// use auth_actix::MaybeUser;
///
/// async fn home(user: MaybeUser) -> String {
///     match user.as_ref() {
///         Some(user) => format!("hello {}", user.username()),
///         None => "hello stranger".to_owned(),
///     }
/// }
/// # let _ = actix_web::web::get().to(home);
/// ```
#[doc(alias("current_user", "request.user", "anonymous"))]
pub type MaybeUser = Guarded<access::MaybeUser>;

/// A user who meets the policy `P`.
///
/// ```
/// use auth_actix::Require;
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
/// # let _ = actix_web::web::get().to(reports);
/// ```
#[doc(alias("permission_required", "user_passes_test", "roles_required", "authorize"))]
pub type Require<P> = Guarded<access::Require<P>>;

/// A user who proved who they are at most `SECONDS` ago.
///
/// ```
/// use auth_actix::FreshUser;
///
/// async fn danger(user: FreshUser<60>) -> String {
///     format!("{} proved it within the last minute", user.username())
/// }
/// # let _ = actix_web::web::get().to(danger);
/// ```
#[doc(alias("fresh_login_required", "sudo", "step_up"))]
pub type FreshUser<const SECONDS: u64 = FRESH_SECONDS> = Guarded<access::FreshUser<SECONDS>>;

/// A user who came with an access token; a session does not count.
///
/// ```
/// use auth_actix::AccessToken;
///
/// async fn api(user: AccessToken) -> String {
///     format!("hello {}, by a token for {:?}", user.username(), user.identity().scope().as_str())
/// }
/// # let _ = actix_web::web::get().to(api);
/// ```
#[doc(alias("jwt", "bearer", "OAuth2PasswordBearer"))]
pub type AccessToken = Guarded<access::AccessToken>;

/// A caller whose access token carries the scope `S`. It may be a program, without a user.
///
/// ```
/// use auth_actix::Scoped;
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
/// # let _ = actix_web::web::get().to(reports);
/// ```
#[doc(alias("scope_required", "SecurityScopes", "jwt"))]
pub type Scoped<S> = Guarded<access::Scoped<S>>;

/// A caller with an access token of another issuer that carries the scope `S`, or any scope.
///
/// ```
/// use auth_actix::OAuthToken;
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
/// # let _ = actix_web::web::get().to(reports);
/// ```
#[doc(alias("require_oauth", "current_token", "oauth", "jwt"))]
pub type OAuthToken<S = access::AnyScope> = Guarded<access::OAuthToken<S>>;

/// A user who came with user name and password in the request itself (HTTP Basic).
///
/// ```
/// use auth_actix::BasicUser;
///
/// async fn metrics(user: BasicUser) -> String {
///     format!("metrics for {}", user.username())
/// }
/// # let _ = actix_web::web::get().to(metrics);
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

/// actix-web polls the extractors of a handler together, so one that reads the body may fail first: the demand is made
/// known at once, and the middleware sees to it before any reply leaves.
impl<G: Guard> FromRequest for Guarded<G> {
    type Error = Rejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Rejection>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let slot = slot(request);
        if let Ok(slot) = &slot {
            slot.register(G::requirement());
        }
        let request = request.clone();
        Box::pin(async move { Ok(Self(admit(&slot?, &View(&request)).await?)) })
    }
}

/// This request as the core sees it: who calls, and logging in and out by hand.
///
/// ```
/// use actix_web::web::Redirect;
/// use auth_actix::{AuthContext, Rejection};
///
/// async fn whoami(context: AuthContext) -> Result<String, Rejection> {
///     let caller = context.identity().await?;
///     let user = caller.as_ref().and_then(|caller| caller.user());
///     Ok(user.map_or("nobody".to_owned(), |user| user.username().to_owned()))
/// }
///
/// async fn sign_out(context: AuthContext) -> Result<Redirect, Rejection> {
///     context.logout().await?;
///     Ok(Redirect::to("/").see_other())
/// }
/// # let _ = actix_web::web::get().to(whoami);
/// # let _ = actix_web::web::post().to(sign_out);
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

impl FromRequest for AuthContext {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(slot(request).map(|slot| Self(slot.context(&View(request)))))
    }
}

/// The slot that the middleware put into the request.
pub(crate) fn slot(request: &HttpRequest) -> Result<Slot, Rejection> {
    request.extensions().get().cloned().ok_or_else(Rejection::missing_layer)
}
