//! A small API that takes access tokens of other issuers, once for each framework: what the example apps have no route for.
//!
//! | route | guard |
//! |---|---|
//! | GET `/any` | an outside token |
//! | GET `/reports` | one with the scope `reports:read` |
//! | GET `/mapped` | one with that scope, of a user who may see reports |
//! | GET `/group` | as `/reports`, as a group guard |
//! | GET `/own` | a user of our own |

use auth_core::access::{Policy, Requirement, ScopeName, permission_required, require_oauth};
use auth_core::resource::OutsideToken;

/// The scope of whoever reads reports.
pub(crate) struct ReadReports;

impl ScopeName for ReadReports {
    const SCOPE: &'static str = "reports:read";
}

/// A user of ours who may see reports, by a token of another issuer that may read them.
pub(crate) struct MappedReader;

impl Policy for MappedReader {
    fn requirement() -> Requirement {
        reading().and(permission_required("reports.view_report"))
    }
}

fn reading() -> Requirement {
    require_oauth(ReadReports::SCOPE)
}

fn shown(token: &OutsideToken) -> String {
    format!("{} {}", token.issuer(), token.subject().unwrap_or("-"))
}

pub(crate) mod on_axum {
    use auth_axum::{CurrentUser, OAuthToken, Require};
    use auth_core::Auth;
    use axum::Router;
    use axum::routing::get;

    use super::{MappedReader, ReadReports, reading, shown};

    pub(crate) fn app(auth: &Auth) -> Router {
        let group = Router::new().route("/group", get(|| async { "ok" }));
        Router::new()
            .route("/any", get(any))
            .route("/reports", get(reports))
            .route("/mapped", get(mapped))
            .route("/own", get(own))
            .merge(group.route_layer(auth_axum::require(reading())))
            .merge(auth_axum::routes(auth))
            .layer(auth_axum::layer(auth))
    }

    async fn any(token: OAuthToken) -> String {
        shown(&token)
    }

    async fn reports(token: OAuthToken<ReadReports>) -> String {
        shown(&token)
    }

    async fn mapped(user: Require<MappedReader>) -> String {
        format!("hello {}", user.username())
    }

    async fn own(user: CurrentUser) -> String {
        format!("hello {}", user.username())
    }
}

pub(crate) mod on_actix {
    use actix_web::web::{ServiceConfig, get, scope};
    use auth_actix::{CurrentUser, OAuthToken, Require};
    use auth_core::Auth;

    use super::{MappedReader, ReadReports, reading, shown};

    /// The middleware goes around it.
    pub(crate) fn routes(auth: &Auth) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let login = auth_actix::routes(auth);
        move |config| {
            let group = scope("/group").wrap(auth_actix::require(reading()));
            config
                .route("/any", get().to(any))
                .route("/reports", get().to(reports))
                .route("/mapped", get().to(mapped))
                .route("/own", get().to(own))
                .service(group.route("", get().to(async || "ok")))
                .configure(login);
        }
    }

    async fn any(token: OAuthToken) -> String {
        shown(&token)
    }

    async fn reports(token: OAuthToken<ReadReports>) -> String {
        shown(&token)
    }

    async fn mapped(user: Require<MappedReader>) -> String {
        format!("hello {}", user.username())
    }

    async fn own(user: CurrentUser) -> String {
        format!("hello {}", user.username())
    }
}

pub(crate) mod on_rocket {
    use auth_core::Auth;
    use auth_rocket::{CurrentUser, OAuthToken, Require};
    use rocket::config::{Config, LogLevel};
    use rocket::{Build, Rocket, get, routes};

    use super::{MappedReader, ReadReports, reading, shown};

    pub(crate) fn app(auth: &Auth) -> Rocket<Build> {
        rocket::custom(Config { log_level: LogLevel::Off, ..Config::default() })
            .mount("/", routes![any, reports, mapped, own])
            .mount("/", auth_rocket::require(reading(), routes![group]))
            .mount("/", auth_rocket::routes(auth))
            .attach(auth_rocket::fairing(auth))
    }

    #[get("/any")]
    fn any(token: OAuthToken) -> String {
        shown(&token)
    }

    #[get("/reports")]
    fn reports(token: OAuthToken<ReadReports>) -> String {
        shown(&token)
    }

    #[get("/mapped")]
    fn mapped(user: Require<MappedReader>) -> String {
        format!("hello {}", user.username())
    }

    #[get("/group")]
    fn group() -> &'static str {
        "ok"
    }

    #[get("/own")]
    fn own(user: CurrentUser) -> String {
        format!("hello {}", user.username())
    }
}
