//! The layer, and the guard over a group of routes.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use auth_core::access::Requirement;
use auth_core::http::{AuthResponse, RequestView};
use auth_core::{Auth, AuthContext, Rejection};
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::extract::context;
use crate::request::View;
use crate::response::{Head, into_response};

/// The layer that every guard and extractor of this crate needs: it gives each request a context, and adds to the response
/// what the context collected.
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
        let context = self.auth.context();
        request.extensions_mut().insert(context.clone());
        AuthFuture { inner: self.inner.call(request), context, settling: None }
    }
}

pin_project! {
    /// The response on its way out.
    pub struct AuthFuture<F> {
        #[pin]
        inner: F,
        context: AuthContext,
        settling: Option<Box<Settling>>,
    }
}

/// The handler's response, and the core making up its mind whether it may go out. Few responses need it, so it is boxed.
struct Settling {
    response: Response,
    decision: Pin<Box<dyn Future<Output = Option<AuthResponse>> + Send>>,
}

impl<F, E> Future for AuthFuture<F>
where
    F: Future<Output = Result<Response, E>>,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.settling.is_none() {
            let response = ready!(this.inner.poll(cx))?;
            if !this.context.needs_settling(response.status().as_u16()) {
                return Poll::Ready(Ok(commit(this.context, response)));
            }
            *this.settling = Some(Box::new(Settling::start(this.context.clone(), response)));
        }
        let Some(settling) = this.settling else { return Poll::Pending };
        let reply = ready!(settling.decision.as_mut().poll(cx));
        let response = std::mem::take(&mut settling.response);
        Poll::Ready(Ok(commit(this.context, reply.map_or(response, into_response))))
    }
}

impl<F> fmt::Debug for AuthFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthFuture").finish_non_exhaustive()
    }
}

impl Settling {
    fn start(context: AuthContext, response: Response) -> Self {
        let status = response.status().as_u16();
        Self { response, decision: Box::pin(async move { context.settle(&Gone, status).await }) }
    }
}

fn commit(context: &AuthContext, mut response: Response) -> Response {
    if let Some(rejection) = response.extensions_mut().remove::<Rejection>()
        && let Some((status, page)) = context.page_for(&rejection, &mut Head(response.headers_mut()))
    {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        *response.body_mut() = Body::from(page);
    }
    context.commit(&mut Head(response.headers_mut()));
    response
}

/// The request after the handler took it. axum asks extractors one after the other and stops at the first refusal, so every
/// requirement was decided while the request was there; what is left to settle is a reply that the context has kept.
struct Gone;

impl RequestView for Gone {
    fn method(&self) -> &str {
        ""
    }

    fn path(&self) -> &str {
        ""
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, _: &'static str) -> impl Iterator<Item = &'a [u8]> {
        std::iter::empty()
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
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
            let context = match context(&parts) {
                Ok(context) => context,
                Err(rejection) => return Ok(rejection.into_response()),
            };
            if let Err(rejection) = context.guard(&View(&parts), &requirement).await {
                return Ok(into_response(rejection.into_response()));
            }
            inner.call(Request::from_parts(parts, body)).await
        })
    }
}
