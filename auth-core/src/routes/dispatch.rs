//! From path and method to the row of the table, and from the endpoint's outcome to the reply.

use std::sync::LazyLock;

use matchit::Router;
use tracing::Instrument as _;

use crate::auth::Auth;
use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthRequest, AuthResponse, Fields, Place, RequestView as _, is_unsafe, problem, redirect_for,
};
use crate::task::detached;

use super::exchange::{Exchange, Failure, Parameters};
use super::refusal::refusal;
use super::server;
use super::table::{Flag, Route, Stands, beside, by_path};

/// The paths of the table, ready to be looked up: those below the prefix, and those beside it.
#[derive(Default)]
struct Paths {
    below: Router<AtPath>,
    beside: Router<AtPath>,
}

/// The rows of one path.
#[derive(Clone, Copy)]
struct AtPath(&'static [Route]);

static PATHS: LazyLock<Paths> = LazyLock::new(|| {
    let mut paths = Paths::default();
    for routes in by_path() {
        let Route { path, stands, .. } = routes[0];
        let router = match stands {
            Stands::Below => &mut paths.below,
            Stands::Beside => &mut paths.beside,
        };
        router
            .insert(path, AtPath(routes))
            .expect("no two paths of the table collide, and the rows of a path stand together");
    }
    paths
});

/// Where an adapter mounts the login routes, within the application: its own routes may all be below the base URL's path.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Mounts<'a> {
    /// Everything under this path, itself and with a slash included.
    pub prefix: &'a str,
    /// Single paths beside it.
    pub exact: &'static [&'static str],
    place: &'a Place,
}

impl Mounts<'_> {
    /// Whether a path within the application is one of these, letter by letter: some routers take other spellings (`//auth`) for the
    /// same.
    pub fn has(&self, path: &str) -> bool {
        self.exact.contains(&path) || self.place.login_route(path).is_some()
    }
}

impl Auth {
    /// Where to mount the login routes.
    pub(crate) fn mounts(&self) -> Mounts<'_> {
        let place = self.style().place();
        Mounts { prefix: place.prefix(), exact: beside(), place }
    }

    /// Answers a login route.
    #[doc(hidden)]
    pub async fn handle(&self, request: AuthRequest) -> AuthResponse {
        let Some((found, parameters)) = find(self, request.path()) else {
            self.note_stray(request.path());
            return finish(self.style().error(&request, &ErrorKind::NotFound.into()));
        };
        if !found.is(Flag::Health) {
            self.note_arrival();
        }
        let Some(route) = found.route(request.method()) else {
            return finish(found.wrong_method(self, &request));
        };
        let exchange = Exchange::new(self.clone(), request, parameters, route);
        // Never the path as it came: it may hold what nobody else is to read.
        let span = tracing::debug_span!("auth_route", method = route.method, route = route.path);
        if !is_unsafe(&exchange.request) && !route.has(Flag::ChangesState) {
            return answer(route, &exchange).instrument(span).await;
        }
        let here = exchange.circumstances(route.method, route.path);
        let answering = detached(async move { Ok(answer(route, &exchange).await) }.instrument(span));
        let answered = here.covering(answering).await;
        answered.unwrap_or_else(|error| {
            tracing::error!(?error, "a login route failed");
            finish(problem(&error, self.style().texts()))
        })
    }
}

/// What stands at a path as it came, with the base path or without it: a spelling that is not in the table is not found.
fn find(auth: &Auth, path: &str) -> Option<(AtPath, Parameters)> {
    let place = auth.style().place();
    let found = place.within(path).find_map(|path| match place.login_route(path) {
        Some(route) => PATHS.below.at(route).ok(),
        None => PATHS.beside.at(path).ok(),
    })?;
    if found.value.is(Flag::OfProvider) && auth.providers().get(found.params.get("provider")?).is_none() {
        return None;
    }
    if !found.value.0.iter().all(|route| route.is_there(auth)) {
        return None;
    }
    Some((*found.value, Parameters::new(found.params.iter())))
}

impl AtPath {
    fn is(self, flag: Flag) -> bool {
        self.0.iter().any(|route| route.has(flag))
    }

    /// A HEAD is a GET whose body the server leaves out (RFC 9110 section 9.3.2).
    fn route(self, method: &str) -> Option<&'static Route> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.0.iter().find(|route| route.method == method)
    }

    fn wrong_method(self, auth: &Auth, request: &AuthRequest) -> AuthResponse {
        let error = Error::new(ErrorKind::MethodNotAllowed);
        let reply = match self.is(Flag::OAuth) {
            true => server::oauth_error(auth.style(), request, &error),
            false => auth.style().error(request, &error),
        };
        reply.with_header("allow", self.allow())
    }

    fn allow(self) -> String {
        let names = self.0.iter().flat_map(|route| match route.method {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        });
        names.collect::<Vec<_>>().join(", ")
    }
}

async fn answer(route: &Route, exchange: &Exchange) -> AuthResponse {
    let mut response = match route.run(exchange).await {
        Ok(response) => response,
        Err(Failure::Rejected(rejection)) => rejection.into_response(),
        Err(Failure::Error(error)) => refusal(route, exchange, &error),
    };
    response = redirect_for(&exchange.request, response);
    exchange.context.commit(&mut response);
    if route.has(Flag::SecretUrl) || route.has(Flag::InvitationUrl) && may_hold_invitation(exchange) {
        response.replace_header("referrer-policy", "no-referrer");
    }
    finish(response)
}

fn may_hold_invitation(exchange: &Exchange) -> bool {
    let fields = Fields::query(&exchange.request);
    !fields.is_ok_and(|fields| matches!(fields.text("invitation"), Ok(None)))
}

/// Every reply of the login routes that says nothing else is not to be kept.
fn finish(response: AuthResponse) -> AuthResponse {
    if response.header("cache-control").is_some() {
        return response;
    }
    response.with_header("cache-control", "no-store")
}
