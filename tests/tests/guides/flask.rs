//! "Coming from Flask".

use std::time::Duration;

use conformance::{ALICE, BOB, Framework, ROOT, Reply, TestApp};

fn sign_in(app: &TestApp, remember: bool) -> Reply {
    let mut fields = vec![("username", ALICE.name), ("password", ALICE.password)];
    fields.extend(remember.then_some(("remember", "on")));
    app.post("/sign-in").form(&fields).send().redirect("/")
}

pub(crate) fn remember_outlives_the_browser(on: Framework) {
    let app = on.start_guides();
    for remember in [false, true] {
        let reply = sign_in(&app, remember);
        assert_eq!(reply.session_cookie().unwrap().contains("Max-Age="), remember);
    }
}

pub(crate) fn current_user_may_be_nobody(on: Framework) {
    let app = on.start_guides();
    assert_eq!(app.get("/welcome").send().expect(200).text(), "hello stranger");
    let session = sign_in(&app, false).session().unwrap();
    assert_eq!(app.get("/welcome").session(&session).send().expect(200).text(), "hello alice");
    app.get("/welcome").bearer("not.a.token").send().problem(401, "invalid_token");
}

pub(crate) fn fresh_login_required_wants_the_password_again(on: Framework) {
    let app = on.start_guides();
    let session = sign_in(&app, true).session().unwrap();
    app.get("/account").session(&session).send().expect(200);
    app.clock.advance(Duration::from_secs(301));
    app.get("/account").session(&session).send().problem(401, "reauthentication_required");
    app.get("/account").session(&session).browser().send().redirect("/auth/reauthenticate?next=%2Faccount");
    app.get("/welcome").session(&session).send().expect(200);
}

pub(crate) fn the_session_keeps_values_for_its_user(on: Framework) {
    let app = on.start_guides();
    let session = sign_in(&app, false).session().unwrap();
    for expected in ["1", "2"] {
        assert_eq!(app.post("/cart").session(&session).send().expect(200).text(), expected);
    }
    let another = sign_in(&app, false).session().unwrap();
    assert_eq!(app.post("/cart").session(&another).send().expect(200).text(), "1");
    app.post("/cart").send().problem(401, "unauthenticated");
    // Who comes with a token has no session to keep it in.
    let token = app.tokens(ALICE, "").access;
    app.post("/cart").bearer(&token).send().problem(401, "unauthenticated");
}

pub(crate) fn a_cleared_session_is_dead_on_the_server(on: Framework) {
    let app = on.start_guides();
    let session = sign_in(&app, true).session().unwrap();
    assert!(app.post("/sign-out").session(&session).send().redirect("/").clears_session());
    assert_eq!(app.get("/welcome").session(&session).send().expect(200).text(), "hello stranger");
    app.post("/sign-out").send().redirect("/");
}

pub(crate) fn basic_credentials_get_a_token(on: Framework) {
    let app = on.start_guides();
    let reply = app.get("/login").basic(ALICE.name, ALICE.password).send().expect(200);
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(app.get("/api/profile").bearer(&token).send().expect(200).text(), "hello alice");
}

pub(crate) fn without_them_the_challenge_is_login_required(on: Framework) {
    let app = on.start_guides();
    let nobody = app.get("/login");
    let wrong = app.get("/login").basic(ALICE.name, "wrong");
    for request in [nobody, wrong] {
        let reply = request.send().problem(401, "unauthenticated");
        let challenge = "Basic realm=\"Login Required\", charset=\"UTF-8\"";
        assert_eq!(reply.header("www-authenticate"), Some(challenge));
    }
}

pub(crate) fn roles_are_groups(on: Framework) {
    let app = on.start_guides();
    let alice = app.login(ALICE);
    app.get("/newsroom").session(&alice).send().expect(200);
    app.get("/editors").session(&alice).send().problem(403, "permission_denied");
    // A superuser is in no group by that.
    for person in [BOB, ROOT] {
        app.get("/newsroom").session(&app.login(person)).send().problem(403, "permission_denied");
    }
}

pub(crate) fn each_kind_of_credential_opens_its_route(on: Framework) {
    let app = on.start_guides();
    let (session, token) = (app.login(ALICE), app.tokens(ALICE, "").access);
    app.get("/feed").bearer(&token).send().expect(200);
    app.get("/feed").session(&session).send().problem(401, "unauthenticated");
    app.get("/metrics").basic(ALICE.name, ALICE.password).send().expect(200);
    app.get("/metrics").session(&session).send().problem(401, "unauthenticated");
    app.get("/newsroom").bearer(&token).send().expect(200);
}
