//! Logging in and out, and who is logged in (OWASP ASVS 5.0 sections 6.2.8, 6.3.8, 7.2.4, 7.3 and 7.4.1).

use std::time::Duration;

use auth_core::user::UserUpdate;
use conformance::{ALICE, BOB, Faults, Framework, ROOT, Reply};
use serde_json::json;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const FORM_CHALLENGE: &str = "Form realm=\"Login Required\", action=\"/auth/login\"";

pub(crate) fn login_sets_a_new_session_cookie(on: Framework) {
    let app = on.start();
    let one = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    let two = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    let (first, second) = (one.session().unwrap(), two.session().unwrap());
    assert_ne!(first, second);
    assert!(first.len() >= 43, "256 bits");
    assert!(app.is_logged_in(&first) && app.is_logged_in(&second));
    assert_eq!(one.session_cookie(), Some(&*format!("session={first}; Path=/; HttpOnly; SameSite=Lax")));
}

pub(crate) fn login_answers_the_user(on: Framework) {
    let app = on.start();
    let user = app.try_login(ALICE.name, ALICE.password).send().expect(200).json();
    let id = app.user(ALICE).id.to_string();
    assert_eq!(
        user,
        json!({"user": {
            "id": id, "username": "alice", "email": "alice@example.com", "email_verified": true, "is_active": true,
            "is_staff": false, "is_superuser": false, "groups": ["writers"], "permissions": ["reports.view_report"],
            "date_joined": "2023-11-14T22:13:20Z", "last_login": "2023-11-14T22:13:20Z",
        }})
    );
}

pub(crate) fn name_and_address_work_in_any_case(on: Framework) {
    let app = on.start();
    for login in ["alice", "ALICE", "Alice", "alice@example.com", "ALICE@EXAMPLE.COM", "\u{ff41}lice"] {
        let user = app.try_login(login, ALICE.password).send().expect(200).json();
        assert_eq!(user["user"]["username"], "alice", "{login}");
    }
    for login in ["al\u{131}ce", "al ice", "alice@example.com.", "alice@evil.example", "", "@", "alice@"] {
        let status = app.try_login(login, ALICE.password).send().status;
        assert!(status == 401 || status == 400, "{login:?} {status}");
    }
}

pub(crate) fn remember_gives_the_cookie_an_end(on: Framework) {
    let app = on.start();
    let fields = |remember| [("username", ALICE.name), ("password", ALICE.password), ("remember", remember)];
    let reply = app.post("/auth/login").form(&fields("true")).send().expect(200);
    let cookie = reply.session_cookie().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000"), "90 days: {cookie}");
    for no in ["false", "0", ""] {
        let reply = app.post("/auth/login").form(&fields(no)).send().expect(200);
        assert!(!reply.session_cookie().unwrap().contains("Max-Age"), "{no}");
    }
    let body = json!({"username": ALICE.name, "password": ALICE.password, "remember": true});
    let reply = app.post("/auth/login").json(&body).send().expect(200);
    assert!(reply.session_cookie().unwrap().contains("; Max-Age=7776000"));
}

pub(crate) fn a_browser_is_redirected_and_logged_in(on: Framework) {
    let app = on.start();
    let fields = [("username", ALICE.name), ("password", ALICE.password), ("next", "/private")];
    let reply = app.post("/auth/login").form(&fields).browser().send().redirect("/private");
    assert!(app.is_logged_in(&reply.session().unwrap()));
}

pub(crate) fn a_wrong_password_is_401_and_shows_the_page_again(on: Framework) {
    let app = on.start();
    let reply =
        app.try_login("alice", "not the password of alice").send().problem(401, "invalid_credentials");
    assert_eq!(reply.header("www-authenticate"), Some(FORM_CHALLENGE));
    assert_eq!(reply.header("set-cookie"), None);
    let fields = [("username", "alice"), ("password", "wrong"), ("next", "/private")];
    let page = app.post("/auth/login").form(&fields).browser().send().expect(401);
    assert_eq!(page.header("www-authenticate"), Some(FORM_CHALLENGE));
    let page = page.text();
    assert!(
        page.contains("value=\"alice\"") && page.contains("value=\"/private\"") && page.contains("<form")
    );
}

pub(crate) fn unknown_wrong_and_disabled_are_told_alike(on: Framework) {
    let app = on.start();
    let mut update = UserUpdate::default();
    update.is_active = Some(false);
    let id = app.user(BOB).id.clone();
    app.block_on(app.auth.users().update(&id, update)).unwrap();
    let strip = |reply: Reply| {
        let body = reply.body_but_for_its_event();
        let headers = reply.headers.into_iter().filter(|(name, _)| name != "date").collect::<Vec<_>>();
        (reply.status, headers, body)
    };
    for browser in [false, true] {
        let ask = |login: &str, password: &str| {
            let request = app.try_login(login, password);
            strip(if browser { request.browser() } else { request }.send())
        };
        let unknown = ask("carol", "some password or other");
        let wrong = ask("alice", "some password or other");
        let disabled = ask("bob", BOB.password);
        let same = |other: &(u16, Vec<(String, String)>, String), name: &str| {
            assert_eq!(unknown.2.replace("carol", "NAME"), other.2.replace(name, "NAME"));
            assert_eq!((unknown.0, unknown.1.len()), (other.0, other.1.len()));
        };
        same(&wrong, "alice");
        same(&disabled, "bob");
    }
}

pub(crate) fn passwords_are_never_trimmed(on: Framework) {
    let app = on.start();
    let spaced = "  spaced out passphrase \t";
    let id = app.user(BOB).id.clone();
    assert!(app.block_on(app.auth.accounts().set_password(&id, spaced)).unwrap());
    app.try_login("bob", spaced).send().expect(200);
    app.try_login("bob", spaced.trim()).send().problem(401, "invalid_credentials");
    app.post("/auth/login").json(&json!({"username": "bob", "password": spaced})).send().expect(200);
    app.get("/basic").basic("bob", spaced).send().expect(200);
}

pub(crate) fn there_is_no_default_account(on: Framework) {
    let app = on.start();
    for (login, password) in
        [("admin", "admin"), ("root", "root"), ("root", ""), ("alice", ""), ("admin", ""), ("test", "test")]
    {
        app.try_login(login, password).send().problem(401, "invalid_credentials");
    }
}

pub(crate) fn a_planted_session_id_is_never_signed_in(on: Framework) {
    let app = on.start();
    let invented = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let bobs = app.login(BOB);
    for planted in [invented, &bobs] {
        let reply = app.try_login(ALICE.name, ALICE.password).session(planted).send().expect(200);
        let session = reply.session().unwrap();
        assert_ne!(session, planted);
        assert!(!app.is_logged_in(planted), "the old id is dead");
        assert_eq!(app.get("/private").session(&session).send().text(), "hello alice");
    }
}

pub(crate) fn logout_kills_the_session_and_clears_the_cookie(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let reply = app.post("/auth/logout").session(&session).send().expect(204);
    assert!(reply.clears_session() && reply.body.is_empty(), "{reply:?}");
    assert!(!app.is_logged_in(&session));
    assert_eq!(app.sessions(ALICE), 0);
    let session = app.login(ALICE);
    let reply = app.post("/auth/logout").session(&session).browser().send().redirect("/");
    assert!(reply.clears_session() && !app.is_logged_in(&session));
}

pub(crate) fn logout_ends_one_session_only(on: Framework) {
    let app = on.start();
    let (one, two) = (app.login(ALICE), app.login(ALICE));
    app.post("/auth/logout").session(&one).send().expect(204);
    assert!(!app.is_logged_in(&one) && app.is_logged_in(&two));
}

pub(crate) fn logout_works_when_nobody_is_logged_in(on: Framework) {
    let app = on.start();
    app.post("/auth/logout").send().expect(204);
    app.post("/auth/logout").browser().send().redirect("/");
    app.post("/auth/logout").session("garbage").send().expect(204);
    app.get("/auth/logout").send().problem(405, "method_not_allowed");
}

pub(crate) fn me_says_who_and_how(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let auth_time = 1_700_000_000;
    let me = app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!(me["user"]["username"], "alice");
    let expected =
        json!({"via": "session", "fresh": true, "auth_time": auth_time, "amr": ["pwd"], "scope": ""});
    assert_eq!(me["auth"], expected);
    let token = app.tokens(ALICE, "reports:read").access;
    app.clock.advance(Duration::from_secs(301));
    let me = app.get("/auth/me").bearer(&token).send().expect(200).json();
    let expected = json!({"via": "access_token", "fresh": false, "auth_time": auth_time, "amr": ["pwd"], "scope": "reports:read"});
    assert_eq!(me["auth"], expected);
    assert_eq!(app.get("/auth/me").session(&app.login(ROOT)).send().json()["user"]["permissions"], json!([]));
}

pub(crate) fn a_session_ends_when_it_is_idle(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    app.clock.advance(14 * DAY - Duration::from_secs(1));
    assert!(app.is_used(ALICE, &session));
    app.clock.advance(13 * DAY);
    assert!(app.is_used(ALICE, &session), "being used moved the limit");
    app.clock.advance(14 * DAY);
    assert!(!app.is_logged_in(&session));
}

pub(crate) fn a_session_ends_at_its_absolute_limit_however_much_it_is_used(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for _ in 0..8 {
        app.clock.advance(11 * DAY);
        assert!(app.is_used(ALICE, &session));
    }
    app.clock.advance(2 * DAY);
    assert!(!app.is_logged_in(&session));
}

pub(crate) fn anonymous_hits_make_no_session(on: Framework) {
    let faults = Faults::new();
    let stores = faults.stores();
    let app = on.start_with(|builder| builder.stores(stores));
    for _ in 0..20 {
        for request in [
            app.get("/"),
            app.get("/private"),
            app.get("/auth/login"),
            app.get("/open"),
            app.post("/auth/logout"),
        ] {
            assert_eq!(request.browser().send().header("set-cookie"), None);
        }
        app.try_login("alice", "not the password of alice").send().expect(401);
    }
    assert_eq!((faults.session_inserts(), faults.session_reads()), (0, 0));
}

pub(crate) fn a_logout_beats_a_slow_request(on: Framework) {
    let faults = Faults::new();
    let stores = faults.stores();
    let app = on.start_with(|builder| builder.stores(stores));
    let session = app.login(ALICE);
    // More than a minute, so that the slow request also writes when the session was last used.
    app.clock.advance(Duration::from_secs(90));
    let gate = faults.close_gate();
    let slow = app.get("/private").session(&session);
    let slow = std::thread::spawn(move || slow.send());
    gate.wait();
    app.post("/auth/logout").session(&session).send().expect(204);
    gate.open();
    slow.join().unwrap();
    assert!(!app.is_logged_in(&session), "the session stays dead");
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn switching_an_account_off_ends_everything_at_once(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let pair = app.tokens(ALICE, "reports:read");
    app.get("/basic").basic(ALICE.name, ALICE.password).send().expect(200);
    let id = app.user(ALICE).id.clone();
    let mut update = UserUpdate::default();
    update.is_active = Some(false);
    app.block_on(app.auth.users().update(&id, update)).unwrap();
    app.get("/private").session(&session).send().problem(401, "unauthenticated");
    app.get("/api").bearer(&pair.access).send().problem(401, "invalid_token");
    app.get("/scoped").bearer(&pair.access).send().problem(401, "invalid_token");
    app.get("/basic").basic(ALICE.name, ALICE.password).send().problem(401, "unauthenticated");
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    app.try_token(ALICE, "").send().oauth(400, "invalid_grant");
}

pub(crate) fn a_role_taken_away_is_gone_at_the_next_request(on: Framework) {
    let app = on.start();
    let (session, token) = (app.login(ALICE), app.tokens(ALICE, "").access);
    app.get("/reports").session(&session).send().expect(200);
    let mut update = UserUpdate::default();
    update.groups = Some(Vec::new());
    let id = app.user(ALICE).id.clone();
    app.block_on(app.auth.users().update(&id, update)).unwrap();
    app.get("/reports").session(&session).send().problem(403, "permission_denied");
    app.get("/reports").bearer(&token).send().problem(403, "permission_denied");
}
