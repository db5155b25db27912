//! The guides' routes on actix-web.

use actix_web::web::ServiceConfig;
use auth_core::Auth;

use crate::shown;

/// All of them, and the login routes; the middleware goes around them, and [`cors`](crate::cors) around that.
pub fn routes(auth: &Auth) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let login = auth_actix::routes(auth);
    move |config| {
        config
            .configure(shown::django_login_actix::routes)
            .configure(shown::django_guards_actix::routes)
            .configure(shown::flask_login_actix::routes)
            .configure(shown::flask_session_actix::routes)
            .configure(shown::flask_token_actix::routes)
            .configure(shown::flask_roles_actix::routes)
            .configure(shown::fastapi_token_actix::routes)
            .configure(shown::fastapi_scopes_actix::routes)
            .configure(shown::fastapi_jwt_actix::routes)
            .configure(shown::authlib_login_actix::routes)
            .configure(shown::authlib_client_actix::routes)
            .configure(shown::authlib_resource_actix::routes)
            .configure(shown::sign_up_actix::routes)
            .configure(login);
    }
}

/// A login page of one's own before some guarded routes, and the login routes; the middleware goes around them.
pub fn own_login(auth: &Auth) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let login = auth_actix::routes(auth);
    move |config| {
        config
            .configure(shown::own_login_actix::routes)
            .configure(shown::django_guards_actix::routes)
            .configure(login);
    }
}
