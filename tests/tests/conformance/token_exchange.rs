//! A token for another one, by a policy of the application's (RFC 8693).

use std::time::Duration;

use async_trait::async_trait;
use auth_core::Error;
use auth_core::server::{
    ExchangeDecision, ExchangePolicy, ExchangeRequest, GrantType, OAuthClient, ServerConfig,
};
use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::{Value, json};

use crate::registered::{NIGHTLY, RESOURCE, SECRET, introspect, machine, token};
use crate::relying_party::{payload, text};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const GATEWAY: &str = "gateway";

/// Says what the id of the client says.
#[derive(Debug)]
struct ById;

#[async_trait]
impl ExchangePolicy for ById {
    async fn decide(&self, request: ExchangeRequest<'_>) -> Result<ExchangeDecision, Error> {
        Ok(match request.client_id {
            GATEWAY | "next" => ExchangeDecision::Delegate,
            "quiet" => ExchangeDecision::Impersonate,
            _ => ExchangeDecision::Refuse,
        })
    }
}

fn exchanger(id: &str) -> OAuthClient {
    machine(id).grants([GrantType::TokenExchange, GrantType::ClientCredentials])
}

fn config() -> ServerConfig {
    let api =
        OAuthClient::new("api").secret(SECRET).grants([GrantType::ClientCredentials]).resources([RESOURCE]);
    let narrow = exchanger("next").scopes(["reports:read"]);
    ServerConfig::new().clients([
        exchanger(GATEWAY),
        narrow,
        exchanger("quiet"),
        exchanger("stranger"),
        exchanger("ours").first_party(true),
        machine(NIGHTLY),
        api,
    ])
}

fn start(on: Framework) -> TestApp {
    on.start_with(|builder| builder.server(config().token_exchange(ById)))
}

fn exchange(app: &TestApp, client: &str, subject: &str, more: &[(&str, &str)]) -> Reply {
    let usual = [("grant_type", GRANT), ("subject_token", subject), ("subject_token_type", ACCESS_TOKEN)];
    let is_replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
    let fields: Vec<_> =
        usual.into_iter().filter(|(name, _)| !is_replaced(name)).chain(more.iter().copied()).collect();
    app.post("/auth/token").basic(client, SECRET).form(&fields).send()
}

fn exchanged(app: &TestApp, client: &str, subject: &str, more: &[(&str, &str)]) -> String {
    text(&exchange(app, client, subject, more).expect(200).json(), "access_token")
}

fn alices(app: &TestApp) -> String {
    app.tokens(ALICE, "reports:read").access
}

pub(crate) fn who_acts_is_named(on: Framework) {
    let app = start(on);
    let subject = alices(&app);
    let answer = exchange(&app, GATEWAY, &subject, &[]).expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = answer.json();
    assert_eq!(
        (&answer["issued_token_type"], &answer["token_type"]),
        (&json!(ACCESS_TOKEN), &json!("Bearer"))
    );
    assert_eq!((&answer["scope"], &answer["refresh_token"]), (&json!("reports:read"), &Value::Null));
    let first = text(&answer, "access_token");
    let claims = payload(&first);
    assert_eq!((&claims["act"], &claims["client_id"]), (&json!({"sub": GATEWAY}), &json!(GATEWAY)));
    assert_eq!((&claims["sub"], &claims["sid"]), (&payload(&subject)["sub"], &payload(&subject)["sid"]));
    assert_eq!(app.get("/scoped").bearer(&first).send().expect(200).text(), "hello alice");
    app.get("/private").bearer(&first).send().expect(403);

    let second = exchanged(&app, "next", &first, &[]);
    assert_eq!(payload(&second)["act"], json!({"sub": "next", "act": {"sub": GATEWAY}}));
    let quiet = exchanged(&app, "quiet", &second, &[]);
    assert_eq!(payload(&quiet)["act"], payload(&second)["act"], "who acted before stays in it");
    assert_eq!(payload(&exchanged(&app, "quiet", &subject, &[]))["act"], Value::Null);
    let told = introspect(&app, "next", &second).expect(200).json();
    assert_eq!((&told["act"]["sub"], &told["exchanged"]), (&json!("next"), &Value::Null));

    let actor = token(&app, NIGHTLY, &[]);
    let actor = [("actor_token", &*actor), ("actor_token_type", ACCESS_TOKEN)];
    assert_eq!(payload(&exchanged(&app, GATEWAY, &subject, &actor))["act"], json!({"sub": NIGHTLY}));
    let third = exchanged(&app, GATEWAY, &second, &[]);
    let fourth = exchanged(&app, "next", &third, &[]);
    exchange(&app, GATEWAY, &fourth, &[]).oauth(400, "invalid_request");
}

pub(crate) fn nothing_is_given_that_was_not_there(on: Framework) {
    let app = start(on);
    let subject = alices(&app);
    let asking = |more: &[(&str, &str)]| exchange(&app, GATEWAY, &subject, more);
    asking(&[("scope", "reports:write")]).oauth(400, "invalid_scope");
    asking(&[("scope", "reports:read reports:write")]).oauth(400, "invalid_scope");
    asking(&[("resource", "https://other.example")]).oauth(400, "invalid_target");
    asking(&[("resource", RESOURCE), ("audience", "https://other.example")]).oauth(400, "invalid_target");
    let narrow = exchanged(&app, GATEWAY, &subject, &[("resource", RESOURCE)]);
    assert_eq!(payload(&narrow)["aud"], RESOURCE);
    app.get("/scoped").bearer(&narrow).send().problem(401, "invalid_token");
    // What is for one resource is not made one for another, nor for us.
    exchange(&app, "next", &narrow, &[("resource", &app.base)]).oauth(400, "invalid_target");
    assert_eq!(payload(&exchanged(&app, "next", &narrow, &[]))["aud"], RESOURCE);
    // It ends no later.
    app.clock.advance(Duration::from_secs(600));
    let late = exchange(&app, GATEWAY, &subject, &[]).expect(200).json();
    assert_eq!(late["expires_in"], 300);
    assert_eq!(payload(&text(&late, "access_token"))["exp"], payload(&subject)["exp"]);
}

pub(crate) fn what_is_not_exchanged_is_refused(on: Framework) {
    let app = start(on);
    let subject = alices(&app);
    exchange(&app, "stranger", &subject, &[]).oauth(400, "access_denied");
    exchange(&app, NIGHTLY, &subject, &[]).oauth(400, "unauthorized_client");
    let own = token(&app, GATEWAY, &[("scope", "reports:read")]);
    exchange(&app, GATEWAY, &own, &[]).oauth(400, "invalid_request");
    let refresh = app.tokens(ALICE, "").refresh;
    for other in [&refresh, "x", &crate::jwt::tampered(&subject)] {
        exchange(&app, GATEWAY, other, &[]).oauth(400, "invalid_request");
    }
    let id_token = "urn:ietf:params:oauth:token-type:id_token";
    exchange(&app, GATEWAY, &subject, &[("subject_token_type", id_token)]).oauth(400, "invalid_request");
    exchange(&app, GATEWAY, &subject, &[("requested_token_type", id_token)]).oauth(400, "invalid_request");
    exchange(&app, GATEWAY, &subject, &[("actor_token", &subject)]).oauth(400, "invalid_request");
    let bad_actor = [("actor_token", "x"), ("actor_token_type", ACCESS_TOKEN)];
    exchange(&app, GATEWAY, &subject, &bad_actor).oauth(400, "invalid_request");
    // A token of the operator's own client would stand for the user.
    let foreign = exchanged(&app, GATEWAY, &subject, &[]);
    exchange(&app, "ours", &foreign, &[]).oauth(400, "invalid_request");
    app.clock.advance(Duration::from_secs(911));
    exchange(&app, GATEWAY, &subject, &[]).oauth(400, "invalid_request");
}

pub(crate) fn without_a_policy_nothing_is_exchanged(on: Framework) {
    let app = on.start_with(|builder| builder.server(config()));
    let subject = alices(&app);
    exchange(&app, GATEWAY, &subject, &[]).oauth(400, "unsupported_grant_type");
    let grants = |app: &TestApp| {
        let metadata = app.get("/.well-known/oauth-authorization-server").send().expect(200).json();
        metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT))
    };
    assert!(!grants(&app) && grants(&start(on)));
}

pub(crate) fn what_was_exchanged_ends_with_what_it_came_of(on: Framework) {
    let app = start(on);
    let pair = app.tokens(ALICE, "reports:read");
    let revoke = |client: &str, token: &str| {
        app.post("/auth/revoke").basic(client, SECRET).form(&[("token", token)]).send().expect(200)
    };
    let opens = |token: &str| app.get("/scoped").bearer(token).send().status == 200;
    let (one, other) =
        (exchanged(&app, GATEWAY, &pair.access, &[]), exchanged(&app, GATEWAY, &pair.access, &[]));
    // Its client ends it, and nothing else.
    revoke(GATEWAY, &one);
    assert!(!opens(&one) && opens(&other) && opens(&pair.access));
    app.post("/auth/revoke").form(&[("token", &pair.refresh)]).send().expect(200);
    assert!(!opens(&other) && !opens(&pair.access));
}
