//! The link in a notice: whoever did not make the change locks everybody out.

use std::time::Duration;

use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::json;

const ADDRESS: &str = "alice@example.com";
const THIEFS: &str = "violet umbrella cactus seventeen";
const NEW: &str = "eleven quiet lanterns by the lake";

/// A thief changes the password; the token of the link in the notice.
fn stolen(app: &TestApp, session: &str) -> String {
    let fields = [("current_password", ALICE.password), ("new_password", THIEFS)];
    app.post("/auth/password/change").session(session).form(&fields).send().expect(204);
    app.mailed_token(ADDRESS)
}

fn secure(app: &TestApp, token: &str) -> Reply {
    app.post("/auth/account/secure").json(&json!({"token": token})).send()
}

pub(crate) fn a_notice_locks_everybody_out(on: Framework) {
    locks_out(&on.start());
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    locks_out(&on.start_on_sqlite());
}

fn locks_out(app: &TestApp) {
    let token = stolen(app, &app.login(ALICE));
    let thiefs = app.try_login(ALICE.name, THIEFS).send().expect(200).session().unwrap();
    secure(app, &token).expect(204);
    assert!(!app.is_logged_in(&thiefs));
    for password in [ALICE.password, THIEFS] {
        app.try_login(ALICE.name, password).send().problem(401, "invalid_credentials");
    }
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let body = json!({"token": app.mailed_token(ADDRESS), "new_password": NEW});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    app.try_login(ALICE.name, NEW).send().expect(200);
}

pub(crate) fn a_browser_is_led_on_to_a_new_password(on: Framework) {
    let app = on.start();
    let token = stolen(&app, &app.login(ALICE));
    let page = app.get(&format!("/auth/account/secure?token={token}")).browser().send().expect(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.text().contains(&token));
    app.try_login(ALICE.name, THIEFS).send().expect(200);
    let reply = app.post("/auth/account/secure").browser().form(&[("token", &token)]).send().expect(303);
    assert_eq!(reply.header("location"), Some("/auth/password/forgot"), "it takes another mail");
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let body = json!({"token": app.mailed_token(ADDRESS), "new_password": NEW});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    app.try_login(ALICE.name, NEW).send().expect(200);
}

pub(crate) fn the_link_works_once_for_seven_days_and_for_this_mailbox(on: Framework) {
    let app = on.start();
    let token = stolen(&app, &app.login(ALICE));
    secure(&app, &token).expect(204);
    secure(&app, &token).problem(400, "invalid_token_link");
    for wrong in ["", "x", &token[1..]] {
        secure(&app, wrong).problem(400, "invalid_token_link");
    }
    let app = on.start();
    let token = stolen(&app, &app.login(ALICE));
    app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
    secure(&app, &token).problem(400, "invalid_token_link");
    let app = on.start();
    let token = stolen(&app, &app.login(ALICE));
    let session = app.try_login(ALICE.name, THIEFS).send().expect(200).session().unwrap();
    let away = json!({"email": "new@example.com"});
    app.post("/auth/email/change").session(&session).json(&away).send().expect(202);
    let body = json!({"token": app.mailed_token("new@example.com")});
    app.post("/auth/email/verify").session(&session).json(&body).send().expect(204);
    secure(&app, &token).problem(400, "invalid_token_link");
    // The notice of the new address has a link of its own.
    let body = json!({"token": app.mailed_token(ADDRESS)});
    app.post("/auth/email/undo").json(&body).send().expect(204);
}

pub(crate) fn what_a_thief_changes_meanwhile_does_not_void_it(on: Framework) {
    let app = on.start();
    let token = stolen(&app, &app.login(ALICE));
    let alice = app.block_on(app.auth.users().find(ALICE.name)).unwrap().unwrap();
    app.block_on(app.auth.users().end_all_sessions(&alice.id)).unwrap();
    let thiefs = app.try_login(ALICE.name, THIEFS).send().expect(200).session().unwrap();
    app.post("/auth/account").session(&thiefs).json(&json!({"first_name": "Mallory"})).send().expect(200);
    secure(&app, &token).expect(204);
    assert!(!app.is_logged_in(&thiefs));
}

pub(crate) fn the_notice_of_another_change_does_not_void_it(on: Framework) {
    let app = on.start();
    let token = stolen(&app, &app.login(ALICE));
    let thiefs = app.try_login(ALICE.name, THIEFS).send().expect(200).session().unwrap();
    app.post("/auth/account").session(&thiefs).json(&json!({"username": "mallory"})).send().expect(200);
    assert_ne!(app.mailed_token(ADDRESS), token, "it is told as well");
    secure(&app, &token).expect(204);
    assert!(!app.is_logged_in(&thiefs));
}
