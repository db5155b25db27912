//! On rocket.

use std::io;

use auth_core::Auth;
use auth_rocket::OAuthToken;
use rocket::{Build, Rocket, get, routes};

use crate::ReadReports;

/// The two routes.
pub fn app(auth: &Auth) -> Rocket<Build> {
    rocket::build().mount("/", routes![whoami, reports]).attach(auth_rocket::fairing(auth))
}

/// Any valid token.
#[get("/whoami")]
fn whoami(token: OAuthToken) -> String {
    crate::whoami(&token)
}

/// One with the scope.
#[get("/reports")]
fn reports(token: OAuthToken<ReadReports>) -> String {
    format!("reports for {}", crate::whoami(&token))
}

/// Serves them.
///
/// # Errors
/// When the port cannot be opened.
pub async fn serve(auth: &Auth, port: u16) -> io::Result<()> {
    let app = app(auth);
    let config = app.figment().clone().merge(("port", port));
    app.configure(config).launch().await.map(drop).map_err(|error| io::Error::other(error.to_string()))
}
