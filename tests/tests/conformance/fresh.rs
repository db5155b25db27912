//! Proving it again (RFC 9470; OWASP ASVS 5.0 section 7.2.4 for the new session id).

use std::time::Duration;

use conformance::{ALICE, BOB, Framework};
use serde_json::json;

const CHALLENGE: &str =
    "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", max_age=\"300\"";

pub(crate) fn a_login_is_fresh_for_300_seconds(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    app.clock.advance(Duration::from_secs(300));
    assert_eq!(app.get("/fresh").session(&session).send().expect(200).text(), "hello alice");
    assert_eq!(app.get("/auth/me").session(&session).send().json()["auth"]["fresh"], true);
    app.clock.advance(Duration::from_secs(1));
    let reply = app.get("/fresh").session(&session).send().problem(401, "reauthentication_required");
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
    assert_eq!(app.get("/auth/me").session(&session).send().json()["auth"]["fresh"], false);
    assert!(app.is_logged_in(&session), "for everything else it is good enough");
}

pub(crate) fn a_stale_browser_is_sent_to_reauthenticate(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    app.clock.advance(Duration::from_secs(301));
    let reply = app.get("/fresh?x=1").session(&session).browser().send();
    reply.redirect("/auth/reauthenticate?next=%2Ffresh%3Fx%3D1");
    app.get("/fresh").browser().send().redirect("/auth/login?next=%2Ffresh");
}

pub(crate) fn a_token_is_as_old_as_its_login(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "");
    app.get("/fresh").bearer(&pair.access).send().expect(200);
    app.clock.advance(Duration::from_secs(301));
    let reply = app.get("/fresh").bearer(&pair.access).send().problem(401, "reauthentication_required");
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
    let refreshed = app.try_refresh(&pair.refresh).send().expect(200).json();
    let token = refreshed["access_token"].as_str().unwrap();
    app.get("/fresh").bearer(token).send().problem(401, "reauthentication_required");
}

pub(crate) fn reauthentication_makes_fresh_under_a_new_id(on: Framework) {
    let app = on.start();
    let old = app.login(ALICE);
    app.clock.advance(Duration::from_secs(400));
    let request = app.post("/auth/reauthenticate").session(&old).form(&[("password", ALICE.password)]);
    let reply = request.send().expect(200);
    assert_eq!(reply.json()["user"]["username"], "alice");
    let new = reply.session().unwrap();
    assert_ne!(new, old);
    app.get("/fresh").session(&new).send().expect(200);
    app.get("/private").session(&old).send().problem(401, "unauthenticated");
    assert_eq!(app.sessions(ALICE), 1);
}

pub(crate) fn reauthentication_does_not_move_the_end_of_the_session(on: Framework) {
    let app = on.start();
    let fields = [("username", ALICE.name), ("password", ALICE.password), ("remember", "true")];
    let session = app.post("/auth/login").form(&fields).send().expect(200).session().unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    app.clock.advance(10 * day);
    let request =
        app.post("/auth/reauthenticate").session(&session).json(&json!({"password": ALICE.password}));
    let reply = request.send().expect(200);
    assert!(reply.session_cookie().unwrap().ends_with("; Max-Age=6912000"), "80 days remain: {reply:?}");
}

pub(crate) fn reauthentication_by_page(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let page =
        app.get("/auth/reauthenticate?next=/fresh").session(&session).browser().send().expect(200).text();
    assert!(page.contains("value=\"/fresh\"") && page.contains("value=\"alice\""), "{page}");
    let fields = [("password", "not it"), ("next", "/fresh")];
    let page = app.post("/auth/reauthenticate").session(&session).browser().form(&fields).send().expect(401);
    let challenge = "Form realm=\"Login Required\", action=\"/auth/reauthenticate\"";
    assert_eq!(page.header("www-authenticate"), Some(challenge));
    assert!(page.text().contains("value=\"/fresh\""));
    let fields = [("password", ALICE.password), ("next", "/fresh")];
    let reply =
        app.post("/auth/reauthenticate").session(&session).browser().form(&fields).send().redirect("/fresh");
    assert!(reply.session().is_some());
    app.get("/auth/reauthenticate?next=/fresh").browser().send().expect(303);
}

pub(crate) fn a_wrong_password_changes_nothing_and_is_counted(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for _ in 0..25 {
        let request =
            app.post("/auth/reauthenticate").session(&session).form(&[("password", "not it at all")]);
        let reply = request.send().problem(401, "invalid_credentials");
        assert_eq!(reply.header("set-cookie"), None);
    }
    let request = app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]);
    request.send().problem(429, "too_many_attempts");
    app.try_login(ALICE.name, ALICE.password).send().problem(429, "too_many_attempts");
    assert!(app.is_logged_in(&session), "who is in stays in");
}

pub(crate) fn nobody_reauthenticates_as_somebody_else(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let fields = [("username", BOB.name), ("password", BOB.password)];
    app.post("/auth/reauthenticate")
        .session(&session)
        .form(&fields)
        .send()
        .problem(401, "invalid_credentials");
    app.post("/auth/reauthenticate").form(&fields).send().problem(401, "unauthenticated");
}
