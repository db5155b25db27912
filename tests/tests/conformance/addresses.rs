//! Another address for an account, and the way back (ATTACKS RS-14, SQ-03).

use std::time::Duration;

use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::{Value, json};

const OLD: &str = "alice@example.com";
const NEW: &str = "alice@new.example";
const NEXT: &str = "violet umbrella cactus seventeen";

fn change(app: &TestApp, session: &str, email: &str) -> Reply {
    app.post("/auth/email/change").session(session).json(&json!({"email": email})).send()
}

fn take(app: &TestApp, path: &str, token: &str) -> Reply {
    app.post(path).json(&json!({"token": token})).send()
}

/// Opens the link to the new address, where somebody is logged in.
fn confirm(app: &TestApp, session: &str, token: &str) -> Reply {
    app.post("/auth/email/verify").session(session).json(&json!({"token": token})).send()
}

fn user(app: &TestApp, session: &str) -> Value {
    app.get("/auth/me").session(session).send().expect(200).json()["user"].clone()
}

pub(crate) fn an_address_changes_once_the_new_one_is_proven(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, NEW).expect(202);
    let token = app.mailed_token(NEW);
    assert_eq!(user(&app, &session)["email"], OLD, "nothing changes before");
    confirm(&app, &session, &token).expect(204);
    let now = user(&app, &session);
    assert_eq!((&now["email"], &now["email_verified"]), (&json!(NEW), &json!(true)));
    app.try_login(NEW, ALICE.password).send().expect(200);
    app.try_login(OLD, ALICE.password).send().problem(401, "invalid_credentials");
    confirm(&app, &session, &token).problem(400, "invalid_token_link");
}

pub(crate) fn whoever_confirms_has_to_own_the_account_too(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, NEW).expect(202);
    let token = app.mailed_token(NEW);
    take(&app, "/auth/email/verify", &token).problem(401, "invalid_credentials");
    let bobs = app.login(conformance::BOB);
    confirm(&app, &bobs, &token).problem(401, "invalid_credentials");
    let page = app.get(&format!("/auth/email/verify?token={token}")).browser().send().expect(200);
    assert!(page.text().contains("name=\"password\""));
    let wrong = json!({"token": token, "password": NEXT});
    app.post("/auth/email/verify").json(&wrong).send().problem(401, "invalid_credentials");
    assert_eq!(user(&app, &session)["email"], OLD);
    let right = json!({"token": token, "password": ALICE.password});
    app.post("/auth/email/verify").json(&right).send().expect(204);
    assert_eq!(user(&app, &session)["email"], NEW);
}

pub(crate) fn a_thief_who_changes_it_twice_keeps_nothing(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, NEW).expect(202);
    let undo = app.mailed_token(OLD);
    confirm(&app, &session, &app.mailed_token(NEW)).expect(204);
    change(&app, &session, "thief@third.example").expect(202);
    let told = app.mails_to(NEW).pop().unwrap();
    assert!(!told.text().contains("token="), "the first address of the week is the one that can be kept");
    take(&app, "/auth/email/undo", &undo).expect(204);
    assert!(!app.is_logged_in(&session));
    take(&app, "/auth/email/undo", &undo).problem(400, "invalid_token_link");
}

pub(crate) fn it_takes_a_recent_login(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    app.post("/auth/email/change").json(&json!({"email": NEW})).send().problem(401, "unauthenticated");
    app.clock.advance(Duration::from_secs(301));
    change(&app, &session, NEW).problem(401, "reauthentication_required");
    assert_eq!(app.mail_count(), 0);
}

pub(crate) fn the_old_address_is_told_and_can_stay(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, NEW).expect(202);
    let (undo, late) = (app.mailed_token(OLD), app.mailed_token(NEW));
    app.get(&format!("/auth/email/undo?token={undo}")).browser().send().expect(200);
    take(&app, "/auth/email/undo", &undo).expect(204);
    assert!(!app.is_logged_in(&session));
    take(&app, "/auth/email/verify", &late).problem(400, "invalid_token_link");
    // Whoever asked knew the password, so that is gone too.
    app.try_login(OLD, ALICE.password).send().problem(401, "invalid_credentials");
    app.post("/auth/password/forgot").json(&json!({"email": OLD})).send().expect(202);
    let reset = json!({"token": app.mailed_token(OLD), "new_password": NEXT});
    app.post("/auth/password/reset").json(&reset).send().expect(204);
    app.try_login(OLD, NEXT).send().expect(200);
}

pub(crate) fn a_browser_is_led_from_the_old_address_to_a_password(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, NEW).expect(202);
    let form = app.post("/auth/email/undo").browser().form(&[("token", &app.mailed_token(OLD))]);
    let sent = form.send().expect(303);
    assert!(sent.header("location").unwrap().starts_with("/auth/password/reset?token="));
}

pub(crate) fn the_old_address_comes_back_within_a_week_whatever_was_done_since(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, NEW).expect(202);
    let undo = app.mailed_token(OLD);
    confirm(&app, &session, &app.mailed_token(NEW)).expect(204);
    // The thief sets a password, and takes the address that has become free for an account of their own.
    let fields = [("current_password", ALICE.password), ("new_password", NEXT)];
    app.post("/auth/password/change").session(&session).form(&fields).send().expect(204);
    let squat = json!({"username": "squatter", "email": OLD, "password": NEXT});
    app.post("/auth/register").json(&squat).send().expect(202);
    app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60 - 60));
    take(&app, "/auth/email/undo", &undo).expect(204);
    for login in ["alice", OLD, NEW] {
        app.try_login(login, NEXT).send().problem(401, "invalid_credentials");
    }
    app.post("/auth/password/forgot").json(&json!({"email": OLD})).send().expect(202);
    let reset = json!({"token": app.mailed_token(OLD), "new_password": ALICE.password});
    app.post("/auth/password/reset").json(&reset).send().expect(204);
    let back = app.try_login(OLD, ALICE.password).send().expect(200).session().unwrap();
    assert_eq!(user(&app, &back)["username"], "alice");
}

pub(crate) fn an_address_that_another_account_proved_stays_there_and_nobody_is_told(on: Framework) {
    let app = on.start();
    let root = app.login(conformance::ROOT);
    let free = change(&app, &root, NEW).expect(202);
    let taken = change(&app, &root, OLD).expect(202);
    assert_eq!((free.headers.len(), &free.body), (taken.headers.len(), &taken.body));
    let told = app.mails_to(OLD).pop().unwrap();
    assert!(!told.text().contains("token="), "{}", told.text());
    assert_eq!(user(&app, &app.login(ALICE))["email"], OLD);
}

pub(crate) fn an_address_that_somebody_only_claims_goes_to_whoever_proves_it(on: Framework) {
    let app = on.start();
    let squat = json!({"username": "squatter", "email": NEW, "password": NEXT});
    app.post("/auth/register").json(&squat).send().expect(202);
    let theirs = app.mailed_token(NEW);
    let session = app.login(ALICE);
    change(&app, &session, NEW).expect(202);
    confirm(&app, &session, &app.mailed_token(NEW)).expect(204);
    assert_eq!(user(&app, &session)["email"], NEW);
    take(&app, "/auth/email/verify", &theirs).problem(400, "invalid_token_link");
    let squatters = app.try_login("squatter", NEXT).send().expect(200).session().unwrap();
    assert_eq!(user(&app, &squatters)["email"], Value::Null);
}

pub(crate) fn of_two_changes_each_link_is_for_the_address_that_it_was_sent_to(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, "own@x.example").expect(202);
    let own = app.mailed_token("own@x.example");
    change(&app, &session, "victim@x.example").expect(202);
    let victims = app.mailed_token("victim@x.example");
    confirm(&app, &session, &own).problem(400, "invalid_token_link");
    assert_eq!(user(&app, &session)["email"], OLD);
    confirm(&app, &session, &victims).expect(204);
    assert_eq!(user(&app, &session)["email"], "victim@x.example");
}
