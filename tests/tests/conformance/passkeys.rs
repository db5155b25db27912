//! Passkeys: to log in by alone, as the second factor, and to prove once more who one is (ATTACKS WA-03, WA-06,
//! WA-08, WA-09, WA-12; WebAuthn Level 3).

use std::time::Duration;

use auth_core::event::{AuditFilter, EventKind};
use auth_core::passkey::PasskeyConfig;
use auth_core::testing::login_as;
use conformance::{ALICE, Asked, BOB, Framework, ROOT, TestApp, asked};
use serde_json::{Value, json};

use crate::races::at_once;

/// Begins a login by a passkey of whom this name is.
fn begin_named(app: &TestApp, name: &str) -> Asked {
    asked(app.post("/auth/passkeys/login/start").json(&json!({ "username": name })).send())
}

/// The reasons for which the last logins were refused.
fn refusals(app: &TestApp) -> Vec<Value> {
    let failed = AuditFilter::default().of_kind(EventKind::LoginFailed);
    let events = app.block_on(app.auth.audit().list(&failed, 100)).unwrap();
    events.iter().map(|event| serde_json::to_value(event).unwrap()["reason"].clone()).collect()
}

pub(crate) fn a_passkey_is_made_and_logs_in_without_a_name(on: Framework) {
    let app = on.start();
    let mut phone = app.phone(1);
    (phone.can_be_backed_up, phone.is_backed_up) = (true, true);
    let session = app.login(ALICE);
    let options = app.begin_making(&session);
    assert_eq!(options["rp"], json!({ "id": "localhost", "name": "Demo" }));
    assert_eq!(options["user"]["name"], "alice");
    assert_eq!(options["user"]["id"].as_str().unwrap().len(), 86, "64 bytes");
    assert_eq!((&options["attestation"], &options["timeout"]), (&json!("none"), &json!(300_000)));
    let made = phone.make(&options);
    let body = json!({ "credential": made, "name": " My phone " });
    let reply = app.post("/auth/passkeys/register/finish").session(&session).json(&body).send().expect(201);
    let (renewed, said) = (reply.session().unwrap(), reply.json());
    assert_eq!(said["passkey"]["name"], "My phone");
    assert_eq!(said["passkey"]["backed_up"], true);
    assert_eq!(said["recovery_codes"].as_array().map(Vec::len), Some(10), "the first factor");
    assert!(!app.is_logged_in(&session) && app.is_logged_in(&renewed));

    let asked = app.begin_passkey_login();
    assert_eq!(asked.options["allowCredentials"], json!([]));
    assert_eq!(
        (&asked.options["rpId"], &asked.options["userVerification"]),
        (&json!("localhost"), &json!("required"))
    );
    let used = phone.ask(&asked.options);
    let body = json!({ "credential": used, "next": "/private" });
    let finish =
        app.post("/auth/passkeys/login/finish").cookies(&[("session-login", &asked.browser)]).json(&body);
    let reply = finish.send().expect(200);
    assert_eq!(
        (&reply.json()["user"]["username"], &reply.json()["next"]),
        (&json!("alice"), &json!("/private"))
    );
    let me = app.get("/auth/me").session(&reply.session().unwrap()).send().expect(200).json();
    assert_eq!(me["auth"]["amr"], json!(["swk", "user", "mfa"]));
    assert_eq!(me["auth"]["fresh"], true);
    let listed = app.passkeys(&renewed);
    assert!(listed[0]["last_used_at"].is_string(), "{listed:?}");
}

pub(crate) fn a_name_says_whose_passkey_it_has_to_be(on: Framework) {
    let app = on.start();
    let (mut alices, _) = app.with_passkey(ALICE, 1);
    let (mut bobs, _) = app.with_passkey(BOB, 2);
    for (name, is_right) in [("ALICE", true), ("alice@example.com", true), ("bob", false), ("nobody", false)]
    {
        let asked = begin_named(&app, name);
        let used = alices.ask(&asked.options);
        let reply = app.finish_passkey_login(&asked, &used).send();
        match is_right {
            true => assert_eq!(reply.expect(200).json()["user"]["username"], "alice"),
            false => assert_eq!(reply.problem(401, "invalid_credentials").session(), None),
        }
    }
    let asked = begin_named(&app, "bob");
    let used = bobs.ask(&asked.options);
    app.finish_passkey_login(&asked, &used).send().expect(200);
}

pub(crate) fn a_name_that_nobody_has_is_answered_alike(on: Framework) {
    let app = on.start();
    app.with_passkey(ALICE, 1);
    let said = |name: &str| {
        let mut options = begin_named(&app, name).options;
        options["challenge"] = json!(options["challenge"].as_str().unwrap().len());
        options
    };
    assert_eq!(said("alice"), said("nobody"));
    assert_eq!(said("alice"), said("bob"), "who has none");
    let long = json!({ "username": "a".repeat(1025) });
    app.post("/auth/passkeys/login/start").json(&long).send().problem(400, "invalid_request");
}

pub(crate) fn a_passkey_completes_the_login_that_waits(on: Framework) {
    let app = on.start();
    let (mut alices, _) = app.with_passkey(ALICE, 1);
    let (mut bobs, _) = app.with_passkey(BOB, 2);
    alices.is_verified = false;
    let login = || {
        let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
        assert_eq!(reply.json()["status"], "mfa_required");
        assert_eq!(reply.json()["methods"][0], "passkey");
        reply.cookie("pending").unwrap()
    };
    let pending = login();
    let begin = || {
        let begun = app.post("/auth/passkeys/login/start").cookies(&[("pending", &pending)]).json(&json!({}));
        begun.send().expect(200).json()["publicKey"].clone()
    };
    let finish = |pending: &str, credential: &Value| {
        let request = app.post("/auth/passkeys/login/finish").cookies(&[("pending", pending)]);
        request.json(&json!({ "credential": credential })).send()
    };
    let options = begin();
    assert_eq!(options["allowCredentials"].as_array().map(Vec::len), Some(1), "alice's own");
    // Of another account, in this login.
    finish(&pending, &bobs.ask(&options)).problem(401, "invalid_credentials");
    // Alice's own, in another login that waits.
    let (options, other) = (begin(), login());
    finish(&other, &alices.ask(&options)).problem(401, "invalid_credentials");
    let reply = finish(&pending, &alices.ask(&options)).expect(200);
    let me = app.get("/auth/me").session(&reply.session().unwrap()).send().expect(200).json();
    assert_eq!(me["auth"]["amr"], json!(["pwd", "hwk", "user", "mfa"]));
    // It waits no more.
    finish(&pending, &alices.ask(&options)).problem(401, "invalid_credentials");
}

/// The trap: one that was made without verifying anybody is possession alone.
pub(crate) fn a_second_factor_alone_logs_nobody_in(on: Framework) {
    let app = on.start();
    let mut key = app.phone(1);
    key.is_verified = false;
    let session = app.make_passkey(&app.login(ALICE), &mut key);
    assert_eq!(app.passkeys(&session)[0]["second_factor_only"], true);
    app.passkey_login(&mut key).problem(401, "invalid_credentials");
    // Not even where it says that it verified somebody now.
    key.is_verified = true;
    app.passkey_login(&mut key).problem(401, "invalid_credentials");
    let begun =
        app.post("/auth/passkeys/step-up/start").session(&session).json(&json!({})).send().expect(200);
    let options = begun.json()["publicKey"].clone();
    assert_eq!(options["allowCredentials"], json!([]));
    let body = json!({ "credential": key.ask(&options) });
    let step_up = app.post("/auth/passkeys/step-up/finish").session(&session).json(&body);
    step_up.send().problem(401, "invalid_credentials");
}

/// The trap: whoever holds a session of alice's and a passkey of their own is not alice.
pub(crate) fn a_session_is_made_fresh_by_its_own_users_passkey_alone(on: Framework) {
    let app = on.start();
    let (mut alices, session) = app.with_passkey(ALICE, 1);
    let (mut bobs, bobs_session) = app.with_passkey(BOB, 2);
    app.clock.advance(Duration::from_secs(400));
    let begin = |session: &str| {
        let begun = app.post("/auth/passkeys/step-up/start").session(session).json(&json!({}));
        begun.send().expect(200).json()["publicKey"].clone()
    };
    let finish = |session: &str, credential: &Value| {
        let body = json!({ "credential": credential });
        app.post("/auth/passkeys/step-up/finish").session(session).json(&body).send()
    };
    let options = begin(&session);
    finish(&session, &bobs.ask(&options)).problem(401, "invalid_credentials");
    let options = begin(&session);
    finish(&bobs_session, &alices.ask(&options)).problem(401, "invalid_credentials");
    // Bob's own ceremony and passkey, in alice's session.
    let of_bob = begin(&bobs_session);
    finish(&session, &bobs.ask(&of_bob)).problem(401, "invalid_credentials");
    // One that is for a login.
    let asked = app.begin_passkey_login();
    finish(&session, &alices.ask(&asked.options)).problem(401, "invalid_credentials");
    app.get("/fresh").session(&session).send().problem(401, "reauthentication_required");
    let fresh = finish(&session, &alices.ask(&options)).expect(200).session().unwrap();
    assert!(!app.is_logged_in(&session));
    assert_eq!(app.get("/fresh").session(&fresh).send().expect(200).text(), "hello alice");
    app.get("/fresh").session(&bobs_session).send().problem(401, "reauthentication_required");
    for route in ["start", "finish"] {
        let target = format!("/auth/passkeys/step-up/{route}");
        app.post(&target).json(&json!({ "credential": {} })).send().problem(401, "unauthenticated");
    }
}

pub(crate) fn only_a_recent_login_of_a_browser_makes_one(on: Framework) {
    let app = on.start();
    let (session, token) = (app.login(ALICE), app.tokens(ALICE, "").access);
    for route in ["/auth/passkeys/register/start", "/auth/passkeys/register/finish"] {
        let body = json!({ "credential": {} });
        app.post(route).json(&body).send().problem(401, "unauthenticated");
        app.post(route).bearer(&token).json(&body).send().problem(403, "user_required");
        let other_site = app.post(route).session(&session).header("Sec-Fetch-Site", "cross-site");
        other_site.json(&body).send().problem(403, "csrf_failed");
    }
    let options = app.begin_making(&session);
    let made = app.phone(1).make(&options);
    // Another session, of the same user too.
    for person in [BOB, ALICE] {
        let other = app.login(person);
        app.finish_making(&other, &made).send().problem(400, "invalid_credential");
    }
    app.clock.advance(Duration::from_secs(301));
    app.finish_making(&session, &made).send().problem(401, "reauthentication_required");
    assert_eq!(app.passkeys(&session).len(), 0);
}

pub(crate) fn passkeys_are_listed_named_and_removed(on: Framework) {
    let app = on.start();
    let (_, session) = app.with_passkey(ALICE, 1);
    let session = app.make_passkey(&session, &mut app.phone(2));
    let (_, bobs) = app.with_passkey(BOB, 3);
    let ids: Vec<_> =
        app.passkeys(&session).iter().map(|held| held["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    let at = |id: &str| format!("/auth/passkeys/{id}");
    let rename = |session: &str, name: Value| {
        app.request("PATCH", &at(&ids[0])).session(session).json(&json!({ "name": name })).send()
    };
    assert_eq!(rename(&session, json!("Laptop")).expect(200).json()["passkey"]["name"], "Laptop");
    assert_eq!(rename(&session, json!(" ")).expect(200).json()["passkey"]["name"], Value::Null);
    rename(&session, json!("a".repeat(101))).problem(422, "invalid_field");
    rename(&session, json!("a\u{202e}b")).problem(422, "invalid_field");
    rename(&session, json!(7)).problem(400, "invalid_request");
    rename(&bobs, json!("mine")).problem(404, "not_found");
    // No program says what its user's factors are called.
    let token = app.tokens(ROOT, "").access;
    let by_token = app.request("PATCH", &at(&ids[0])).bearer(&token).json(&json!({ "name": "mine" }));
    by_token.send().problem(403, "user_required");
    let form = app.post(&format!("{}/rename", at(&ids[1]))).session(&session).browser();
    form.form(&[("name", "Key"), ("next", "/auth/passkeys")]).send().redirect("/auth/passkeys");
    assert_eq!(app.passkeys(&session)[1]["name"], "Key");

    app.request("DELETE", &at(&ids[0])).session(&bobs).send().problem(404, "not_found");
    app.request("DELETE", &at("none")).session(&session).send().problem(404, "not_found");
    let renewed = app.request("DELETE", &at(&ids[0])).session(&session).send().expect(204).session().unwrap();
    assert!(!app.is_logged_in(&session));
    let twin = app.post(&format!("{}/delete", at(&ids[1]))).session(&renewed).browser().form(&[]);
    let renewed = twin.send().redirect("/").session().unwrap();
    assert_eq!(app.passkeys(&renewed).len(), 0);
    assert_eq!(app.passkeys(&bobs).len(), 1);
}

pub(crate) fn the_last_way_in_stays(on: Framework) {
    let app = on.start();
    // Carol has no password.
    let cookie = app.block_on(async {
        let carol = app.auth.users().new_user("carol").unwrap();
        app.auth.users().create_without_password(carol).await.unwrap();
        login_as(&app.auth, "carol").await.unwrap()
    });
    let mut phone = app.phone(1);
    app.make_passkey(cookie.strip_prefix("session=").unwrap(), &mut phone);
    let session = app.passkey_login(&mut phone).expect(200).session().unwrap();
    let id = app.passkeys(&session)[0]["id"].as_str().unwrap().to_owned();
    let remove =
        |session: &str| app.request("DELETE", &format!("/auth/passkeys/{id}")).session(session).send();
    remove(&session).problem(409, "last_login_method");
    let session = app.make_passkey(&session, &mut app.phone(2));
    remove(&session).expect(204);
}

pub(crate) fn a_counter_that_goes_back_is_refused_and_noted(on: Framework) {
    let app = on.start();
    let mut phone = app.phone(1);
    phone.counter = 7;
    app.make_passkey(&app.login(ALICE), &mut phone);
    app.passkey_login(&mut phone).expect(200);
    assert_eq!(phone.counter, 8);
    for counter in [7, 3, 0] {
        phone.counter = counter;
        app.passkey_login(&mut phone).problem(401, "invalid_credentials");
    }
    assert_eq!(refusals(&app), ["passkey_copied", "passkey_copied", "passkey_copied"]);
    // What was kept did not move: the next of the original is right.
    phone.counter = 8;
    app.passkey_login(&mut phone).expect(200);
}

pub(crate) fn a_counter_of_zero_stays(on: Framework) {
    let app = on.start();
    let (mut phone, _) = app.with_passkey(ALICE, 1);
    for _ in 0..3 {
        app.passkey_login(&mut phone).expect(200);
        assert_eq!(phone.counter, 0);
    }
}

pub(crate) fn one_that_is_held_is_named_to_the_browser_and_not_kept_twice(on: Framework) {
    let app = on.start();
    let (mut phone, session) = app.with_passkey(ALICE, 1);
    let options = app.begin_making(&session);
    let held = options["excludeCredentials"][0].clone();
    assert_eq!(held["type"], "public-key");
    assert_eq!(held["transports"], json!(["internal", "hybrid"]));
    let again = phone.make(&options);
    assert_eq!(held["id"], again["id"]);
    app.finish_making(&session, &again).send().problem(400, "invalid_credential");
    // Another user's, whose phone says that it made it for them.
    let bobs = app.login(BOB);
    let made = phone.make(&app.begin_making(&bobs));
    app.finish_making(&bobs, &made).send().problem(400, "invalid_credential");
    assert_eq!((app.passkeys(&session).len(), app.passkeys(&bobs).len()), (1, 0));
}

pub(crate) fn a_passkey_that_nobody_has_is_said_to_be_unknown(on: Framework) {
    let app = on.start();
    let (mut phone, session) = app.with_passkey(ALICE, 1);
    let hint = |reply: conformance::Reply| reply.problem(401, "invalid_credentials").json()["hint"].clone();
    let mut stranger = app.phone(2);
    stranger.user_handle = Some(vec![1; 64]);
    assert_eq!(hint(app.passkey_login(&mut stranger)), "unknown_credential");
    // One that is refused for anything else is not: its browser would forget it.
    phone.is_verified = false;
    assert_eq!(hint(app.passkey_login(&mut phone)), Value::Null);
    phone.is_verified = true;
    app.clock.advance(Duration::from_secs(1));
    app.make_passkey(&session, &mut app.phone(3));
    let session = app.passkey_login(&mut phone).expect(200).session().unwrap();
    let id = app.passkeys(&session)[0]["id"].as_str().unwrap().to_owned();
    app.request("DELETE", &format!("/auth/passkeys/{id}")).session(&session).send().expect(204);
    assert_eq!(hint(app.passkey_login(&mut phone)), "unknown_credential");
}

pub(crate) fn of_many_at_once_one_logs_in(on: Framework) {
    let app = on.start();
    let (mut phone, _) = app.with_passkey(ALICE, 1);
    let asked = app.begin_passkey_login();
    let used = phone.ask(&asked.options);
    let replies = at_once((0..50).map(|_| app.finish_passkey_login(&asked, &used)).collect());
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 401)), "{statuses:?}");
}

pub(crate) fn of_many_at_once_one_is_made(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let made = app.phone(1).make(&app.begin_making(&session));
    let replies = at_once((0..50).map(|_| app.finish_making(&session, &made)).collect());
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 400 | 401)), "{statuses:?}");
    let session = replies.iter().find_map(|reply| reply.session()).unwrap();
    assert_eq!(app.passkeys(&session).len(), 1);
}

pub(crate) fn related_origins_are_published(on: Framework) {
    let app = on.start();
    app.get("/.well-known/webauthn").send().problem(404, "not_found");
    let related = PasskeyConfig::default().related_origin("https://demo.example");
    let app = on.start_with(|builder| builder.passkeys(related));
    let reply = app.get("/.well-known/webauthn").send().expect(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.json(), json!({ "origins": ["https://demo.example"] }));
    let mut phone = app.phone(1);
    phone.origin = "https://demo.example".to_owned();
    app.make_passkey(&app.login(ALICE), &mut phone);
    app.passkey_login(&mut phone).expect(200);
}

/// The same server answers on the related host, whose pages post to it: that is what the application allows besides.
pub(crate) fn a_page_on_a_related_origin_logs_in_where_the_application_allows_it(on: Framework) {
    const RELATED: &str = "https://demo.example";
    for is_allowed in [false, true] {
        let config = PasskeyConfig::default().related_origin(RELATED);
        let app = on.start_with(|builder| match is_allowed {
            true => builder.passkeys(config).allow_origin(RELATED),
            false => builder.passkeys(config),
        });
        let mut phone = app.phone(1);
        phone.origin = RELATED.to_owned();
        app.make_passkey(&app.login(ALICE), &mut phone);
        let page = app.get("/auth/login").browser().send().expect(200);
        let policy = page.header("content-security-policy").unwrap().to_owned();
        assert!(policy.contains(&format!(" {RELATED}/auth/passkeys.js")), "{policy}");
        assert!(policy.contains("connect-src 'self'"), "{policy}");
        let begin = app.post("/auth/passkeys/login/start").header("origin", RELATED).json(&json!({}));
        if !is_allowed {
            begin.send().problem(403, "csrf_failed");
            continue;
        }
        let asked = asked(begin.send());
        let used = phone.ask(&asked.options);
        let finish = app.finish_passkey_login(&asked, &used).header("origin", RELATED);
        finish.send().expect(200);
        phone.origin = "https://other.example".to_owned();
        app.passkey_login(&mut phone).problem(401, "invalid_credentials");
    }
}

pub(crate) fn the_pages_have_a_button_and_one_script(on: Framework) {
    let app = on.start();
    let script = app.get("/auth/passkeys.js").send().expect(200);
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
    let allowed = format!("script-src {}/auth/passkeys.js; connect-src 'self'", app.base);
    let page = app.get("/auth/login?next=/private").browser().send().expect(200);
    assert!(page.header("content-security-policy").unwrap().ends_with(&allowed));
    let html = page.text();
    assert!(html.contains(r#"data-next="/private""#) && html.contains("username webauthn"), "{html}");
    assert_eq!(html.matches("<script").count(), 1);
    let (_, session) = app.with_passkey(ALICE, 1);
    for route in ["/auth/passkeys", "/auth/reauthenticate"] {
        let page = app.get(route).session(&session).browser().send().expect(200);
        assert!(page.header("content-security-policy").unwrap().ends_with(&allowed), "{route}");
        assert!(page.text().contains("data-passkey"), "{route}");
    }
    // No page without a button lets any script in.
    let page = app.get("/auth/account").session(&session).browser().send().expect(200);
    assert!(!page.header("content-security-policy").unwrap().contains("script-src"));
    assert!(page.text().contains(r#"href="/auth/passkeys""#));
}

pub(crate) fn without_passkeys_there_are_no_routes(on: Framework) {
    let app = on.start_with(|builder| builder.without_passkeys());
    for route in ["/auth/passkeys", "/auth/passkeys.js", "/.well-known/webauthn"] {
        app.get(route).send().problem(404, "not_found");
    }
    app.post("/auth/passkeys/login/start").json(&json!({})).send().problem(404, "not_found");
    let page = app.get("/auth/login").browser().send().expect(200);
    assert!(!page.text().contains("data-passkey") && !page.text().contains("webauthn"));
}

/// Of two members with one name another reader would take the other.
pub(crate) fn a_member_that_stands_twice_in_a_credential_is_refused(on: Framework) {
    let app = on.start();
    let (session, mut phone) = (app.login(ALICE), app.phone(1));
    let twice = |credential: &Value| {
        let body = json!({ "credential": credential }).to_string();
        let (one, two) = ("\"type\":\"public-key\"", "\"type\":\"public-key\",\"type\":\"public-key\"");
        assert_eq!(body.matches(one).count(), 1);
        body.replace(one, two)
    };
    let made = phone.make(&app.begin_making(&session));
    let finish = app.post("/auth/passkeys/register/finish").session(&session);
    finish.body("application/json", twice(&made)).send().problem(400, "invalid_request");
    app.finish_making(&session, &made).send().expect(201);
    let asked = app.begin_passkey_login();
    let used = phone.ask(&asked.options);
    let finish = app.post("/auth/passkeys/login/finish").cookies(&[("session-login", &asked.browser)]);
    finish.body("application/json", twice(&used)).send().problem(400, "invalid_request");
    app.finish_passkey_login(&asked, &used).send().expect(200);
}
