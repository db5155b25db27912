use std::future::ready;

use auth_core::outbound::{Method, OutboundResponse};
use auth_core::testing::{FakeHttpClient, json_response};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://login.example.com";
const TOKEN: &str = "https://login.example.com/token";
const API: &str = "https://api.example.com/reports";

fn settings() -> Settings {
    Settings {
        issuer: ISSUER.into(),
        client_id: "nightly-report".into(),
        client_secret: Some("secret".into()),
        scope: "reports:read".into(),
        api: API.parse().unwrap(),
    }
}

/// An issuer and an API, played.
fn servers() -> FakeHttpClient {
    let servers = FakeHttpClient::default();
    let metadata = json!({
        "issuer": ISSUER, "token_endpoint": TOKEN,
        "device_authorization_endpoint": "https://login.example.com/device",
    });
    let device = json!({
        "device_code": "d", "user_code": "WDJB-MJHT", "verification_uri": "https://login.example.com/activate",
        "expires_in": 600, "interval": 5,
    });
    servers.answer_json(Method::Get, "https://login.example.com/.well-known/openid-configuration", &metadata);
    servers.answer_json(Method::Post, "https://login.example.com/device", &device);
    servers.answer_json(
        Method::Post,
        TOKEN,
        &json!({"access_token": "t1", "token_type": "Bearer", "expires_in": 300}),
    );
    servers.answer_by(Method::Get, API, |request| {
        let is_known = request.headers.iter().any(|(_, value)| value.expose() == "Bearer t1");
        Ok(OutboundResponse::new(if is_known { 200 } else { 401 }, "all reports"))
    });
    servers
}

#[tokio::test]
async fn the_program_calls_the_api_in_its_own_name() {
    let client = builder(&settings()).http_client(servers()).build().await.unwrap();
    assert_eq!(call(client, &settings()).await.unwrap(), "200 all reports");
}

#[tokio::test]
async fn a_person_confirms_elsewhere_and_the_program_waits() {
    let servers = servers();
    let pending = json_response(400, &json!({"error": "authorization_pending"}));
    servers.answer_once(Method::Post, TOKEN, pending);
    let client = builder(&settings()).http_client(servers.clone()).build().await.unwrap();
    let mut shown = String::new();
    let token = log_in(client, &settings(), |text| text.clone_into(&mut shown), |_| ready(())).await.unwrap();
    assert_eq!(token, "t1");
    assert_eq!(shown, "open https://login.example.com/activate and type WDJB-MJHT");
    assert_eq!(servers.requests_to(Method::Post, TOKEN).len(), 2);
}

#[tokio::test]
async fn a_person_may_say_no() {
    let servers = servers();
    servers.answer(Method::Post, TOKEN, json_response(400, &json!({"error": "access_denied"})));
    let client = builder(&settings()).http_client(servers).build().await.unwrap();
    let refused = log_in(client, &settings(), |_| {}, |_| ready(())).await.unwrap_err();
    assert_eq!(refused.to_string(), "they said no");
}
