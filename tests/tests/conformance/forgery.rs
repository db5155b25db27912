//! Tokens that are not signed by our key (RFC 8725 sections 2 and 3; RFC 7515 section 5.2).

use std::io::ErrorKind;
use std::net::TcpListener;

use auth_core::key::SigningAlgorithm;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use conformance::{ALICE, Framework, TestApp};
use serde_json::{Value, json};

use crate::jwt;

#[track_caller]
fn refused(app: &TestApp, token: &str) {
    for route in ["/api", "/scoped"] {
        app.get(route).bearer(token).send().problem(401, "invalid_token");
    }
}

/// An app, and header and claims of a token that it takes.
fn start(on: Framework) -> (TestApp, String, Value, Value) {
    let app = on.start();
    let token = app.tokens(ALICE, "reports:read").access;
    let (header, claims) = jwt::read(&token);
    (app, token, header, claims)
}

fn with(value: &Value, member: &str, new: Value) -> Value {
    let mut changed = value.clone();
    changed[member] = new;
    changed
}

fn without(value: &Value, member: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().remove(member);
    changed
}

pub(crate) fn an_unsigned_token_is_refused(on: Framework) {
    let (app, token, header, claims) = start(on);
    let signature = URL_SAFE_NO_PAD.decode(token.rsplit('.').next().unwrap()).unwrap();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = with(&header, "alg", json!(alg));
        refused(&app, &jwt::with_signature(&header, &claims, b""));
        refused(&app, &jwt::with_signature(&header, &claims, &signature));
    }
    let header = without(&header, "alg");
    refused(&app, &jwt::with_signature(&header, &claims, b""));
    refused(&app, &jwt::signing_input(&header, &claims));
    let (input, _) = token.rsplit_once('.').unwrap();
    refused(&app, &format!("{input}."));
    refused(&app, input);
}

pub(crate) fn our_public_key_is_no_hmac_key(on: Framework) {
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256, SigningAlgorithm::Rs256] {
        let app = on.start_with(|builder| builder.signing_algorithm(algorithm));
        let (header, claims) = jwt::read(&app.tokens(ALICE, "reports:read").access);
        let jwk = app.get("/.well-known/jwks.json").send().json()["keys"][0].clone();
        for alg in ["HS256", "HS384", "HS512"] {
            let header = with(&header, "alg", json!(alg));
            for key in forms_of(&jwk) {
                refused(&app, &jwt::by_hmac(&header, &claims, &key));
            }
        }
    }
}

/// The ways in which a public key is written, each a key that somebody's verifier once took.
fn forms_of(jwk: &Value) -> Vec<Vec<u8>> {
    let part =
        |name: &str| jwk[name].as_str().map(|text| URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap_or_default();
    let raw = [part("x"), part("y"), part("n")].concat();
    // SubjectPublicKeyInfo of Ed25519, RFC 8410; for the others the raw key stands in.
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &raw].concat();
    let text = STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
    vec![
        pem.replace('\n', "\r\n").into_bytes(),
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        der,
        raw.clone(),
        jwk.to_string().into_bytes(),
        json!({"keys": [jwk]}).to_string().into_bytes(),
        format!("ssh-ed25519 {}", STANDARD.encode(&raw)).into_bytes(),
        jwk["x"].as_str().or(jwk["n"].as_str()).unwrap_or_default().as_bytes().to_vec(),
        Vec::new(),
    ]
}

pub(crate) fn a_key_that_the_token_brings_along_is_not_used(on: Framework) {
    let (app, _, header, claims) = start(on);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let own = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(b"0123456789abcdef0123456789abcdef"), "kid": "mine"});
    let hmac = with(&header, "alg", json!("HS256"));
    for (member, value) in [
        ("jwk", own.clone()),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("x5c", json!(["MIIB"])),
        ("kid", json!("mine")),
        ("kid", json!("../../dev/null")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!(null)),
        ("kid", json!(["mine"])),
    ] {
        let header = with(&hmac, member, value);
        refused(&app, &jwt::by_hmac(&header, &claims, b"0123456789abcdef0123456789abcdef"));
        refused(&app, &jwt::by_hmac(&header, &claims, b""));
    }
    let called = listener.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(called, Err(ErrorKind::WouldBlock), "nobody is asked");
}

pub(crate) fn any_other_form_is_refused(on: Framework) {
    let (app, token, ..) = start(on);
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts") };
    for other in [
        format!("{token}="),
        format!("{token}."),
        format!("{token}.x"),
        format!(".{token}"),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}"),
        format!("{header}..{signature}"),
        format!("{claims}.{header}.{signature}"),
        format!("{{\"protected\":\"{header}\",\"payload\":\"{claims}\",\"signature\":\"{signature}\"}}"),
        token.to_uppercase(),
        jwt::tampered(&token),
        ".".repeat(30_000),
    ] {
        refused(&app, &other);
    }
    assert!(app.takes_token(&token), "and the token itself is good");
}

pub(crate) fn only_an_access_token_is_one(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "reports:read");
    let session = app.login(ALICE);
    refused(&app, &pair.refresh);
    refused(&app, &session);
    app.get("/private").session(&pair.refresh).send().problem(401, "unauthenticated");
    app.get("/private").session(&pair.access).send().problem(401, "unauthenticated");
}

pub(crate) fn a_token_of_another_installation_is_refused(on: Framework) {
    let (one, other) = (on.start(), on.start());
    let token = one.tokens(ALICE, "reports:read").access;
    assert!(one.takes_token(&token));
    refused(&other, &token);
}

pub(crate) fn a_token_ends_with_its_user(on: Framework) {
    let (app, token, ..) = start(on);
    let id = app.user(ALICE).id.clone();
    assert!(app.block_on(app.auth.users().remove(&id)).unwrap());
    refused(&app, &token);
}
