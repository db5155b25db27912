//! The OpenAPI document and the reference of the login routes say the same.

use std::collections::BTreeSet;

use auth_core::provider::ProviderConfig;
use conformance::{Audience, Documented, Framework, documented};
use serde_json::Value;

use crate::registered::with;

/// What is refused by every route of its kind, and stands once on the page.
const COMMON: [(u16, &str); 13] = [
    (400, "invalid_request"),
    (401, "invalid_dpop_proof"),
    (401, "invalid_token"),
    (401, "reauthentication_required"),
    (401, "unauthenticated"),
    (401, "use_dpop_nonce"),
    (403, "csrf_failed"),
    (403, "user_required"),
    (404, "not_found"),
    (408, "request_timeout"),
    (413, "payload_too_large"),
    (415, "unsupported_media_type"),
    (503, "unavailable"),
];

/// The document of an example with a provider, which is an authorization server.
fn document(on: Framework) -> Value {
    let github = ProviderConfig::preset("github", "our-id-at-github").client_secret("a secret of theirs");
    let app = on.start_with(|builder| with([])(builder).provider(github));
    let document = app.get("/auth/openapi.json").send().expect(200).json();
    assert_eq!(document["servers"][0]["url"], app.base);
    document
}

fn operation<'a>(document: &'a Value, route: &Documented) -> &'a Value {
    &document["paths"][route.path()][route.method().to_lowercase()]
}

pub(crate) fn it_says_what_the_reference_says(on: Framework) {
    let document = document(on);
    for route in documented() {
        let operation = operation(&document, &route);
        assert!(operation.is_object(), "{} is in the document", route.name);
        assert_eq!(fields(operation), route.fields.iter().copied().collect(), "{}", route.name);
        assert_eq!(audience(operation), route.audience, "{}", route.name);
        let takes_json = operation["requestBody"]["content"].get("application/json").is_some();
        assert!(!(takes_json && route.takes_forms_only), "{}", route.name);
        let mut answers: BTreeSet<u16> = statuses(operation).filter(|status| *status < 400).collect();
        if !route.answers.contains(&303) {
            answers.remove(&303);
        }
        assert_eq!(answers, route.answers, "{}", route.name);
    }
    let paths = document["paths"].as_object().unwrap();
    let count: usize = paths.values().map(|operations| operations.as_object().unwrap().len()).sum();
    assert_eq!(count, documented().len(), "and nothing else is");
}

pub(crate) fn it_refuses_as_the_reference_says(on: Framework) {
    let document = document(on);
    for route in documented() {
        let refusals = refusals(operation(&document, &route));
        for (status, code) in &route.refusals {
            assert!(refusals.contains(&(*status, *code)), "{}: {status} {code}", route.name);
        }
        let of_own = refusals.iter().filter(|refusal| !COMMON.contains(refusal));
        for (status, code) in of_own {
            // In the words of OAuth, these are common ones too.
            let is_common = (route.takes_forms_only || route.takes_json_only)
                && matches!(*code, "invalid_request" | "temporarily_unavailable");
            assert!(
                is_common || route.refusals.contains(&(*status, *code)),
                "{}: {status} {code}",
                route.name
            );
        }
    }
}

/// Of the query and of the body, and whether each is required.
fn fields(operation: &Value) -> BTreeSet<(&str, bool)> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|parameter| parameter["in"] == "query");
    let query = query.map(|field| (field["name"].as_str().unwrap(), field["required"] == true));
    let content = &operation["requestBody"]["content"];
    let body = content.get("application/x-www-form-urlencoded").unwrap_or(&content["application/json"]);
    let body = &body["schema"];
    let required = body["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|held| held == name));
    let properties = body["properties"].as_object().into_iter().flatten();
    query.chain(properties.map(|(name, _)| (name.as_str(), is_required(name)))).collect()
}

fn audience(operation: &Value) -> Audience {
    let ways = operation["security"].as_array().unwrap();
    let is_for_anybody = ways.is_empty() || ways.iter().any(|way| way.as_object().unwrap().is_empty());
    if is_for_anybody {
        return Audience::Anybody;
    }
    match refusals(operation).contains(&(401, "reauthentication_required")) {
        true => Audience::FreshUser,
        false => Audience::User,
    }
}

fn statuses(operation: &Value) -> impl Iterator<Item = u16> {
    operation["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap())
}

/// Status and code of each.
fn refusals(operation: &Value) -> BTreeSet<(u16, &str)> {
    let replies = operation["responses"].as_object().unwrap().iter();
    let contents = replies.flat_map(|(status, reply)| {
        let contents = reply["content"].as_object().into_iter().flatten();
        contents.map(move |(_, content)| (status.parse().unwrap(), content))
    });
    contents
        .flat_map(|(status, content)| {
            let members = content["schema"]["allOf"][1]["properties"].as_object().into_iter().flatten();
            let codes = members.flat_map(|(_, member)| member["enum"].as_array().unwrap());
            codes.map(move |code| (status, code.as_str().unwrap()))
        })
        .collect()
}
