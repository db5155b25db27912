//! The token route and what it hands out (RFC 6749 sections 4.3 and 5, RFC 9068, RFC 7517).

use auth_core::key::SigningAlgorithm;
use conformance::{ALICE, BOB, Framework, ROOT, TestApp};
use serde_json::{Value, json};

use crate::jwt;

fn jwks(app: &TestApp) -> Value {
    app.get("/.well-known/jwks.json").send().expect(200).json()
}

pub(crate) fn the_password_grant_answers_a_pair(on: Framework) {
    let app = on.start();
    let reply = app.try_token(ALICE, "reports:read").send().expect(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("set-cookie"), None);
    let body = reply.json();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members.len(), 5, "{body}");
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(body["scope"], "reports:read");
    assert!(body["refresh_token"].as_str().unwrap().len() >= 43, "256 bits");
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(app.get("/api").bearer(token).send().expect(200).text(), "hello alice");
    assert_eq!(app.get("/scoped").bearer(token).send().expect(200).text(), "hello alice");
    assert_eq!(app.get("/private").bearer(token).send().expect(200).text(), "hello alice");
}

pub(crate) fn the_scope_is_what_the_policy_allows(on: Framework) {
    let app = on.start();
    let scope = |person, asked: &str| app.try_token(person, asked).send().expect(200).json()["scope"].clone();
    assert_eq!(scope(ALICE, "reports:read"), "reports:read");
    assert_eq!(scope(ALICE, "reports:read reports:write admin"), "reports:read");
    assert_eq!(scope(ALICE, "reports:read reports:read"), "reports:read");
    assert_eq!(scope(ALICE, ""), "");
    assert_eq!(scope(BOB, "reports:read"), "");
    assert_eq!(scope(ROOT, "reports:read"), "reports:read");
    app.try_token(ALICE, "reports:read \"quoted\"").send().oauth(400, "invalid_scope");
}

pub(crate) fn wrong_credentials_are_invalid_grant(on: Framework) {
    let app = on.start();
    let ask = |name: &str, password: &str| {
        let fields = [("grant_type", "password"), ("username", name), ("password", password)];
        app.post("/auth/token").form(&fields).send().oauth(400, "invalid_grant").body
    };
    assert_eq!(ask("alice", "some password or other"), ask("carol", "some password or other"));
    let by_address =
        [("grant_type", "password"), ("username", "alice@example.com"), ("password", ALICE.password)];
    app.post("/auth/token").form(&by_address).send().expect(200);
}

pub(crate) fn the_password_grant_is_off_unless_switched_on(on: Framework) {
    let app = on.start_with(|builder| builder.password_grant(false));
    app.try_token(ALICE, "").send().oauth(400, "unsupported_grant_type");
}

pub(crate) fn broken_token_requests_are_refused(on: Framework) {
    let app = on.start();
    let ask = |fields: &[(&str, &str)]| app.post("/auth/token").form(fields).send();
    ask(&[]).oauth(400, "invalid_request");
    ask(&[("grant_type", "")]).oauth(400, "invalid_request");
    ask(&[("grant_type", "password"), ("username", "alice")]).oauth(400, "invalid_request");
    ask(&[("grant_type", "refresh_token")]).oauth(400, "invalid_request");
    ask(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).oauth(400, "invalid_grant");
    for grant in ["authorization_code", "client_credentials", "implicit", "PASSWORD", "urn:x"] {
        ask(&[("grant_type", grant)]).oauth(400, "unsupported_grant_type");
    }
    app.get("/auth/token").send().oauth(405, "invalid_request");
}

pub(crate) fn a_client_that_cannot_be_authenticated_is_401(on: Framework) {
    let app = on.start();
    let challenge = Some("Basic realm=\"Login Required\", charset=\"UTF-8\"");
    let reply = app.try_token(ALICE, "").basic("client", "secret").send().oauth(401, "invalid_client");
    assert_eq!(reply.header("www-authenticate"), challenge);
    let reply = app.post("/auth/revoke").basic("client", "secret").form(&[("token", "x")]).send();
    assert_eq!(reply.oauth(401, "invalid_client").header("www-authenticate"), challenge);
    for more in [("client_id", "other"), ("client_secret", "secret")] {
        let fields =
            [("grant_type", "password"), ("username", ALICE.name), ("password", ALICE.password), more];
        let reply = app.post("/auth/token").form(&fields).send().oauth(401, "invalid_client");
        assert_eq!(reply.header("www-authenticate"), None);
    }
    let fields = [
        ("grant_type", "password"),
        ("username", ALICE.name),
        ("password", ALICE.password),
        ("client_id", "first-party"),
    ];
    app.post("/auth/token").form(&fields).send().expect(200);
    let twice = app.try_token(ALICE, "").basic("a", "b").header("Authorization", "Bearer x");
    twice.send().oauth(400, "invalid_request");
}

pub(crate) fn access_tokens_are_what_rfc_9068_says(on: Framework) {
    let app = on.start();
    let token = app.tokens(ALICE, "reports:read").access;
    let (header, claims) = jwt::read(&token);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    assert_eq!(header["kid"], jwks(&app)["keys"][0]["kid"]);
    assert_eq!(claims["iss"], app.base);
    assert_eq!(claims["aud"], app.base);
    assert_eq!(claims["sub"], app.user(ALICE).id.to_string());
    assert_eq!(claims["client_id"], "first-party");
    assert_eq!(claims["scope"], "reports:read");
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_700_000_000), &json!(1_700_000_900)));
    assert_eq!((&claims["auth_time"], &claims["amr"]), (&json!(1_700_000_000), &json!(["pwd"])));
    assert!(claims["jti"].as_str().unwrap().len() >= 16 && claims["sid"].is_string());
    let other = jwt::read(&app.tokens(ALICE, "").access).1;
    assert_ne!(claims["jti"], other["jti"]);
    assert_ne!(claims["sid"], other["sid"]);
    assert_ne!(claims["sub"], claims["client_id"]);
}

pub(crate) fn every_algorithm_signs_and_verifies(on: Framework) {
    for (algorithm, name) in [
        (SigningAlgorithm::EdDsa, "EdDSA"),
        (SigningAlgorithm::Es256, "ES256"),
        (SigningAlgorithm::Rs256, "RS256"),
        (SigningAlgorithm::Hs256, "HS256"),
    ] {
        let app = on.start_with(|builder| builder.signing_algorithm(algorithm));
        let token = app.tokens(ALICE, "").access;
        assert_eq!(jwt::read(&token).0["alg"], name);
        assert!(app.takes_token(&token), "{name}");
        assert!(!app.takes_token(&jwt::tampered(&token)), "{name}");
    }
}

pub(crate) fn the_key_set_holds_public_keys_only(on: Framework) {
    let cases = [
        (SigningAlgorithm::EdDsa, "EdDSA", "OKP"),
        (SigningAlgorithm::Es256, "ES256", "EC"),
        (SigningAlgorithm::Rs256, "RS256", "RSA"),
    ];
    for (algorithm, name, kind) in cases {
        let app = on.start_with(|builder| builder.signing_algorithm(algorithm));
        let reply = app.get("/.well-known/jwks.json").send().expect(200);
        let cache = reply.header("cache-control").unwrap();
        assert!(cache.starts_with("public, max-age="), "{cache}");
        assert_eq!((reply.header("vary"), reply.header("set-cookie")), (None, None));
        let key = &reply.json()["keys"][0];
        assert_eq!((&key["alg"], &key["kty"], &key["use"]), (&json!(name), &json!(kind), &json!("sig")));
        assert!(key["kid"].as_str().is_some_and(|kid| !kid.is_empty()));
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(key.get(private).is_none(), "{name} shows {private}");
        }
    }
    let app = on.start_with(|builder| builder.signing_algorithm(SigningAlgorithm::Hs256));
    assert_eq!(jwks(&app), json!({"keys": []}), "a symmetric key is nobody else's");
}
