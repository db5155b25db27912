//! The login routes.

use actix_web::web::{Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::Auth;
use auth_core::adapter::mounts;

use crate::request::read;
use crate::response::into_response;

/// The login routes, for [`App::configure`](actix_web::App::configure), or `scope("/shop").configure(…)` where the base URL ends
/// in `/shop`.
///
/// Every method and every path below the prefix goes to the core, which knows what to answer.
#[doc(alias("login", "logout", "oauth", "remember_me"))]
pub fn routes(auth: &Auth) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
    let auth = auth.clone();
    move |config| {
        let mounts = mounts(&auth);
        let below = ["", "/", "/{rest:(?s:.*)}"].map(|rest| format!("{}{rest}", mounts.prefix));
        let exact = mounts.exact.iter().map(|path| (*path).to_owned());
        let paths: Vec<String> = below.into_iter().chain(exact).collect();
        let auth = auth.clone();
        config.service(resource(paths).to(move |request, payload| handle(auth.clone(), request, payload)));
    }
}

async fn handle(auth: Auth, request: HttpRequest, payload: Payload) -> HttpResponse {
    let request = read(&auth, &request, payload).await;
    into_response(auth.handle(request).await)
}
