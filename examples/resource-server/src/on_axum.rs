//! On axum.

use std::net::SocketAddr;

use auth_axum::OAuthToken;
use auth_core::Auth;
use axum::Router;
use axum::routing::get;

use crate::ReadReports;

/// The two routes.
pub fn app(auth: &Auth) -> Router {
    Router::new().route("/whoami", get(whoami)).route("/reports", get(reports)).layer(auth_axum::layer(auth))
}

/// Any valid token.
async fn whoami(token: OAuthToken) -> String {
    crate::whoami(&token)
}

/// One with the scope.
async fn reports(token: OAuthToken<ReadReports>) -> String {
    format!("reports for {}", crate::whoami(&token))
}

/// Serves them.
///
/// # Errors
/// When the port cannot be opened.
pub async fn serve(auth: &Auth, port: u16) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app(auth).into_make_service_with_connect_info::<SocketAddr>()).await
}
