//! actix-web without any authentication: what the example's routes cost by themselves.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use actix_web::web::{self, PayloadConfig};
use actix_web::{App, HttpServer, Route, guard};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let app = || {
        App::new()
            .route("/open", get().to(open))
            .route("/private", get().to(private))
            .route("/api", get().to(private))
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
    format!("hello {}", "alice")
}
