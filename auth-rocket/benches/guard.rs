//! What the fairing and the session guard add to a route, in process.
//!
//! `cargo bench -p auth-rocket --bench guard`

use auth_core::Auth;
use auth_core::store::MemoryStore;
use auth_rocket::{AuthContext, CurrentUser};
use criterion::{Criterion, criterion_group, criterion_main};
use rocket::config::{Config, LogLevel};
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::tokio::runtime::{Builder, Runtime};
use rocket::{Build, Rocket, State, get, post, routes};

#[get("/open")]
fn open() -> &'static str {
    "ok"
}

#[get("/private")]
fn private(_user: CurrentUser) -> &'static str {
    "ok"
}

#[post("/in")]
async fn log_in(context: AuthContext, auth: &State<Auth>) -> Option<()> {
    let alice = auth.users().find("alice").await.ok()??;
    context.login(&alice.id).await.ok().map(drop)
}

fn silent() -> Rocket<Build> {
    rocket::custom(Config { log_level: LogLevel::Off, ..Config::default() })
}

async fn auth() -> Auth {
    let auth = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=")
        .store(MemoryStore::new())
        .build()
        .await
        .expect("the settings are right");
    let alice = auth.users().new_user("alice").expect("a name");
    auth.users().create_without_password(alice).await.expect("alice is new");
    auth
}

async fn guarded_app() -> Client {
    let auth = auth().await;
    let app =
        silent().mount("/", routes![open, private, log_in]).attach(auth_rocket::fairing(&auth)).manage(auth);
    Client::untracked(app).await.expect("the application starts")
}

async fn cookie(app: &Client) -> String {
    let reply = app.post("/in").dispatch().await;
    let cookie = reply.headers().get_one("set-cookie").and_then(|cookie| cookie.split(';').next());
    cookie.expect("a login sets the cookie").to_owned()
}

fn measure(c: &mut Criterion, runtime: &Runtime, name: &str, app: &Client, path: &str, cookie: &str) {
    c.bench_function(name, |bencher| {
        bencher.to_async(runtime).iter(async || {
            let request = app.get(path).header(Header::new("cookie", cookie.to_owned()));
            assert_eq!(request.dispatch().await.status(), Status::Ok);
        });
    });
}

fn guard(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let bare = runtime.block_on(Client::untracked(silent().mount("/", routes![open])));
    let bare = bare.expect("the application starts");
    let app = runtime.block_on(guarded_app());
    let cookie = runtime.block_on(cookie(&app));
    measure(c, &runtime, "rocket: a route without a guard, bare", &bare, "/open", &cookie);
    measure(c, &runtime, "rocket: a route without a guard, behind the fairing", &app, "/open", &cookie);
    measure(c, &runtime, "rocket: a route with the session guard", &app, "/private", &cookie);
}

criterion_group!(benches, guard);
criterion_main!(benches);
