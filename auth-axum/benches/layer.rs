//! What the layer adds to a route without a guard, in process.
//!
//! `cargo bench -p auth-axum --bench layer`

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use auth_core::Auth;
use auth_core::store::MemoryStore;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;
use tower::{Layer, Service};

/// A route that has its answer ready.
#[derive(Clone)]
struct Open;

impl Service<Request<Body>> for Open {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        black_box(request);
        ready(Ok(Response::new(Body::empty())))
    }
}

fn call<S: Service<Request<Body>, Response = Response, Error = Infallible>>(
    service: &mut S,
    request: Request<Body>,
) -> Response {
    match pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => unreachable!("the answer is ready"),
    }
}

/// As axum hands it on: something is in its extensions already (the matched path, the peer's address).
fn request() -> Request<Body> {
    let mut request = Request::new(Body::empty());
    request.extensions_mut().insert(0_u64);
    request
}

fn layer(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("a runtime starts");
    let auth = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=")
        .store(MemoryStore::new());
    let auth = runtime.block_on(auth.build()).expect("the settings are right");
    let mut bare = Open;
    let mut layered = auth_axum::layer(&auth).layer(Open);
    c.bench_function("a route without a guard: bare", |bencher| {
        bencher.iter_batched(request, |request| call(&mut bare, request), BatchSize::SmallInput);
    });
    c.bench_function("a route without a guard: behind the layer", |bencher| {
        bencher.iter_batched(request, |request| call(&mut layered, request), BatchSize::SmallInput);
    });
}

criterion_group!(benches, layer);
criterion_main!(benches);
