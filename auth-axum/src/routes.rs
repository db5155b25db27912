//! The login routes.

use auth_core::Auth;
use auth_core::adapter::mounts;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;

use crate::request::read;
use crate::response::into_response;

/// The login routes, for [`Router::merge`]; inside of `nest("/shop", …)` where the base URL ends in `/shop`.
///
/// Every method and every path below the prefix goes to the core, which knows what to answer.
#[doc(alias("login", "logout", "oauth", "remember_me"))]
pub fn routes<S: Clone + Send + Sync + 'static>(auth: &Auth) -> Router<S> {
    let mounts = mounts(auth);
    let below = ["", "/", "/{*rest}"].map(|rest| format!("{}{rest}", mounts.prefix));
    let exact = mounts.exact.iter().map(|path| (*path).to_owned());
    below
        .into_iter()
        .chain(exact)
        .fold(Router::new(), |router, path| router.route(&path, any(handle)))
        .with_state(auth.clone())
}

async fn handle(State(auth): State<Auth>, request: Request) -> Response {
    let request = read(&auth, request).await;
    into_response(auth.handle(request).await)
}
