//! On actix-web.

use actix_web::web::{ServiceConfig, get};
use actix_web::{App, HttpServer};
use auth_actix::OAuthToken;
use auth_core::Auth;

use crate::ReadReports;

/// The two routes; the middleware goes around them.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/whoami", get().to(whoami)).route("/reports", get().to(reports));
}

/// Any valid token.
async fn whoami(token: OAuthToken) -> String {
    crate::whoami(&token)
}

/// One with the scope.
async fn reports(token: OAuthToken<ReadReports>) -> String {
    format!("reports for {}", crate::whoami(&token))
}

/// Serves them.
///
/// # Errors
/// When the port cannot be opened.
pub async fn serve(auth: &Auth, port: u16) -> std::io::Result<()> {
    let auth = auth.clone();
    let app = move || App::new().wrap(auth_actix::middleware(&auth)).configure(routes);
    HttpServer::new(app).bind(("127.0.0.1", port))?.run().await
}
