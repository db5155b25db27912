//! The example app on axum: every route, and nothing about how it is started.

use std::io;
use std::net::{SocketAddr, TcpListener};

use auth_axum::{AccessToken, BasicUser, CurrentUser, FreshUser, Require, Scoped};
use auth_core::Auth;
use auth_core::access::{Policy, Requirement, ScopeName, permission_required, staff_required};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use axum::routing::get;

/// Every route of the app.
pub fn app(auth: &Auth) -> Router {
    let group = Router::new()
        .route("/staff", get(staff))
        .route("/staff/{*page}", get(staff))
        .route_layer(auth_axum::require(staff_required()));
    Router::new()
        .route("/", get(home))
        .route("/open", get(open))
        .route("/private", get(private).post(write))
        .route("/api", get(api))
        .route("/scoped", get(scoped))
        .route("/reports", get(reports))
        .route("/fresh", get(fresh))
        .route("/basic", get(basic))
        .route("/docs", get(docs))
        .route("/docs/{file}", get(docs))
        .merge(group)
        .merge(auth_axum::routes(auth))
        .layer((auth_axum::layer(auth), DefaultBodyLimit::max(example_shared::BODY_LIMIT)))
}

/// Serves the app on the listener. `ready` is called when it can be reached.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    auth: Auth,
    listener: TcpListener,
    ready: impl FnOnce() + Send + Sync + 'static,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    ready();
    axum::serve(listener, app(&auth).into_make_service_with_connect_info::<SocketAddr>()).await
}

struct ReadReports;

impl ScopeName for ReadReports {
    const SCOPE: &'static str = "reports:read";
}

struct ViewReports;

impl Policy for ViewReports {
    fn requirement() -> Requirement {
        permission_required("reports.view_report")
    }
}

async fn home(user: Option<CurrentUser>) -> Html<String> {
    Html(example_shared::home(user.as_ref().map(|user| &***user)))
}

async fn open() -> &'static str {
    "ok"
}

async fn private(user: CurrentUser) -> String {
    format!("hello {}", user.username())
}

async fn write(_user: CurrentUser, body: Result<Bytes, BytesRejection>) -> (StatusCode, String) {
    let body = body.map(Vec::from).map_err(|rejection| rejection.status().as_u16());
    let (status, text) = example_shared::echo(body);
    (StatusCode::from_u16(status).unwrap_or_default(), text)
}

async fn api(user: AccessToken) -> String {
    format!("hello {}", user.username())
}

async fn scoped(token: Scoped<ReadReports>) -> String {
    format!("hello {}", token.user().map_or("client", |user| user.username()))
}

async fn reports(user: Require<ViewReports>) -> String {
    format!("hello {}", user.username())
}

async fn staff(user: CurrentUser) -> String {
    format!("hello {}", user.username())
}

async fn fresh(user: FreshUser) -> String {
    format!("hello {}", user.username())
}

async fn basic(user: BasicUser) -> String {
    format!("hello {}", user.username())
}

async fn docs(file: Option<Path<String>>) -> impl IntoResponse {
    let reply = example_shared::docs(file.as_ref().map_or("", |Path(file)| file));
    (StatusCode::from_u16(reply.status).unwrap_or_default(), reply.headers, reply.body)
}
