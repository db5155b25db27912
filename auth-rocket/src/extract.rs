//! What handlers take.

use std::ops::Deref;

use auth_core::access::{self, Guard};
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::error::Rejection;
use crate::middleware::{Slot, is_attached};
use crate::request::View;

/// The user who is logged in.
pub type CurrentUser = Guarded<access::CurrentUser>;

/// The user who is logged in, or nobody; a bad token and a store that cannot answer are refused.
pub type MaybeUser = Guarded<access::MaybeUser>;

/// A user who meets the policy `P`.
pub type Require<P> = Guarded<access::Require<P>>;

/// A user who proved who they are at most `SECONDS` ago.
pub type FreshUser<const SECONDS: u64 = 300> = Guarded<access::FreshUser<SECONDS>>;

/// A user who came with an access token; a session does not count.
pub type AccessToken = Guarded<access::AccessToken>;

/// A caller whose access token carries the scope `S`.
pub type Scoped<S> = Guarded<access::Scoped<S>>;

/// A caller with an access token of another issuer that carries the scope `S`, or any scope.
pub type OAuthToken<S = access::AnyScope> = Guarded<access::OAuthToken<S>>;

/// A user who came with user name and password in the request itself (HTTP Basic).
pub type BasicUser = Guarded<access::BasicUser>;

/// What the guard `G` gives a handler whose request it let in.
#[derive(Clone, Debug)]
pub struct Guarded<G>(G);

impl<G> Guarded<G> {
    /// The guard's value, to keep.
    pub fn into_inner(self) -> G {
        self.0
    }
}

impl<G> Deref for Guarded<G> {
    type Target = G;
    fn deref(&self) -> &G {
        &self.0
    }
}

#[rocket::async_trait]
impl<'r, G: Guard> FromRequest<'r> for Guarded<G> {
    type Error = Rejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Rejection> {
        match admit(request).await {
            Ok(guarded) => Outcome::Success(guarded),
            Err(rejection) => rejection.into_outcome(),
        }
    }
}

async fn admit<G: Guard>(request: &Request<'_>) -> Result<Guarded<G>, Rejection> {
    let (slot, context) = Slot::fill(request).ok_or_else(Rejection::missing_layer)?;
    let admitted = match context.guard(&View::new(request, slot), &G::requirement()).await {
        Ok(identity) => G::from_identity(identity).map(Guarded).ok_or_else(Rejection::broken_guard::<G>),
        Err(rejection) => Err(rejection.into()),
    };
    if let Err(rejection) = &admitted {
        // Rocket takes no more than a status from here: the fairing sends the reply that is kept.
        context.keep(rejection);
    }
    admitted
}

/// A launch without the fairing is aborted.
impl<G> Sentinel for Guarded<G> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        !is_attached(rocket)
    }
}

/// This request as the core sees it: who calls, and logging in and out by hand.
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
        let Some((slot, context)) = Slot::fill(request) else {
            return Rejection::missing_layer().into_outcome();
        };
        context.observe(&View::new(request, slot));
        Outcome::Success(Self(context.clone()))
    }
}

impl Sentinel for AuthContext {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        !is_attached(rocket)
    }
}
