//! axum without any authentication: what the example's routes cost by themselves.

use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let app = Router::new()
        .route("/", get(open))
        .route("/open", get(open))
        .route("/private", get(private).post(private))
        .route("/api", get(private))
        .route("/scoped", get(private))
        .route("/reports", get(private))
        .route("/fresh", get(private))
        .route("/basic", get(private))
        .route("/staff", get(private))
        .route("/staff/{*page}", get(private))
        .layer(DefaultBodyLimit::max(64 * 1024));
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
}

async fn open() -> &'static str {
    "ok"
}

async fn private() -> String {
    format!("hello {}", black_box("alice"))
}
