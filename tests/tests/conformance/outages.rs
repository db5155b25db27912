//! While a store cannot answer: 503, never "allow", never "wrong password", never a counted guess.

use auth_core::session::SessionConfig;
use conformance::{ALICE, Faults, Framework, Reply, TestApp};

fn start(on: Framework) -> (TestApp, Faults) {
    let faults = Faults::new();
    let stores = faults.stores();
    (on.start_with(|builder| builder.stores(stores)), faults)
}

#[track_caller]
fn unavailable(reply: Reply) {
    let reply = reply.problem(503, "unavailable");
    let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(reply.json()["retry_after"], wait);
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(reply.header("www-authenticate"), None);
}

pub(crate) fn every_guard_says_503(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    let token = app.tokens(ALICE, "reports:read").access;
    faults.break_down();
    for route in ["/private", "/reports", "/staff", "/staff/page", "/fresh", "/auth/me", "/auth/sessions"] {
        unavailable(app.get(route).session(&session).send());
        unavailable(app.get(route).bearer(&token).send());
    }
    for route in ["/api", "/scoped"] {
        unavailable(app.get(route).bearer(&token).send());
    }
    unavailable(app.get("/basic").basic(ALICE.name, ALICE.password).send());
    unavailable(app.post("/private").session(&session).body("text/plain", "x").send());
    let page = app.get("/private").session(&session).browser().send().expect(503);
    assert!(page.header("retry-after").is_some(), "a browser is not sent to the login page either");
}

pub(crate) fn an_optional_guard_says_503_too(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    let token = app.tokens(ALICE, "").access;
    faults.break_down();
    unavailable(app.get("/").session(&session).send());
    unavailable(app.get("/").bearer(&token).send());
    app.get("/").browser().session(&session).send().expect(503);
    // Who brings no credential needs no store.
    app.get("/").send().expect(200);
    app.get("/open").session(&session).send().expect(200);
}

/// To try again would push out one more.
pub(crate) fn a_login_stands_though_what_came_from_the_session_that_it_pushes_out_stays(on: Framework) {
    let faults = Faults::new();
    let (stores, one) = (faults.stores(), SessionConfig::default().max_per_user(1.try_into().unwrap()));
    let app = on.start_with(|builder| builder.stores(stores).sessions(one));
    let pushed_out = app.login(ALICE);
    faults.break_families_down();
    let session = app.login(ALICE);
    assert!(app.is_logged_in(&session) && !app.is_logged_in(&pushed_out));
}

pub(crate) fn login_routes_say_503(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    faults.break_down();
    unavailable(app.try_login(ALICE.name, ALICE.password).send());
    unavailable(app.post("/auth/logout").session(&session).send());
    unavailable(
        app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]).send(),
    );
    unavailable(app.request("DELETE", "/auth/sessions").session(&session).send());
    let page = app.try_login(ALICE.name, ALICE.password).browser().send().expect(503);
    assert!(page.header("retry-after").is_some());
}

pub(crate) fn oauth_routes_say_503_and_never_200(on: Framework) {
    let (app, faults) = start(on);
    let pair = app.tokens(ALICE, "");
    faults.break_down();
    for request in [
        app.try_token(ALICE, ""),
        app.try_refresh(&pair.refresh),
        app.post("/auth/revoke").form(&[("token", &pair.refresh)]),
        app.post("/auth/revoke").form(&[("token", &pair.access)]),
    ] {
        let reply = request.send().oauth(503, "temporarily_unavailable");
        assert!(reply.header("retry-after").is_some());
    }
    faults.recover();
    assert!(app.takes_token(&pair.access), "what was not acknowledged did not happen");
    app.try_refresh(&pair.refresh).send().expect(200);
}

pub(crate) fn everybody_is_still_logged_in_afterwards(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    let token = app.tokens(ALICE, "").access;
    faults.break_down();
    app.get("/private").session(&session).send().expect(503);
    app.post("/auth/logout").session(&session).send().expect(503);
    faults.recover();
    assert!(app.is_logged_in(&session) && app.takes_token(&token));
}

pub(crate) fn an_outage_is_no_failed_guess(on: Framework) {
    let (app, faults) = start(on);
    faults.break_down();
    for _ in 0..120 {
        app.try_login(ALICE.name, "not the password of alice").send().expect(503);
    }
    faults.recover();
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn without_the_store_of_the_limits_logins_go_on_under_stricter_ones(on: Framework) {
    const LIMIT: usize = 25;
    let (app, faults) = start(on);
    let guess = |name| app.try_login(name, "not the password of anybody").send();
    for _ in 0..LIMIT - 2 {
        guess("alice").problem(401, "invalid_credentials");
    }
    faults.break_short_lived_down();
    let session = app.login(ALICE);
    assert!(app.is_logged_in(&session));
    app.get("/basic").basic(ALICE.name, ALICE.password).send().expect(200);
    for name in ["alice", "nobody"] {
        for _ in 0..LIMIT / 5 {
            guess(name).problem(401, "invalid_credentials");
        }
        let reply = guess(name).problem(429, "too_many_attempts");
        assert!(reply.header("retry-after").is_some());
    }
    app.try_login(ALICE.name, ALICE.password).send().expect(429);
    faults.recover();
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
    for _ in 0..2 {
        guess("alice").problem(401, "invalid_credentials");
    }
    guess("alice").problem(429, "too_many_attempts");
}
