//! axum without our authentication: what the example's routes cost by themselves, and what a guard written by hand adds.

use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::routing::get;
use peer::{Sessions, User};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let app = Router::new()
        .route("/", get(open))
        .route("/open", get(open))
        .route("/private", get(private).post(private))
        .route("/peer", get(guarded))
        .route("/api", get(private))
        .route("/scoped", get(private))
        .route("/reports", get(private))
        .route("/fresh", get(private))
        .route("/basic", get(private))
        .route("/staff", get(private))
        .route("/staff/{*page}", get(private))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(Arc::new(Sessions::of_alice()));
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
}

async fn open() -> &'static str {
    "ok"
}

async fn private() -> String {
    format!("hello {}", black_box("alice"))
}

struct CurrentUser(Arc<User>);

impl FromRequestParts<Arc<Sessions>> for CurrentUser {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, sessions: &Arc<Sessions>) -> Result<Self, StatusCode> {
        let cookies = parts.headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok());
        cookies.and_then(|cookies| sessions.in_header(cookies)).map(Self).ok_or(StatusCode::UNAUTHORIZED)
    }
}

async fn guarded(CurrentUser(user): CurrentUser) -> String {
    format!("hello {}", user.name)
}
