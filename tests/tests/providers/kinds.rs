//! Tokens of other libraries at guards: which of them are access tokens (RFC 8725 sections 2.8 and 3.12).

use auth_core::resource::SharedSecretJwt;
use conformance::{Framework, TestApp};
use serde_json::Value;

const SECRET: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";

fn start(on: Framework, change: impl FnOnce(SharedSecretJwt) -> SharedSecretJwt) -> TestApp {
    let jwt = change(SharedSecretJwt::hs256(SECRET).unwrap());
    on.start_api(|builder| builder.shared_secret_tokens(jwt))
}

/// Of what the libraries made (`tests/fixtures/coming-from/make_token_kinds.py`), the kinds that open a guard.
fn opening(app: &TestApp) -> Vec<String> {
    let made = include_str!("../../fixtures/coming-from/token-kinds.json");
    let made: Vec<Value> = serde_json::from_str(made).unwrap();
    let text = |token: &Value, name: &str| token[name].as_str().unwrap().to_owned();
    let mut opening = Vec::new();
    for token in &made {
        let reply = app.get("/any").bearer(&text(token, "token")).send();
        match reply.status {
            200 => opening.push(format!("{} {}", text(token, "library"), text(token, "kind"))),
            _ => drop(reply.problem(401, "invalid_token")),
        }
    }
    opening
}

const ACCESS_TOKENS: [&str; 6] = [
    "authx access",
    "flask-jwt-extended access",
    "flask-jwt-extended fresh access",
    "jose access",
    "jose bearer",
    "simplejwt access",
];

pub(crate) fn a_refresh_token_is_no_access_token(on: Framework) {
    assert_eq!(opening(&start(on, |jwt| jwt)), ACCESS_TOKENS);
}

pub(crate) fn sliding_tokens_are_taken_where_that_is_said(on: Framework) {
    let app = start(on, |jwt| jwt.token_kind("sliding"));
    assert_eq!(opening(&app), [&ACCESS_TOKENS[..], &["simplejwt sliding"]].concat());
}

pub(crate) fn of_several_audiences_of_a_library_one_is_for_access(on: Framework) {
    assert_eq!(opening(&start(on, |jwt| jwt.audience("fastapi-users:auth"))), ["fastapi-users access"]);
}
