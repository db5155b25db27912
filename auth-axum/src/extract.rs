//! What handlers take.

use std::ops::Deref;

use auth_core::access::{self, Guard};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

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

impl<G: Guard, S: Sync> FromRequestParts<S> for Guarded<G> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let identity = context(parts)?.guard(&View(parts), &G::requirement()).await?;
        G::from_identity(identity).map(Self).ok_or_else(Rejection::broken_guard::<G>)
    }
}

/// `None` for nobody; what is wrong beyond that is refused here too.
impl<G: Guard, S: Sync> OptionalFromRequestParts<S> for Guarded<G> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Err(rejection) if rejection.is_nobody() => Ok(None),
            outcome => outcome.map(Some),
        }
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

impl<S: Sync> FromRequestParts<S> for AuthContext {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let context = context(parts)?;
        context.observe(&View(parts));
        Ok(Self(context.clone()))
    }
}

/// The slot that the layer put into the request.
pub(crate) fn context(parts: &Parts) -> Result<&auth_core::AuthContext, Rejection> {
    parts.extensions.get().ok_or_else(Rejection::missing_layer)
}
