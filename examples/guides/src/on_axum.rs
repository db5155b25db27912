//! The guides' routes on axum.

use auth_core::Auth;
use axum::Router;

use crate::shown;

/// All of them, and the login routes.
pub fn app(auth: &Auth) -> Router {
    let app = Router::new()
        .merge(shown::django_login_axum::routes())
        .merge(shown::django_guards_axum::routes())
        .merge(shown::flask_login_axum::routes())
        .merge(shown::flask_session_axum::routes())
        .merge(shown::flask_token_axum::routes())
        .merge(shown::flask_roles_axum::routes())
        .merge(shown::fastapi_token_axum::routes())
        .merge(shown::fastapi_scopes_axum::routes())
        .merge(shown::fastapi_jwt_axum::routes())
        .merge(shown::authlib_login_axum::routes())
        .merge(shown::authlib_client_axum::routes())
        .merge(shown::authlib_resource_axum::routes())
        .merge(shown::sign_up_axum::routes())
        .merge(auth_axum::routes(auth))
        .layer(auth_axum::layer(auth));
    shown::cors_axum::with_cors(app)
}

/// A login page of one's own before some guarded routes, and the login routes.
pub fn own_login(auth: &Auth) -> Router {
    Router::new()
        .merge(shown::own_login_axum::routes())
        .merge(shown::django_guards_axum::routes())
        .merge(auth_axum::routes(auth))
        .layer(auth_axum::layer(auth))
}
