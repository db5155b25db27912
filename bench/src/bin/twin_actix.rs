//! actix-web without our authentication: what the example's routes cost by themselves, and what a guard written by hand adds.

use std::future::{Ready, ready};
use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::error::ErrorUnauthorized;
use actix_web::http::header;
use actix_web::web::{self, PayloadConfig, post, resource, scope};
use actix_web::{App, FromRequest, HttpRequest, HttpServer, Route, guard};
use peer::{Sessions, User};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let sessions = web::Data::new(Sessions::of_alice());
    let app = move || {
        App::new()
            .route("/", get().to(open))
            .route("/open", get().to(open))
            .service(resource("/private").route(get().to(private)).route(post().to(private)))
            .route("/peer", get().to(guarded))
            .route("/api", get().to(private))
            .route("/scoped", get().to(private))
            .route("/reports", get().to(private))
            .route("/fresh", get().to(private))
            .route("/basic", get().to(private))
            .service(scope("/staff").route("", get().to(private)).route("/{page:.*}", get().to(private)))
            .app_data(PayloadConfig::new(64 * 1024))
            .app_data(sessions.clone())
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
        let cookies = request.headers().get(header::COOKIE).and_then(|cookies| cookies.to_str().ok());
        let user = sessions.zip(cookies).and_then(|(sessions, cookies)| sessions.in_header(cookies));
        ready(user.map(Self).ok_or_else(|| ErrorUnauthorized("log in")))
    }
}

async fn guarded(CurrentUser(user): CurrentUser) -> String {
    format!("hello {}", user.name)
}
