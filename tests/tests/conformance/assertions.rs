//! Clients that prove who they are by a key of their own: `private_key_jwt` (RFC 7523, OpenID Connect Core 1.0 section 9).

use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::key::SigningAlgorithm;
use auth_core::server::{GrantType, OAuthClient};
use conformance::{Framework, IdToken, Key, Reply, Signature, TestApp};
use serde_json::{Value, json};

use crate::registered::{NIGHTLY, SECRET, with};

const ROBOT: &str = "robot";
const KIND: (&str, &str) =
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

fn key() -> Key {
    Key::generate(SigningAlgorithm::Es256, 7)
}

fn robot(id: &str, key: &Key) -> OAuthClient {
    let jwks = json!({"keys": [key.jwk()]}).to_string();
    OAuthClient::new(id).jwks(jwks).grants([GrantType::ClientCredentials])
}

fn start(on: Framework) -> TestApp {
    on.start_with(with([robot(ROBOT, &key()), robot("other", &Key::generate(SigningAlgorithm::EdDsa, 8))]))
}

/// A good one, with a `jti` of this name.
fn assertion(app: &TestApp, jti: &str) -> IdToken {
    let now = app.clock.now().unix_seconds();
    IdToken {
        header: key().header("JWT"),
        claims: json!({
            "iss": ROBOT, "sub": ROBOT, "aud": app.base, "jti": jti, "iat": now, "exp": now + 60,
        }),
        payload: None,
        signature: Signature::Key(key()),
    }
}

fn send(app: &TestApp, assertion: &IdToken) -> Reply {
    send_text(app, &assertion.sign(&key()))
}

fn send_text(app: &TestApp, jwt: &str) -> Reply {
    let fields = [("grant_type", "client_credentials"), KIND, ("client_assertion", jwt)];
    app.post("/auth/token").form(&fields).send()
}

pub(crate) fn a_client_proves_itself_by_its_key(on: Framework) {
    let app = start(on);
    send(&app, &assertion(&app, "1")).expect(200);
    let mut to_the_endpoint = assertion(&app, "2");
    to_the_endpoint.claims["aud"] = json!([format!("{}/auth/token", app.base)]);
    send(&app, &to_the_endpoint).expect(200);
    let mut typed = assertion(&app, "3");
    typed.header["typ"] = json!("client-authentication+jwt");
    send(&app, &typed).expect(200);
    let jwt = assertion(&app, "4").sign(&key());
    let fields = [("token", "x"), KIND, ("client_assertion", &jwt), ("client_id", ROBOT)];
    assert_eq!(
        app.post("/auth/introspect").form(&fields).send().expect(200).json(),
        json!({"active": false})
    );
    // A secret is not its way, and an assertion not the others'.
    let fields = [("grant_type", "client_credentials")];
    app.post("/auth/token").basic(ROBOT, SECRET).form(&fields).send().oauth(401, "invalid_client");
}

pub(crate) fn an_assertion_is_taken_once(on: Framework) {
    let app = start(on);
    let once = assertion(&app, "once");
    send(&app, &once).expect(200);
    send(&app, &once).oauth(401, "invalid_client");
    // Not by another token of that name either, as long as the first could still be taken.
    app.clock.advance(Duration::from_secs(50));
    send(&app, &assertion(&app, "once")).oauth(401, "invalid_client");
    send(&app, &assertion(&app, "another")).expect(200);
}

pub(crate) fn what_does_not_hold_is_refused(on: Framework) {
    let app = start(on);
    let now = app.clock.now().unix_seconds();
    let changes: [(&str, Value); 19] = [
        ("iss", json!(NIGHTLY)),
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("sub", json!("alice")),
        ("aud", json!("https://elsewhere.example")),
        ("aud", json!(format!("{}/", app.base))),
        ("aud", json!(format!("{}/auth/introspect", app.base))),
        ("aud", json!([app.base, "https://elsewhere.example"])),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("exp", json!(now - 11)),
        ("exp", json!(now + 611)),
        ("exp", json!(null)),
        ("exp", json!("2000000000")),
        ("nbf", json!(now + 60)),
        ("iat", json!(now + 60)),
        ("jti", json!(null)),
        ("jti", json!("")),
        ("jti", json!(7)),
    ];
    for (index, (claim, value)) in changes.into_iter().enumerate() {
        let mut changed = assertion(&app, &index.to_string());
        changed.claims[claim] = value.clone();
        let refused = send(&app, &changed).oauth(401, "invalid_client");
        assert_eq!(refused.header("www-authenticate"), None, "{claim} {value}");
    }
    for typ in ["at+jwt", "dpop+jwt", "logout+jwt"] {
        let mut typed = assertion(&app, typ);
        typed.header["typ"] = json!(typ);
        send(&app, &typed).oauth(401, "invalid_client");
    }
    send_text(&app, "a.b.c").oauth(401, "invalid_client");
    let jwt = assertion(&app, "beside").sign(&key());
    let fields =
        [("grant_type", "client_credentials"), KIND, ("client_assertion", &jwt), ("client_id", "other")];
    app.post("/auth/token").form(&fields).send().oauth(401, "invalid_client");
    let kind = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
    let fields = [("grant_type", "client_credentials"), kind, ("client_assertion", &jwt)];
    app.post("/auth/token").form(&fields).send().oauth(401, "invalid_client");
    // None of these has used it up.
    send_text(&app, &jwt).expect(200);
}

pub(crate) fn a_clock_that_is_a_little_ahead_is_borne(on: Framework) {
    let app = start(on);
    let now = app.clock.now().unix_seconds();
    for (ahead, is_taken) in [(8, true), (61, false)] {
        let mut dated = assertion(&app, &ahead.to_string());
        for claim in ["iat", "nbf"] {
            dated.claims[claim] = json!(now + ahead);
        }
        dated.claims["exp"] = json!(now + ahead + 60);
        assert_eq!(send(&app, &dated).status == 200, is_taken, "{ahead} seconds");
    }
}

pub(crate) fn another_keys_signature_is_refused(on: Framework) {
    let app = start(on);
    let others = Key::generate(SigningAlgorithm::EdDsa, 8);
    let strangers = Key::generate(SigningAlgorithm::Es256, 9);
    for (index, (signature, header)) in [
        (Signature::Missing, json!({"alg": "none", "typ": "JWT"})),
        (Signature::Missing, key().header("JWT")),
        (Signature::Wrong, key().header("JWT")),
        (Signature::Key(others.clone()), others.header("JWT")),
        (Signature::Key(strangers.clone()), key().header("JWT")),
        (Signature::Hmac(key().jwk().to_string().into_bytes()), json!({"alg": "HS256", "typ": "JWT"})),
        (Signature::Key(strangers.clone()), json!({"alg": "ES256", "typ": "JWT", "jwk": strangers.jwk()})),
    ]
    .into_iter()
    .enumerate()
    {
        let forged = IdToken { signature, header, ..assertion(&app, &index.to_string()) };
        send(&app, &forged).oauth(401, "invalid_client");
    }
    // Nor one of ours.
    let ours = app.tokens(conformance::ALICE, "").access;
    send_text(&app, &ours).oauth(401, "invalid_client");
}
