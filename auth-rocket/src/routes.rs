//! The login routes.

use auth_core::Auth;
use auth_core::adapter::mounts;
use rocket::http::{Method, Status};
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Request};

use crate::request::read;
use crate::response::into_response;

/// Every method that rocket knows.
const METHODS: [Method; 9] = [
    Method::Get,
    Method::Put,
    Method::Post,
    Method::Delete,
    Method::Options,
    Method::Head,
    Method::Trace,
    Method::Connect,
    Method::Patch,
];

/// The login routes, for `mount("/", …)`, or `mount("/shop", …)` where the base URL ends in `/shop`.
///
/// Every method and every path below the prefix goes to the core, which knows what to answer.
#[doc(alias("login", "logout", "oauth", "remember_me"))]
pub fn routes(auth: &Auth) -> Vec<Route> {
    let mounts = mounts(auth);
    let below = format!("{}/<_..>", mounts.prefix);
    let exact = mounts.exact.iter().map(|path| (*path).to_owned());
    std::iter::once(below)
        .chain(exact)
        .flat_map(|path| METHODS.map(|method| route(method, &path, auth)))
        .collect()
}

/// OPTIONS comes after every route of the application's own: CORS is its business, and a preflight that nobody else answers is
/// refused like any other method.
fn route(method: Method, path: &str, auth: &Auth) -> Route {
    let handler = LoginRoutes(auth.clone());
    match method {
        Method::Options => Route::ranked(LAST, method, path, handler),
        _ => Route::new(method, path, handler),
    }
}

/// The rank behind all others.
const LAST: isize = isize::MAX;

#[derive(Clone)]
struct LoginRoutes(Auth);

#[rocket::async_trait]
impl Handler for LoginRoutes {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        if !self.is_mine(request) {
            return Outcome::Forward((data, Status::NotFound));
        }
        let request = read(&self.0, request, data).await;
        Outcome::Success(into_response(self.0.handle(request).await))
    }
}

impl LoginRoutes {
    /// Whether the path is one that was mounted: rocket also matches other spellings of it, `//auth`.
    fn is_mine(&self, request: &Request<'_>) -> bool {
        let base = request.route().map_or("/", |route| route.uri.base()).trim_end_matches('/');
        request.uri().path().raw().as_str().strip_prefix(base).is_some_and(|path| mounts(&self.0).has(path))
    }
}
