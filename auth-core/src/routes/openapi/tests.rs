//! The document, held against the table and against what is answered.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::account::Registration;
use crate::auth::AuthBuilder;
use crate::http::{AuthRequest, AuthResponse, RequestBody, request};
use crate::provider::tests::idp::Idp;
use crate::routes::table::{Route, Stands, built};
use crate::testing::FakeHttpClient;
use crate::tests::{PASSWORD, System, with_every_route};

async fn full() -> System {
    System::with(|builder| {
        let builder = builder.provider(Idp::config()).http_client(FakeHttpClient::default());
        with_every_route(builder.password_grant(true)).registration(Registration::Open)
    })
    .await
}

async fn document(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Value {
    System::with(configure).await.auth.openapi()
}

/// Method and path of every operation.
fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    })
}

fn name(route: &Route) -> String {
    let prefix = if route.stands == Stands::Below { "/auth" } else { "" };
    format!("{} {prefix}{}", route.method, route.path)
}

#[tokio::test]
async fn every_row_is_in_it_once_under_a_name_of_its_own() {
    let document = full().await.auth.openapi();
    let named: BTreeSet<_> = operations(&document).map(|(name, _)| name).collect();
    assert_eq!(named, built().map(name).collect());
    let ids: BTreeSet<_> =
        operations(&document).map(|(_, operation)| operation["operationId"].to_string()).collect();
    assert_eq!(ids.len(), built().count());
    let tags = document["tags"].as_array().unwrap();
    for route in built() {
        assert!(tags.iter().any(|tag| tag["name"] == route.area), "{}", route.area);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_in_it() {
    let has = |document: &Value, path: &str| document["paths"].get(path).is_some();
    let without = document(|builder| builder).await;
    for path in [
        "/auth/register",
        "/auth/password/reset",
        "/auth/magic-link",
        "/auth/health/live",
        "/auth/login/{provider}",
    ] {
        assert!(!has(&without, path), "{path}");
    }
    assert!(has(&without, "/auth/login") && has(&without, "/.well-known/jwks.json"));
    assert!(without["components"]["securitySchemes"].get("password").is_none());
    let closed = document(with_every_route).await;
    assert!(!has(&closed, "/auth/register") && has(&closed, "/auth/password/reset"));
    let hidden = System::with(|builder| builder.openapi_route(false)).await;
    assert!(!has(&hidden.auth.openapi(), "/auth/openapi.json"));
    assert_eq!(get(&hidden, "/auth/openapi.json", &[]).await.status(), 404);
}

#[tokio::test]
async fn where_it_is_comes_from_the_settings() {
    let document = document(|builder| {
        builder
            .base_url("http://localhost:3000/shop")
            .route_prefix("/account")
            .app_name("Shop")
            .password_grant(true)
    });
    let document = document.await;
    assert_eq!(document["servers"][0]["url"], "http://localhost:3000/shop");
    assert!(document["paths"].get("/account/login").is_some());
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["session"]["name"], "session");
    let token = "http://localhost:3000/shop/account/token";
    assert_eq!(schemes["password"]["flows"]["password"]["tokenUrl"], token);
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = full().await.auth.openapi();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn the_route_answers_what_code_is_given() {
    let system = full().await;
    let reply = get(&system, "/auth/openapi.json", &[("accept", "text/html")]).await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(serde_json::from_slice::<Value>(reply.body()).unwrap(), system.auth.openapi());
}

async fn get(system: &System, target: &str, headers: &[(&str, &str)]) -> AuthResponse {
    send(system, "GET", target, headers, Vec::new()).await
}

async fn send(
    system: &System,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> AuthResponse {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    let body = RequestBody::Complete(body);
    system.auth.handle(AuthRequest::new(&request(method, target, &[]), headers.collect(), body)).await
}

/// The value has the members of the schema and no others, all the way down.
fn assert_described(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return assert_described(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return assert_described(document, &parts[0], value, at);
    }
    if let Some(parts) = schema["oneOf"].as_array() {
        return assert_described(document, &parts[0], value, at);
    }
    match (schema.get("properties"), value) {
        (Some(properties), Value::Object(members)) => {
            assert_members(schema, properties, members, at);
            for (name, member) in members {
                assert_described(document, &properties[name], member, &format!("{at}.{name}"));
            }
        }
        (_, Value::Array(items)) => {
            for item in items {
                assert_described(document, &schema["items"], item, &format!("{at}[]"));
            }
        }
        _ => {}
    }
}

fn assert_members(schema: &Value, properties: &Value, members: &Map<String, Value>, at: &str) {
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(members.contains_key(name.as_str().unwrap()), "{at} has no {name}");
    }
    for name in members.keys() {
        assert!(properties.get(name).is_some(), "{name} of {at} is in no description");
    }
}

/// What the document says of this reply, which has to be so.
fn hold(document: &Value, method: &str, path: &str, reply: &AuthResponse) {
    let at = format!("{method} {path}");
    let operation = &document["paths"][path][method.to_lowercase()];
    let described = &operation["responses"][reply.status().to_string()];
    assert!(described.is_object(), "{at}: {reply:?}");
    for (name, _) in described["headers"].as_object().into_iter().flatten() {
        let is_required = described["headers"][name]["required"] == true;
        assert!(!is_required || reply.header(&name.to_lowercase()).is_some(), "{at}: {name} of {reply:?}");
    }
    let Some(media_type) = reply.header("content-type") else { return };
    let schema = &described["content"][media_type.split(';').next().unwrap()]["schema"];
    assert!(schema.is_object(), "{at}: {media_type}");
    if media_type.contains("json") {
        let body: Value = serde_json::from_slice(reply.body()).unwrap();
        assert_described(document, schema, &body, &at);
    }
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn what_is_answered_has_the_members_that_it_names() {
    let system = full().await;
    let document = system.auth.openapi();
    let password = PASSWORD.replace(' ', "+");
    let login = format!("username=alice&password={password}");
    let login = send(&system, "POST", "/auth/login", &[FORM], login.into_bytes()).await;
    hold(&document, "POST", "/auth/login", &login);
    let cookie = login.header("set-cookie").unwrap().split(';').next().unwrap();
    let tokens = format!("grant_type=password&username=alice&password={password}");
    let tokens = send(&system, "POST", "/auth/token", &[FORM], tokens.into_bytes()).await;
    assert_eq!(tokens.status(), 200);
    hold(&document, "POST", "/auth/token", &tokens);
    for path in [
        "/auth/me",
        "/auth/account",
        "/auth/account/export",
        "/auth/sessions",
        "/auth/accounts",
        "/auth/health/live",
        "/auth/health/ready",
        "/auth/openapi.json",
        "/.well-known/jwks.json",
    ] {
        let reply = get(&system, path, &[("cookie", cookie)]).await;
        assert_eq!(reply.status(), 200, "{path}");
        hold(&document, "GET", path, &reply);
    }
}

#[tokio::test]
async fn every_refusal_of_a_stranger_is_described() {
    let system = full().await;
    let document = system.auth.openapi();
    for route in built() {
        let prefix = if route.stands == Stands::Below { "/auth" } else { "" };
        let path = format!("{prefix}{}", route.path);
        let target = path.replace("{provider}", "idp").replace("{id}", "1");
        for headers in [
            &[][..],
            &[FORM],
            &[("content-type", "text/plain")],
            &[("accept", "text/html")],
            &[("authorization", "Bearer x")],
            &[("authorization", "Bearer x"), ("authorization", "Bearer x")],
            &[("sec-fetch-site", "cross-site")],
        ] {
            let reply = send(&system, route.method, &target, headers, b"%".to_vec()).await;
            hold(&document, route.method, &path, &reply);
        }
    }
}
