mod shared_secret;

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
use crate::builder::AuthBuilder;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::AuthResponse;
use crate::http::request;
use crate::identity::{Identity, Via};
use crate::issuer::{IssuerId, JwsAlgorithm};
use crate::key::{KeyRing, SigningAlgorithm, SigningKey};
use crate::oauth::ClientAuthentication;
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

#[tokio::test]
async fn a_token_of_the_issuer_names_its_subject_client_and_scope_and_no_user() {
    let world = world().await;
    let token = world.idp.token_with(json!({"roles": ["editor"], "auth_time": NOW - 60}));
    let caller = world.guard(&require_oauth("reports:read"), &token).await.unwrap().unwrap();
    assert_eq!(caller.via(), Via::OutsideToken);
    assert_eq!(caller.client_id(), Some("c1"));
    assert!(caller.user().is_none() && caller.acting_user().is_none() && caller.claims().is_none());
    assert!(!caller.is_first_party());
    let token = caller.outside_token().unwrap();
    assert_eq!((token.issuer(), token.subject(), token.client_id()), (ISSUER, Some("u1"), Some("c1")));
    assert!(token.scope().contains("profile"));
    assert_eq!((token.expires_at(), token.auth_time()), (Some(at(NOW + 600)), Some(at(NOW - 60))));
    assert_eq!(token.claim::<Vec<String>>("roles").unwrap(), ["editor"]);
    assert_eq!(token.claim::<String>("roles"), None);
    let typed = OAuthToken::<Reports>::from_identity(Some(caller)).unwrap();
    assert!(typed.user().is_none() && typed.subject() == Some("u1"));
}

#[tokio::test]
async fn scope_audience_and_end_are_checked_at_each_request() {
    let world = world().await;
    let refused = world.guard(&require_oauth("reports:write"), &world.idp.token()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.status()), (ErrorKind::InsufficientScope, 403));
    assert!(challenge(&refused).ends_with("error=\"insufficient_scope\", scope=\"reports:write\""));

    for aud in [json!(API), json!(["https://x.example", API])] {
        assert!(world.accepts(&world.idp.token_with(json!({"aud": aud}))).await);
    }
    for aud in [
        json!(null),
        json!([]),
        json!("https://api.example/"),
        json!("https://api.exampl"),
        json!(["https://x.example"]),
        json!(7),
        json!([[API]]),
    ] {
        assert!(!world.accepts(&world.idp.token_with(json!({"aud": aud}))).await, "{aud}");
    }

    let token = world.idp.token();
    assert!(world.accepts(&token).await);
    world.system.advance(609);
    assert!(world.accepts(&token).await, "within the leeway");
    world.system.advance(1);
    assert!(!world.accepts(&token).await, "seen before, and over now");
}

#[tokio::test]
async fn nobody_is_told_of_bearer_tokens_and_a_cookie_is_nobody() {
    let world = world().await;
    let cookie = world.cookie().await;
    for (name, value) in
        [("accept", "text/html"), ("cookie", cookie.as_str()), ("authorization", "Basic YTpi")]
    {
        let refused = world.guard_with(&oauth_required(), name, value).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unauthenticated, 401));
        assert!(challenge(&refused).starts_with("Bearer realm="));
    }
}

#[tokio::test]
async fn own_tokens_and_outside_ones_are_never_taken_for_each_other() {
    let world = world().await;
    let (own, outside) = (world.own_token().await, world.idp.token());
    assert!(!world.accepts(&own).await);
    for requirement in
        [login_required(), access_token_required(), scope_required("reports:read"), Requirement::anyone()]
    {
        assert_eq!(refusal(world.guard(&requirement, &outside).await), ErrorKind::InvalidToken);
    }
    let both = oauth_required().and(access_token_required());
    for token in [&own, &outside] {
        assert!(world.guard(&both, token).await.is_err());
    }

    let either = oauth_required().or_own_tokens();
    assert_eq!(world.guard(&either, &own).await.unwrap().unwrap().via(), Via::AccessToken);
    assert_eq!(world.guard(&either, &outside).await.unwrap().unwrap().via(), Via::OutsideToken);
    assert!(world.guard_with(&either, "cookie", &world.cookie().await).await.is_err());
    // One that claims to be ours is judged by our keys alone.
    let forged = world.idp.token_with(json!({"iss": "http://localhost:3000"}));
    assert_eq!(refusal(world.guard(&either, &forged).await), ErrorKind::InvalidToken);
}

#[tokio::test]
async fn guards_of_both_kinds_on_one_request_see_their_own_answer() {
    let world = world().await;
    let bearer = format!("Bearer {}", world.idp.token());
    let asked = request("GET", "/x", &[("authorization", &bearer)]);
    let context = world.system.auth.context();
    assert!(context.guard(&asked, &oauth_required()).await.is_ok());
    assert_eq!(context.guard(&asked, &login_required()).await.unwrap_err().kind(), ErrorKind::InvalidToken);
    assert!(context.guard(&asked, &require_oauth("profile")).await.is_ok());
    assert_eq!(world.idp.fetches(), 1);
}

#[tokio::test]
async fn tokens_that_are_not_as_rfc_9068_wants_them_are_refused() {
    let world = world().await;
    let idp = &world.idp;
    for typ in ["AT+JWT", "application/at+jwt"] {
        assert!(world.accepts(&idp.sign(&changed(idp.header(), json!({"typ": typ})), &idp.claims())).await);
    }
    for typ in [json!(null), json!("JWT"), json!("id+jwt"), json!("logout+jwt"), json!("dpop+jwt"), json!(1)]
    {
        let token = idp.sign(&changed(idp.header(), json!({"typ": typ})), &idp.claims());
        assert!(!world.accepts(&token).await, "{typ}");
    }
    for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
        assert!(!world.accepts(&idp.token_with(json!({name: null}))).await, "{name}");
        assert!(!world.accepts(&idp.token_with(json!({name: {}}))).await, "{name}");
    }
    for issuer in [
        "https://idp.example/",
        "https://idp.exampl",
        "https://idp.example.evil.example",
        "HTTPS://idp.example",
        "http://idp.example",
        "",
    ] {
        assert!(!world.accepts(&idp.token_with(json!({"iss": issuer}))).await, "{issuer}");
    }
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for time in [json!("1800000000"), json!({}), json!(-1), json!(1e308), json!([NOW])] {
            assert!(!world.accepts(&idp.token_with(json!({name: time}))).await, "{name} {time}");
        }
    }
    assert!(world.accepts(&idp.token_with(json!({"exp": NOW as f64 + 600.5}))).await);
    for late in [json!({"nbf": NOW + 11}), json!({"iat": NOW + 11}), json!({"exp": NOW - 10})] {
        assert!(!world.accepts(&idp.token_with(late.clone())).await, "{late}");
    }
    // Without its key or certificate, a token that is bound to one was stolen.
    assert!(!world.accepts(&idp.token_with(json!({"cnf": {"jkt": "x"}}))).await);
    for scope in [json!(7), json!({}), json!(["a b"]), json!([7])] {
        assert!(!world.accepts(&idp.token_with(json!({"scope": scope}))).await, "{scope}");
    }
    let doubled = idp.claims().to_string().replacen('{', r#"{"sub":"root","#, 1);
    assert!(!world.accepts(&sign(&idp.ring, &idp.header(), &doubled)).await);
}

#[tokio::test]
async fn forged_tokens_are_refused_and_make_nobody_call_anywhere() {
    let world = world().await;
    let idp = &world.idp;
    assert!(world.accepts(&idp.token()).await);
    let calls = || idp.servers.requests().len();
    let before = calls();
    let (head, claims) = (idp.header(), idp.claims());
    let parts = |header: &Value| {
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        )
    };
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        assert!(!world.accepts(&format!("{}.", parts(&changed(head.clone(), json!({"alg": alg}))))).await);
    }
    // The public key as an HMAC secret, as its JWK and as the bytes of its point.
    let jwks: Value = serde_json::from_str(&idp.ring.jwks(at(NOW))).unwrap();
    for secret in [jwks["keys"][0].to_string(), jwks["keys"][0]["x"].as_str().unwrap().to_owned()] {
        let shared = KeyRing::of(vec![SigningKey::from_hmac_secret(secret.as_bytes()).unwrap()]).unwrap();
        let header = changed(head.clone(), json!({"alg": "HS256"}));
        assert!(!world.accepts(&sign(&shared, &header, &claims.to_string())).await);
    }
    // A key of the attacker's, named like the issuer's or brought along.
    let stranger = ring(SigningAlgorithm::Es256);
    let stranger_jwk: Value = serde_json::from_str(&stranger.jwks(at(NOW))).unwrap();
    assert!(!world.accepts(&sign(&stranger, &head, &claims.to_string())).await);
    for brought in [
        json!({"jwk": stranger_jwk["keys"][0]}),
        json!({"jku": "https://evil.example/jwks"}),
        json!({"x5u": "https://evil.example/x"}),
        json!({"x5c": ["MII"]}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"b64": false}),
    ] {
        for keys in [&stranger, &idp.ring] {
            let header = changed(head.clone(), brought.clone());
            assert!(!world.accepts(&sign(keys, &header, &claims.to_string())).await, "{brought}");
        }
    }
    let token = idp.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    for broken in [
        format!("{signed}."),
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        format!("{token}="),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!(" {token}").replace('.', " ."),
        signed.to_owned(),
        "x".repeat(100_000),
        ".".repeat(8_000_000),
    ] {
        assert!(!world.accepts(&broken).await);
    }
    assert_eq!(calls(), before);
}

#[tokio::test]
async fn algorithms_can_be_narrowed_down() {
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API).algorithms([JwsAlgorithm::EdDsa]);
    let world = world_with(|builder| builder.outside_issuer(issuer)).await;
    assert!(!world.accepts(&world.idp.token()).await);
}

#[tokio::test]
async fn access_tokens_of_well_known_issuers_are_taken_in_their_own_dialect() {
    let world = plain_world().await;
    // Each in the form that the issuer's documentation shows.
    let okta =
        json!({"ver": 1, "cid": "0oa1", "client_id": null, "scope": null, "scp": ["reports:read", "x"]});
    let entra = json!({"ver": "2.0", "azp": "0oa1", "client_id": null, "scope": null, "scp": "reports:read x", "tid": "t"});
    let entra_v1 =
        json!({"ver": "1.0", "appid": "0oa1", "client_id": null, "scope": null, "scp": "reports:read x"});
    let auth0 = json!({"azp": "0oa1", "client_id": null, "aud": [API, "https://tenant.auth0.com/userinfo"], "jti": null});
    let keycloak =
        json!({"typ": "Bearer", "azp": "0oa1", "client_id": null, "nonce": "old versions wrote it"});
    let cognito = json!({"token_use": "access", "client_id": "0oa1"});
    for dialect in [okta, entra, entra_v1, auth0, keycloak, cognito] {
        let token = world.idp.plain(dialect.clone());
        assert!(world.guard(&require_oauth("reports:read"), &token).await.is_ok(), "{dialect}");
        assert_eq!(world.token_of(&token).await.client_id(), Some("0oa1"), "{dialect}");
    }
    let untyped = world.idp.sign(&changed(world.idp.header(), json!({"typ": null})), &world.idp.claims());
    assert!(world.accepts(&untyped).await && world.accepts(&world.idp.token()).await);
}

#[tokio::test]
async fn other_kinds_of_tokens_are_no_access_tokens_whatever_the_profile() {
    for world in [world().await, plain_world().await] {
        let idp = &world.idp;
        for other in [
            json!({"nonce": "n"}),
            json!({"at_hash": "h"}),
            json!({"c_hash": "h"}),
            json!({"typ": "ID"}),
            json!({"typ": "Refresh"}),
            json!({"typ": "Offline"}),
            json!({"typ": "DPoP"}),
            json!({"typ": 7}),
            json!({"token_use": "id"}),
            json!({"token_use": "refresh_token"}),
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
            json!({"cnf": {"x5t#S256": "x"}}),
            json!({"exp": null}),
        ] {
            assert!(!world.accepts(&idp.plain(other.clone())).await, "{other}");
        }
        for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", "jwt-bearer"] {
            let token = idp.sign(&changed(idp.header(), json!({"typ": typ})), &idp.claims());
            assert!(!world.accepts(&token).await, "{typ}");
        }
    }
}

#[tokio::test]
async fn of_several_issuers_each_speaks_for_itself_and_no_stranger_is_asked() {
    let servers = FakeHttpClient::default();
    let (idp, other) = (Idp::new(&servers, ISSUER), Idp::new(&servers, OTHER));
    let system = System::with(|builder| {
        builder
            .http_client(servers.clone())
            .outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API))
            .outside_issuer(OutsideIssuer::jwt(OTHER).audience("https://other-api.example"))
    })
    .await;
    let world = World { system, idp };
    let of_other = |changes: Value| other.token_with(changes);
    assert!(world.accepts(&world.idp.token()).await);
    assert!(world.accepts(&of_other(json!({"aud": "https://other-api.example"}))).await);
    assert!(!world.accepts(&of_other(json!({}))).await, "the audience that the first issuer's tokens have");
    assert!(!world.accepts(&of_other(json!({"iss": ISSUER}))).await, "signed by the wrong one");
    let before = servers.requests().len();
    assert!(!world.accepts(&of_other(json!({"iss": "https://stranger.example"}))).await);
    assert!(!world.accepts("opaque").await);
    assert_eq!(servers.requests().len(), before);
}

#[tokio::test]
async fn tenants_of_one_key_set_are_issuers_of_their_own() {
    const COMMON: &str = "https://login.example/common/v2.0";
    const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let servers = FakeHttpClient::default();
    let idp = Idp::new(&servers, COMMON);
    let id = IssuerId::template(COMMON, "https://login.example/{tenantid}/v2.0").unwrap();
    let metadata = json!({"issuer": "https://login.example/{tenantid}/v2.0", "jwks_uri": idp.jwks_uri()});
    servers.answer_json(Method::Get, &format!("{COMMON}/.well-known/openid-configuration"), &metadata);
    let issuer = OutsideIssuer::jwt_of_tenants(id).audience(API).profile(TokenProfile::PlainJwt);
    let other = OutsideIssuer::jwt(OTHER).audience(API);
    let system = System::with(|builder| {
        builder.http_client(servers.clone()).outside_issuer(issuer).outside_issuer(other)
    })
    .await;
    let world = World { system, idp };
    let iss = format!("https://login.example/{TENANT}/v2.0");
    let token = world.idp.plain(json!({"iss": iss, "tid": TENANT}));
    assert_eq!(world.token_of(&token).await.issuer(), iss);
    for (iss, tid) in [
        (iss.as_str(), json!("72f988bf-86f1-41af-91ab-2d7cd011db47")),
        (iss.as_str(), json!(null)),
        (COMMON, json!(TENANT)),
        ("https://login.example/x/y/v2.0", json!("x/y")),
    ] {
        assert!(!world.accepts(&world.idp.plain(json!({"iss": iss, "tid": tid}))).await, "{iss} {tid}");
    }
}

#[tokio::test]
async fn a_key_that_the_issuer_took_out_verifies_nothing_any_more() {
    let world = world().await;
    let token = world.idp.token();
    assert!(world.accepts(&token).await);
    let newer = ring(SigningAlgorithm::Es256);
    world.idp.publish(&newer);
    world.system.advance(31);
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": newer.signer(at(NOW)).unwrap().kid()});
    assert!(world.accepts(&sign(&newer, &header, &world.idp.claims().to_string())).await);
    assert!(!world.accepts(&token).await, "remembered under the older keys");
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_an_outage_and_keys_that_are_there_go_on() {
    let world = world().await;
    let jwks = world.idp.jwks_uri();
    for fault in [OutboundFault::Connection, OutboundFault::Timeout, OutboundFault::TooLarge] {
        let world =
            world_with(|builder| builder.outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API))).await;
        world.idp.servers.fail(Method::Get, &jwks, fault);
        let refused = world.guard(&oauth_required(), &world.idp.token()).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unavailable, 503));
        assert!(refused.response().header("retry-after").is_some() && !refused.is_nobody());
    }
    assert!(world.accepts(&world.idp.token()).await);
    world.idp.servers.fail(Method::Get, &jwks, OutboundFault::Connection);
    world.system.advance(2 * 60 * 60);
    let later = world.idp.token_with(json!({"exp": NOW + 10 * 24 * 60 * 60, "jti": "j2"}));
    assert!(world.accepts(&later).await);
    world.system.advance(2 * 24 * 60 * 60);
    assert_eq!(refusal(world.guard(&oauth_required(), &later).await), ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_issuer_that_publishes_nothing_else_is_known_by_its_key_set() {
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API).jwks_uri("https://idp.example/jwks");
    let world = world_with(|builder| builder.outside_issuer(issuer)).await;
    assert!(world.accepts(&world.idp.token()).await);
    assert_eq!(world.idp.servers.requests().len(), 1);
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

#[tokio::test]
async fn a_token_is_a_user_only_where_the_application_maps_it_to_an_active_one() {
    let table = Table::default();
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API);
    let world = world_with(|builder| builder.outside_issuer(issuer).map_outside_users(table.clone())).await;
    let map = |subject: &str, id: Option<&str>| {
        table.0.lock().unwrap().insert(subject.to_owned(), id.map(UserId::new));
    };
    let alice = world.system.alice.id.clone();
    let token = world.idp.token();
    let as_user = oauth_required().and(login_required());
    let editor = require_oauth("reports:read").and(permission_required("reports.view_report"));

    assert!(world.guard(&oauth_required(), &token).await.unwrap().unwrap().user().is_none());
    for requirement in [&as_user, &editor] {
        assert_eq!(refusal(world.guard(requirement, &token).await), ErrorKind::UserRequired);
    }

    map("u1", Some(alice.as_str()));
    let caller = world.guard(&as_user, &token).await.unwrap().unwrap();
    assert_eq!(caller.acting_user().unwrap().id, alice);
    assert_eq!(refusal(world.guard(&editor, &token).await), ErrorKind::PermissionDenied);
    let update =
        UserUpdate { permissions: Some(vec!["reports.view_report".into()]), ..UserUpdate::default() };
    world.system.auth.users().update(&alice, update).await.unwrap();
    assert!(world.guard(&editor, &token).await.is_ok());
    // Our own guards do not take it for all that.
    assert_eq!(refusal(world.guard(&login_required(), &token).await), ErrorKind::InvalidToken);

    let inactive = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    world.system.auth.users().update(&alice, inactive).await.unwrap();
    for requirement in [&oauth_required(), &as_user] {
        assert_eq!(refusal(world.guard(requirement, &token).await), ErrorKind::InvalidToken);
    }
    map("u1", Some("nobody"));
    assert_eq!(refusal(world.guard(&oauth_required(), &token).await), ErrorKind::InvalidToken);
    map("u1", None);
    assert_eq!(refusal(world.guard(&oauth_required(), &token).await), ErrorKind::Unavailable);
}

#[tokio::test]
async fn the_time_of_a_login_is_the_issuer_s_word_and_its_factors_are_not_ours() {
    let table = Table::default();
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API);
    let world = world_with(|builder| builder.outside_issuer(issuer).map_outside_users(table.clone())).await;
    table.0.lock().unwrap().insert("u1".into(), Some(world.system.alice.id.clone()));
    let fresh = oauth_required().and(fresh_login_required(Duration::from_secs(300)));
    let token = |changes| world.idp.token_with(changes);
    assert!(world.guard(&fresh, &token(json!({"auth_time": NOW - 299}))).await.is_ok());
    for old in [json!({"auth_time": NOW - 301}), json!({})] {
        assert_eq!(refusal(world.guard(&fresh, &token(old)).await), ErrorKind::ReauthenticationRequired);
    }
    let claims_mfa = token(json!({"amr": ["mfa", "otp"], "acr": "mfa"}));
    let strong = oauth_required().and(mfa_required());
    assert_eq!(refusal(world.guard(&strong, &claims_mfa).await), ErrorKind::MfaRequired);
}

#[tokio::test]
async fn a_guard_for_outside_tokens_without_an_issuer_is_the_application_s_mistake() {
    let world = world_with(|builder| builder).await;
    for (name, value) in [("accept", "*/*"), ("authorization", "Bearer x.y.z")] {
        let refused = world.guard_with(&oauth_required(), name, value).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Internal, 500));
        assert!(!refused.is_nobody());
    }
    assert!(world.guard_with(&Requirement::anyone(), "accept", "*/*").await.is_ok());
}

#[test]
fn the_typed_guard_asks_for_its_scope_or_for_none() {
    let scoped = OAuthToken::<Reports>::requirement();
    assert_eq!(format!("{scoped:?}"), format!("{:?}", require_oauth("reports:read")));
    let any = OAuthToken::<AnyScope>::requirement();
    assert_eq!(format!("{any:?}"), format!("{:?}", oauth_required()));
    assert!(OAuthToken::<AnyScope>::from_identity(None).is_none());
    assert!(MaybeUser::from_identity(None).is_some());
}

async fn configuration_error(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> String {
    let builder = crate::tests::builder().http_client(FakeHttpClient::default());
    let error = configure(builder).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[tokio::test]
async fn settings_that_cannot_be_meant_are_refused_at_start_by_the_issuer_s_name() {
    let asked = || OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::None);
    for (issuer, says) in [
        (OutsideIssuer::jwt(ISSUER), ".audience("),
        (OutsideIssuer::jwt(ISSUER).audience(""), ".audience("),
        (asked(), ".audience("),
        (OutsideIssuer::jwt("idp.example").audience(API), "idp.example"),
        (OutsideIssuer::jwt("http://idp.example").audience(API), "https"),
        (OutsideIssuer::jwt("https://10.0.0.1").audience(API), "10.0.0.1"),
        (OutsideIssuer::jwt("http://localhost:3000").audience(API), "this application"),
        (OutsideIssuer::jwt(ISSUER).audience(API).algorithms([]), "algorithm"),
        (OutsideIssuer::jwt(ISSUER).audience(API).algorithms([JwsAlgorithm::Hs256]), "symmetric"),
        (OutsideIssuer::jwt(ISSUER).audience(API).jwks_uri("http://idp.example/jwks"), "https"),
        (asked().audience(API).introspection_ttl(Duration::from_secs(301)), "5 minutes"),
        (OutsideIssuer::introspection(ISSUER, "", ClientAuthentication::None).audience(API), "client"),
    ] {
        let said = configuration_error(|builder| builder.outside_issuer(issuer.clone())).await;
        assert!(said.contains(says), "{said}");
    }
    let twice = configuration_error(|builder| {
        let issuer = OutsideIssuer::jwt(ISSUER).audience(API);
        builder.outside_issuer(issuer.clone()).outside_issuer(issuer)
    });
    assert!(twice.await.contains("twice"));
    let two_asked = configuration_error(|builder| {
        let other = OutsideIssuer::introspection(OTHER, "api", ClientAuthentication::None);
        builder.outside_issuer(asked().audience(API)).outside_issuer(other.audience(API))
    });
    assert!(two_asked.await.contains("only one"));
    let unused = configuration_error(|builder| builder.map_outside_users(Table::default()));
    assert!(unused.await.contains(".outside_issuer("));
}

/// An application that asks the issuer about tokens.
async fn asking_world(configure: impl FnOnce(OutsideIssuer) -> OutsideIssuer) -> World {
    let asked = OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::SecretBasic("s".into()));
    world_with(|builder| builder.outside_issuer(configure(asked))).await
}

fn active() -> Value {
    json!({
        "active": true, "iss": ISSUER, "sub": "u1", "aud": API, "exp": NOW + 600, "client_id": "c1",
        "scope": "reports:read", "token_type": "Bearer",
    })
}

impl World {
    fn answer(&self, document: &Value) {
        self.idp.servers.answer_json(Method::Post, INTROSPECT, document);
    }

    fn questions(&self) -> usize {
        self.idp.servers.requests_to(Method::Post, INTROSPECT).len()
    }
}

#[tokio::test]
async fn an_opaque_token_is_what_its_issuer_says_of_it() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    world.answer(&active());
    let caller = world.guard(&require_oauth("reports:read"), "opaque-1").await.unwrap().unwrap();
    assert_eq!(caller.client_id(), Some("c1"));
    assert_eq!(caller.outside_token().unwrap().subject(), Some("u1"));
    assert_eq!(refusal(world.guard(&require_oauth("x"), "opaque-1").await), ErrorKind::InsufficientScope);

    let taken = [
        json!({"iss": null}),
        json!({"aud": ["x", API]}),
        json!({"token_type": null}),
        json!({"token_type": "bearer"}),
        json!({"token_type": "access_token"}),
        json!({"exp": null}),
        json!({"token_use": "access_token"}),
    ];
    let refused = [
        json!({"active": false}),
        json!({"iss": OTHER}),
        json!({"aud": "https://x.example"}),
        json!({"aud": null}),
        json!({"token_type": "DPoP"}),
        json!({"token_type": "refresh_token"}),
        json!({"token_use": "refresh_token"}),
        json!({"typ": "Refresh"}),
        json!({"cnf": {"jkt": "x"}}),
        json!({"exp": NOW - 10}),
        json!({"nbf": NOW + 60}),
        json!({"exp": "soon"}),
        json!({"scope": ["a b"]}),
    ];
    for (number, changes) in taken.iter().chain(&refused).enumerate() {
        world.answer(&changed(active(), changes.clone()));
        let is_accepted = world.accepts(&format!("token-{number}")).await;
        assert_eq!(is_accepted, number < taken.len(), "{changes}");
    }
}

#[tokio::test]
async fn a_server_that_names_no_audience_has_to_be_said_to_be_one() {
    let world = asking_world(OutsideIssuer::any_introspected_audience).await;
    world.answer(&changed(active(), json!({"aud": null})));
    assert!(world.accepts("opaque").await);
}

#[tokio::test]
async fn answers_about_tokens_are_used_again_for_a_bounded_time() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    world.answer(&active());
    for _ in 0..3 {
        assert!(world.accepts("valid").await);
    }
    assert_eq!(world.questions(), 1);
    world.answer(&json!({"active": false}));
    world.system.advance(29);
    assert!(world.accepts("valid").await);
    world.system.advance(1);
    assert!(!world.accepts("valid").await, "revoked meanwhile");
    assert_eq!(world.questions(), 2);

    assert!(!world.accepts("made-up").await && !world.accepts("made-up").await);
    assert_eq!(world.questions(), 3);
    world.system.advance(10);
    assert!(!world.accepts("made-up").await);
    assert_eq!(world.questions(), 4);

    // Never past the end of the token.
    world.answer(&changed(active(), json!({"exp": NOW + 45})));
    assert!(world.accepts("short").await);
    world.system.advance(5);
    assert!(world.accepts("short").await);
    assert_eq!(world.questions(), 6, "asked again at its end");
}

#[tokio::test]
async fn many_requests_with_one_token_ask_once() {
    let world = Arc::new(asking_world(|issuer| issuer.audience(API)).await);
    world.answer(&active());
    let held = world.idp.servers.hold();
    let accepted = Arc::new(AtomicUsize::new(0));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (world, accepted) = (world.clone(), accepted.clone());
        requests.spawn(async move {
            accepted.fetch_add(usize::from(world.accepts("opaque").await), Ordering::Relaxed);
        });
    }
    world.idp.servers.arrived(1).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    drop(held);
    requests.join_all().await;
    assert_eq!((accepted.load(Ordering::Relaxed), world.questions()), (1000, 1));
}

#[tokio::test]
async fn a_flood_of_made_up_tokens_is_an_outage_and_no_flood_at_the_issuer() {
    let world = Arc::new(asking_world(|issuer| issuer.audience(API)).await);
    world.answer(&active());
    assert!(world.accepts("valid").await);
    world.answer(&json!({"active": false}));
    let held = world.idp.servers.hold();
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..200 {
        let world = world.clone();
        requests.spawn(
            async move { refusal(world.guard(&oauth_required(), &format!("made-up-{number}")).await) },
        );
    }
    let first = requests.join_next().await.unwrap().unwrap();
    assert_eq!(first, ErrorKind::Unavailable);
    assert!(world.accepts("valid").await, "what is known goes on");
    drop(held);
    let outcomes = requests.join_all().await;
    assert!(outcomes.contains(&ErrorKind::InvalidToken));
    assert!(world.questions() <= 1 + 64, "{}", world.questions());
}

#[tokio::test]
async fn an_issuer_that_cannot_be_asked_is_an_outage() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    let html = OutboundResponse::new(200, "<html>").with_header("content-type", "text/html");
    for (number, answer) in [
        OutboundResponse::new(500, ""),
        OutboundResponse::new(302, ""),
        html,
        json_response(200, &json!({"active": "true"})),
        json_response(200, &json!([])),
        json_response(401, &json!({"error": "invalid_client"})),
        json_response(400, &json!({"error": "invalid_request"})),
    ]
    .into_iter()
    .enumerate()
    {
        world.idp.servers.answer(Method::Post, INTROSPECT, answer);
        let refused = world.guard(&oauth_required(), &format!("t{number}")).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unavailable, 503), "{number}");
        assert!(refused.response().header("retry-after").is_some());
    }
    world.idp.servers.fail(Method::Post, INTROSPECT, OutboundFault::Timeout);
    assert_eq!(refusal(world.guard(&oauth_required(), "t").await), ErrorKind::Unavailable);
    world.answer(&active());
    assert!(world.accepts("t").await, "and nothing of it is remembered");
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_without_asking() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    for not_a_token in ["", "a b", "a\"b", "a,b", "a%20b", &"x".repeat(16 * 1024 + 1)] {
        assert!(!world.accepts(not_a_token).await);
    }
    // A signed token of somebody else is not shown to this issuer either.
    let stranger = world.idp.token_with(json!({"iss": OTHER}));
    assert!(!world.accepts(&stranger).await);
    assert_eq!(world.questions(), 0);
    world.answer(&active());
    assert!(world.accepts(&world.idp.token()).await, "one of its own is");
}

#[tokio::test]
async fn signed_and_asked_issuers_stand_side_by_side() {
    let servers = FakeHttpClient::default();
    let (idp, other) = (Idp::new(&servers, ISSUER), Idp::new(&servers, OTHER));
    let asked = OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::None);
    let asked = asked.audience(API).introspection_endpoint("https://idp.example/introspect");
    let system = System::with(|builder| {
        builder
            .http_client(servers.clone())
            .outside_issuer(OutsideIssuer::jwt(OTHER).audience(API))
            .outside_issuer(asked)
    })
    .await;
    let world = World { system, idp };
    world.answer(&active());
    assert!(world.accepts("opaque").await);
    assert!(world.accepts(&other.token()).await);
    assert_eq!(world.questions(), 1);
    assert_eq!(world.token_of("opaque").await.issuer(), ISSUER);
    assert_eq!(world.token_of(&other.token()).await.issuer(), OTHER);
}

#[tokio::test]
async fn an_outside_token_opens_no_account_route() {
    let world = world().await;
    let bearer = format!("Bearer {}", world.idp.token());
    let reply = world.system.auth.handle(request("GET", "/auth/me", &[("authorization", &bearer)])).await;
    assert_eq!(reply.status(), 401);
}
