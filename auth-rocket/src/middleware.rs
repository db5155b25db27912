//! The fairing, and the guard over a group of routes.

use auth_core::Auth;
use auth_core::access::Requirement;
use auth_core::adapter::Slot;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::Method;
use rocket::route::{self, Handler, Route};
use rocket::{Build, Data, Request, Response, Rocket};

use crate::extract::slot;
use crate::request::{PEEKED, sent_method};
use crate::response::{Head, into_response};
use crate::slot::{Attached, Cached};

/// The fairing that every guard of this crate needs: it gives each request a slot, and adds to the response
/// what the slot collected.
#[doc(alias("cookie", "cors", "csrf", "session"))]
pub fn fairing(auth: &Auth) -> AuthFairing {
    AuthFairing(auth.clone())
}

/// See [`fairing()`].
#[derive(Clone, Debug)]
pub struct AuthFairing(Auth);

#[rocket::async_trait]
impl Fairing for AuthFairing {
    fn info(&self) -> Info {
        Info { name: "Authentication", kind: Kind::Ignite | Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        Ok(rocket.manage(Attached::new(&self.0)))
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        if request.method() == Method::Head {
            // Boxed: few requests need it, and every one would carry its room about.
            Box::pin(self.on_head(request, data)).await;
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(slot) = request.local_cache(|| Cached::Unused).slot() else { return };
        // Rocket asks guards one after the other and stops at the first refusal: none is left undecided.
        if let Some(reply) = slot.settle(response.status().code) {
            *response = into_response(reply);
        }
        slot.commit(&mut Head(response));
    }
}

impl AuthFairing {
    async fn on_head(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        if sent_method(request, data.peek(PEEKED).await) == Method::Post {
            // Rocket would leave the body out of its reply to what is a POST on the wire, and break the connection.
            request.set_method(Method::Post);
        } else {
            request.local_cache(|| Cached::Head(Slot::new(&self.0)));
        }
    }
}

/// A guard over all of these routes, for `mount`.
#[doc(alias("before_action", "decorator", "login_required"))]
pub fn require(requirement: Requirement, routes: Vec<Route>) -> Vec<Route> {
    routes
        .into_iter()
        .map(|mut route| {
            route.handler = Box::new(Guarding { requirement: requirement.clone(), inner: route.handler });
            route
        })
        .collect()
}

#[derive(Clone)]
struct Guarding {
    requirement: Requirement,
    inner: Box<dyn Handler>,
}

#[rocket::async_trait]
impl Handler for Guarding {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        let (slot, view) = match slot(request) {
            Ok(slot) => slot,
            Err(rejection) => return route::Outcome::Success(into_response(rejection.response().clone())),
        };
        if let Err(rejection) = slot.guard(&view, &self.requirement).await {
            return route::Outcome::Success(into_response(rejection.into_response()));
        }
        self.inner.handle(request, data).await
    }
}
