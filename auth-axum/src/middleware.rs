//! The layer, and the guard over a group of routes.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use auth_core::access::Requirement;
use auth_core::adapter::Slot;
use auth_core::{Auth, Rejection};
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::extract::slot;
use crate::request::View;
use crate::response::{Head, into_response};

/// The layer that every guard and extractor of this crate needs: it gives each request a slot, and adds to the response
/// what the slot collected.
#[doc(alias("cookie", "cors", "csrf", "session"))]
pub fn layer(auth: &Auth) -> AuthLayer {
    AuthLayer(auth.clone())
}

/// See [`layer`].
#[derive(Clone, Debug)]
pub struct AuthLayer(Auth);

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> AuthService<S> {
        AuthService { auth: self.0.clone(), inner }
    }
}

/// The service that [`layer`] makes.
#[derive(Clone, Debug)]
pub struct AuthService<S> {
    auth: Auth,
    inner: S,
}

impl<S, B> Service<axum::http::Request<B>> for AuthService<S>
where
    S: Service<axum::http::Request<B>, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = AuthFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: axum::http::Request<B>) -> Self::Future {
        let slot = Slot::new(&self.auth);
        request.extensions_mut().insert(slot.clone());
        AuthFuture { inner: self.inner.call(request), slot }
    }
}

pin_project! {
    /// The response on its way out.
    pub struct AuthFuture<F> {
        #[pin]
        inner: F,
        slot: Slot,
    }
}

impl<F, E> Future for AuthFuture<F>
where
    F: Future<Output = Result<Response, E>>,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        // axum asks extractors one after the other and stops at the first refusal: none is left undecided.
        let reply = this.slot.settle(response.status().as_u16());
        Poll::Ready(Ok(commit(this.slot, reply.map_or(response, into_response))))
    }
}

impl<F> fmt::Debug for AuthFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthFuture").finish_non_exhaustive()
    }
}

fn commit(slot: &Slot, mut response: Response) -> Response {
    if let Some(rejection) = response.extensions_mut().remove::<Rejection>()
        && let Some((status, page)) = slot.page_for(&rejection, &mut Head(response.headers_mut()))
    {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        *response.body_mut() = Body::from(page);
    }
    slot.commit(&mut Head(response.headers_mut()));
    response
}

/// A guard over every route that was added before it, for [`Router::route_layer`](axum::Router::route_layer).
#[doc(alias("before_action", "decorator", "login_required"))]
pub fn require(requirement: Requirement) -> RequireLayer {
    RequireLayer(Arc::new(requirement))
}

/// See [`require`].
#[derive(Clone, Debug)]
pub struct RequireLayer(Arc<Requirement>);

impl<S> Layer<S> for RequireLayer {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { requirement: self.0.clone(), inner }
    }
}

/// The service that [`require`] makes.
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    requirement: Arc<Requirement>,
    inner: S,
}

impl<S> Service<Request> for RequireService<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let requirement = self.requirement.clone();
        // The clone is for the next request: this one goes to the service that said it is ready.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let slot = match slot(&parts) {
                Ok(slot) => slot,
                Err(rejection) => return Ok(rejection.into_response()),
            };
            if let Err(rejection) = slot.guard(&View(&parts), &requirement).await {
                return Ok(into_response(rejection.into_response()));
            }
            inner.call(Request::from_parts(parts, body)).await
        })
    }
}
