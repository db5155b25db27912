//! Changing the password (OWASP ASVS 5.0 sections 6.2 and 7.4.3; NIST SP 800-63B-4 section 3.1.1).

use conformance::{ALICE, BOB, Framework, Reply, TestApp};
use serde_json::Value;

const NEW: &str = "violet umbrella cactus seventeen";

fn change(app: &TestApp, session: &str, current: &str, new: &str) -> Reply {
    let fields = [("current_password", current), ("new_password", new)];
    app.post("/auth/password/change").session(session).form(&fields).send()
}

pub(crate) fn a_change_ends_everything_else_and_renews_the_session(on: Framework) {
    password_change(&on.start());
}

pub(crate) fn a_change_does_the_same_on_sqlite(on: Framework) {
    password_change(&on.start_on_sqlite());
}

fn password_change(app: &TestApp) {
    let (mine, other, bobs) = (app.login(ALICE), app.login(ALICE), app.login(BOB));
    let pair = app.tokens(ALICE, "reports:read");
    let bobs_pair = app.tokens(BOB, "");
    app.get("/basic").basic(ALICE.name, ALICE.password).send().expect(200);
    let reply = change(app, &mine, ALICE.password, NEW).expect(204);
    assert!(reply.body.is_empty());
    let renewed = reply.session().unwrap();
    assert_ne!(renewed, mine);
    assert!(app.is_logged_in(&renewed) && !app.is_logged_in(&mine) && !app.is_logged_in(&other));
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    app.get("/api").bearer(&pair.access).send().problem(401, "invalid_token");
    app.get("/scoped").bearer(&pair.access).send().problem(401, "invalid_token");
    assert!(app.is_logged_in(&bobs) && app.takes_token(&bobs_pair.access), "nobody else is touched");
    app.try_login(ALICE.name, ALICE.password).send().problem(401, "invalid_credentials");
    app.try_login(ALICE.name, NEW).send().expect(200);
    app.get("/basic").basic(ALICE.name, ALICE.password).send().problem(401, "unauthenticated");
    app.get("/basic").basic(ALICE.name, NEW).send().expect(200);
}

pub(crate) fn a_browser_is_redirected(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let fields = [("current_password", ALICE.password), ("new_password", NEW), ("next", "/private")];
    let reply = app.post("/auth/password/change").session(&session).browser().form(&fields).send();
    assert!(app.is_logged_in(&reply.redirect("/private").session().unwrap()));
}

pub(crate) fn a_weak_password_is_422_with_its_violations(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for (password, code) in [
        ("fourteen chars", "too_short"),
        ("x", "too_short"),
        ("", "too_short"),
        ("passwordpasswordpassword", "too_common"),
        ("aaaaaaaaaaaaaaaaaaaa", "too_common"),
        ("alice in wonderland, again", "contains_context"),
        (&"long ".repeat(300), "too_long"),
    ] {
        let reply = change(&app, &session, ALICE.password, password);
        let problem = reply.problem(422, "weak_password").json();
        let violations = problem["violations"].as_array().unwrap();
        let codes: Vec<_> = violations.iter().map(|violation| &violation["code"]).collect();
        assert!(codes.contains(&&Value::from(code)), "{password}: {problem}");
        assert!(violations.iter().all(|violation| violation["message"].is_string()), "{problem}");
    }
    assert!(app.is_logged_in(&session));
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn length_is_the_only_composition_rule(on: Framework) {
    let app = on.start();
    let mut session = app.login(ALICE);
    let mut current = ALICE.password.to_owned();
    let long = "correct-horse battery \u{1f40e} staple; ".repeat(4);
    for new in
        ["qzjxkvwmpfgtyhbncdrs", "zwölf Boxkämpfer jagen \u{1f40e}", &long, "  spaces outside matter  "]
    {
        session = change(&app, &session, &current, new).expect(204).session().unwrap();
        app.try_login(ALICE.name, new).send().expect(200);
        new.clone_into(&mut current);
    }
}

pub(crate) fn a_change_without_the_current_password_is_refused(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let request = app.post("/auth/password/change").session(&session);
    request.form(&[("new_password", NEW)]).send().problem(400, "invalid_request");
    change(&app, &session, "not the password of alice", NEW).problem(401, "invalid_credentials");
    change(&app, &session, BOB.password, NEW).problem(401, "invalid_credentials");
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
    assert!(app.is_logged_in(&session));
}

pub(crate) fn wrong_current_passwords_are_counted_with_logins(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for _ in 0..25 {
        change(&app, &session, "not the password of alice", NEW).problem(401, "invalid_credentials");
    }
    let reply = change(&app, &session, ALICE.password, NEW).problem(429, "too_many_attempts");
    assert!(reply.header("retry-after").is_some());
    app.try_login(ALICE.name, ALICE.password).send().problem(429, "too_many_attempts");
    app.try_token(ALICE, "").send().oauth(429, "temporarily_unavailable");
    assert!(app.is_logged_in(&session));
}

pub(crate) fn a_token_may_change_the_password_too(on: Framework) {
    let app = on.start();
    let (pair, session) = (app.tokens(ALICE, ""), app.login(ALICE));
    let fields = [("current_password", ALICE.password), ("new_password", NEW)];
    let reply = app.post("/auth/password/change").bearer(&pair.access).form(&fields).send().expect(204);
    assert_eq!(reply.header("set-cookie"), None);
    assert!(!app.is_logged_in(&session) && !app.takes_token(&pair.access));
}

pub(crate) fn every_byte_of_a_long_password_counts(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    // bcrypt would look at the first 72 bytes only.
    let start = "seventy-two bytes and then a little more, so that nothing is ever cut off";
    let (right, wrong) = (format!("{start} right"), format!("{start} wrong"));
    assert!(start.len() >= 72);
    change(&app, &session, ALICE.password, &right).expect(204);
    app.try_login(ALICE.name, &wrong).send().problem(401, "invalid_credentials");
    app.try_login(ALICE.name, start).send().problem(401, "invalid_credentials");
    app.try_login(ALICE.name, &right).send().expect(200);
}
