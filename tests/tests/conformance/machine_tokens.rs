//! Tokens of registered clients: their own, and what they hold of users.

use std::time::Duration;

use auth_core::access::{ScopePolicy, ScopeRequest};
use auth_core::server::{GrantType, OAuthClient};
use auth_core::{Error, ErrorKind};
use conformance::{ALICE, Framework, TestApp};
use serde_json::json;

use crate::jwt;
use crate::registered::{NIGHTLY, RESOURCE, SECRET, ask, introspect, machine, token, with};

/// A policy that allows all there is.
#[derive(Debug)]
struct Everything;

#[async_trait::async_trait]
impl ScopePolicy for Everything {
    async fn allows(&self, _: ScopeRequest<'_>) -> Result<bool, Error> {
        Ok(true)
    }
}

const SCOPE: (&str, &str) = ("scope", "reports:read");

pub(crate) fn a_client_gets_a_token_of_its_own(on: Framework) {
    let app = on.start_with(with([]));
    let reply = ask(&app, NIGHTLY, &[SCOPE]).expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let body = reply.json();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"], "no refresh token");
    assert_eq!((&body["scope"], &body["expires_in"]), (&json!("reports:read"), &json!(900)));
    let (header, claims) = jwt::read(body["access_token"].as_str().unwrap());
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(NIGHTLY), &json!(NIGHTLY)));
    assert_eq!(claims["aud"], app.base.as_str());
    for absent in ["sid", "auth_time", "amr", "auth_epoch"] {
        assert_eq!(claims[absent], json!(null), "{absent}");
    }
}

pub(crate) fn a_token_of_a_client_opens_what_names_its_scope(on: Framework) {
    let app = on.start_with(with([]));
    let with_scope = token(&app, NIGHTLY, &[SCOPE]);
    assert_eq!(app.get("/scoped").bearer(&with_scope).send().expect(200).text(), "hello client");
    for route in ["/private", "/api", "/reports", "/staff", "/fresh", "/auth/sessions"] {
        app.get(route).bearer(&with_scope).send().problem(403, "user_required");
    }
    let without = token(&app, NIGHTLY, &[]);
    let refused = app.get("/scoped").bearer(&without).send().problem(403, "insufficient_scope");
    assert!(refused.header("www-authenticate").unwrap().contains("scope=\"reports:read\""));
}

pub(crate) fn a_scope_that_is_not_registered_is_refused(on: Framework) {
    let app = on.start_with(with([machine("person").scopes(["openid", "email", "reports:read"])]));
    for scope in ["admin", "reports:read admin", "REPORTS:READ", "reports", "reports:read  x", "a\"b"] {
        ask(&app, NIGHTLY, &[("scope", scope)]).oauth(400, "invalid_scope");
    }
    let twice = ask(&app, NIGHTLY, &[("scope", "reports:write reports:read reports:write")]).expect(200);
    assert_eq!(twice.json()["scope"], "reports:write reports:read");
    // What is about a person is not there for a program.
    let narrowed = ask(&app, "person", &[("scope", "openid reports:read email")]).expect(200);
    assert_eq!(narrowed.json()["scope"], "reports:read");
}

pub(crate) fn a_token_for_a_resource_opens_nothing_here(on: Framework) {
    let app = on.start_with(with([]));
    let meant = token(&app, NIGHTLY, &[SCOPE, ("resource", RESOURCE)]);
    assert_eq!(jwt::read(&meant).1["aud"], RESOURCE);
    app.get("/scoped").bearer(&meant).send().problem(401, "invalid_token");
    // Whoever parses the base URL writes it with a path.
    for here in [app.base.clone(), format!("{}/", app.base)] {
        let for_us = token(&app, NIGHTLY, &[SCOPE, ("resource", &here)]);
        assert_eq!(jwt::read(&for_us).1["aud"], app.base.as_str());
        app.get("/scoped").bearer(&for_us).send().expect(200);
    }
    for other in ["https://other.example", "https://api.example", "https://api.example/v1/", "api", "*"] {
        ask(&app, NIGHTLY, &[("resource", other)]).oauth(400, "invalid_target");
    }
    let both = [("resource", RESOURCE), ("resource", &app.base)];
    ask(&app, NIGHTLY, &both).oauth(400, "invalid_request");
}

pub(crate) fn a_grant_that_is_not_registered_is_refused(on: Framework) {
    let shop = OAuthClient::new("shop").secret(SECRET).redirect_uris(["https://shop.example/cb"]);
    let app = on.start_with(with([shop]));
    let try_grant = |client: &str, grant: &str| {
        let fields = [("grant_type", grant), ("username", "alice"), ("password", ALICE.password)];
        app.post("/auth/token").basic(client, SECRET).form(&fields).send()
    };
    try_grant("shop", "client_credentials").oauth(400, "unauthorized_client");
    for grant in ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"] {
        try_grant(NIGHTLY, grant).oauth(400, "unauthorized_client");
    }
    // The password grant is for the application's own client, whoever else asks.
    for grant in ["password", "implicit", "Client_Credentials", "device_code"] {
        try_grant(NIGHTLY, grant).oauth(400, "unsupported_grant_type");
    }
    app.post("/auth/token").basic(NIGHTLY, SECRET).form(&[]).send().oauth(400, "invalid_request");
}

pub(crate) fn a_client_has_a_life_of_tokens_of_its_own(on: Framework) {
    let app = on.start_with(with([machine("brief").access_life(Duration::from_secs(60))]));
    let reply = ask(&app, "brief", &[SCOPE]).expect(200).json();
    assert_eq!(reply["expires_in"], 60);
    let brief = reply["access_token"].as_str().unwrap();
    app.get("/scoped").bearer(brief).send().expect(200);
    app.clock.advance(Duration::from_secs(71));
    app.get("/scoped").bearer(brief).send().problem(401, "invalid_token");
}

pub(crate) fn a_client_that_nobody_registered_is_given_no_tokens(on: Framework) {
    let app = on.start_with(with([]));
    let told = app.try_foreign_tokens(ALICE, "gone", "reports:read").unwrap_err();
    assert_eq!(told.kind(), ErrorKind::InvalidClient);
    let grant = [("grant_type", "refresh_token"), ("refresh_token", "unknown"), ("client_id", "gone")];
    app.post("/auth/token").form(&grant).send().oauth(401, "invalid_client");
}

pub(crate) fn a_disabled_client_is_nobody_and_its_tokens_are_dead(on: Framework) {
    disable(&on.start_with(with([])));
}

pub(crate) fn a_disabled_client_is_nobody_on_sqlite(on: Framework) {
    disable(&on.start_on_sqlite_with(with([])));
}

/// One that the store keeps.
fn disable(app: &TestApp) {
    let clients = app.auth.server().unwrap().clients();
    let kept = shop().grants([GrantType::ClientCredentials, GrantType::RefreshToken]);
    app.block_on(clients.create(kept)).unwrap();
    let own = token(app, "shop", &[SCOPE]);
    let pair = app.foreign_tokens(ALICE, "shop", "reports:read");
    let opens = |token: &str| app.get("/scoped").bearer(token).send().status == 200;
    assert!(opens(&own) && opens(&pair.access));
    let rotated = app.block_on(clients.rotate_secret("shop")).unwrap();
    let grant = [("grant_type", "client_credentials")];
    for secret in [SECRET, rotated.expose()] {
        app.post("/auth/token").basic("shop", secret).form(&grant).send().expect(200);
    }
    app.block_on(clients.disable("shop")).unwrap();
    assert!(!opens(&own) && !opens(&pair.access));
    assert_eq!(introspect(app, NIGHTLY, &own).expect(200).json(), json!({"active": false}));
    ask(app, "shop", &[]).oauth(401, "invalid_client");
    refresh(app, &pair.refresh, None).oauth(401, "invalid_client");
    // Nobody else is affected, and it may be enabled again.
    assert!(opens(&token(app, NIGHTLY, &[SCOPE])));
    app.block_on(clients.enable("shop")).unwrap();
    assert!(opens(&own) && opens(&pair.access));
    app.block_on(clients.drop_old_secret("shop")).unwrap();
    ask(app, "shop", &[]).oauth(401, "invalid_client");
    app.post("/auth/token").basic("shop", rotated.expose()).form(&grant).send().expect(200);
}

pub(crate) fn a_client_revokes_its_own_tokens(on: Framework) {
    let app = on.start_with(with([shop()]));
    let own = token(&app, NIGHTLY, &[SCOPE]);
    let other = token(&app, NIGHTLY, &[SCOPE]);
    let elsewhere = token(&app, NIGHTLY, &[("resource", RESOURCE)]);
    for one in [&own, &elsewhere] {
        app.post("/auth/revoke").basic(NIGHTLY, SECRET).form(&[("token", one)]).send().expect(200);
    }
    app.get("/scoped").bearer(&own).send().problem(401, "invalid_token");
    assert_eq!(introspect(&app, NIGHTLY, &elsewhere).expect(200).json(), json!({"active": false}));
    app.get("/scoped").bearer(&other).send().expect(200);
    let pair = app.foreign_tokens(ALICE, "shop", "reports:read");
    app.post("/auth/revoke").basic("shop", SECRET).form(&[("token", &pair.refresh)]).send().expect(200);
    app.get("/scoped").bearer(&pair.access).send().problem(401, "invalid_token");
    refresh(&app, &pair.refresh, None).oauth(400, "invalid_grant");
}

pub(crate) fn another_client_revokes_nothing(on: Framework) {
    let app = on.start_with(with([shop()]));
    let own = token(&app, NIGHTLY, &[SCOPE]);
    app.post("/auth/revoke").basic("shop", SECRET).form(&[("token", &own)]).send().expect(200);
    app.post("/auth/revoke").form(&[("token", &own)]).send().expect(200);
    app.get("/scoped").bearer(&own).send().expect(200);
    for secret in ["wrong", ""] {
        let refused = app.post("/auth/revoke").basic(NIGHTLY, secret).form(&[("token", &own)]).send();
        refused.oauth(401, "invalid_client");
    }
    app.get("/scoped").bearer(&own).send().expect(200);
}

fn shop() -> OAuthClient {
    OAuthClient::new("shop")
        .secret(SECRET)
        .redirect_uris(["https://shop.example/cb"])
        .scopes(["offline_access", "reports:read"])
}

fn refresh(app: &TestApp, token: &str, scope: Option<&str>) -> conformance::Reply {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(scope.map(|scope| ("scope", scope)));
    app.post("/auth/token").basic("shop", SECRET).form(&fields).send()
}

pub(crate) fn what_a_client_holds_of_a_user_goes_by_its_own_grace(on: Framework) {
    let app = on.start_with(with([shop().refresh_grace(Duration::from_secs(30))]));
    let pair = app.foreign_tokens(ALICE, "shop", "reports:read");
    let first = refresh(&app, &pair.refresh, None).expect(200).json();
    assert_eq!(first["scope"], "reports:read");
    let access = first["access_token"].as_str().unwrap();
    assert_eq!(app.get("/scoped").bearer(access).send().expect(200).text(), "hello alice");
    app.get("/private").bearer(access).send().problem(403, "user_required");
    app.clock.advance(Duration::from_secs(29));
    let again = refresh(&app, &pair.refresh, None).expect(200).json();
    assert_eq!(again["refresh_token"], first["refresh_token"]);
    app.clock.advance(Duration::from_secs(2));
    refresh(&app, &pair.refresh, None).oauth(400, "invalid_grant");
    app.get("/scoped").bearer(access).send().problem(401, "invalid_token");
    // Another client's is left as it was.
    let pair = app.foreign_tokens(ALICE, "shop", "reports:read");
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", pair.refresh.as_str())];
    app.post("/auth/token").basic(NIGHTLY, SECRET).form(&fields).send().oauth(400, "unauthorized_client");
    refresh(&app, &pair.refresh, Some("reports:read admin")).oauth(400, "invalid_scope");
    refresh(&app, &pair.refresh, Some("reports:read")).expect(200);
}

pub(crate) fn what_the_registration_lost_is_not_refreshed(on: Framework) {
    let held = "offline_access reports:read";
    let app = on.start_with(with([shop().scopes(["offline_access"])]));
    let pair = app.foreign_tokens(ALICE, "shop", "reports:read");
    assert_eq!(refresh(&app, &pair.refresh, None).expect(200).json()["scope"], "");
    drop(app);
    // Without `offline_access` nothing is held while the user is away.
    let app = on.start_with(|builder| {
        let builder = with([shop().scopes(["reports:read"])])(builder);
        builder.scope_policy(Everything)
    });
    let pair = app.foreign_tokens(ALICE, "shop", held);
    refresh(&app, &pair.refresh, None).oauth(400, "invalid_grant");
    app.get("/scoped").bearer(&pair.access).send().problem(401, "invalid_token");
}

pub(crate) fn a_client_of_the_operators_own_stands_for_its_user(on: Framework) {
    let app = on.start_with(with([shop().first_party(true)]));
    let pair = app.foreign_tokens(ALICE, "shop", "");
    assert_eq!(app.get("/private").bearer(&pair.access).send().expect(200).text(), "hello alice");
    assert_eq!(app.get("/api").bearer(&pair.access).send().expect(200).text(), "hello alice");
}
