//! An OpenID provider, played.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::clock::{Clock as _, Timestamp};
use crate::key::{KeyRing, SigningAlgorithm, SigningKey};
use crate::outbound::{Method, OutboundRequest, OutboundResponse};
use crate::provider::ProviderConfig;
use crate::testing::{FakeHttpClient, ManualClock, SeededRandom, json_response};

pub(crate) const ISSUER: &str = "https://idp.example";
pub(crate) const CLIENT: &str = "app";

/// The provider: what it answers is in the test's hands.
#[derive(Clone)]
pub(crate) struct Idp {
    pub(crate) client: FakeHttpClient,
    clock: ManualClock,
    key: Arc<SigningKey>,
    grants: Arc<Mutex<HashMap<String, Grant>>>,
}

/// What a code stands for.
#[derive(Clone)]
struct Grant {
    claims: Value,
    challenge: String,
}

/// What a browser brings to the provider.
pub(crate) struct Visit {
    pub(crate) url: Url,
    query: HashMap<String, String>,
}

impl Visit {
    pub(crate) fn new(location: &str) -> Self {
        let url = Url::parse(location).unwrap();
        let query = url.query_pairs().into_owned().collect();
        Self { url, query }
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

impl Idp {
    pub(crate) fn new(clock: &ManualClock) -> Self {
        let key = SigningKey::generate(SigningAlgorithm::EdDsa, &SeededRandom::new(9)).unwrap();
        let idp = Self {
            client: FakeHttpClient::default(),
            clock: clock.clone(),
            key: Arc::new(key),
            grants: Arc::default(),
        };
        idp.publish(json!({}));
        let answering = idp.clone();
        idp.client.answer_by(Method::Post, &url("/token"), move |request| Ok(answering.tokens(request)));
        idp
    }

    /// Its metadata, with these members changed, and its keys.
    pub(crate) fn publish(&self, changes: Value) {
        let mut metadata = json!({
            "issuer": ISSUER,
            "authorization_endpoint": url("/authorize"),
            "token_endpoint": url("/token"),
            "jwks_uri": url("/jwks"),
            "end_session_endpoint": url("/logout"),
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
        });
        change(&mut metadata, &changes);
        self.client.answer_json(Method::Get, &url("/.well-known/openid-configuration"), &metadata);
        let private = SigningKey::generate(SigningAlgorithm::EdDsa, &SeededRandom::new(9)).unwrap();
        let keys = KeyRing::of(vec![private]).unwrap().jwks(self.clock.now());
        self.client.answer_json(Method::Get, &url("/jwks"), &serde_json::from_str(&keys).unwrap());
    }

    /// The entry of the registry.
    pub(crate) fn config() -> ProviderConfig {
        ProviderConfig::openid_connect("idp", ISSUER, CLIENT)
            .client_secret("a secret that the provider and the application share")
            .label("IdP")
    }

    /// Lets a visitor say yes: a code for a token with these claims beside or in place of the usual ones.
    pub(crate) fn grant(&self, visit: &Visit, changes: Value) -> String {
        let now = self.clock.now().unix_seconds();
        let mut claims = json!({
            "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "nonce": visit.get("nonce"),
            "iat": now, "exp": now + 300, "auth_time": now,
        });
        change(&mut claims, &changes);
        let code = format!("code-{}", visit.get("state"));
        let grant = Grant { claims, challenge: visit.get("code_challenge").to_owned() };
        self.grants.lock().unwrap().insert(code.clone(), grant);
        code
    }

    /// The way back with that code.
    pub(crate) fn callback(&self, visit: &Visit, changes: Value) -> String {
        let code = self.grant(visit, changes);
        format!("/auth/login/idp/callback?code={code}&state={}", visit.get("state"))
    }

    fn tokens(&self, request: &OutboundRequest) -> OutboundResponse {
        let body = request.body.as_ref().unwrap().expose().to_owned();
        let form: HashMap<_, _> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let grant = self.grants.lock().unwrap().remove(&form["code"]);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
        match grant.filter(|grant| grant.challenge == challenge) {
            None => json_response(400, &json!({ "error": "invalid_grant" })),
            Some(grant) => json_response(
                200,
                &json!({
                    "access_token": "provider-access-token", "token_type": "bearer", "expires_in": 300,
                    "id_token": self.sign("JWT", &grant.claims),
                }),
            ),
        }
    }

    /// A token of this type.
    pub(crate) fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": typ, "kid": self.key.kid() });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A logout token, with these claims changed.
    pub(crate) fn logout_token(&self, changes: Value) -> String {
        let now = self.clock.now().unix_seconds();
        let mut claims = json!({
            "iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": format!("jti-{now}"),
            "sub": "248289761001",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        change(&mut claims, &changes);
        self.sign("logout+jwt", &claims)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Sets members, and takes those away that become `null`.
fn change(object: &mut Value, changes: &Value) {
    let object = object.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.clone(), value.clone()),
        };
    }
}

pub(crate) fn url(path: &str) -> String {
    format!("{ISSUER}{path}")
}
