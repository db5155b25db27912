//! Listing and ending sessions (OWASP ASVS 5.0 sections 7.5.2 and 8.2.2).

use std::time::Duration;

use conformance::{ALICE, BOB, Framework, TestApp};
use serde_json::Value;

fn list(app: &TestApp, session: &str) -> Vec<Value> {
    let reply = app.get("/auth/sessions").session(session).send().expect(200).json();
    reply["sessions"].as_array().unwrap().clone()
}

fn current(app: &TestApp, session: &str) -> String {
    let entry = list(app, session).into_iter().find(|entry| entry["current"] == true).unwrap();
    entry["id"].as_str().unwrap().to_owned()
}

pub(crate) fn the_list_shows_each_login_once_and_no_secret(on: Framework) {
    let app = on.start();
    let login = |agent: &str| {
        app.try_login(ALICE.name, ALICE.password)
            .header("User-Agent", agent)
            .send()
            .expect(200)
            .session()
            .unwrap()
    };
    let one = login("Firefox \"on\" a <b>train</b>");
    app.clock.advance(Duration::from_secs(90));
    let two = login("curl/8");
    app.login(BOB);
    let sessions = list(&app, &two);
    assert_eq!(sessions.len(), 2);
    for entry in &sessions {
        let members: Vec<_> = entry.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = ["id", "current", "created_at", "last_seen_at", "expires_at", "user_agent", "ip"];
        expected.sort_unstable();
        let mut members = members;
        members.sort_unstable();
        assert_eq!(members, expected);
        assert_eq!(entry["ip"], "127.0.0.1");
        let text = entry.to_string();
        assert!(!text.contains(&one) && !text.contains(&two));
    }
    let newest = sessions.iter().find(|entry| entry["current"] == true).unwrap();
    assert_eq!(newest["user_agent"], "curl/8");
    assert_eq!(newest["created_at"], "2023-11-14T22:14:50Z");
    assert_eq!(newest["expires_at"], "2024-02-12T22:14:50Z");
    assert_eq!(sessions.iter().filter(|entry| entry["current"] == true).count(), 1);
}

pub(crate) fn a_handle_opens_nothing(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let handle = current(&app, &session);
    assert!(!app.is_logged_in(&handle));
}

pub(crate) fn one_session_can_be_ended(on: Framework) {
    let app = on.start();
    let (one, two) = (app.login(ALICE), app.login(ALICE));
    let handle = current(&app, &one);
    let reply = app.request("DELETE", &format!("/auth/sessions/{handle}")).session(&two).send().expect(204);
    assert!(reply.body.is_empty());
    assert!(!app.is_logged_in(&one) && app.is_logged_in(&two));
    app.request("DELETE", &format!("/auth/sessions/{handle}")).session(&two).send().problem(404, "not_found");
}

pub(crate) fn all_others_can_be_ended(on: Framework) {
    let app = on.start();
    let (one, two, mine, bobs) = (app.login(ALICE), app.login(ALICE), app.login(ALICE), app.login(BOB));
    app.request("DELETE", "/auth/sessions").session(&mine).send().expect(204);
    assert!(!app.is_logged_in(&one) && !app.is_logged_in(&two));
    assert!(app.is_logged_in(&mine) && app.is_logged_in(&bobs));
    assert_eq!(list(&app, &mine).len(), 1);
}

pub(crate) fn every_delete_has_a_post_twin(on: Framework) {
    let app = on.start();
    let (one, two, mine) = (app.login(ALICE), app.login(ALICE), app.login(ALICE));
    let handle = current(&app, &one);
    app.post(&format!("/auth/sessions/{handle}/delete")).session(&mine).send().expect(204);
    assert!(!app.is_logged_in(&one) && app.is_logged_in(&two));
    let request = app.post("/auth/sessions/delete").session(&mine).browser().form(&[("next", "/private")]);
    request.send().redirect("/private");
    assert!(!app.is_logged_in(&two) && app.is_logged_in(&mine));
    let handle = current(&app, &mine);
    let request = app.post(&format!("/auth/sessions/{handle}/delete")).session(&mine).browser();
    request.form(&[("next", "//evil.example")]).send().redirect("/");
    assert!(!app.is_logged_in(&mine));
}

pub(crate) fn another_users_session_is_404(on: Framework) {
    let app = on.start();
    let (alices, bobs) = (app.login(ALICE), app.login(BOB));
    let handle = current(&app, &bobs);
    let unknown = handle.chars().rev().collect::<String>();
    for id in [handle.as_str(), &unknown, "x", "..", "%2e%2e", "%00", "1", &"a".repeat(300)] {
        let status = app.request("DELETE", &format!("/auth/sessions/{id}")).session(&alices).send().status;
        // A framework may refuse or resolve dot segments by itself, short of doing anything.
        assert!(
            status == 404 || (id.contains('.') || id.contains('%')) && (400..500).contains(&status),
            "{id} {status}"
        );
        app.post(&format!("/auth/sessions/{id}/delete")).session(&alices).send();
    }
    app.post(&format!("/auth/sessions/{handle}/delete")).session(&alices).send().problem(404, "not_found");
    assert!(app.is_logged_in(&bobs) && app.is_logged_in(&alices));
}

pub(crate) fn sessions_are_for_users_only(on: Framework) {
    let app = on.start();
    let token = app.tokens(ALICE, "").access;
    let session = app.login(ALICE);
    let by_token = app.get("/auth/sessions").bearer(&token).send().expect(200).json();
    assert_eq!(by_token["sessions"][0]["current"], false);
    app.request("DELETE", "/auth/sessions").bearer(&token).send().expect(204);
    assert!(!app.is_logged_in(&session));
}

pub(crate) fn being_used_is_noted_once_a_minute(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(list(&app, &session)[0]["last_seen_at"], "2023-11-14T22:13:20Z");
    app.clock.advance(Duration::from_secs(61));
    assert!(app.is_used(ALICE, &session));
    assert_eq!(list(&app, &session)[0]["last_seen_at"], "2023-11-14T22:15:20Z");
}

pub(crate) fn sessions_outlive_nothing_on_sqlite_either(on: Framework) {
    let app = on.start_on_sqlite();
    let (one, two) = (app.login(ALICE), app.login(ALICE));
    assert!(app.is_logged_in(&one) && app.is_logged_in(&two));
    app.request("DELETE", "/auth/sessions").session(&one).send().expect(204);
    assert!(app.is_logged_in(&one) && !app.is_logged_in(&two));
    app.post("/auth/logout").session(&one).send().expect(204);
    assert!(!app.is_logged_in(&one));
}
