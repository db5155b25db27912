//! What a token is, for whom it concerns (RFC 7662).

use auth_core::server::OAuthClient;
use auth_core::user::UserUpdate;
use conformance::{ALICE, BOB, Framework};
use serde_json::json;

use crate::registered::{API, NIGHTLY, RESOURCE, SECRET, introspect, machine, token, with};

const SCOPE: (&str, &str) = ("scope", "reports:read");

pub(crate) fn a_token_is_told_to_whom_it_was_issued(on: Framework) {
    let app = on.start_with(with([]));
    let reply = introspect(&app, NIGHTLY, &token(&app, NIGHTLY, &[SCOPE])).expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let told = reply.json();
    assert_eq!(told["active"], true);
    for (member, value) in [
        ("client_id", NIGHTLY),
        ("sub", NIGHTLY),
        ("scope", "reports:read"),
        ("token_type", "Bearer"),
        ("iss", &app.base),
        ("aud", &app.base),
    ] {
        assert_eq!(told[member], value, "{told}");
    }
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 900);
    assert_eq!(told["auth_epoch"], json!(null), "that is our own affair");
}

pub(crate) fn a_token_is_told_to_its_resource_and_to_nobody_else(on: Framework) {
    let app = on.start_with(with([machine("stranger").resources(["https://other.example"])]));
    let meant = token(&app, NIGHTLY, &[("resource", RESOURCE)]);
    assert_eq!(introspect(&app, API, &meant).expect(200).json()["aud"], RESOURCE);
    assert_eq!(introspect(&app, "stranger", &meant).expect(200).json(), json!({"active": false}));
    let for_us = token(&app, NIGHTLY, &[]);
    assert_eq!(introspect(&app, API, &for_us).expect(200).json(), json!({"active": false}));
    let users = app.tokens(ALICE, "reports:read");
    for one in [&users.access, &users.refresh] {
        assert_eq!(introspect(&app, API, one).expect(200).json(), json!({"active": false}));
    }
}

pub(crate) fn what_does_not_count_is_inactive_alone(on: Framework) {
    let app = on.start_with(with([]));
    let ended = token(&app, NIGHTLY, &[]);
    app.clock.advance(std::time::Duration::from_secs(911));
    for one in [&ended, "x", "a.b.c", &crate::jwt::tampered(&token(&app, NIGHTLY, &[]))] {
        let reply = introspect(&app, NIGHTLY, one).expect(200);
        assert_eq!(reply.text(), r#"{"active":false}"#);
    }
}

pub(crate) fn a_refresh_token_is_told_to_its_client(on: Framework) {
    let shop = OAuthClient::new("shop")
        .secret(SECRET)
        .redirect_uris(["https://shop.example/cb"])
        .scopes(["openid", "reports:read"]);
    let app = on.start_with(with([shop]));
    let pair = app.foreign_tokens(ALICE, "shop", "reports:read");
    let told = introspect(&app, "shop", &pair.refresh).expect(200).json();
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!("shop")));
    assert_eq!((&told["scope"], &told["sub"]), (&json!("reports:read"), &json!(app.user(ALICE).id.as_str())));
    assert_eq!(introspect(&app, NIGHTLY, &pair.refresh).expect(200).json(), json!({"active": false}));
    assert_eq!(introspect(&app, "shop", &pair.access).expect(200).json()["active"], true);
    // It ends with its user.
    let mut off = UserUpdate::default();
    off.is_active = Some(false);
    app.block_on(app.auth.users().update(&app.user(ALICE).id, off)).unwrap();
    for one in [&pair.refresh, &pair.access] {
        assert_eq!(introspect(&app, "shop", one).expect(200).json(), json!({"active": false}));
    }
}

pub(crate) fn nobody_asks_without_proof(on: Framework) {
    let public = OAuthClient::new("app").redirect_uris(["com.example.app:/cb"]);
    let app = on.start_with(with([public]));
    let one = app.tokens(BOB, "").access;
    let ask = || app.post("/auth/introspect");
    ask().form(&[("token", &one)]).send().oauth(401, "invalid_client");
    ask().form(&[("token", &one), ("client_id", "app")]).send().oauth(401, "invalid_client");
    ask().form(&[("token", &one), ("client_id", "first-party")]).send().oauth(401, "invalid_client");
    ask().bearer(&one).form(&[("token", &one)]).send().oauth(401, "invalid_client");
    let wrong = ask().basic(API, "wrong").form(&[("token", &one)]).send().oauth(401, "invalid_client");
    assert!(wrong.header("www-authenticate").is_some());
    ask().basic(API, SECRET).form(&[]).send().oauth(400, "invalid_request");
    ask().basic(API, SECRET).json(&json!({"token": one})).send().oauth(415, "invalid_request");
    app.get("/auth/introspect").send().oauth(405, "invalid_request");
}

pub(crate) fn a_token_is_inactive_once_it_was_revoked(on: Framework) {
    let app = on.start_with(with([]));
    let one = token(&app, NIGHTLY, &[SCOPE]);
    app.post("/auth/revoke").basic(NIGHTLY, SECRET).form(&[("token", &one)]).send().expect(200);
    assert_eq!(introspect(&app, NIGHTLY, &one).expect(200).text(), r#"{"active":false}"#);
}
