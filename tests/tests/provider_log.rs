//! What the operator reads of logins by providers that fail, or that go otherwise than expected: one line, which names what it was
//! about and shows no value of it.
//!
//! The capture is of the whole process, so this is a program of its own with one test.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

use auth_core::provider::ProviderConfig;
use conformance::{Answer, CLIENT, Framework, IdToken, Idp, Log, TestApp};
use serde_json::{Value, json};
use tracing::Level;

/// A login at a provider that was changed before, from its start on. Whether it succeeds.
fn log_in(change: impl FnOnce(&Idp)) -> (bool, Idp) {
    let idp = Idp::start();
    change(&idp);
    let entry = ProviderConfig::openid_connect("work", idp.issuer(), CLIENT.0).client_secret(CLIENT.1);
    let app = Framework::Axum.start_with(|builder| builder.provider(entry));
    (there_and_back(&app, &idp), idp)
}

fn there_and_back(app: &TestApp, idp: &Idp) -> bool {
    let start = app.post("/auth/login/work").form(&[]).send();
    if start.status != 303 {
        return false;
    }
    let back = idp.authorize(start.header("location").unwrap());
    let browser = start.cookie("session-login").unwrap();
    let target = format!("/auth/login/work/callback?{back}");
    app.get(&target).cookies(&[("session-login", &browser)]).send().status == 303
}

const METADATA: &str = "/.well-known/openid-configuration";

fn metadata(idp: &Idp, member: &'static str, value: Value) {
    idp.lie(METADATA, move |_, honest| honest.but(|metadata| value.clone_into(&mut metadata[member])));
}

#[test]
fn the_log_says_what_ended_a_login_and_what_was_left_out() {
    let log = Log::start(Level::INFO);
    let expect = |change: &dyn Fn(&Idp), succeeds: bool, said: &[&str]| {
        log.take();
        let (succeeded, idp) = log_in(change);
        let log = log.take();
        assert_eq!(succeeded, succeeds, "{said:?}: {log}");
        for said in said {
            let said = said.replace("{issuer}", idp.issuer());
            assert!(log.contains(&said), "{said} is not in:\n{log}");
        }
    };
    failures(&expect);
    omissions(&expect);
}

type Forgery = fn(&mut IdToken);
type Expect<'e> = dyn Fn(&dyn Fn(&Idp), bool, &[&str]) + 'e;

/// What ends a login is named.
fn failures(expect: &Expect<'_>) {
    expect(
        &|idp| idp.lie("/token", |_, _| Answer::html(502, "<h1>Bad gateway</h1>")),
        false,
        &["{issuer}/token answered with an error (status 502)"],
    );
    expect(
        &|idp| idp.lie("/token", |_, _| Answer::html(200, "<h1>Sign in</h1>")),
        false,
        &["the answer of {issuer}/token (status 200, ", "is no JSON"],
    );
    expect(
        &|idp| idp.lie("/userinfo", |_, _| Answer::json(500, &json!({}))),
        false,
        &["{issuer}/userinfo answered with an error (status 500)"],
    );
    expect(
        &|idp| idp.lie(METADATA, |_, _| Answer::html(200, "<h1>Sign in</h1>")),
        false,
        &[
            "{issuer}/.well-known/openid-configuration answered in another form",
            "no JSON, by line 1, column 1",
        ],
    );
    expect(
        &|idp| metadata(idp, "issuer", json!(format!("{}/", idp.issuer()))),
        false,
        &["the metadata of {issuer} names the issuer", "differs by a slash at its end alone"],
    );
    expect(
        &|idp| metadata(idp, "issuer", json!(idp.issuer().replace("127.0.0.1", "localhost"))),
        false,
        &["differs by the name of this machine (`localhost`, `127.0.0.1`) alone"],
    );
    expect(
        &|idp| metadata(idp, "token_endpoint", json!("/token")),
        false,
        &["member=\"token_endpoint\"", "the metadata's `token_endpoint` cannot be used"],
    );
    let claims: [(Forgery, &str); 3] = [
        (|token| token.claims["sub"] = json!(7), "the claim `sub` has the wrong form"),
        (|token| token.claims["iat"] = json!(1_600_000_000), "iat"),
        (|token| token.claims["aud"] = json!("another-client"), "aud"),
    ];
    for (forgery, named) in claims {
        expect(&|idp| idp.forge(forgery), false, &[named, "a login with a provider failed"]);
    }
}

/// What is left out of an answer is named, and so is why an address counts as unproven.
fn omissions(expect: &Expect<'_>) {
    let person = |member: &'static str, value: Value| {
        move |idp: &Idp| idp.set_claims(&json!({"sub": "1", member: value.clone()}))
    };
    for (member, value) in [("picture", json!({})), ("name", json!(7)), ("email", json!(["a@b.example"]))] {
        let said = format!("member=\"/{member}\"");
        expect(&person(member, value), true, &[&said, "provider=work"]);
    }
    expect(
        &|idp| idp.lie("/token", |_, honest| honest.but(|answer| answer["expires_in"] = json!(-1))),
        true,
        &["member=\"expires_in\""],
    );
    expect(&|idp| idp.forge(|token| token.claims["sid"] = json!(7)), true, &["member=\"sid\""]);
    expect(
        &|idp| metadata(idp, "end_session_endpoint", json!("")),
        true,
        &["member=\"end_session_endpoint\"", "issuer={issuer}"],
    );
    expect(
        &|idp| idp.lie("/userinfo", |_, _| Answer::json(403, &json!({}))),
        true,
        &["{issuer}/userinfo answered with an error (status 403)", "goes on without"],
    );
    let unproven = "an address that a provider gave counts as unproven";
    for (said, reason) in [
        (json!({"email": "a@b.example"}), "the provider does not say that it is proven"),
        (
            json!({"email": "a@b.example", "email_verified": "true"}),
            "the provider does not say that it is proven",
        ),
        (json!({"email": "a@b.example", "email_verified": true}), "not trusted with its domain"),
        (json!({"email": "nobody", "email_verified": true}), "it is no address"),
    ] {
        let mut claims = said;
        claims["sub"] = json!("1");
        expect(&|idp| idp.set_claims(&claims), true, &[unproven, reason, "member=\"/email_verified\""]);
    }
}
