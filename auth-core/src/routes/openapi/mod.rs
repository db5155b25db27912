//! The OpenAPI document (3.1) of the login routes: what the table says, of every route that is there.
//!
//! It is plain JSON. The types of the crate `utoipa` were weighed: its macros describe functions of handlers and types that derive a
//! schema, while here one table knows method, path and flags, and most of what is answered (every refusal, every page) follows from a
//! flag. What would have been left for it is to be a typed tree around the same calls, for a dependency with a macro crate of its own.
//! So rows have an [`About`], and a test holds the names of members against what is answered.

mod operation;
mod replies;
mod security;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::auth::Auth;

use super::about::{Body, Choices, Object};
use super::table::{Route, Stands, TABLE};

/// The specification that the document follows: <https://spec.openapis.org/oas/v3.1.0.html>.
const VERSION: &str = "3.1.0";

/// What holds for all routes.
const DESCRIPTION: &str = "\
A body is a form or a JSON object, 64 KiB at most, each field once; fields that a route does not know are ignored. Answers are JSON, \
unless the request is a browser's (its `Accept` prefers `text/html`, and its body is not JSON): that gets pages, and 303 after a POST. \
htmx (`HX-Request: true`) gets 200 with `HX-Redirect` in place of 303. HEAD is answered as GET is; another method that a path does not \
have with 405 and `Allow`.

Errors are problem documents (RFC 9457), whose `code` programs branch on; those of the OAuth routes have the form of RFC 6749.

A request that changes something keeps the origin rule where a browser could send it by itself: `Sec-Fetch-Site`, or else `Origin`, \
has to be of this site or of an origin that the application allows. Programs that are no browser send neither, and pass.";

/// The tags: the areas of the table.
const AREAS: [(&str, &str); 8] = [
    ("session", "Logging in and out, and where somebody is logged in"),
    ("account", "Making an account, and what people change of theirs"),
    ("passkey", "Passkeys"),
    ("provider", "Logging in with others"),
    ("mfa", "Second factors"),
    ("server", "Tokens"),
    ("key", "Public keys"),
    ("health", "How this server is"),
];

impl Auth {
    /// The OpenAPI document (3.1) of the login routes, as `GET /auth/openapi.json` answers it: every route that is there with these
    /// settings. For applications that put it into a document of their own.
    #[doc(alias("swagger", "utoipa"))]
    pub fn openapi(&self) -> Value {
        let choices = choices(self);
        let routes: Vec<_> = TABLE.iter().filter(|route| route.is_offered(self)).collect();
        let style = self.style();
        json!({
            "openapi": VERSION,
            "info": {
                "title": format!("{}: accounts", style.app_name()),
                "version": env!("CARGO_PKG_VERSION"),
                "description": DESCRIPTION,
            },
            "servers": [{"url": style.base_url()}],
            "tags": tags(&routes),
            "paths": paths(self, &routes, &choices),
            "components": {
                "schemas": schemas(&routes, &choices),
                "responses": {"MethodNotAllowed": replies::method_not_allowed()},
                "securitySchemes": security::schemes(self),
            },
        })
    }
}

impl Auth {
    /// The document as text, which is written once: it follows from the settings.
    pub(super) fn openapi_text(&self) -> &[u8] {
        self.kept_openapi().get_or_init(|| serde_json::to_vec(&self.openapi()).unwrap_or_default())
    }
}

/// What the fields may choose from.
/// The grants of registered clients alone.
const OF_REGISTERED: [&str; 3] =
    ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"];

fn choices(auth: &Auth) -> Choices {
    let password = auth.config().has_password_grant.then_some("password");
    let of_registered = OF_REGISTERED.into_iter().filter(|_| auth.has_server());
    Choices {
        grants: password.into_iter().chain(["refresh_token"]).chain(of_registered).collect(),
        languages: auth.style().languages().map(str::to_owned).collect(),
        providers: auth.providers().list().map(|provider| provider.id().as_str().to_owned()).collect(),
    }
}

fn tags(routes: &[&Route]) -> Vec<Value> {
    let is_there = |area: &str| routes.iter().any(|route| route.area == area);
    let areas = AREAS.iter().filter(|(area, _)| is_there(area));
    areas.map(|(name, description)| json!({"name": name, "description": description})).collect()
}

fn paths(auth: &Auth, routes: &[&Route], choices: &Choices) -> Map<String, Value> {
    let mut paths = Map::new();
    for route in routes {
        let path = match route.stands {
            Stands::Below => format!("{}{}", auth.style().place().prefix(), route.path),
            Stands::Beside => route.path.to_owned(),
        };
        let operations = paths.entry(path).or_insert_with(|| json!({}));
        operations[route.method.to_ascii_lowercase()] = operation::operation(auth, route, choices);
    }
    paths
}

/// Every named object that one of the routes answers with, and what it is made of.
fn schemas(routes: &[&Route], choices: &Choices) -> BTreeMap<&'static str, Value> {
    let bodies = routes.iter().flat_map(|route| route.about.answers).map(|answer| answer.body);
    let mut objects: Vec<&'static Object> = bodies
        .flat_map(|body| match body {
            Body::Json(objects) => objects.to_vec(),
            Body::JsonOrPage(object) => vec![object],
            Body::Nothing | Body::Page | Body::Redirect | Body::Script => Vec::new(),
        })
        .chain(replies::OBJECTS)
        .collect();
    let mut schemas = BTreeMap::new();
    while let Some(object) = objects.pop() {
        if schemas.insert(object.name, object.json(choices)).is_none() {
            objects.extend(object.parts());
        }
    }
    schemas
}
