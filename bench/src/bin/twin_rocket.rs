//! rocket without our authentication: what the example's routes cost by themselves, and what a guard written by hand adds, or a store
//! that is asked by hand.

use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use peer::{Bare, Sessions, User};
use rocket::config::{Config, Ident, LogLevel};
use rocket::fairing::AdHoc;
use rocket::http::{CookieJar, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::shield::Shield;
use rocket::{Request, State, get, post, routes};

#[rocket::main]
async fn main() -> io::Result<()> {
    // rocket opens its port by itself: a free one is picked first.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let config = Config { port, ident: Ident::none(), log_level: LogLevel::Off, ..Config::default() };
    let ready = AdHoc::on_liftoff("ready", move |_| {
        Box::pin(async move { println!("listening on http://localhost:{port}") })
    });
    let server = rocket::custom(config)
        .mount("/", routes![home, open, private, write, guarded, api, scoped, reports, fresh, basic, staff])
        .mount("/bare", routes![ask, rotate])
        .manage(Sessions::of_alice())
        .manage(Bare::from_env().await?)
        .attach(Shield::new())
        .attach(ready);
    server.launch().await.map(drop).map_err(|error| io::Error::other(error.to_string()))
}

#[get("/")]
fn home() -> &'static str {
    "ok"
}

#[get("/open")]
fn open() -> &'static str {
    "ok"
}

#[get("/private")]
fn private() -> String {
    format!("hello {}", black_box("alice"))
}

#[post("/private")]
fn write() -> String {
    private()
}

#[get("/api")]
fn api() -> String {
    private()
}

#[get("/scoped")]
fn scoped() -> String {
    private()
}

#[get("/reports")]
fn reports() -> String {
    private()
}

#[get("/fresh")]
fn fresh() -> String {
    private()
}

#[get("/basic")]
fn basic() -> String {
    private()
}

#[get("/staff/<_..>")]
fn staff() -> String {
    private()
}

struct CurrentUser(Arc<User>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for CurrentUser {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let sessions = request.rocket().state::<Sessions>();
        let user = sessions
            .zip(request.cookies().get("session"))
            .and_then(|(sessions, id)| sessions.get(id.value()));
        match user {
            Some(user) => Outcome::Success(Self(user)),
            None => Outcome::Error((Status::Unauthorized, ())),
        }
    }
}

#[get("/peer")]
fn guarded(user: CurrentUser) -> String {
    format!("hello {}", user.0.name)
}

fn key<'r>(cookies: &'r CookieJar<'_>) -> Result<&'r str, Status> {
    cookies.get("session").map(|cookie| cookie.value()).ok_or(Status::Unauthorized)
}

#[get("/")]
async fn ask(cookies: &CookieJar<'_>, bare: &State<Bare>) -> Result<String, Status> {
    let name = bare.username(key(cookies)?).await.map_err(|_| Status::ServiceUnavailable)?;
    Ok(format!("hello {name}"))
}

#[post("/")]
async fn rotate(cookies: &CookieJar<'_>, bare: &State<Bare>) -> Result<&'static str, Status> {
    bare.rotate(key(cookies)?).await.map_err(|_| Status::ServiceUnavailable)?;
    Ok("ok")
}
