//! actix-web without our authentication: what the example's routes cost by themselves, and what a guard written by hand adds, or a store
//! that is asked by hand.

use std::future::{Ready, ready};
use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::error::{ErrorServiceUnavailable, ErrorUnauthorized};
use actix_web::http::header;
use actix_web::web::{self, PayloadConfig, post, resource, scope};
use actix_web::{App, FromRequest, HttpRequest, HttpServer, Route, guard};
use peer::{Bare, Sessions, User, session_in};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let (sessions, bare) = (web::Data::new(Sessions::of_alice()), web::Data::new(Bare::from_env().await?));
    let app = move || {
        App::new()
            .route("/", get().to(open))
            .route("/open", get().to(open))
            .service(resource("/private").route(get().to(private)).route(post().to(private)))
            .route("/peer", get().to(guarded))
            .service(resource("/bare").route(get().to(ask)).route(post().to(rotate)))
            .route("/api", get().to(private))
            .route("/scoped", get().to(private))
            .route("/reports", get().to(private))
            .route("/fresh", get().to(private))
            .route("/basic", get().to(private))
            .service(scope("/staff").route("", get().to(private)).route("/{page:.*}", get().to(private)))
            .app_data(PayloadConfig::new(64 * 1024))
            .app_data(sessions.clone())
            .app_data(bare.clone())
    };
    HttpServer::new(app).listen(listener)?.run().await
}

fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn open() -> &'static str {
    "ok"
}

async fn private() -> String {
    format!("hello {}", black_box("alice"))
}

struct CurrentUser(Arc<User>);

impl FromRequest for CurrentUser {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let sessions = request.app_data::<web::Data<Sessions>>();
        let user = sessions.zip(cookies(request)).and_then(|(sessions, cookies)| sessions.in_header(cookies));
        ready(user.map(Self).ok_or_else(|| ErrorUnauthorized("log in")))
    }
}

fn cookies(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::COOKIE).and_then(|cookies| cookies.to_str().ok())
}

async fn guarded(CurrentUser(user): CurrentUser) -> String {
    format!("hello {}", user.name)
}

fn key(request: &HttpRequest) -> Result<&str, actix_web::Error> {
    cookies(request).and_then(session_in).ok_or_else(|| ErrorUnauthorized("log in"))
}

async fn ask(request: HttpRequest, bare: web::Data<Bare>) -> Result<String, actix_web::Error> {
    let name = bare.username(key(&request)?).await.map_err(ErrorServiceUnavailable)?;
    Ok(format!("hello {name}"))
}

async fn rotate(request: HttpRequest, bare: web::Data<Bare>) -> Result<&'static str, actix_web::Error> {
    bare.rotate(key(&request)?).await.map_err(ErrorServiceUnavailable)?;
    Ok("ok")
}
