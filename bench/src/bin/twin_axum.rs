//! axum without our authentication: what the example's routes cost by themselves, and what a guard written by hand adds, or a store that
//! is asked by hand.

use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::get;
use peer::{Bare, Sessions, User, session_in};
use tokio::net::TcpListener;

#[derive(Clone)]
struct Stores {
    sessions: Arc<Sessions>,
    bare: Arc<Bare>,
}

impl FromRef<Stores> for Arc<Bare> {
    fn from_ref(stores: &Stores) -> Self {
        stores.bare.clone()
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let stores = Stores { sessions: Arc::new(Sessions::of_alice()), bare: Arc::new(Bare::from_env().await?) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let app = Router::new()
        .route("/", get(open))
        .route("/open", get(open))
        .route("/private", get(private).post(private))
        .route("/peer", get(guarded))
        .route("/bare", get(bare).post(rotate))
        .route("/api", get(private))
        .route("/scoped", get(private))
        .route("/reports", get(private))
        .route("/fresh", get(private))
        .route("/basic", get(private))
        .route("/staff", get(private))
        .route("/staff/{*page}", get(private))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(stores);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
}

async fn open() -> &'static str {
    "ok"
}

async fn private() -> String {
    format!("hello {}", black_box("alice"))
}

struct CurrentUser(Arc<User>);

impl FromRequestParts<Stores> for CurrentUser {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, stores: &Stores) -> Result<Self, StatusCode> {
        let user = cookies(&parts.headers).and_then(|cookies| stores.sessions.in_header(cookies));
        user.map(Self).ok_or(StatusCode::UNAUTHORIZED)
    }
}

fn cookies(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok())
}

async fn guarded(CurrentUser(user): CurrentUser) -> String {
    format!("hello {}", user.name)
}

fn key(headers: &HeaderMap) -> Result<&str, StatusCode> {
    cookies(headers).and_then(session_in).ok_or(StatusCode::UNAUTHORIZED)
}

async fn bare(State(bare): State<Arc<Bare>>, headers: HeaderMap) -> Result<String, StatusCode> {
    let name = bare.username(key(&headers)?).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(format!("hello {name}"))
}

async fn rotate(State(bare): State<Arc<Bare>>, headers: HeaderMap) -> Result<&'static str, StatusCode> {
    bare.rotate(key(&headers)?).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok("ok")
}
