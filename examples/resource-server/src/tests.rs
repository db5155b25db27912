use std::sync::Arc;

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use auth_core::Auth;
use auth_core::clock::Timestamp;
use auth_core::key::{KeyRing, SigningAlgorithm, SigningKey};
use auth_core::outbound::Method;
use auth_core::random::OsRandom;
use auth_core::testing::{FakeHttpClient, ManualClock};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{on_actix, on_axum, on_rocket};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// What the API answers to a token with these claims, in place of the issuer's usual ones: `None` for no token.
const CASES: [(&str, Option<&str>, u16, &str); 8] = [
    ("/whoami", Some("{}"), 200, "alice of https://login.example.com, by the client cli"),
    ("/whoami", Some(r#"{"scope":""}"#), 200, "alice of https://login.example.com, by the client cli"),
    ("/reports", Some("{}"), 200, "reports for alice of https://login.example.com, by the client cli"),
    ("/reports", Some(r#"{"scope":"profile"}"#), 403, "insufficient_scope"),
    ("/reports", Some(r#"{"aud":"https://other.example.com"}"#), 401, "invalid_token"),
    ("/whoami", Some(r#"{"exp":1700000000}"#), 401, "invalid_token"),
    ("/whoami", Some(r#"{"nonce":"of an ID token"}"#), 401, "invalid_token"),
    ("/whoami", None, 401, "unauthenticated"),
];

/// The issuer, played.
struct Issuer(KeyRing);

impl Issuer {
    fn new() -> Self {
        let key = SigningKey::generate(SigningAlgorithm::Es256, &OsRandom).unwrap();
        Self(KeyRing::of(vec![key]).unwrap())
    }

    async fn api(&self) -> Auth {
        let servers = FakeHttpClient::default();
        let metadata = json!({"issuer": ISSUER, "jwks_uri": "https://login.example.com/keys"});
        let keys = serde_json::from_str(&self.0.jwks(Timestamp::from_unix_seconds(NOW))).unwrap();
        let metadata_url = "https://login.example.com/.well-known/openid-configuration";
        servers.answer_json(Method::Get, metadata_url, &metadata);
        servers.answer_json(Method::Get, "https://login.example.com/keys", &keys);
        let builder = Auth::builder()
            .base_url("http://localhost:3000")
            .secret_text("8cvmFWDeVzXDUT+kNs1mHBVszY0JhbKgPa4eYRY2GpQ=")
            .clock(Arc::new(ManualClock::new(Timestamp::from_unix_seconds(NOW))))
            .http_client(servers);
        crate::auth(builder, ISSUER, AUDIENCE).await.unwrap()
    }

    fn header(&self, changes: Option<&str>) -> String {
        let Some(changes) = changes else { return String::new() };
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "azp": "cli", "exp": NOW + 300, "iat": NOW,
            "scope": "reports:read",
        });
        let changes: Value = serde_json::from_str(changes).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let key = self.0.signer(Timestamp::from_unix_seconds(NOW)).unwrap();
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message =
            format!("{}.{}", part(json!({"alg": "ES256", "typ": "JWT", "kid": key.kid()})), part(claims));
        format!("Bearer {message}.{}", URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()).unwrap()))
    }
}

#[track_caller]
fn assert_answers(case: (&str, Option<&str>, u16, &str), status: u16, body: &[u8]) {
    let body = String::from_utf8_lossy(body);
    assert_eq!(status, case.2, "{case:?} {body}");
    assert!(body.contains(case.3), "{case:?} {body}");
}

#[tokio::test]
async fn axum_takes_the_issuer_s_tokens_for_this_api() {
    let issuer = Issuer::new();
    let app = on_axum::app(&issuer.api().await);
    for case in CASES {
        let request = Request::get(case.0).header("authorization", issuer.header(case.1));
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        assert_answers(case, status, &to_bytes(response.into_body(), 10_000).await.unwrap());
    }
}

#[actix_web::test]
async fn actix_takes_the_issuer_s_tokens_for_this_api() {
    let issuer = Issuer::new();
    let auth = issuer.api().await;
    let app = actix_web::App::new().wrap(auth_actix::middleware(&auth)).configure(on_actix::routes);
    let app = init_service(app).await;
    for case in CASES {
        let request = TestRequest::get().uri(case.0).insert_header(("authorization", issuer.header(case.1)));
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        assert_answers(case, status, &read_body(response).await);
    }
}

#[tokio::test]
async fn rocket_takes_the_issuer_s_tokens_for_this_api() {
    let issuer = Issuer::new();
    let app = on_rocket::app(&issuer.api().await);
    let app = Client::untracked(app).await.unwrap();
    for case in CASES {
        let request = app.get(case.0).header(Header::new("authorization", issuer.header(case.1)));
        let response = request.dispatch().await;
        let status = response.status().code;
        assert_answers(case, status, &response.into_bytes().await.unwrap());
    }
}
