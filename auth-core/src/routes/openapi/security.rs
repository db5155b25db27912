//! Who calls, as the document says it.

use serde_json::{Value, json};

use crate::auth::Auth;
use crate::http::path;
use crate::routes::about::Audience;
use crate::routes::table::{Flag, Route};

const SESSION: &str = "session";
const BEARER: &str = "bearer";
const PASSWORD: &str = "password";
const CLIENT: &str = "client";

/// The ways to say who one is.
pub(super) fn schemes(auth: &Auth) -> Value {
    let mut schemes = json!({
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": auth.config().cookie.name(),
            "description": "The session cookie, which a login sets. Requests that change something keep the origin rule.",
        },
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token. It counts alone where a cookie is there too.",
        },
        CLIENT: {
            "type": "http",
            "scheme": "basic",
            "description": "The client, by its id and its secret. Without it, and with both left empty, it is `first-party`, the \
                            application's own, which has no secret.",
        },
    });
    if auth.config().has_password_grant {
        let token = auth.style().url(path::TOKEN, None);
        schemes[PASSWORD] = json!({
            "type": "oauth2",
            "description": "User name and password for an access token and a refresh token. The client stays empty.",
            "flows": {"password": {"tokenUrl": token, "refreshUrl": token, "scopes": {}}},
        });
    }
    schemes
}

/// By which of them a route is called.
pub(super) fn of(auth: &Auth, route: &Route) -> Value {
    let user = [SESSION, BEARER].into_iter().chain(auth.config().has_password_grant.then_some(PASSWORD));
    let user = user.map(|name| json!({name: []}));
    match route.about.audience {
        Audience::Anybody if route.has(Flag::OAuth) && !route.has(Flag::OfProvider) => {
            json!([{}, {CLIENT: []}])
        }
        Audience::Anybody => json!([]),
        Audience::AnybodyOrCaller | Audience::DependsOnFields => {
            [json!({})].into_iter().chain(user).collect()
        }
        Audience::FreshUser | Audience::User => user.collect(),
    }
}
