//! A small application that may be below a path of its host, once for each framework: what the example apps have no route for.
//!
//! | route | guard |
//! |---|---|
//! | GET `/` | none: `shop` |
//! | GET, POST `/private` | a user |
//! | GET `/fresh` | a login at most 300 s ago |
//! | GET `/either` | staff, or who may see reports, or a token for it |
//! | GET `/group` | as `/either`, as a group guard |
//! | GET `/audit` | a recent login, or a superuser |
//! | GET `/machine` | an access token, or Basic |
//! | GET `/operate` | a passkey |
//! | GET `/second` | a login with a second factor |
//! | GET `/code` | a code of an authenticator app at most 60 s ago |
//! | GET `/sign` | a code of an authenticator app at most 60 s ago, or a passkey |

use std::time::Duration;

use auth_core::access::{
    Policy, Requirement, access_token_required, any_of, basic_required, factor_required,
    fresh_factor_required, fresh_login_required, mfa_required, permission_required, scope_required,
    staff_required, superuser_required,
};
use auth_core::login::Method;

/// Staff, or who may see reports, or a token for it.
pub(crate) struct Either;

impl Policy for Either {
    fn requirement() -> Requirement {
        any_of([staff_required(), permission_required("reports.view_report"), scope_required("reports:read")])
    }
}

/// A recent login, or a superuser.
pub(crate) struct Audit;

impl Policy for Audit {
    fn requirement() -> Requirement {
        fresh_login_required(Duration::from_secs(300)).or(superuser_required())
    }
}

/// A passkey.
pub(crate) struct Operate;

impl Policy for Operate {
    fn requirement() -> Requirement {
        factor_required(Method::Passkey)
    }
}

/// A second factor.
pub(crate) struct Second;

impl Policy for Second {
    fn requirement() -> Requirement {
        mfa_required()
    }
}

/// A code of an authenticator app of late.
pub(crate) struct Code;

impl Policy for Code {
    fn requirement() -> Requirement {
        fresh_factor_required(Method::Totp, Duration::from_secs(60))
    }
}

/// A code of an authenticator app of late, or a passkey.
pub(crate) struct Sign;

impl Policy for Sign {
    fn requirement() -> Requirement {
        fresh_factor_required(Method::Totp, Duration::from_secs(60)).or(factor_required(Method::Passkey))
    }
}

fn machine() -> Requirement {
    access_token_required().or(basic_required())
}

pub(crate) mod on_axum {
    use auth_axum::{CurrentUser, FreshUser, Require};
    use auth_core::Auth;
    use auth_core::access::Policy as _;
    use axum::Router;
    use axum::routing::get;

    use super::{Audit, Code, Either, Operate, Second, Sign, machine};

    pub(crate) fn app(auth: &Auth, path: &str) -> Router {
        let group = Router::new().route("/group", get(|| async { "ok" }));
        let machine_group = Router::new().route("/machine", get(|| async { "ok" }));
        let shop = Router::new()
            .route("/", get(|| async { "shop" }))
            .route("/private", get(private).post(private))
            .route("/fresh", get(fresh))
            .route("/either", get(either))
            .route("/audit", get(audit))
            .route("/operate", get(operate))
            .route("/second", get(second))
            .route("/code", get(code))
            .route("/sign", get(sign))
            .merge(group.route_layer(auth_axum::require(Either::requirement())))
            .merge(machine_group.route_layer(auth_axum::require(machine())))
            .merge(auth_axum::routes(auth))
            .layer(auth_axum::layer(auth));
        if path.is_empty() { shop } else { Router::new().nest(path, shop) }
    }

    async fn private(user: CurrentUser) -> String {
        format!("hello {}", user.username())
    }

    async fn fresh(user: FreshUser) -> String {
        format!("hello {}", user.username())
    }

    async fn either(user: Require<Either>) -> String {
        format!("hello {}", user.username())
    }

    async fn audit(user: Require<Audit>) -> String {
        format!("hello {}", user.username())
    }

    async fn operate(user: Require<Operate>) -> String {
        format!("hello {}", user.username())
    }

    async fn second(user: Require<Second>) -> String {
        format!("hello {}", user.username())
    }

    async fn code(user: Require<Code>) -> String {
        format!("hello {}", user.username())
    }

    async fn sign(user: Require<Sign>) -> String {
        format!("hello {}", user.username())
    }
}

pub(crate) mod on_actix {
    use actix_web::web::{ServiceConfig, get, post, scope};
    use auth_actix::{CurrentUser, FreshUser, Require};
    use auth_core::Auth;
    use auth_core::access::Policy as _;

    use super::{Audit, Code, Either, Operate, Second, Sign, machine};

    /// The middleware goes around it.
    pub(crate) fn routes(auth: &Auth, path: &'static str) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let login = auth_actix::routes(auth);
        move |config| {
            let group = scope("/group").wrap(auth_actix::require(Either::requirement()));
            let machine_group = scope("/machine").wrap(auth_actix::require(machine()));
            let shop = scope(path)
                .route("/", get().to(async || "shop"))
                .route("/private", get().to(private))
                .route("/private", post().to(private))
                .route("/fresh", get().to(fresh))
                .route("/either", get().to(either))
                .route("/audit", get().to(audit))
                .route("/operate", get().to(operate))
                .route("/second", get().to(second))
                .route("/code", get().to(code))
                .route("/sign", get().to(sign))
                .service(group.route("", get().to(async || "ok")))
                .service(machine_group.route("", get().to(async || "ok")))
                .configure(login);
            config.service(shop);
        }
    }

    async fn private(user: CurrentUser) -> String {
        format!("hello {}", user.username())
    }

    async fn fresh(user: FreshUser) -> String {
        format!("hello {}", user.username())
    }

    async fn either(user: Require<Either>) -> String {
        format!("hello {}", user.username())
    }

    async fn audit(user: Require<Audit>) -> String {
        format!("hello {}", user.username())
    }

    async fn operate(user: Require<Operate>) -> String {
        format!("hello {}", user.username())
    }

    async fn second(user: Require<Second>) -> String {
        format!("hello {}", user.username())
    }

    async fn code(user: Require<Code>) -> String {
        format!("hello {}", user.username())
    }

    async fn sign(user: Require<Sign>) -> String {
        format!("hello {}", user.username())
    }
}

pub(crate) mod on_rocket {
    use auth_core::Auth;
    use auth_core::access::Policy as _;
    use auth_rocket::{CurrentUser, FreshUser, Require};
    use rocket::config::{Config, LogLevel};
    use rocket::{Build, Rocket, get, post, routes};

    use super::{Audit, Code, Either, Operate, Second, Sign, machine};

    pub(crate) fn app(auth: &Auth, path: &str) -> Rocket<Build> {
        let base = if path.is_empty() { "/" } else { path };
        rocket::custom(Config { log_level: LogLevel::Off, ..Config::default() })
            .mount(base, routes![home, private, write, fresh, either, audit, operate, second, code, sign])
            .mount(base, auth_rocket::require(Either::requirement(), routes![group]))
            .mount(base, auth_rocket::require(machine(), routes![machine_group]))
            .mount(base, auth_rocket::routes(auth))
            .attach(auth_rocket::fairing(auth))
    }

    #[get("/")]
    fn home() -> &'static str {
        "shop"
    }

    #[get("/private")]
    fn private(user: CurrentUser) -> String {
        format!("hello {}", user.username())
    }

    #[post("/private")]
    fn write(user: CurrentUser) -> String {
        format!("hello {}", user.username())
    }

    #[get("/fresh")]
    fn fresh(user: FreshUser) -> String {
        format!("hello {}", user.username())
    }

    #[get("/either")]
    fn either(user: Require<Either>) -> String {
        format!("hello {}", user.username())
    }

    #[get("/audit")]
    fn audit(user: Require<Audit>) -> String {
        format!("hello {}", user.username())
    }

    #[get("/operate")]
    fn operate(user: Require<Operate>) -> String {
        format!("hello {}", user.username())
    }

    #[get("/second")]
    fn second(user: Require<Second>) -> String {
        format!("hello {}", user.username())
    }

    #[get("/code")]
    fn code(user: Require<Code>) -> String {
        format!("hello {}", user.username())
    }

    #[get("/sign")]
    fn sign(user: Require<Sign>) -> String {
        format!("hello {}", user.username())
    }

    #[get("/group")]
    fn group() -> &'static str {
        "ok"
    }

    #[get("/machine")]
    fn machine_group() -> &'static str {
        "ok"
    }
}
