//! Refresh families beside the sessions: listed with them, and ended with them (OWASP ASVS 5.0 section 7.4.2).

use std::time::Duration;

use conformance::{ALICE, BOB, Framework, TestApp};
use serde_json::Value;

fn list(app: &TestApp, session: &str) -> Vec<Value> {
    let reply = app.get("/auth/sessions").session(session).send().expect(200).json();
    reply["sessions"].as_array().unwrap().clone()
}

fn families(app: &TestApp, session: &str) -> Vec<Value> {
    list(app, session).into_iter().filter(|entry| entry.get("client").is_some()).collect()
}

fn id(entry: &Value) -> &str {
    entry["id"].as_str().unwrap()
}

#[track_caller]
fn dead(app: &TestApp, token: &str) {
    app.try_refresh(token).send().oauth(400, "invalid_grant");
}

pub(crate) fn a_family_is_listed_beside_the_sessions(on: Framework) {
    let app = on.start();
    let tokens = app.tokens(ALICE, "");
    app.clock.advance(Duration::from_secs(60));
    let session = app.login(ALICE);
    app.tokens(BOB, "");
    app.clock.advance(Duration::from_secs(60));
    let next = app.try_refresh(&tokens.refresh).send().expect(200).json();
    let entries = list(&app, &session);
    assert_eq!(entries.len(), 2);
    assert!(entries[0]["current"] == true && entries[0].get("client").is_none(), "newest first");
    let family = &entries[1];
    assert_eq!((&family["current"], &family["client"]), (&false.into(), &"first-party".into()));
    assert_eq!(family["created_at"], "2023-11-14T22:13:20Z");
    assert_eq!(family["last_seen_at"], "2023-11-14T22:15:20Z");
    assert_eq!(family["expires_at"], "2023-12-14T22:15:20Z", "30 days after its last use");
    assert!(family["user_agent"].is_null() && family["ip"].is_null());
    for secret in [&next["refresh_token"], &next["access_token"]] {
        assert!(!family.to_string().contains(secret.as_str().unwrap()));
    }
    let by_token = app.get("/auth/sessions").bearer(next["access_token"].as_str().unwrap());
    let by_token = by_token.send().expect(200).json();
    assert_eq!(by_token["sessions"][1]["current"], true);
    assert_eq!(by_token["sessions"][0]["current"], false);
}

pub(crate) fn a_family_of_another_client_is_listed_by_its_name(on: Framework) {
    let app = on.start();
    app.foreign_tokens(ALICE, "reports-app", "reports:read");
    let session = app.login(ALICE);
    let listed = families(&app, &session);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["client"], "reports-app");
    app.request("DELETE", &format!("/auth/sessions/{}", id(&listed[0]))).session(&session).send().expect(204);
    assert!(families(&app, &session).is_empty());
}

pub(crate) fn one_family_can_be_ended(on: Framework) {
    let app = on.start();
    let (one, two) = (app.tokens(ALICE, ""), app.tokens(ALICE, ""));
    let (session, bobs) = (app.login(ALICE), app.login(BOB));
    let by_one = app.get("/auth/sessions").bearer(&one.access).send().expect(200).json();
    let entries = by_one["sessions"].as_array().unwrap();
    let path =
        format!("/auth/sessions/{}", id(entries.iter().find(|entry| entry["current"] == true).unwrap()));
    app.request("DELETE", &path).session(&bobs).send().problem(404, "not_found");
    assert!(app.takes_token(&one.access));
    app.request("DELETE", &path).session(&session).send().expect(204);
    app.request("DELETE", &path).session(&session).send().problem(404, "not_found");
    assert!(!app.takes_token(&one.access) && app.takes_token(&two.access));
    dead(&app, &one.refresh);
    let left = families(&app, &session);
    assert_eq!(left.len(), 1);
    app.post(&format!("/auth/sessions/{}/delete", id(&left[0]))).session(&session).send().expect(204);
    assert!(!app.takes_token(&two.access) && app.is_logged_in(&session));
}

pub(crate) fn families_end_with_all_other_sessions(on: Framework) {
    end_all_others(&on.start());
}

pub(crate) fn families_end_with_all_other_sessions_on_sqlite(on: Framework) {
    end_all_others(&on.start_on_sqlite());
}

/// Who ends all other sessions after a theft means the thief's tokens too.
fn end_all_others(app: &TestApp) {
    let (session, other, bobs) = (app.login(ALICE), app.login(ALICE), app.tokens(BOB, ""));
    let tokens = [app.tokens(ALICE, ""), app.tokens(ALICE, "reports:read")];
    app.request("DELETE", "/auth/sessions").session(&session).send().expect(204);
    for pair in &tokens {
        assert!(!app.takes_token(&pair.access));
        dead(app, &pair.refresh);
    }
    assert!(app.is_logged_in(&session) && !app.is_logged_in(&other));
    assert!(app.takes_token(&bobs.access));
    assert_eq!(list(app, &session).len(), 1);
}

pub(crate) fn who_ends_all_others_by_a_token_keeps_its_family(on: Framework) {
    let app = on.start();
    let (mine, other, session) = (app.tokens(ALICE, ""), app.tokens(ALICE, ""), app.login(ALICE));
    app.request("DELETE", "/auth/sessions").bearer(&mine.access).send().expect(204);
    assert!(app.takes_token(&mine.access) && !app.takes_token(&other.access) && !app.is_logged_in(&session));
    app.try_refresh(&mine.refresh).send().expect(200);
    dead(&app, &other.refresh);
}
