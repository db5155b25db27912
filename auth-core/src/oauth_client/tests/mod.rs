//! An authorization server that is played, and a client of it.

mod answers;
mod device;
mod machine;
mod requests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;
use crate::clock::{Clock as _, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::key::{SigningAlgorithm, SigningKey};
use crate::outbound::{Method, OutboundFault, OutboundRequest, OutboundResponse, OutboundUrl};
use crate::random::OsRandom;
use crate::secret::Secret;
use crate::testing::{FakeHttpClient, ManualClock, SeededRandom, json_response};

const TOKEN: &str = "https://idp.example/token";
const REVOKE: &str = "https://idp.example/revoke";
const INTROSPECT: &str = "https://idp.example/introspect";
const DEVICE: &str = "https://idp.example/device";
const API: &str = "https://api.example/reports";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

struct World {
    servers: FakeHttpClient,
    clock: ManualClock,
    client: OAuthClient,
}

fn url(text: &str) -> OutboundUrl {
    OutboundUrl::parse(text).unwrap()
}

async fn world(authentication: ClientAuthentication) -> World {
    let (servers, clock) = (FakeHttpClient::default(), ManualClock::new(NOW));
    let endpoints = OAuthEndpoints {
        token: url(TOKEN),
        revocation: Some(url(REVOKE)),
        introspection: Some(url(INTROSPECT)),
        device_authorization: Some(url(DEVICE)),
    };
    let client = OAuthClient::builder("client 1")
        .endpoints(endpoints)
        .authentication(authentication)
        .http_client(servers.clone())
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(1)));
    World { servers, clock, client: client.build().await.unwrap() }
}

fn tokens() -> Value {
    json!({
        "access_token": "at", "token_type": "Bearer", "expires_in": 600, "refresh_token": "rt", "id_token": "it",
        "scope": "a b",
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut answer = tokens();
    answer[member] = value;
    answer
}

fn without(member: &str) -> Value {
    let mut answer = tokens();
    answer.as_object_mut().unwrap().remove(member);
    answer
}

impl World {
    async fn exchange(&self) -> Result<IssuedTokens, Error> {
        let (code, verifier) = (Secret::from("the code"), Secret::from("v".repeat(43)));
        self.client.exchange_code(&code, &url("https://app.example/cb"), Some(&verifier)).await
    }

    async fn exchange_for(&self, answer: OutboundResponse) -> Result<IssuedTokens, Error> {
        self.servers.answer_once(Method::Post, TOKEN, answer);
        self.exchange().await
    }

    async fn exchange_json(&self, answer: &Value) -> Result<IssuedTokens, Error> {
        self.exchange_for(json_response(200, answer)).await
    }

    /// The last request that was sent.
    fn sent(&self) -> OutboundRequest {
        self.servers.requests().pop().unwrap()
    }
}

fn form(request: &OutboundRequest) -> Vec<(String, String)> {
    form_urlencoded::parse(request.body.as_ref().unwrap().expose().as_bytes()).into_owned().collect()
}

fn field(request: &OutboundRequest, name: &str) -> Option<String> {
    let mut held = form(request).into_iter().filter(|(held, _)| held == name);
    let value = held.next().map(|(_, value)| value);
    assert!(held.next().is_none(), "{name} stands twice");
    value
}

fn header<'r>(request: &'r OutboundRequest, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.expose())
}

/// Everything that a log of this error could show.
fn shown(error: &Error) -> String {
    format!("{error} {error:?}")
}

fn pending(code: &str) -> OutboundResponse {
    json_response(400, &json!({"error": code}))
}
