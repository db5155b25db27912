//! Guards in each form in which a handler can take them, and a context that is asked, once for each framework: what the example
//! apps have no route for.
//!
//! | route | what its handler takes, and does |
//! |---|---|
//! | GET `/maybe` | `MaybeUser`; says who it is |
//! | GET `/option` | `Option<CurrentUser>`; says who it is |
//! | GET `/result` | `Result<CurrentUser, Rejection>`; says who it is |
//! | GET `/own` | `Option<CurrentUser>`; redirects to `/welcome` |
//! | POST `/write` | `CurrentUser`, and a body that has to be text |
//! | GET `/who` | `AuthContext`; says who calls |
//! | GET `/order` | `AuthContext`; says who calls, if they may add an order |
//! | GET, POST `/cart` | `AuthContext`; reads a value of the session, sets it to 3 |

use std::sync::Arc;

use auth_core::access::permission_required;
use auth_core::error::Error;
use auth_core::{AuthContext, Identity, Rejection};

async fn who(context: &AuthContext) -> String {
    told(context.identity().await)
}

async fn order(context: &AuthContext) -> String {
    told(context.require(&permission_required("shop.add_order")).await)
}

async fn cart(context: &AuthContext) -> String {
    outcome(context.session_value::<u32>("cart").await)
}

async fn fill_cart(context: &AuthContext) -> String {
    outcome(context.set_session_value("cart", &3).await)
}

/// The caller's name, or why there is none.
fn told(caller: Result<Option<Arc<Identity>>, Rejection>) -> String {
    let name = |caller: Arc<Identity>| caller.user().map(|user| user.username.to_string());
    format!("{:?}", caller.map(|caller| caller.and_then(name)).map_err(|rejection| rejection.kind()))
}

fn outcome<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    format!("{:?}", outcome.map_err(|error| error.kind()))
}

fn or_nobody(name: Option<&str>) -> String {
    name.unwrap_or("nobody").to_owned()
}

pub(crate) mod on_axum {
    use auth_axum::{AuthContext, CurrentUser, MaybeUser, Rejection};
    use auth_core::Auth;
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::{get, post};

    use super::or_nobody;

    pub(crate) fn app(auth: &Auth) -> Router {
        Router::new()
            .route("/maybe", get(maybe))
            .route("/option", get(option))
            .route("/result", get(result))
            .route("/own", get(own))
            .route("/write", post(write))
            .route("/who", get(who))
            .route("/order", get(order))
            .route("/cart", get(cart).post(fill_cart))
            .merge(auth_axum::routes(auth))
            .layer(auth_axum::layer(auth))
    }

    async fn maybe(user: MaybeUser) -> String {
        or_nobody(user.as_ref().map(|user| user.username()))
    }

    async fn option(user: Option<CurrentUser>) -> String {
        or_nobody(user.as_ref().map(|user| user.username()))
    }

    async fn result(user: Result<CurrentUser, Rejection>) -> String {
        or_nobody(user.as_ref().ok().map(|user| user.username()))
    }

    async fn own(_user: Option<CurrentUser>) -> Redirect {
        Redirect::to("/welcome")
    }

    async fn write(_user: CurrentUser, _body: String) -> &'static str {
        "ok"
    }

    async fn who(context: AuthContext) -> String {
        super::who(&context).await
    }

    async fn order(context: AuthContext) -> String {
        super::order(&context).await
    }

    async fn cart(context: AuthContext) -> String {
        super::cart(&context).await
    }

    async fn fill_cart(context: AuthContext) -> String {
        super::fill_cart(&context).await
    }
}

pub(crate) mod on_actix {
    use actix_web::web::{Redirect, ServiceConfig, get, post};
    use auth_actix::{AuthContext, CurrentUser, MaybeUser, Rejection};
    use auth_core::Auth;

    use super::or_nobody;

    /// The middleware goes around it.
    pub(crate) fn routes(auth: &Auth) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let login = auth_actix::routes(auth);
        move |config| {
            config
                .route("/maybe", get().to(maybe))
                .route("/option", get().to(option))
                .route("/result", get().to(result))
                .route("/own", get().to(own))
                .route("/write", post().to(write))
                .route("/who", get().to(who))
                .route("/order", get().to(order))
                .route("/cart", get().to(cart))
                .route("/cart", post().to(fill_cart))
                .configure(login);
        }
    }

    async fn maybe(user: MaybeUser) -> String {
        or_nobody(user.as_ref().map(|user| user.username()))
    }

    async fn option(user: Option<CurrentUser>) -> String {
        or_nobody(user.as_ref().map(|user| user.username()))
    }

    async fn result(user: Result<CurrentUser, Rejection>) -> String {
        or_nobody(user.as_ref().ok().map(|user| user.username()))
    }

    async fn own(_user: Option<CurrentUser>) -> Redirect {
        Redirect::to("/welcome").see_other()
    }

    async fn write(_user: CurrentUser, _body: String) -> &'static str {
        "ok"
    }

    async fn who(context: AuthContext) -> String {
        super::who(&context).await
    }

    async fn order(context: AuthContext) -> String {
        super::order(&context).await
    }

    async fn cart(context: AuthContext) -> String {
        super::cart(&context).await
    }

    async fn fill_cart(context: AuthContext) -> String {
        super::fill_cart(&context).await
    }
}

pub(crate) mod on_rocket {
    use auth_core::Auth;
    use auth_rocket::{AuthContext, CurrentUser, MaybeUser, Rejection};
    use rocket::config::{Config, LogLevel};
    use rocket::response::Redirect;
    use rocket::{Build, Rocket, get, post, routes};

    use super::or_nobody;

    pub(crate) fn app(auth: &Auth) -> Rocket<Build> {
        rocket::custom(Config { log_level: LogLevel::Off, ..Config::default() })
            .mount("/", routes![maybe, option, result, own, write, who, order, cart, fill_cart])
            .mount("/", auth_rocket::routes(auth))
            .attach(auth_rocket::fairing(auth))
    }

    #[get("/maybe")]
    fn maybe(user: MaybeUser) -> String {
        or_nobody(user.as_ref().map(|user| user.username()))
    }

    #[get("/option")]
    fn option(user: Option<CurrentUser>) -> String {
        or_nobody(user.as_ref().map(|user| user.username()))
    }

    #[get("/result")]
    fn result(user: Result<CurrentUser, Rejection>) -> String {
        or_nobody(user.as_ref().ok().map(|user| user.username()))
    }

    #[get("/own")]
    fn own(_user: Option<CurrentUser>) -> Redirect {
        Redirect::to("/welcome")
    }

    #[post("/write", data = "<_body>")]
    fn write(_user: CurrentUser, _body: String) -> &'static str {
        "ok"
    }

    #[get("/who")]
    async fn who(context: AuthContext) -> String {
        super::who(&context).await
    }

    #[get("/order")]
    async fn order(context: AuthContext) -> String {
        super::order(&context).await
    }

    #[get("/cart")]
    async fn cart(context: AuthContext) -> String {
        super::cart(&context).await
    }

    #[post("/cart")]
    async fn fill_cart(context: AuthContext) -> String {
        super::fill_cart(&context).await
    }
}
