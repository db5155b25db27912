//! rocket without any authentication: what the example's routes cost by themselves.

use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

use rocket::config::{Config, Ident, LogLevel};
use rocket::fairing::AdHoc;
use rocket::shield::Shield;
use rocket::{get, post, routes};

#[rocket::main]
async fn main() -> io::Result<()> {
    // rocket opens its port by itself: a free one is picked first.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let config = Config { port, ident: Ident::none(), log_level: LogLevel::Off, ..Config::default() };
    let ready = AdHoc::on_liftoff("ready", move |_| {
        Box::pin(async move { println!("listening on http://localhost:{port}") })
    });
    let server = rocket::custom(config)
        .mount("/", routes![home, open, private, write, api, scoped, reports, fresh, basic, staff])
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
