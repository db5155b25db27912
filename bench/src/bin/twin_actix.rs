//! actix-web without any authentication: what the example's routes cost by themselves.

use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

use actix_web::web::{self, PayloadConfig, post, resource, scope};
use actix_web::{App, HttpServer, Route, guard};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let app = || {
        App::new()
            .route("/", get().to(open))
            .route("/open", get().to(open))
            .service(resource("/private").route(get().to(private)).route(post().to(private)))
            .route("/api", get().to(private))
            .route("/scoped", get().to(private))
            .route("/reports", get().to(private))
            .route("/fresh", get().to(private))
            .route("/basic", get().to(private))
            .service(scope("/staff").route("", get().to(private)).route("/{page:.*}", get().to(private)))
            .app_data(PayloadConfig::new(64 * 1024))
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
