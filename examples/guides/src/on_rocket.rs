//! The guides' routes on rocket.

use auth_core::Auth;
use rocket::config::{Config, LogLevel};
use rocket::{Build, Rocket};

use crate::shown;

/// All of them, and the login routes.
pub fn app(auth: &Auth) -> Rocket<Build> {
    quiet()
        .mount("/", shown::django_login_rocket::routes())
        .mount("/", shown::django_guards_rocket::routes())
        .mount("/", shown::flask_login_rocket::routes())
        .mount("/", shown::flask_session_rocket::routes())
        .mount("/", shown::flask_token_rocket::routes())
        .mount("/", shown::flask_roles_rocket::routes())
        .mount("/", shown::fastapi_token_rocket::routes())
        .mount("/", shown::fastapi_scopes_rocket::routes())
        .mount("/", shown::fastapi_jwt_rocket::routes())
        .mount("/", shown::authlib_login_rocket::routes())
        .mount("/", shown::authlib_client_rocket::routes())
        .mount("/", shown::authlib_resource_rocket::routes())
        .mount("/", shown::sign_up_rocket::routes())
        .mount("/", shown::cors_rocket::routes())
        .mount("/", auth_rocket::routes(auth))
        .attach(shown::cors_rocket::Cors)
        .attach(auth_rocket::fairing(auth))
}

/// A login page of one's own before some guarded routes, and the login routes.
pub fn own_login(auth: &Auth) -> Rocket<Build> {
    quiet()
        .mount("/", shown::own_login_rocket::routes())
        .mount("/", shown::django_guards_rocket::routes())
        .mount("/", auth_rocket::routes(auth))
        .attach(auth_rocket::fairing(auth))
}

fn quiet() -> Rocket<Build> {
    rocket::custom(Config { log_level: LogLevel::Off, ..Config::default() })
}
