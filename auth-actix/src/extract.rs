//! What handlers take.

use std::future::{Future, Ready, ready};
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use auth_core::access::{self, Guard};

use crate::error::Rejection;
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

/// actix-web polls the extractors of a handler together, so one that reads the body may fail first: the demand is made
/// known at once, and the middleware sees to it before any reply leaves.
impl<G: Guard> FromRequest for Guarded<G> {
    type Error = Rejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Rejection>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let context = context(request);
        let requirement = G::requirement();
        if let Ok(context) = &context {
            context.register(&requirement);
        }
        let request = request.clone();
        Box::pin(async move {
            let identity = context?.guard(&View(&request), &requirement).await?;
            G::from_identity(identity).map(Self).ok_or_else(Rejection::broken_guard::<G>)
        })
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

impl FromRequest for AuthContext {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(context(request).map(|context| {
            context.observe(&View(request));
            Self(context)
        }))
    }
}

/// The slot that the middleware put into the request.
pub(crate) fn context(request: &HttpRequest) -> Result<auth_core::AuthContext, Rejection> {
    request.extensions().get().cloned().ok_or_else(Rejection::missing_layer)
}
