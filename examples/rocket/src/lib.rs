//! The example app on rocket: every route, and nothing about how it is started.

use std::io::{self, Cursor};
use std::net::TcpListener;

use auth_core::Auth;
use auth_core::access::{Policy, Requirement, ScopeName, permission_required, staff_required};
use auth_rocket::{AccessToken, BasicUser, CurrentUser, FreshUser, Require, Scoped};
use example_shared::DocsReply;
use rocket::config::{Config, Ident, LogLevel};
use rocket::data::{Capped, Limits, ToByteUnit};
use rocket::fairing::AdHoc;
use rocket::http::{Header, Status};
use rocket::response::content::RawHtml;
use rocket::response::{self, Responder, Response};
use rocket::shield::Shield;
use rocket::{Build, Request, Rocket, get, post, routes};

/// Every route of the app.
pub fn app(auth: &Auth) -> Rocket<Build> {
    let group = auth_rocket::require(staff_required(), routes![staff]);
    rocket::custom(config())
        .mount("/", routes![home, open, private, write, api, scoped, reports, fresh, basic, docs, docs_file])
        .mount("/", group)
        .mount("/", auth_rocket::routes(auth))
        // The replies are the same on every framework: none of the headers that rocket adds by itself.
        .attach(Shield::new())
        .attach(auth_rocket::fairing(auth))
}

fn config() -> Config {
    Config {
        ident: Ident::none(),
        limits: Limits::default().limit("bytes", example_shared::BODY_LIMIT.bytes()),
        log_level: LogLevel::Off,
        ..Config::default()
    }
}

/// Serves the app on the listener's port, which rocket wants to open by itself. `ready` is called when it can be reached.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    auth: Auth,
    listener: TcpListener,
    ready: impl FnOnce() + Send + Sync + 'static,
) -> io::Result<()> {
    let port = listener.local_addr()?.port();
    drop(listener);
    let app = app(&auth).attach(AdHoc::on_liftoff("ready", |_| Box::pin(async move { ready() })));
    let config = app.figment().clone().merge(("port", port));
    app.configure(config).launch().await.map(drop).map_err(|error| io::Error::other(error.to_string()))
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

#[get("/")]
fn home(user: Option<CurrentUser>) -> RawHtml<String> {
    RawHtml(example_shared::home(user.as_ref().map(|user| &***user)))
}

#[get("/open")]
fn open() -> &'static str {
    "ok"
}

#[get("/private")]
fn private(user: CurrentUser) -> String {
    format!("hello {}", user.username())
}

#[post("/private", data = "<body>")]
fn write(_user: CurrentUser, body: io::Result<Capped<Vec<u8>>>) -> (Status, String) {
    let body = match body {
        Ok(body) if body.is_complete() => Ok(body.into_inner()),
        Ok(_) => Err(413),
        Err(_) => Err(400),
    };
    let (status, text) = example_shared::echo(body);
    (Status::new(status), text)
}

#[get("/api")]
fn api(user: AccessToken) -> String {
    format!("hello {}", user.username())
}

#[get("/scoped")]
fn scoped(token: Scoped<ReadReports>) -> String {
    format!("hello {}", token.user().map_or("client", |user| user.username()))
}

#[get("/reports")]
fn reports(user: Require<ViewReports>) -> String {
    format!("hello {}", user.username())
}

#[get("/staff/<_..>")]
fn staff(user: CurrentUser) -> String {
    format!("hello {}", user.username())
}

#[get("/fresh")]
fn fresh(user: FreshUser) -> String {
    format!("hello {}", user.username())
}

#[get("/basic")]
fn basic(user: BasicUser) -> String {
    format!("hello {}", user.username())
}

#[get("/docs")]
fn docs() -> Docs {
    Docs(example_shared::docs(""))
}

#[get("/docs/<file>")]
fn docs_file(file: &str) -> Docs {
    Docs(example_shared::docs(file))
}

struct Docs(DocsReply);

impl<'r> Responder<'r, 'static> for Docs {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let Self(reply) = self;
        let mut response = Response::build();
        response.status(Status::new(reply.status));
        for (name, value) in reply.headers {
            response.header(Header::new(name, value));
        }
        response.sized_body(reply.body.len(), Cursor::new(reply.body)).ok()
    }
}
