//! The example app on actix-web: every route, and nothing about how it is started.

use std::io;
use std::net::TcpListener;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Html, PayloadConfig, post, resource, scope};
use actix_web::{
    App, CustomizeResponder, Error, HttpRequest, HttpResponse, HttpServer, Responder, Route, guard,
};
use auth_actix::{AccessToken, BasicUser, CurrentUser, FreshUser, Require, Scoped};
use auth_core::Auth;
use auth_core::access::{Policy, Requirement, ScopeName, permission_required, staff_required};

/// Every route of the app.
pub fn app(
    auth: &Auth,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let group = scope("/staff")
        .wrap(auth_actix::require(staff_required()))
        .route("", get().to(staff))
        .route("/{page:.*}", get().to(staff));
    App::new()
        .route("/", get().to(home))
        .route("/open", get().to(open))
        .service(resource("/private").route(get().to(private)).route(post().to(write)))
        .route("/api", get().to(api))
        .route("/scoped", get().to(scoped))
        .route("/reports", get().to(reports))
        .route("/fresh", get().to(fresh))
        .route("/basic", get().to(basic))
        .route("/docs", get().to(docs))
        .route("/docs/{file}", get().to(docs))
        .service(group)
        .configure(auth_actix::routes(auth))
        .app_data(PayloadConfig::new(example_shared::BODY_LIMIT))
        .wrap(auth_actix::middleware(auth))
}

/// GET, and HEAD with it, which the other frameworks answer by themselves.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
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
    let server = HttpServer::new(move || app(&auth)).listen(listener)?;
    ready();
    server.run().await
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

async fn home(user: Option<CurrentUser>) -> Html {
    Html::new(example_shared::home(user.as_ref().map(|user| &***user)))
}

async fn open() -> &'static str {
    "ok"
}

async fn private(user: CurrentUser) -> String {
    format!("hello {}", user.username())
}

async fn write(_user: CurrentUser, body: Result<Bytes, Error>) -> CustomizeResponder<String> {
    let body = body.map(Vec::from).map_err(|error| error.as_response_error().status_code().as_u16());
    let (status, text) = example_shared::echo(body);
    text.customize().with_status(StatusCode::from_u16(status).unwrap_or_default())
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

async fn docs(request: HttpRequest) -> HttpResponse {
    let reply = example_shared::docs(request.match_info().get("file").unwrap_or_default());
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).unwrap_or_default());
    for header in reply.headers {
        response.insert_header(header);
    }
    response.body(reply.body)
}
