//! One route of the document.

use serde_json::{Value, json};

use crate::auth::Auth;
use crate::routes::about::{About, Audience, Choices, Schema, Takes, object};
use crate::routes::table::{Flag, Route};

use super::{replies, security};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

pub(super) fn operation(auth: &Auth, route: &Route, choices: &Choices) -> Value {
    let mut operation = json!({
        "operationId": id(route),
        "tags": [route.area],
        "summary": route.about.summary,
        "description": description(route),
        "security": security::of(auth, route),
        "responses": replies::replies(route),
    });
    let parameters = parameters(route, choices);
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    if !route.about.body.is_empty() {
        operation["requestBody"] = body(route.about, choices);
    }
    operation
}

/// The function's name. Two rows share one where a form has no method but POST.
fn id(route: &Route) -> String {
    match route.method == "POST" && (route.path.ends_with("/delete") || route.path.ends_with("/rename")) {
        true => format!("{}_by_form", route.function),
        false => route.function.to_owned(),
    }
}

fn description(route: &Route) -> String {
    let About { details, audience, .. } = route.about;
    let whom = match audience {
        Audience::Anybody | Audience::AnybodyOrCaller => "For anybody.",
        Audience::DependsOnFields => {
            "For anybody; with `link` for a login at most five minutes old, with `reauthenticate` for whoever is logged in."
        }
        Audience::FreshUser => "For a login at most five minutes old.",
        Audience::User => "For whoever is logged in.",
    };
    let origin = match (route.method, route.has(Flag::NoCredentials)) {
        ("GET", _) => "",
        (_, true) => {
            "It takes no credential that a browser sends by itself, and may be called from any site."
        }
        (_, false) if route.has(Flag::Guarded) => "Under the session cookie it keeps the origin rule.",
        (_, false) => "It keeps the origin rule.",
    };
    let parts = [*details, whom, origin];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The variable parts of the path, and the fields of the query.
fn parameters(route: &Route, choices: &Choices) -> Vec<Value> {
    let names = route.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let in_path = names.map(|name| {
        // Accounts may be linked by a provider that has left the registry.
        let schema = match name == "provider" && route.has(Flag::OfProvider) {
            true => Schema::Provider,
            false => Schema::Text,
        };
        json!({"name": name, "in": "path", "required": true, "schema": schema.json(choices)})
    });
    let in_query = route.about.query.iter().map(|field| {
        json!({
            "name": field.name,
            "in": "query",
            "required": field.is_required,
            "description": field.about,
            "schema": field.schema.json(choices),
        })
    });
    in_path.chain(in_query).collect()
}

fn body(about: &About, choices: &Choices) -> Value {
    let schema = object(about.body, choices);
    let content = match about.takes {
        Takes::FormOnly => json!({FORM: {"schema": schema}}),
        Takes::FormOrJson => json!({FORM: {"schema": schema}, JSON: {"schema": schema}}),
        #[cfg(feature = "server")]
        Takes::JsonOnly => json!({JSON: {"schema": schema}}),
    };
    json!({"required": about.body.iter().any(|field| field.is_required), "content": content})
}
