//! "Coming from FastAPI".

use auth_core::user::UserUpdate;
use conformance::{ALICE, BOB, Framework, Person, Reply, TestApp};
use serde_json::Value;

use crate::tokens::{EXPIRED_AFTER, tokens};

fn token(app: &TestApp, person: Person, password: &str, scope: &str) -> Reply {
    let fields = [("username", person.name), ("password", password), ("scope", scope)];
    app.post("/token").form(&fields).send()
}

fn access_token(app: &TestApp, person: Person, scope: &str) -> String {
    let reply = token(app, person, person.password, scope).expect(200).json();
    reply["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn the_token_route_takes_the_password_form(on: Framework) {
    let app = on.start_guides();
    let form = [("username", ALICE.name), ("password", ALICE.password)];
    let reply = app.post("/token").form(&form).send().expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let reply = reply.json();
    assert_eq!((&reply["token_type"], &reply["expires_in"]), (&Value::from("Bearer"), &Value::from(900)));
    let me = app.get("/users/me").bearer(reply["access_token"].as_str().unwrap()).send().expect(200);
    assert_eq!(me.text(), "alice");
    // What came with it is good at the route that is there anyway.
    app.try_refresh(reply["refresh_token"].as_str().unwrap()).send().expect(200);
}

pub(crate) fn a_wrong_password_gets_no_token(on: Framework) {
    let app = on.start_guides();
    token(&app, ALICE, "wrong", "").problem(401, "invalid_credentials");
    token(&app, ALICE, ALICE.password, "\"").problem(400, "invalid_scope");
}

pub(crate) fn get_current_user_is_401_with_a_challenge(on: Framework) {
    let app = on.start_guides();
    let nobody = app.get("/users/me").send().problem(401, "unauthenticated");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer realm=\"Login Required\""));
    let bad = app.get("/users/me").bearer("not.a.token").send().problem(401, "invalid_token");
    let challenge = "Bearer realm=\"Login Required\", error=\"invalid_token\"";
    assert_eq!(bad.header("www-authenticate"), Some(challenge));
}

pub(crate) fn a_disabled_user_is_no_current_user(on: Framework) {
    let app = on.start_guides();
    let token = access_token(&app, ALICE, "");
    let mut update = UserUpdate::default();
    update.is_active = Some(false);
    app.block_on(app.auth.users().update(&app.user(ALICE).id, update)).unwrap().unwrap();
    app.get("/users/me").bearer(&token).send().problem(401, "invalid_token");
}

pub(crate) fn a_scope_is_given_by_the_policy_and_asked_by_the_guard(on: Framework) {
    let app = on.start_guides();
    let ask = |person, scope| app.get("/users/me/reports").bearer(&access_token(&app, person, scope)).send();
    assert_eq!(ask(ALICE, "reports:read").expect(200).text(), "reports for alice");
    for reply in [ask(ALICE, ""), ask(BOB, "reports:read")] {
        let challenge =
            "Bearer realm=\"Login Required\", error=\"insufficient_scope\", scope=\"reports:read\"";
        let reply = reply.problem(403, "insufficient_scope");
        assert_eq!(reply.header("www-authenticate"), Some(challenge));
    }
}

/// The tutorial's token opens, and only where such tokens are asked for.
pub(crate) fn a_token_that_pyjwt_made_is_taken_where_it_is_asked_for(on: Framework) {
    let app = on.start_guides();
    app.clock.advance(EXPIRED_AFTER);
    for token in tokens() {
        let reply = app.get("/old/me").bearer(&token.text).send();
        if ["tutorial", "full"].contains(&token.name.as_str()) {
            assert_eq!(reply.expect(200).text(), "johndoe");
        } else {
            reply.problem(401, "invalid_token");
        }
        app.get("/users/me").bearer(&token.text).send().problem(401, "invalid_token");
    }
    app.get("/old/me").send().problem(401, "unauthenticated");
}
