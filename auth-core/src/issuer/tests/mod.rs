//! An issuer that is played, and our view of it.

mod caching;
mod key_sets;
mod metadata;
mod signatures;
mod tokens;
mod verifier;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::clock::Timestamp;
use crate::error::ErrorKind;
use crate::jose::Refusal;
use crate::key::{SigningAlgorithm, SigningKey};
use crate::outbound::{
    Method, Outbound, OutboundConfig, OutboundFault, OutboundResponse, OutboundUrl, OutsideError,
    OutsideFault,
};
use crate::random::OsRandom;
use crate::secret::Secret;
use crate::testing::{FakeHttpClient, ManualClock, json_response};
use crate::tests::Log;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ISSUER: &str = "https://idp.example";
const METADATA: &str = "https://idp.example/.well-known/openid-configuration";
const SERVER_METADATA: &str = "https://idp.example/.well-known/oauth-authorization-server";
const JWKS: &str = "https://idp.example/jwks";

const EDDSA: &[JwsAlgorithm] = &[JwsAlgorithm::EdDsa];

/// An issuer that is played, and our view of it.
struct Idp {
    servers: FakeHttpClient,
    clock: ManualClock,
    config: IssuerConfig,
    issuers: Issuers,
}

impl Idp {
    fn new() -> Self {
        let (servers, clock, config) =
            (FakeHttpClient::default(), ManualClock::new(NOW), IssuerConfig::default());
        let outbound = Outbound::new(Arc::new(servers.clone()), OutboundConfig::default());
        let issuers = Issuers::new(outbound, Arc::new(clock.clone()), config.clone());
        Self { servers, clock, config, issuers }
    }

    fn with_keys(keys: &[&SigningKey]) -> Self {
        let idp = Self::new();
        idp.publish(keys);
        idp
    }

    fn publish(&self, keys: &[&SigningKey]) {
        let jwks: Vec<Value> = keys.iter().map(|key| jwk(key)).collect();
        self.publish_jwks(&jwks);
    }

    fn publish_jwks(&self, jwks: &[Value]) {
        self.servers.answer_json(Method::Get, JWKS, &json!({"keys": jwks}));
    }

    async fn claims(&self, token: &str, accepted: &[JwsAlgorithm]) -> Result<Claims, OutsideError> {
        self.issuers.claims(&url(JWKS), &OutsideJws::parse(token)?, accepted).await
    }

    /// Whether a token of this key is taken; what is wrong if not.
    async fn check(&self, key: &SigningKey) -> Result<(), OutsideFault> {
        self.claims(&token(key), EDDSA).await.map(drop).map_err(|error| error.fault().unwrap())
    }

    fn fetches(&self) -> usize {
        self.servers.requests_to(Method::Get, JWKS).len()
    }

    /// Past the cooldown and within the time to live.
    fn cool_down(&self) {
        self.clock.advance(self.config.cooldown + Duration::from_secs(1));
    }

    fn pass_ttl(&self) {
        self.clock.advance(self.config.ttl + Duration::from_secs(1));
    }
}

fn url(text: &str) -> OutboundUrl {
    OutboundUrl::parse(text).unwrap()
}

fn new_key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::EdDsa, &OsRandom).unwrap()
}

/// The public JWK of a key.
fn jwk(key: &SigningKey) -> Value {
    let encoded = key.public_jwk().map(|jwk| serde_json::to_value(jwk).unwrap());
    encoded.unwrap()
}

fn payload() -> Value {
    json!({"iss": ISSUER, "sub": "u1", "aud": "app", "exp": NOW.unix_seconds() + 900, "iat": NOW.unix_seconds()})
}

fn header(key: &SigningKey) -> Value {
    json!({"alg": key.algorithm().name(), "kid": key.kid()})
}

/// A token with any header and payload, rightly signed.
fn signed(key: &SigningKey, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn with_header(key: &SigningKey, header: &Value) -> String {
    signed(key, &header.to_string(), &payload().to_string())
}

fn token(key: &SigningKey) -> String {
    with_header(key, &header(key))
}

/// A token that names no key.
fn nameless(key: &SigningKey) -> String {
    with_header(key, &json!({"alg": key.algorithm().name()}))
}

fn refusal(result: Result<impl std::fmt::Debug, OutsideError>) -> Option<Refusal> {
    let error = result.err()?;
    assert_eq!(error.fault(), Some(OutsideFault::Token));
    std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Refusal>()).copied()
}

/// Which of these documents an issuer has no business with.
fn bad_documents() -> Vec<Result<OutboundResponse, OutboundFault>> {
    let html = OutboundResponse::new(200, "<html>").with_header("content-type", "text/html");
    let redirect = json_response(302, &json!({})).with_header("location", "http://169.254.169.254/");
    vec![
        Ok(json_response(500, &json!({"keys": []}))),
        Ok(json_response(404, &json!({}))),
        Ok(html),
        Ok(redirect),
        Ok(json_response(200, &json!({"keys": []}))),
        Ok(json_response(200, &json!({"keys": [{"kty": "EC"}]}))),
        Ok(json_response(200, &json!({}))),
        Ok(json_response(200, &json!([]))),
        Ok(OutboundResponse::new(200, "").with_header("content-type", "application/json")),
        Ok(OutboundResponse::new(200, vec![b' '; 10 << 20]).with_header("content-type", "application/json")),
        Err(OutboundFault::Timeout),
        Err(OutboundFault::Connection),
        Err(OutboundFault::TooLarge),
    ]
}
