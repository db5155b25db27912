//! An issuer that is played, and an application that takes its tokens.

mod introspection;
mod issuers;
mod kinds;
mod settings;
mod shared_secret;
mod signed;
mod users;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::access::{
    AnyScope, Guard as _, MaybeUser, OAuthToken, Rejection, Requirement, ScopeName, access_token_required,
    fresh_login_required, login_required, mfa_required, oauth_required, permission_required, require_oauth,
    scope_required,
};
use crate::auth::AuthBuilder;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::AuthResponse;
use crate::http::{request, request_from};
use crate::identity::{Identity, Via};
use crate::issuer::{IssuerId, JwsAlgorithm};
use crate::key::{KeyRing, SigningAlgorithm, SigningKey};
use crate::oauth_client::ClientAuthentication;
use crate::outbound::{Method, OutboundFault, OutboundResponse};
use crate::random::OsRandom;
use crate::testing::{FakeHttpClient, json_response};
use crate::tests::System;
use crate::token::Client;
use crate::user::{UserId, UserUpdate};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://idp.example";
const OTHER: &str = "https://other.example";
const API: &str = "https://api.example";
const INTROSPECT: &str = "https://idp.example/introspect";

struct Reports;

impl ScopeName for Reports {
    const SCOPE: &'static str = "reports:read";
}

/// Another issuer: its keys, and what it publishes.
struct Idp {
    servers: FakeHttpClient,
    issuer: &'static str,
    ring: KeyRing,
}

fn ring(algorithm: SigningAlgorithm) -> KeyRing {
    KeyRing::of(vec![SigningKey::generate(algorithm, &OsRandom).unwrap()]).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

impl Idp {
    fn new(servers: &FakeHttpClient, issuer: &'static str) -> Self {
        let idp = Self { servers: servers.clone(), issuer, ring: ring(SigningAlgorithm::Es256) };
        let metadata = json!({
            "issuer": issuer, "jwks_uri": idp.jwks_uri(), "introspection_endpoint": INTROSPECT,
            "token_endpoint": format!("{issuer}/token"),
        });
        servers.answer_json(Method::Get, &format!("{issuer}/.well-known/openid-configuration"), &metadata);
        idp.publish(&idp.ring);
        idp
    }

    fn jwks_uri(&self) -> String {
        format!("{}/jwks", self.issuer)
    }

    fn publish(&self, ring: &KeyRing) {
        let jwks = serde_json::from_str(&ring.jwks(at(NOW))).unwrap();
        self.servers.answer_json(Method::Get, &self.jwks_uri(), &jwks);
    }

    fn header(&self) -> Value {
        json!({"alg": "ES256", "typ": "at+jwt", "kid": self.ring.signer(at(NOW)).unwrap().kid()})
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.issuer, "sub": "u1", "aud": API, "exp": NOW + 600, "iat": NOW, "jti": "j1",
            "client_id": "c1", "scope": "reports:read profile",
        })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        sign(&self.ring, header, &claims.to_string())
    }

    fn token(&self) -> String {
        self.sign(&self.header(), &self.claims())
    }

    fn token_with(&self, changes: Value) -> String {
        self.sign(&self.header(), &changed(self.claims(), changes))
    }

    /// As providers write it that follow no RFC.
    fn plain(&self, changes: Value) -> String {
        self.sign(&changed(self.header(), json!({"typ": "JWT"})), &changed(self.claims(), changes))
    }

    fn fetches(&self) -> usize {
        self.servers.requests_to(Method::Get, &self.jwks_uri()).len()
    }
}

/// A document with members replaced; `null` removes.
fn changed(mut document: Value, changes: Value) -> Value {
    let members = document.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    document
}

fn sign(ring: &KeyRing, header: &Value, claims: &str) -> String {
    let message =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims));
    let signature = ring.signer(at(NOW)).unwrap().sign(message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// An application that accepts tokens of one issuer.
struct World {
    system: System,
    idp: Idp,
}

async fn world_with(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> World {
    let servers = FakeHttpClient::default();
    let idp = Idp::new(&servers, ISSUER);
    let system = System::with(|builder| configure(builder.http_client(servers))).await;
    World { system, idp }
}

async fn world() -> World {
    world_with(|builder| builder.outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API))).await
}

async fn plain_world() -> World {
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API).profile(TokenProfile::PlainJwt);
    world_with(|builder| builder.outside_issuer(issuer)).await
}

type Decision = Result<Option<Arc<Identity>>, Rejection>;

impl World {
    async fn guard(&self, requirement: &Requirement, token: &str) -> Decision {
        self.guard_with(requirement, "authorization", &format!("Bearer {token}")).await
    }

    async fn guard_with(&self, requirement: &Requirement, name: &str, value: &str) -> Decision {
        let context = self.system.auth.context();
        context.guard(&request("GET", "/x", &[(name, value)]), requirement).await
    }

    async fn accepts(&self, token: &str) -> bool {
        match self.guard(&oauth_required(), token).await {
            Ok(caller) => caller.is_some(),
            Err(rejection) => {
                assert_eq!(rejection.kind(), ErrorKind::InvalidToken, "{token}");
                assert_eq!(rejection.status(), 401);
                assert!(challenge(&rejection).ends_with("error=\"invalid_token\""));
                false
            }
        }
    }

    async fn token_of(&self, token: &str) -> Arc<OutsideToken> {
        let caller = self.guard(&oauth_required(), token).await.unwrap().unwrap();
        caller.outside_token().unwrap().clone()
    }

    async fn cookie(&self) -> String {
        let context = self.system.auth.context();
        context.observe(&request("POST", "/in", &[]));
        context.login(&self.system.alice.id).await.unwrap();
        let mut reply = AuthResponse::new(200);
        context.commit(&mut reply);
        reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    async fn own_token(&self) -> String {
        let admitted = self.system.admit().await;
        let pair = self.system.auth.tokens().grant(admitted, Client::FIRST_PARTY, "").await.unwrap();
        pair.access_token.expose().to_owned()
    }
}

fn challenge(rejection: &Rejection) -> &str {
    rejection.response().header("www-authenticate").unwrap_or_default()
}

fn refusal(decision: Decision) -> ErrorKind {
    decision.unwrap_err().kind()
}

/// Maps subjects of the first issuer by a table; `None` as id is an outage.
#[derive(Clone, Debug, Default)]
struct Table(Arc<Mutex<HashMap<String, Option<UserId>>>>);

#[async_trait]
impl OutsideUsers for Table {
    async fn user_of(&self, token: &OutsideToken) -> Result<Option<UserId>, Error> {
        if token.issuer() != ISSUER {
            return Ok(None);
        }
        match self.0.lock().unwrap().get(token.subject().unwrap_or_default()) {
            Some(Some(id)) => Ok(Some(id.clone())),
            Some(None) => Err(ErrorKind::Unavailable.into()),
            None => Ok(None),
        }
    }
}
