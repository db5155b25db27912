//! Tokens that are bound to a key, and the proofs that their clients send (RFC 9449).

use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::key::SigningAlgorithm;
use auth_core::server::{GrantType, OAuthClient, ServerConfig};
use auth_core::token::TokenConfig;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{ALICE, Framework, IdToken, Key, Reply, Request, Signature, TestApp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::jwt;
use crate::pushed;
use crate::races::at_once;
use crate::registered::{NIGHTLY, SECRET, introspect, with};
use crate::relying_party::{SHOP, VERIFIER, callback, code, let_in, payload, serving, shop, text, url};

const TOKEN: &str = "/auth/token";

/// A public client with a page of its own.
const APP: &str = "app";

pub(crate) fn key() -> Key {
    Key::generate(SigningAlgorithm::Es256, 7)
}

fn thumbprint(key: &Key) -> String {
    text(&key.jwk(), "kid")
}

/// A good proof of this key for a request, with a `jti` of this name.
fn forged(app: &TestApp, key: &Key, method: &str, path: &str, jti: &str) -> IdToken {
    let jwk = key.jwk();
    IdToken {
        header: json!({"typ": "dpop+jwt", "alg": jwk["alg"], "jwk": jwk}),
        claims: json!({
            "htm": method, "htu": format!("{}{path}", app.base), "iat": app.clock.now().unix_seconds(), "jti": jti,
        }),
        payload: None,
        signature: Signature::Key(key.clone()),
    }
}

/// The same, signed.
pub(crate) fn proof(app: &TestApp, method: &str, path: &str, jti: &str) -> String {
    forged(app, &key(), method, path, jti).sign(&key())
}

/// The same with a nonce that is none of ours.
pub(crate) fn of_another_nonce(app: &TestApp, path: &str) -> String {
    let mut proof = forged(app, &key(), "POST", path, "1");
    proof.claims["nonce"] = json!("x");
    proof.sign(&key())
}

/// A proof that comes with an access token.
fn proof_with(app: &TestApp, key: &Key, path: &str, jti: &str, token: &str) -> IdToken {
    let mut proof = forged(app, key, "GET", path, jti);
    proof.claims["ath"] = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
    proof
}

fn bound(app: &TestApp, path: &str, token: &str, proof: &str) -> Request {
    app.get(path).header("authorization", format!("DPoP {token}")).header("dpop", proof)
}

fn machine(app: &TestApp, proof: &str) -> Request {
    let fields = [("grant_type", "client_credentials"), ("scope", "reports:read")];
    app.post(TOKEN).basic(NIGHTLY, SECRET).header("dpop", proof).form(&fields)
}

/// Alice's own tokens, bound to the key.
fn own_tokens(app: &TestApp, jti: &str) -> Value {
    let proof = proof(app, "POST", TOKEN, jti);
    app.try_token(ALICE, "reports:read").header("dpop", proof).send().expect(200).json()
}

fn refresh(app: &TestApp, client: &str, token: &str, proof: Option<&str>) -> Reply {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client)];
    let request = app.post(TOKEN).form(&fields);
    match proof {
        Some(proof) => request.header("dpop", proof).send(),
        None => request.send(),
    }
}

/// The shop brings a code.
fn exchange(app: &TestApp, code: &str, proof: Option<&str>) -> Reply {
    let callback = callback(app);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &*callback),
        ("code_verifier", VERIFIER),
    ];
    let request = app.post(TOKEN).basic(SHOP, SECRET).form(&fields);
    match proof {
        Some(proof) => request.header("dpop", proof).send(),
        None => request.send(),
    }
}

fn public_app() -> OAuthClient {
    OAuthClient::new(APP).redirect_uris(["http://127.0.0.1/open"]).scopes([
        "openid",
        "offline_access",
        "reports:read",
    ])
}

pub(crate) fn a_token_is_bound_to_the_key_that_was_shown(on: Framework) {
    let app = on.start_with(with([]));
    let answer = machine(&app, &proof(&app, "POST", TOKEN, "1")).send().expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
    let token = text(&answer, "access_token");
    assert_eq!(payload(&token)["cnf"], json!({"jkt": thumbprint(&key())}));
    let told = introspect(&app, NIGHTLY, &token).expect(200).json();
    assert_eq!((&told["token_type"], &told["cnf"]["jkt"]), (&json!("DPoP"), &json!(thumbprint(&key()))));

    let own = own_tokens(&app, "2");
    assert_eq!(own["token_type"], "DPoP");
    let token = text(&own, "access_token");
    for (jti, path) in [("3", "/api"), ("4", "/scoped"), ("5", "/private")] {
        let proof = proof_with(&app, &key(), path, jti, &token).sign(&key());
        assert_eq!(bound(&app, path, &token, &proof).send().expect(200).text(), "hello alice");
    }
    // The query is no part of it, and the host that the request names does not count.
    let proof = proof_with(&app, &key(), "/api", "6", &token).sign(&key());
    bound(&app, "/api?page=2", &token, &proof).header("x-forwarded-host", "evil.example").send().expect(200);
    let unbound = app.tokens(ALICE, "reports:read").access;
    assert_eq!(payload(&unbound)["cnf"], json!(null));
}

pub(crate) fn the_token_alone_opens_nothing(on: Framework) {
    let app = on.start_with(with([]));
    let token = text(&own_tokens(&app, "1"), "access_token");
    let refused = app.get("/api").bearer(&token).send().problem(401, "invalid_token");
    assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer "));
    let alone = app.get("/api").header("authorization", format!("DPoP {token}")).send();
    let challenge = alone.problem(401, "invalid_token").header("www-authenticate").unwrap().to_owned();
    assert!(
        challenge.starts_with("DPoP realm=") && challenge.contains("error=\"invalid_token\""),
        "{challenge}"
    );
    assert!(challenge.contains("algs=\"Ed25519 EdDSA ES256 "), "{challenge}");
    assert!(!challenge.contains("HS256"), "{challenge}");

    let other = Key::generate(SigningAlgorithm::EdDsa, 8);
    let of_another = proof_with(&app, &other, "/api", "2", &token).sign(&other);
    bound(&app, "/api", &token, &of_another).send().problem(401, "invalid_token");
    let unbound = app.tokens(ALICE, "reports:read").access;
    let with_unbound = proof_with(&app, &key(), "/api", "3", &unbound).sign(&key());
    bound(&app, "/api", &unbound, &with_unbound).send().problem(401, "invalid_token");
    // A guard that asks for nobody does not swallow it.
    app.get("/").header("authorization", format!("DPoP {token}")).send().problem(401, "invalid_token");
    let right = proof_with(&app, &key(), "/api", "4", &token).sign(&key());
    bound(&app, "/api", &token, &right).send().expect(200);
}

pub(crate) fn what_is_wrong_with_a_proof_is_refused(on: Framework) {
    let app = on.start_with(with([]));
    let token = text(&own_tokens(&app, "own"), "access_token");
    let now = app.clock.now().unix_seconds();
    let private = {
        let mut jwk = key().jwk();
        jwk["d"] = jwk["x"].clone();
        jwk
    };
    for (part, name, wrong) in [
        ("header", "typ", json!("JWT")),
        ("header", "alg", json!("none")),
        ("header", "alg", json!("HS256")),
        ("header", "jwk", private),
        ("header", "jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("header", "jwk", json!(null)),
        ("claims", "htm", json!("PUT")),
        ("claims", "htu", json!(format!("{}/elsewhere", app.base))),
        ("claims", "htu", json!("https://evil.example/api")),
        ("claims", "iat", json!(now - 61)),
        ("claims", "iat", json!(now + 61)),
        ("claims", "jti", json!(null)),
        ("claims", "ath", json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo")),
        ("claims", "ath", json!(null)),
    ] {
        let mut at_guard = proof_with(&app, &key(), "/api", "guard", &token);
        let mut at_endpoint = forged(&app, &key(), "POST", TOKEN, "endpoint");
        for proof in [&mut at_guard, &mut at_endpoint] {
            let part = if part == "header" { &mut proof.header } else { &mut proof.claims };
            part[name] = wrong.clone();
        }
        let refused = bound(&app, "/api", &token, &at_guard.sign(&key())).send();
        let refused = refused.problem(401, "invalid_dpop_proof");
        assert!(
            refused.header("www-authenticate").unwrap().contains("error=\"invalid_dpop_proof\""),
            "{name} {wrong}"
        );
        if name != "ath" {
            let refused = machine(&app, &at_endpoint.sign(&key())).send().oauth(400, "invalid_dpop_proof");
            assert_eq!(refused.header("www-authenticate"), None);
        }
    }
    let twice =
        machine(&app, &proof(&app, "POST", TOKEN, "a")).header("dpop", proof(&app, "POST", TOKEN, "b"));
    twice.send().oauth(400, "invalid_dpop_proof");
    machine(&app, &jwt::tampered(&proof(&app, "POST", TOKEN, "c"))).send().oauth(400, "invalid_dpop_proof");
    // Nothing of that was used up.
    machine(&app, &proof(&app, "POST", TOKEN, "endpoint")).send().expect(200);
    let right = proof_with(&app, &key(), "/api", "guard", &token).sign(&key());
    bound(&app, "/api", &token, &right).send().expect(200);
    bound(&app, "/api", &token, &right).send().problem(401, "invalid_dpop_proof");
}

pub(crate) fn of_fifty_who_bring_one_proof_one_is_answered(on: Framework) {
    race(&on.start_with(with([])));
    race(&on.start_on_sqlite_with(with([])));
}

fn race(app: &TestApp) {
    let token = text(&own_tokens(app, "own"), "access_token");
    let (at_endpoint, at_guard) = (
        proof(app, "POST", TOKEN, "endpoint"),
        proof_with(app, &key(), "/api", "guard", &token).sign(&key()),
    );
    let many = |request: &dyn Fn() -> Request| at_once((0..50).map(|_| request()).collect());
    for (replies, refusal) in
        [(many(&|| machine(app, &at_endpoint)), 400), (many(&|| bound(app, "/api", &token, &at_guard)), 401)]
    {
        let answered = replies.iter().filter(|reply| reply.status == 200).count();
        let refused = replies.iter().filter(|reply| reply.status == refusal).count();
        assert_eq!((answered, refused), (1, 49));
    }
}

pub(crate) fn refresh_tokens_of_public_clients_are_bound(on: Framework) {
    let app = on.start_with(serving([shop(), public_app()]));
    bound_refresh(&app);
    bound_refresh(&on.start_on_sqlite_with(serving([shop(), public_app()])));
}

fn bound_refresh(app: &TestApp) {
    let own = own_tokens(app, "first-party");
    let token = text(&own, "refresh_token");
    refresh(app, "first-party", &token, None).oauth(400, "invalid_grant");
    let other = Key::generate(SigningAlgorithm::EdDsa, 8);
    let of_another = forged(app, &other, "POST", TOKEN, "1").sign(&other);
    refresh(app, "first-party", &token, Some(&of_another)).oauth(400, "invalid_grant");
    // Whoever stole it has not ended it.
    let next = refresh(app, "first-party", &token, Some(&proof(app, "POST", TOKEN, "2"))).expect(200).json();
    assert_eq!(next["token_type"], "DPoP");
    assert_eq!(payload(&text(&next, "access_token"))["cnf"]["jkt"], thumbprint(&key()));

    let (_browser, code) = let_in(app, ALICE, &[("client_id", APP), ("scope", "openid offline_access")]);
    let callback = callback(app);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", &*callback),
        ("code_verifier", VERIFIER),
        ("client_id", APP),
    ];
    let answer = app.post(TOKEN).header("dpop", proof(app, "POST", TOKEN, "5")).form(&fields).send();
    let token = text(&answer.expect(200).json(), "refresh_token");
    refresh(app, APP, &token, None).oauth(400, "invalid_grant");
    refresh(app, APP, &token, Some(&proof(app, "POST", TOKEN, "6"))).expect(200);

    // A client with a secret proves by that whose its refresh token is, and may bring another key.
    let (_browser, code) = let_in(app, ALICE, &[("scope", "openid offline_access")]);
    let answer = exchange(app, &code, Some(&proof(app, "POST", TOKEN, "3"))).expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
    let refreshed = [("grant_type", "refresh_token"), ("refresh_token", &*text(&answer, "refresh_token"))];
    let of_another = forged(app, &other, "POST", TOKEN, "4").sign(&other);
    let answer = app.post(TOKEN).basic(SHOP, SECRET).form(&refreshed).header("dpop", of_another);
    let answer = answer.send().expect(200).json();
    assert_eq!(payload(&text(&answer, "access_token"))["cnf"]["jkt"], thumbprint(&other));
}

pub(crate) fn a_code_goes_to_the_key_that_was_named(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let jkt = thumbprint(&key());
    let (mut browser, first) = let_in(&app, ALICE, &[("dpop_jkt", &jkt)]);
    exchange(&app, &first, None).oauth(400, "invalid_grant");
    let mut next = || {
        let page = browser.open(&url(&app, &[("dpop_jkt", &jkt)]));
        code(&app, &page)
    };
    let other = Key::generate(SigningAlgorithm::EdDsa, 8);
    let of_another = forged(&app, &other, "POST", TOKEN, "1").sign(&other);
    exchange(&app, &next(), Some(&of_another)).oauth(400, "invalid_grant");
    let answer = exchange(&app, &next(), Some(&proof(&app, "POST", TOKEN, "2"))).expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
    // A proof that was used leaves the code as it is.
    let code = next();
    exchange(&app, &code, Some(&proof(&app, "POST", TOKEN, "2"))).oauth(400, "invalid_dpop_proof");
    exchange(&app, &code, Some(&proof(&app, "POST", TOKEN, "3"))).expect(200);
    let page = browser.open(&url(&app, &[("dpop_jkt", "x")]));
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
}

pub(crate) fn a_pushed_request_names_its_key_by_a_proof(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let push = |more: &[(&str, &str)], proof: &str| pushed::asking(&app, more).header("dpop", proof).send();
    push(&[], &proof(&app, "POST", "/auth/par", "1")).expect(201);
    let named = thumbprint(&key());
    push(&[("dpop_jkt", &named)], &proof(&app, "POST", "/auth/par", "2")).expect(201);
    let other = thumbprint(&Key::generate(SigningAlgorithm::EdDsa, 8));
    push(&[("dpop_jkt", &other)], &proof(&app, "POST", "/auth/par", "3")).oauth(400, "invalid_dpop_proof");
    push(&[], &proof(&app, "POST", TOKEN, "4")).oauth(400, "invalid_dpop_proof");
}

pub(crate) fn a_client_that_has_to_bind_its_tokens_gets_no_others(on: Framework) {
    let strict = OAuthClient::new("strict")
        .secret(SECRET)
        .grants([GrantType::ClientCredentials])
        .scopes(["reports:read"])
        .require_dpop(true);
    let app = on.start_with(with([strict]));
    let ask = || app.post(TOKEN).basic("strict", SECRET).form(&[("grant_type", "client_credentials")]);
    ask().send().oauth(400, "invalid_dpop_proof");
    let answer = ask().header("dpop", proof(&app, "POST", TOKEN, "1")).send().expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
}

pub(crate) fn a_nonce_is_asked_for_and_taken(on: Framework) {
    let app = on.start_with(|builder| with([])(builder.tokens(TokenConfig::default().dpop_nonces(true))));
    let bearing = |proof: &IdToken, nonce: &str| {
        let mut proof = proof.clone();
        proof.claims["nonce"] = json!(nonce);
        // Of the client's clock nothing depends.
        proof.claims["iat"] = json!(1);
        proof.sign(&key())
    };
    let told = |reply: &Reply| reply.header("dpop-nonce").expect("a nonce").to_owned();
    let first = machine(&app, &proof(&app, "POST", TOKEN, "1")).send().oauth(400, "use_dpop_nonce");
    let nonce = told(&first);
    let at_endpoint = forged(&app, &key(), "POST", TOKEN, "2");
    let answer = machine(&app, &bearing(&at_endpoint, &nonce)).send().expect(200);
    told(&answer);
    let token = text(&answer.json(), "access_token");

    let at_guard = proof_with(&app, &key(), "/scoped", "3", &token);
    let refused =
        bound(&app, "/scoped", &token, &at_guard.sign(&key())).send().problem(401, "use_dpop_nonce");
    assert!(refused.header("www-authenticate").unwrap().contains("error=\"use_dpop_nonce\""));
    let nonce = told(&refused);
    bound(&app, "/scoped", &token, &bearing(&at_guard, &nonce)).send().expect(200);
    app.clock.advance(Duration::from_secs(300));
    let late = proof_with(&app, &key(), "/scoped", "4", &token);
    let late = bound(&app, "/scoped", &token, &bearing(&late, &nonce)).send();
    told(&late.problem(401, "use_dpop_nonce"));
    // Who shows no key is not asked for any.
    app.tokens(ALICE, "reports:read");
}

pub(crate) fn userinfo_takes_a_bound_token(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (_browser, code) = let_in(&app, ALICE, &[]);
    let answer = exchange(&app, &code, Some(&proof(&app, "POST", TOKEN, "1"))).expect(200).json();
    let token = text(&answer, "access_token");
    app.get("/auth/userinfo").bearer(&token).send().problem(401, "invalid_token");
    let proof = proof_with(&app, &key(), "/auth/userinfo", "2", &token).sign(&key());
    bound(&app, "/auth/userinfo", &token, &proof).send().expect(200);
}

pub(crate) fn metadata_says_by_what_proofs_are_signed(on: Framework) {
    let app = on.start_with(|builder| builder.server(ServerConfig::new()));
    for document in ["/.well-known/openid-configuration", "/.well-known/oauth-protected-resource"] {
        let told = app.get(document).send().expect(200).json();
        let algorithms = told["dpop_signing_alg_values_supported"].as_array().unwrap().clone();
        assert!(algorithms.contains(&json!("ES256")) && algorithms.contains(&json!("EdDSA")), "{told}");
        assert!(!algorithms.contains(&json!("HS256")) && !algorithms.contains(&json!("none")));
    }
}
