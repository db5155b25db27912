//! The middleware, and the guard over a group of routes.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use auth_core::access::Requirement;
use auth_core::adapter::Slot;
use auth_core::http::AuthResponse;
use auth_core::{Auth, Rejection};
use pin_project_lite::pin_project;

use crate::extract::slot;
use crate::request::View;
use crate::response::{Head, into_response};

/// The middleware that every guard and extractor of this crate needs: it gives each request a slot, and adds to the
/// response what the slot collected.
#[doc(alias("cookie", "cors", "csrf", "session"))]
pub fn middleware(auth: &Auth) -> AuthMiddleware {
    AuthMiddleware(auth.clone())
}

/// See [`middleware`].
#[derive(Clone, Debug)]
pub struct AuthMiddleware(Auth);

impl<S, B> Transform<S, ServiceRequest> for AuthMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = AuthService<S>;
    type Future = Ready<Result<AuthService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(AuthService { auth: self.0.clone(), inner }))
    }
}

/// The service that [`middleware`] makes.
#[derive(Clone, Debug)]
pub struct AuthService<S> {
    auth: Auth,
    inner: S,
}

impl<S, B> Service<ServiceRequest> for AuthService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = AuthFuture<S::Future, B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let slot = Slot::new(&self.auth);
        request.extensions_mut().insert(slot.clone());
        AuthFuture { inner: self.inner.call(request), slot, settling: None }
    }
}

pin_project! {
    /// The response on its way out.
    pub struct AuthFuture<F, B> {
        #[pin]
        inner: F,
        slot: Slot,
        settling: Option<Box<Settling<B>>>,
    }
}

/// The handler's response, and the core deciding guards that actix-web never came to. Few responses need it, so it is boxed.
struct Settling<B> {
    response: Option<ServiceResponse<B>>,
    decision: Pin<Box<dyn Future<Output = Option<AuthResponse>>>>,
}

impl<F, B> Future for AuthFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.settling.is_none() {
            let response = ready!(this.inner.poll(cx)).map_err(|error| commit_error(this.slot, error))?;
            let status = response.status().as_u16();
            if !this.slot.is_undecided(status) {
                let reply = this.slot.settle(status);
                return Poll::Ready(Ok(commit(this.slot, settled(response, reply))));
            }
            *this.settling = Some(Box::new(Settling::start(this.slot.clone(), response)));
        }
        let Some(settling) = this.settling else { return Poll::Pending };
        let reply = ready!(settling.decision.as_mut().poll(cx));
        let Some(response) = settling.response.take() else { return Poll::Pending };
        Poll::Ready(Ok(commit(this.slot, settled(response, reply))))
    }
}

impl<F, B> fmt::Debug for AuthFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthFuture").finish_non_exhaustive()
    }
}

impl<B> Settling<B> {
    fn start(slot: Slot, response: ServiceResponse<B>) -> Self {
        let status = response.status().as_u16();
        let request = response.request().clone();
        let decision = Box::pin(async move { slot.settle_with(&View(&request), status).await });
        Self { response: Some(response), decision }
    }
}

/// The handler's response, or what goes out in its place.
fn settled<B>(response: ServiceResponse<B>, reply: Option<AuthResponse>) -> ServiceResponse<EitherBody<B>> {
    match reply {
        None => response.map_into_left_body(),
        Some(reply) => response.into_response(into_response(reply)).map_into_right_body(),
    }
}

fn commit<B>(slot: &Slot, mut response: ServiceResponse<EitherBody<B>>) -> ServiceResponse<EitherBody<B>> {
    if let Some(page) = page_for(slot, response.response_mut()) {
        response = response.map_body(|_, _| EitherBody::right(BoxBody::new(page)));
    }
    slot.commit(&mut Head(response.headers_mut()));
    response
}

/// The page in place of an error that a handler passed on.
fn page_for<B>(slot: &Slot, response: &mut HttpResponse<B>) -> Option<Vec<u8>> {
    let rejection = response.extensions_mut().remove::<Rejection>()?;
    let (status, page) = slot.page_for(&rejection, &mut Head(response.headers_mut()))?;
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    Some(page)
}

/// An error of a middleware further in becomes a response outside of this one: what was collected goes along with it.
fn commit_error(slot: &Slot, error: Error) -> Error {
    let mut response = error.as_response_error().error_response();
    if let Some(page) = page_for(slot, &mut response) {
        response = response.set_body(BoxBody::new(page));
    }
    slot.commit(&mut Head(response.headers_mut()));
    InternalError::from_response(error, response).into()
}

/// A guard over a scope or a resource, for `wrap`.
#[doc(alias("before_action", "decorator", "login_required"))]
pub fn require(requirement: Requirement) -> RequireMiddleware {
    RequireMiddleware(Rc::new(requirement))
}

/// See [`require`].
#[derive(Clone, Debug)]
pub struct RequireMiddleware(Rc<Requirement>);

impl<S, B> Transform<S, ServiceRequest> for RequireMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = RequireService<S>;
    type Future = Ready<Result<RequireService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireService { requirement: self.0.clone(), inner: Rc::new(inner) }))
    }
}

/// The service that [`require`] makes.
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    requirement: Rc<Requirement>,
    inner: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for RequireService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let requirement = self.requirement.clone();
        let inner = self.inner.clone();
        Box::pin(async move {
            let slot = match slot(request.request()) {
                Ok(slot) => slot,
                Err(rejection) => {
                    return Ok(request.into_response(rejection.error_response()).map_into_right_body());
                }
            };
            slot.register((*requirement).clone());
            if let Err(rejection) = slot.guard(&View(request.request()), &requirement).await {
                let reply = into_response(rejection.into_response());
                return Ok(request.into_response(reply).map_into_right_body());
            }
            Ok(inner.call(request).await?.map_into_left_body())
        })
    }
}
