//! What handlers take.

use std::ops::Deref;

use auth_core::access::{self, Guard};
use auth_core::adapter::{Slot, admit};
use auth_core::session::FRESH_SECONDS;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::error::Rejection;
use crate::request::View;
use crate::slot::{Attached, Cached};

/// The user who is logged in, by a session or by an access token of the application's own client. It is a
/// [`User`](auth_core::User), and knows how the user was recognised.
///
/// ```
/// use auth_rocket::CurrentUser;
/// use rocket::get;
///
/// #[get("/private")]
/// fn private(user: CurrentUser) -> String {
///     let address = user.email.as_ref().map_or("no address", |email| email.as_str());
///     let since = user.identity().auth_time();
///     format!("hello {} ({address}), in {:?}, logged in at {since:?}", user.username(), user.groups)
/// }
/// # let _ = rocket::routes![private];
/// ```
#[doc(alias("current_user", "login_required", "before_action", "request.user", "get_current_user"))]
pub type CurrentUser = Guarded<access::CurrentUser>;

/// The user who is logged in, or nobody; a bad token and a store that cannot answer are refused.
///
/// ```
/// use auth_rocket::MaybeUser;
/// use rocket::get;
///
/// #[get("/")]
/// fn home(user: MaybeUser) -> String {
///     match user.as_ref() {
///         Some(user) => format!("hello {}", user.username()),
///         None => "hello stranger".to_owned(),
///     }
/// }
/// # let _ = rocket::routes![home];
/// ```
#[doc(alias("current_user", "request.user", "anonymous"))]
pub type MaybeUser = Guarded<access::MaybeUser>;

/// A user who meets the policy `P`.
///
/// ```
/// use auth_core::access::{Policy, Requirement, permission_required};
/// use auth_rocket::Require;
/// use rocket::get;
///
/// struct ViewReports;
///
/// impl Policy for ViewReports {
///     fn requirement() -> Requirement {
///         permission_required("reports.view_report")
///     }
/// }
///
/// #[get("/reports")]
/// fn reports(user: Require<ViewReports>) -> String {
///     format!("reports for {}", user.username())
/// }
/// # let _ = rocket::routes![reports];
/// ```
#[doc(alias("permission_required", "user_passes_test", "roles_required", "authorize"))]
pub type Require<P> = Guarded<access::Require<P>>;

/// A user who proved who they are at most `SECONDS` ago.
///
/// ```
/// use auth_rocket::FreshUser;
/// use rocket::get;
///
/// #[get("/danger")]
/// fn danger(user: FreshUser<60>) -> String {
///     format!("{} proved it within the last minute", user.username())
/// }
/// # let _ = rocket::routes![danger];
/// ```
#[doc(alias("fresh_login_required", "sudo", "step_up"))]
pub type FreshUser<const SECONDS: u64 = FRESH_SECONDS> = Guarded<access::FreshUser<SECONDS>>;

/// A user who came with an access token; a session does not count.
///
/// ```
/// use auth_rocket::AccessToken;
/// use rocket::get;
///
/// #[get("/api")]
/// fn api(user: AccessToken) -> String {
///     format!("hello {}, by a token for {:?}", user.username(), user.identity().scope().as_str())
/// }
/// # let _ = rocket::routes![api];
/// ```
#[doc(alias("jwt", "bearer", "OAuth2PasswordBearer"))]
pub type AccessToken = Guarded<access::AccessToken>;

/// A caller whose access token carries the scope `S`. It may be a program, without a user.
///
/// ```
/// use auth_core::access::ScopeName;
/// use auth_rocket::Scoped;
/// use rocket::get;
///
/// struct ReadReports;
///
/// impl ScopeName for ReadReports {
///     const SCOPE: &'static str = "reports:read";
/// }
///
/// #[get("/reports")]
/// fn reports(token: Scoped<ReadReports>) -> String {
///     let user = token.user().map_or("nobody", |user| user.username());
///     format!("reports for {user}, by the client {}", token.claims().client_id)
/// }
/// # let _ = rocket::routes![reports];
/// ```
#[doc(alias("scope_required", "SecurityScopes", "jwt"))]
pub type Scoped<S> = Guarded<access::Scoped<S>>;

/// A caller with an access token of another issuer that carries the scope `S`, or any scope.
///
/// ```
/// use auth_core::access::ScopeName;
/// use auth_rocket::OAuthToken;
/// use rocket::get;
///
/// struct ReadReports;
///
/// impl ScopeName for ReadReports {
///     const SCOPE: &'static str = "reports:read";
/// }
///
/// #[get("/reports")]
/// fn reports(token: OAuthToken<ReadReports>) -> String {
///     format!("reports for {} of {}", token.subject().unwrap_or("nobody"), token.issuer())
/// }
/// # let _ = rocket::routes![reports];
/// ```
#[doc(alias("require_oauth", "current_token", "oauth", "jwt"))]
pub type OAuthToken<S = access::AnyScope> = Guarded<access::OAuthToken<S>>;

/// A user who came with user name and password in the request itself (HTTP Basic).
///
/// ```
/// use auth_rocket::BasicUser;
/// use rocket::get;
///
/// #[get("/metrics")]
/// fn metrics(user: BasicUser) -> String {
///     format!("metrics for {}", user.username())
/// }
/// # let _ = rocket::routes![metrics];
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

#[rocket::async_trait]
impl<'r, G: Guard> FromRequest<'r> for Guarded<G> {
    type Error = Rejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Rejection> {
        let (slot, view) = match slot(request) {
            Ok(slot) => slot,
            Err(rejection) => return rejection.into_outcome(),
        };
        match admit(slot, &view).await {
            Ok(value) => Outcome::Success(Self(value)),
            Err(rejection) => {
                // Rocket takes no more than a status from here: the fairing sends the reply that is kept.
                slot.keep(&rejection);
                Rejection::from(rejection).into_outcome()
            }
        }
    }
}

/// A launch without the fairing is aborted.
impl<G: Guard> Sentinel for Guarded<G> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        abort_without_fairing(rocket)
    }
}

/// This request as the core sees it: who calls, and logging in and out by hand.
///
/// ```
/// use auth_rocket::{AuthContext, Rejection};
/// use rocket::response::Redirect;
/// use rocket::{get, post};
///
/// #[get("/whoami")]
/// async fn whoami(context: AuthContext) -> Result<String, Rejection> {
///     let caller = context.identity().await?;
///     let user = caller.as_ref().and_then(|caller| caller.user());
///     Ok(user.map_or("nobody".to_owned(), |user| user.username().to_owned()))
/// }
///
/// #[post("/sign-out")]
/// async fn sign_out(context: AuthContext) -> Result<Redirect, Rejection> {
///     context.logout().await?;
///     Ok(Redirect::to("/"))
/// }
/// # let _ = rocket::routes![whoami];
/// # let _ = rocket::routes![sign_out];
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

#[rocket::async_trait]
impl<'r> FromRequest<'r> for AuthContext {
    type Error = Rejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Rejection> {
        match slot(request) {
            Ok((slot, view)) => Outcome::Success(Self(slot.context(&view))),
            Err(rejection) => rejection.into_outcome(),
        }
    }
}

impl Sentinel for AuthContext {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        abort_without_fairing(rocket)
    }
}

/// The slot that the fairing has for the request, and the request as its guards see it.
pub(crate) fn slot<'a, 'r>(request: &'a Request<'r>) -> Result<(&'a Slot, View<'a, 'r>), Rejection> {
    let (cached, slot) = Cached::fill(request).ok_or_else(Rejection::missing_layer)?;
    Ok((slot, View::new(request, cached)))
}

/// Aborts a launch of guards without the fairing: rocket names the guard, and the log the line to add.
fn abort_without_fairing(rocket: &Rocket<Ignite>) -> bool {
    let is_missing = rocket.state::<Attached>().is_none();
    if is_missing {
        drop(Rejection::missing_layer());
    }
    is_missing
}
