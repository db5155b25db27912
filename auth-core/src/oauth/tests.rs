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

#[tokio::test]
async fn a_code_is_exchanged_with_its_verifier_and_redirect_uri() {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    let issued = world.exchange_json(&tokens()).await.unwrap();
    let sent = world.sent();
    assert_eq!((sent.method, sent.url.as_str()), (Method::Post, TOKEN));
    assert_eq!(header(&sent, "accept"), Some("application/json"));
    assert_eq!(header(&sent, "content-type"), Some("application/x-www-form-urlencoded"));
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "the code"),
        ("redirect_uri", "https://app.example/cb"),
        ("code_verifier", &"v".repeat(43)),
    ] {
        assert_eq!(field(&sent, name).as_deref(), Some(value));
    }
    assert_eq!(issued.access_token.expose(), "at");
    assert_eq!(issued.refresh_token.unwrap().expose(), "rt");
    assert_eq!(issued.id_token.unwrap().expose(), "it");
    assert_eq!(issued.expires_at, Some(NOW + Duration::from_secs(600)));
    assert_eq!(issued.scope.as_deref(), Some("a b"));
}

#[tokio::test]
async fn refresh_and_client_credentials_send_what_their_sections_name() {
    let world = world(ClientAuthentication::None).await;
    world.servers.answer_json(Method::Post, TOKEN, &tokens());
    world.client.refresh(&"rt".into(), Some("a")).await.unwrap();
    let sent = world.sent();
    assert_eq!(field(&sent, "grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(field(&sent, "refresh_token").as_deref(), Some("rt"));
    assert_eq!(field(&sent, "scope").as_deref(), Some("a"));

    world.client.refresh(&"rt".into(), None).await.unwrap();
    assert_eq!(field(&world.sent(), "scope"), None);

    world.client.client_credentials("a b").await.unwrap();
    assert_eq!(field(&world.sent(), "grant_type").as_deref(), Some("client_credentials"));
    assert_eq!(field(&world.sent(), "scope").as_deref(), Some("a b"));
}

#[tokio::test]
async fn each_way_of_authenticating_is_used_alone_and_at_every_endpoint() {
    let key = Arc::new(SigningKey::generate(SigningAlgorithm::Es256, &OsRandom).unwrap());
    let signed = ClientAuthentication::SignedSecret {
        team: "TEAM".into(),
        audience: "https://appleid.apple.com".into(),
        kid: "K1".into(),
        key: key.clone(),
    };
    for (authentication, has_basic, members) in [
        (ClientAuthentication::None, false, [true, false, false]),
        (ClientAuthentication::SecretBasic("s:1".into()), true, [false, false, false]),
        (ClientAuthentication::SecretPost("s:1".into()), false, [true, true, false]),
        (ClientAuthentication::PrivateKeyJwt(key.clone()), false, [true, false, true]),
        (signed, false, [true, true, false]),
    ] {
        let world = world(authentication).await;
        for endpoint in [TOKEN, REVOKE, INTROSPECT] {
            world.servers.answer_json(Method::Post, endpoint, &json!({"active": false}));
        }
        let _ = world.exchange().await;
        let _ = world.client.refresh(&"rt".into(), None).await;
        let _ = world.client.client_credentials("").await;
        world.client.revoke(&"rt".into()).await.unwrap();
        world.client.introspect(&"at".into()).await.unwrap();
        let sent = world.servers.requests();
        assert_eq!(sent.len(), 5);
        for request in sent {
            let basic = format!("Basic {}", STANDARD.encode("client+1:s%3A1"));
            assert_eq!(header(&request, "authorization"), has_basic.then_some(basic.as_str()));
            let names = ["client_id", "client_secret", "client_assertion"];
            assert_eq!(names.map(|name| field(&request, name).is_some()), members, "{request:?}");
            if members[0] {
                assert_eq!(field(&request, "client_id").as_deref(), Some("client 1"));
            }
        }
    }
}

/// Header and claims of a JWT whose signature is this key's.
fn opened(key: &SigningKey, jwt: &str) -> (Value, Value) {
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(key.verifying_key().is_valid(signed.as_bytes(), &signature));
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    (part(header), part(claims))
}

#[tokio::test]
async fn an_assertion_is_for_one_request_and_one_server() {
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256] {
        let key = Arc::new(SigningKey::generate(algorithm, &OsRandom).unwrap());
        let world = world(ClientAuthentication::PrivateKeyJwt(key.clone())).await;
        world.exchange_json(&tokens()).await.unwrap();
        let first = field(&world.sent(), "client_assertion").unwrap();
        let (header, claims) = opened(&key, &first);
        assert_eq!(header, json!({"alg": algorithm.name(), "typ": "JWT", "kid": key.kid()}));
        let now = NOW.unix_seconds();
        assert_eq!(
            claims,
            json!({
                "iss": "client 1", "sub": "client 1", "aud": TOKEN, "jti": claims["jti"], "iat": now,
                "exp": now + 60,
            })
        );
        assert_eq!(
            field(&world.sent(), "client_assertion_type").as_deref(),
            Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        );
        // At the other endpoints it still names the token endpoint, and is another one.
        world.servers.answer_json(Method::Post, REVOKE, &json!({}));
        world.client.revoke(&"rt".into()).await.unwrap();
        let (_, second) = opened(&key, &field(&world.sent(), "client_assertion").unwrap());
        assert_eq!(second["aud"], TOKEN);
        assert_ne!(second["jti"], claims["jti"]);
    }
}

#[tokio::test]
async fn a_signed_secret_names_team_audience_and_the_provider_s_key_id() {
    let key = Arc::new(SigningKey::generate(SigningAlgorithm::Es256, &OsRandom).unwrap());
    let audience = "https://appleid.apple.com";
    let world = world(ClientAuthentication::SignedSecret {
        team: "TEAM".into(),
        audience: audience.into(),
        kid: "K1".into(),
        key: key.clone(),
    })
    .await;
    world.exchange_json(&tokens()).await.unwrap();
    let (header, claims) = opened(&key, &field(&world.sent(), "client_secret").unwrap());
    assert_eq!(header["kid"], "K1");
    let now = NOW.unix_seconds();
    assert_eq!(
        claims,
        json!({"iss": "TEAM", "sub": "client 1", "aud": audience, "iat": now, "exp": now + 60})
    );
}

#[tokio::test]
async fn answers_are_taken_as_providers_really_write_them() {
    let world = world(ClientAuthentication::None).await;
    for token_type in ["bearer", "BEARER", "Bearer"] {
        world.exchange_json(&with("token_type", json!(token_type))).await.unwrap();
    }
    world.exchange_json(&without("token_type")).await.unwrap();
    let life = |issued: IssuedTokens| issued.expires_at.map(|at| at.since(NOW).as_secs());
    assert_eq!(life(world.exchange_json(&with("expires_in", json!("3600"))).await.unwrap()), Some(3600));
    assert_eq!(life(world.exchange_json(&with("expires_in", json!(null))).await.unwrap()), None);
    assert_eq!(life(world.exchange_json(&without("expires_in")).await.unwrap()), None);
    let far = world.exchange_json(&with("expires_in", json!(u64::MAX))).await.unwrap();
    assert_eq!(far.expires_at, Some(Timestamp::FAR_FUTURE));
    for nothing in [json!(null), json!("")] {
        world.exchange_json(&with("error", nothing)).await.unwrap();
    }
    let bare =
        world.exchange_json(&json!({"access_token": "at", "token_type": "bearer", "x": {}})).await.unwrap();
    assert!(bare.refresh_token.is_none() && bare.id_token.is_none() && bare.scope.is_none());
}

#[tokio::test]
async fn an_answer_of_another_form_is_the_provider_s_error_and_is_not_quoted() {
    let world = world(ClientAuthentication::SecretPost("hidden".into())).await;
    let html = OutboundResponse::new(200, "<html>hidden</html>").with_header("content-type", "text/html");
    let broken = OutboundResponse::new(200, r#"{"access_token":"hidden""#);
    let doubled = OutboundResponse::new(
        200,
        r#"{"access_token":"hidden","access_token":"hidden","token_type":"Bearer"}"#,
    );
    let mut answers =
        vec![html, broken, doubled, OutboundResponse::new(200, ""), OutboundResponse::new(500, "hidden")];
    answers.extend(
        [
            with("token_type", json!("DPoP")),
            with("token_type", json!("mac")),
            with("token_type", json!(null)),
            with("access_token", json!(12_345_678)),
            with("access_token", json!("")),
            with("expires_in", json!("hidden")),
            with("expires_in", json!(-1)),
            with("expires_in", json!(1.5)),
            with("id_token", json!(["hidden"])),
            with("refresh_token", json!({"hidden": 1})),
            without("access_token"),
            json!([]),
        ]
        .map(|document| json_response(200, &document)),
    );
    for answer in answers {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let error = world.exchange_for(answer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderError, "{body}");
        assert!(
            !shown(&error).contains("hidden") && !shown(&error).contains("12345678"),
            "{}",
            shown(&error)
        );
    }
    for fault in [OutboundFault::Timeout, OutboundFault::TooLarge, OutboundFault::Connection] {
        world.servers.fail_once(Method::Post, TOKEN, fault);
        assert_eq!(world.exchange().await.unwrap_err().kind(), ErrorKind::ProviderError);
    }
    let moved = OutboundResponse::new(302, "").with_header("location", "https://evil.example/");
    assert_eq!(world.exchange_for(moved).await.unwrap_err().kind(), ErrorKind::ProviderError);
}

#[tokio::test]
async fn error_answers_say_whose_mistake_it_is_and_the_log_what_the_server_said() {
    let world = world(ClientAuthentication::None).await;
    for (code, kind) in [
        ("invalid_grant", ErrorKind::InvalidGrant),
        ("invalid_client", ErrorKind::InvalidClient),
        ("unauthorized_client", ErrorKind::InvalidClient),
        ("invalid_scope", ErrorKind::InvalidScope),
        ("invalid_request", ErrorKind::ProviderError),
        ("temporarily_unavailable", ErrorKind::ProviderError),
        ("bad_verification_code", ErrorKind::InvalidGrant),
        ("incorrect_client_credentials", ErrorKind::InvalidClient),
    ] {
        for status in [200, 400, 401] {
            let said = format!("because\ncode=SplxlOBeZQQYbYS6WxSbIA {}", "x".repeat(500));
            let answer = json!({"error": code, "error_description": said});
            let error = world.exchange_for(json_response(status, &answer)).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{code}");
            let shown = shown(&error);
            assert!(shown.contains(code) && shown.contains("because"), "{shown}");
            assert!(!shown.contains("SplxlOBeZQQYbYS6WxSbIA"), "{shown}");
            assert!(shown.len() < 500 && !shown.contains('\n'));
            assert!(!error.to_string().contains("because"));
        }
    }
}

#[tokio::test]
async fn revocation_is_a_form_and_any_200_means_gone() {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    world.servers.answer_once(Method::Post, REVOKE, OutboundResponse::new(200, ""));
    world.client.revoke(&"rt".into()).await.unwrap();
    assert_eq!(field(&world.sent(), "token").as_deref(), Some("rt"));
    let refused = json_response(400, &json!({"error": "unsupported_token_type"}));
    world.servers.answer_once(Method::Post, REVOKE, refused);
    assert_eq!(world.client.revoke(&"rt".into()).await.unwrap_err().kind(), ErrorKind::ProviderError);
    world.servers.answer_once(Method::Post, REVOKE, OutboundResponse::new(503, "down"));
    assert_eq!(world.client.revoke(&"rt".into()).await.unwrap_err().kind(), ErrorKind::ProviderError);
}

#[tokio::test]
async fn only_an_introspection_that_says_true_is_about_a_valid_token() {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    let ask = async |answer: OutboundResponse| {
        world.servers.answer_once(Method::Post, INTROSPECT, answer);
        world.client.introspect(&"at".into()).await
    };
    let active = ask(json_response(200, &json!({"active": true, "sub": "u1"}))).await.unwrap();
    assert!(active.active && active.claims["sub"] == "u1" && active.claims.len() == 1);
    assert_eq!(field(&world.sent(), "token").as_deref(), Some("at"));
    let inactive = ask(json_response(200, &json!({"active": false, "sub": "u1"}))).await.unwrap();
    assert!(!inactive.active && inactive.claims.is_empty());
    for answer in [json!({}), json!({"active": "true"}), json!({"active": 1}), json!(null), json!([true])] {
        let error = ask(json_response(200, &answer)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderError, "{answer}");
    }
    let html = OutboundResponse::new(200, r#"{"active":true}"#).with_header("content-type", "text/html");
    assert_eq!(ask(html).await.unwrap_err().kind(), ErrorKind::ProviderError);
    let denied = json_response(401, &json!({"error": "invalid_client"}));
    assert_eq!(ask(denied).await.unwrap_err().kind(), ErrorKind::InvalidClient);
}

#[tokio::test]
async fn an_endpoint_that_the_server_has_not_is_a_wrong_setting() {
    let client = OAuthClient::builder("c")
        .endpoints(OAuthEndpoints::new(url(TOKEN)))
        .http_client(FakeHttpClient::default())
        .build()
        .await
        .unwrap();
    let token = Secret::from("t");
    assert_eq!(client.revoke(&token).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(client.introspect(&token).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(client.begin_device_login("").await.unwrap_err().kind(), ErrorKind::Configuration);
}

fn device() -> Value {
    json!({
        "device_code": "dc", "user_code": "WDJB-MJHT", "verification_uri": "https://idp.example/activate",
        "verification_uri_complete": "https://idp.example/activate?user_code=WDJB-MJHT", "expires_in": 900,
        "interval": 3,
    })
}

fn pending(code: &str) -> OutboundResponse {
    json_response(400, &json!({"error": code}))
}

#[tokio::test]
async fn a_device_login_waits_as_it_is_told_and_gets_its_tokens() {
    let world = world(ClientAuthentication::None).await;
    world.servers.answer_json(Method::Post, DEVICE, &device());
    let login = world.client.begin_device_login("openid").await.unwrap();
    assert_eq!(field(&world.sent(), "scope").as_deref(), Some("openid"));
    assert_eq!(login.user_code(), "WDJB-MJHT");
    assert_eq!(login.verification_uri(), "https://idp.example/activate");
    assert_eq!(login.verification_uri_complete(), Some("https://idp.example/activate?user_code=WDJB-MJHT"));
    assert_eq!(login.expires_at(), NOW + Duration::from_secs(900));

    for answer in [pending("authorization_pending"), pending("slow_down"), OutboundResponse::new(503, "down")]
    {
        world.servers.answer_once(Method::Post, TOKEN, answer);
    }
    // GitHub says it with 200.
    let github = json_response(200, &json!({"error": "authorization_pending"}));
    world.servers.answer_once(Method::Post, TOKEN, github);
    world.servers.fail_once(Method::Post, TOKEN, OutboundFault::Timeout);
    world.servers.answer_once(Method::Post, TOKEN, json_response(200, &tokens()));
    let waits = std::sync::Mutex::new(Vec::new());
    let sleep = |wait: Duration| {
        waits.lock().unwrap().push(wait.as_secs());
        world.clock.advance(wait);
        std::future::ready(())
    };
    let issued = world.client.finish_device_login(login, sleep).await.unwrap();
    assert_eq!(issued.access_token.expose(), "at");
    assert_eq!(*waits.lock().unwrap(), [3, 3, 8, 16, 16, 32]);
    let asked = world.servers.requests_to(Method::Post, TOKEN);
    assert_eq!(asked.len(), 6);
    assert_eq!(field(&asked[0], "device_code").as_deref(), Some("dc"));
    assert_eq!(
        field(&asked[0], "grant_type").as_deref(),
        Some("urn:ietf:params:oauth:grant-type:device_code")
    );
}

#[tokio::test]
async fn a_device_login_ends_with_the_code_with_a_no_and_with_a_server_that_is_wrong() {
    let world = world(ClientAuthentication::None).await;
    world.servers.answer_json(Method::Post, DEVICE, &device());
    for (answer, kind) in [
        (pending("access_denied"), ErrorKind::PermissionDenied),
        (pending("expired_token"), ErrorKind::InvalidGrant),
        (pending("invalid_client"), ErrorKind::InvalidClient),
        (pending("unknown"), ErrorKind::ProviderError),
        (OutboundResponse::new(404, "<html>"), ErrorKind::ProviderError),
        (OutboundResponse::new(302, ""), ErrorKind::ProviderError),
        (json_response(200, &with("token_type", json!("mac"))), ErrorKind::ProviderError),
    ] {
        let mut login = world.client.begin_device_login("").await.unwrap();
        world.servers.answer_once(Method::Post, TOKEN, answer);
        assert_eq!(world.client.poll_device_login(&mut login).await.unwrap_err().kind(), kind);
    }

    world.servers.answer(Method::Post, TOKEN, pending("authorization_pending"));
    let login = world.client.begin_device_login("").await.unwrap();
    let sleep = |wait: Duration| {
        world.clock.advance(wait);
        std::future::ready(())
    };
    let ended = world.client.finish_device_login(login, sleep).await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::InvalidGrant);
    assert_eq!(world.clock.now(), NOW + Duration::from_secs(900));
}

#[tokio::test]
async fn what_cannot_be_shown_to_a_person_is_no_device_login() {
    let world = world(ClientAuthentication::None).await;
    for (member, value) in [
        ("user_code", json!("\u{1b}[2J")),
        ("user_code", json!("")),
        ("user_code", json!("x".repeat(65))),
        ("verification_uri", json!("javascript:alert(1)")),
        ("verification_uri", json!("https://idp.example@evil.example/")),
        ("verification_uri_complete", json!("data:text/html,x")),
        ("expires_in", json!(null)),
        ("device_code", json!(null)),
    ] {
        let mut answer = device();
        answer[member] = value.clone();
        world.servers.answer_once(Method::Post, DEVICE, json_response(200, &answer));
        let error = world.client.begin_device_login("").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderError, "{member} {value}");
    }
    let mut short = device();
    short["interval"] = json!(0);
    world.servers.answer_once(Method::Post, DEVICE, json_response(200, &short));
    assert_eq!(world.client.begin_device_login("").await.unwrap().interval(), Duration::from_secs(1));
}

/// A server that numbers the tokens it gives.
fn number_tokens(world: &World, life: u64) -> Arc<AtomicUsize> {
    let given = Arc::new(AtomicUsize::new(0));
    let count = given.clone();
    world.servers.answer_by(Method::Post, TOKEN, move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        let token = format!("t{number}");
        Ok(json_response(200, &json!({"access_token": token, "token_type": "bearer", "expires_in": life})))
    });
    given
}

/// An API that answers 200 with the token it got, or 401 to one that is on its list.
fn answer_api(world: &World, refused: &'static [&'static str]) {
    world.servers.answer_by(Method::Get, API, move |request| {
        let token = header(request, "authorization").unwrap().strip_prefix("Bearer ").unwrap();
        Ok(OutboundResponse::new(if refused.contains(&token) { 401 } else { 200 }, token))
    });
}

async fn machine() -> (World, MachineClient) {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    let machine = MachineClient::new(world.client.clone(), "a", ["https://api.example"]).unwrap();
    (world, machine)
}

async fn token_seen(machine: &MachineClient) -> String {
    let answer = machine.get(API).await.unwrap();
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).unwrap()
}

#[tokio::test]
async fn a_machine_keeps_its_token_and_renews_it_before_it_ends() {
    let (world, machine) = machine().await;
    number_tokens(&world, 600);
    answer_api(&world, &[]);
    assert_eq!(token_seen(&machine).await, "t1");
    world.clock.advance(Duration::from_secs(539));
    assert_eq!(token_seen(&machine).await, "t1");
    // In the last minute the old one still serves while the new one is asked for.
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(token_seen(&machine).await, "t1");
    while machine.access_token().await.unwrap().expose() == "t1" {
        tokio::task::yield_now().await;
    }
    assert_eq!(token_seen(&machine).await, "t2");
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(token_seen(&machine).await, "t3");
}

#[tokio::test]
async fn a_thousand_requests_of_a_machine_ask_for_one_token() {
    let (world, machine) = machine().await;
    let given = number_tokens(&world, 600);
    answer_api(&world, &[]);
    let held = world.servers.hold();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let machine = machine.clone();
        requests.spawn(async move { token_seen(&machine).await });
    }
    world.servers.arrived(1).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert!(requests.join_all().await.into_iter().all(|token| token == "t1"));
    assert_eq!(given.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_requests_it_failed() {
    let (world, machine) = machine().await;
    let given = number_tokens(&world, 600);
    answer_api(&world, &["t1"]);
    machine.access_token().await.unwrap();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let machine = machine.clone();
        requests.spawn(async move { token_seen(&machine).await });
    }
    assert!(requests.join_all().await.into_iter().all(|token| token == "t2"));
    assert_eq!(given.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_api_that_refuses_every_token_is_asked_twice_and_no_more() {
    let (world, machine) = machine().await;
    number_tokens(&world, 600);
    world.servers.answer(Method::Get, API, OutboundResponse::new(401, ""));
    assert_eq!(machine.get(API).await.unwrap().status, 401);
    assert_eq!(world.servers.requests_to(Method::Get, API).len(), 2);
}

#[tokio::test]
async fn a_machine_s_token_goes_to_its_api_only_and_in_place_of_any_other() {
    let (world, machine) = machine().await;
    number_tokens(&world, 600);
    for elsewhere in ["https://evil.example/", "http://api.example/", "https://api.example:444/"] {
        assert_eq!(machine.get(elsewhere).await.unwrap_err().kind(), ErrorKind::Configuration);
    }
    assert!(world.servers.requests().is_empty());

    world.servers.answer(Method::Post, API, OutboundResponse::new(201, ""));
    let request = OutboundRequest::new(Method::Post, url(API)).with_header("Authorization", "Basic x");
    machine.send(request.with_body("text/plain", "hello")).await.unwrap();
    let credentials: Vec<_> = world
        .sent()
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map(|(_, value)| value.expose().to_owned())
        .collect();
    assert_eq!(credentials, ["Bearer t1"]);
    assert_eq!(world.sent().body.unwrap().expose(), "hello");
}

#[tokio::test]
async fn a_machine_without_a_token_says_why_and_tries_again_next_time() {
    let (world, machine) = machine().await;
    world.servers.answer_once(Method::Post, TOKEN, pending("invalid_client"));
    assert_eq!(machine.get(API).await.unwrap_err().kind(), ErrorKind::InvalidClient);
    world.servers.fail_once(Method::Post, TOKEN, OutboundFault::Timeout);
    assert_eq!(machine.get(API).await.unwrap_err().kind(), ErrorKind::ProviderError);
    number_tokens(&world, 600);
    answer_api(&world, &[]);
    assert_eq!(token_seen(&machine).await, "t1");
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_with_what_to_change() {
    let http = FakeHttpClient::default;
    let missing_server = OAuthClient::builder("c").http_client(http()).build().await.unwrap_err();
    assert!(missing_server.to_string().contains(".issuer("));
    let endpoints = || OAuthEndpoints::new(url(TOKEN));
    let nameless = OAuthClient::builder("").endpoints(endpoints()).http_client(http()).build().await;
    assert_eq!(nameless.unwrap_err().kind(), ErrorKind::Configuration);
    let client = world(ClientAuthentication::None).await.client;
    let wrong = MachineClient::new(client, "", ["https://api.example/v1"]).unwrap_err();
    assert!(wrong.to_string().contains("https://api.example/v1"));
}
