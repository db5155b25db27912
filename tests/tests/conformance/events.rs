//! What happened is told to whoever runs the application, and where from, and found by whoever was refused (OWASP ASVS 5.0 sections
//! 16.2 and 16.3).

use std::time::Duration;

use auth_core::account::Registration;
use auth_core::event::{AuditFilter, Denial, Event, EventId, EventKind};
use conformance::{ALICE, BOB, Framework, Reply, TestApp};
use serde_json::json;

const AGENT: &str = "Tester/1.0";

/// The events that the filter takes, the oldest first.
fn events(app: &TestApp, filter: AuditFilter) -> Vec<Event> {
    app.block_on(app.auth.audit().list(&filter.oldest_first(), 100)).unwrap()
}

/// The event that a refusal names: what, why, and by which route.
fn named(app: &TestApp, refused: &Reply) -> (EventKind, Option<Denial>, String) {
    let instance = refused.json()["instance"].clone();
    let id = EventId::parse(instance.as_str().expect("a refusal of a way in has an event")).unwrap();
    let found = events(app, AuditFilter::default().of_event(id)).remove(0);
    (found.kind, found.details.reason, found.route.as_deref().unwrap().to_owned())
}

/// Those of an account, by their names, from the `first` on.
fn told(app: &TestApp, first: usize) -> Vec<String> {
    let of_alice = events(app, AuditFilter::default().of_user(&app.user(ALICE).id));
    of_alice[first..].iter().map(|event| event.kind.to_string()).collect()
}

pub(crate) fn a_refused_login_is_found_by_what_its_reply_says(on: Framework) {
    let app = on.start_on_sqlite();
    for (name, reason) in [("alice", Denial::WrongPassword), ("nobody", Denial::UnknownUser)] {
        let refused = app.try_login(name, "wrong").header("User-Agent", AGENT).send();
        let instance = refused.problem(401, "invalid_credentials").json()["instance"].clone();
        let id = EventId::parse(instance.as_str().unwrap()).unwrap();
        let found = events(&app, AuditFilter::default().of_event(id));
        assert_eq!((found.len(), found[0].kind), (1, EventKind::LoginFailed));
        assert_eq!(found[0].details.reason, Some(reason));
        assert_eq!(found[0].user, (name == "alice").then(|| app.user(ALICE).id.clone()));
        assert_eq!(found[0].user_agent.as_deref(), Some(AGENT));
        assert_eq!(found[0].route.as_deref(), Some("POST /login"));
        assert!(found[0].ip.is_some_and(|ip| ip.is_loopback()));
    }
}

pub(crate) fn a_page_shows_a_reference_that_leads_to_the_event(on: Framework) {
    let app = on.start();
    let page = app.try_login("alice", "wrong").browser().send().expect(401).text();
    let (_, rest) = page.split_once("Reference: ").unwrap();
    let (from, to) = EventId::range_of_reference(&rest[..14]).unwrap();
    let found = events(&app, AuditFilter::default().between(from, to));
    assert_eq!(found[0].kind, EventKind::LoginFailed);
}

pub(crate) fn what_is_done_with_an_account_is_told_and_what_is_refused_is_not(on: Framework) {
    let app = on.start_on_sqlite();
    let before = told(&app, 0).len();
    let session = app.login(ALICE);
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        app.post("/auth/password/change").session(&session).json(&body).send()
    };
    change(ALICE.password, "short").problem(422, "weak_password");
    app.clock.advance(std::time::Duration::from_secs(1));
    let changed = change(ALICE.password, "another good demo passphrase").expect(204);
    app.clock.advance(std::time::Duration::from_secs(1));
    app.post("/auth/logout").session(&changed.session().unwrap()).json(&json!({})).send().expect(204);
    let expected = ["login.succeeded", "login.succeeded", "login.succeeded", "password.changed", "logout"];
    let mut happened = told(&app, before);
    happened[1..4].sort_unstable();
    assert_eq!(happened, expected, "each password that was shown is a login; the weak one changed nothing");
    let changes = AuditFilter::default().of_kind(EventKind::PasswordChanged);
    assert_eq!(events(&app, changes)[0].route.as_deref(), Some("POST /password/change"));
}

pub(crate) fn a_handlers_and_a_guards_logins_are_told_too(on: Framework) {
    let app = on.start();
    app.get("/basic").basic(BOB.name, BOB.password).send().expect(200);
    app.get("/basic").basic(BOB.name, "wrong").header("User-Agent", AGENT).send().expect(401);
    let of_bob = events(&app, AuditFilter::default().of_user(&app.user(BOB).id));
    let [.., right, wrong] = &*of_bob else { panic!("{of_bob:?}") };
    assert_eq!((right.kind, wrong.kind), (EventKind::LoginSucceeded, EventKind::LoginFailed));
    assert_eq!((right.route.as_deref(), wrong.route.as_deref()), (Some("basic"), Some("basic")));
    assert_eq!(wrong.user_agent.as_deref(), Some(AGENT));
}

pub(crate) fn a_refresh_token_that_was_stolen_is_an_alarm(on: Framework) {
    let app = on.start();
    let first = app.tokens(ALICE, "");
    let second = app.try_refresh(&first.refresh).send().expect(200).json();
    app.try_refresh(second["refresh_token"].as_str().unwrap()).send().expect(200);
    app.try_refresh(&first.refresh).send().oauth(400, "invalid_grant");
    app.try_refresh(&first.refresh).send().oauth(400, "invalid_grant");
    let reused = events(&app, AuditFilter::default().of_kind(EventKind::TokenReused));
    assert_eq!(reused.len(), 1, "the family ends once");
    assert!(reused[0].kind.is_alarm() && reused[0].user == Some(app.user(ALICE).id.clone()));
    assert_eq!(reused[0].details.client.as_deref(), Some("first-party"));
}

const ADDRESS: &str = "alice@example.com";

pub(crate) fn a_spent_link_and_a_wrong_code_are_found_by_what_their_replies_say(on: Framework) {
    let app = on.start_on_sqlite();
    let ask = |path: &str| app.post(path).json(&json!({"email": ADDRESS})).send().expect(202);
    ask("/auth/password/forgot");
    let body =
        json!({"token": app.mailed_token(ADDRESS), "new_password": "violet umbrella cactus seventeen"});
    let reset = || app.post("/auth/password/reset").json(&body).send();
    reset().expect(204);
    let refused = reset().problem(400, "invalid_token_link");
    let spent = |route: &str| (EventKind::LinkRefused, Some(Denial::InvalidLink), route.to_owned());
    assert_eq!(named(&app, &refused), spent("POST /password/reset"));
    for path in ["/email/verify", "/email/undo", "/unlock", "/account/secure", "/account/reopen"] {
        let refused = app.post(&format!("/auth{path}")).json(&json!({"token": "x"})).send();
        assert_eq!(named(&app, &refused.problem(400, "invalid_token_link")), spent(&format!("POST {path}")));
    }
    let asked = ask("/auth/magic-link");
    let cookie = format!("session-signup={}", asked.cookie("session-signup").unwrap());
    for (field, reason) in [("code", Denial::WrongCode), ("token", Denial::InvalidLink)] {
        let confirm = app.post("/auth/magic-link/confirm").json(&json!({field: "00000000"}));
        let refused = confirm.header("Cookie", &cookie).send().problem(400, "invalid_token_link");
        let route = "POST /magic-link/confirm".to_owned();
        assert_eq!(named(&app, &refused), (EventKind::LoginFailed, Some(reason), route));
    }
}

pub(crate) fn a_link_that_something_else_overtook_is_told_of_its_account(on: Framework) {
    let app = on.start();
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let token = app.mailed_token(ADDRESS);
    let alice = app.user(ALICE).id.clone();
    app.block_on(app.auth.users().end_all_sessions(&alice)).unwrap();
    let body = json!({"token": token, "new_password": "violet umbrella cactus seventeen"});
    app.post("/auth/password/reset").json(&body).send().problem(400, "invalid_token_link");
    let refused = events(&app, AuditFilter::default().of_user(&alice).of_kind(EventKind::LinkRefused));
    assert_eq!(refused.len(), 1);
}

pub(crate) fn every_limit_that_is_reached_is_told_and_a_flood_of_it_a_few_times(on: Framework) {
    const AT_ONCE: usize = 100;
    let app = on.start();
    let routes = [
        ("/auth/password/forgot", json!({"email": ADDRESS})),
        ("/auth/password/reset", json!({"token": "x", "new_password": "y"})),
        ("/auth/magic-link/confirm", json!({"token": "x"})),
        ("/auth/register", json!({"username": "carol", "email": "c@example.com", "password": "x"})),
    ];
    for (path, body) in routes {
        let ask = || app.post(path).json(&body).send();
        let limited = (0..=2 * AT_ONCE).map(|_| ask()).find(|reply| reply.status == 429).unwrap();
        let limited = limited.problem(429, "too_many_attempts");
        assert!(limited.json()["instance"].is_string(), "{path}");
        for _ in 0..20 {
            assert!(ask().problem(429, "too_many_attempts").json()["instance"].is_string(), "{path}");
        }
        let route = format!("POST {}", path.strip_prefix("/auth").unwrap());
        let first = (EventKind::TooManyAttempts, Some(Denial::TooManyAttempts), route.clone());
        assert_eq!(named(&app, &limited), first);
        let told = events(&app, AuditFilter::default().of_kind(EventKind::TooManyAttempts));
        let told = told.iter().filter(|event| event.route.as_deref() == Some(&*route)).count();
        assert_eq!(told, 10, "{path}: so many at once, and no more");
        app.clock.advance(Duration::from_secs(2 * 60 * 60));
    }
}

/// The event to which the reference on a page leads.
fn referred(app: &TestApp, page: &Reply) -> (EventKind, Option<Denial>) {
    let text = page.text();
    let (_, rest) = text.split_once("Reference: ").expect("the page has a reference");
    let (from, to) = EventId::range_of_reference(&rest[..14]).unwrap();
    let found = events(app, AuditFilter::default().between(from, to)).remove(0);
    (found.kind, found.details.reason)
}

pub(crate) fn every_form_that_is_shown_again_says_by_what_support_finds_the_event(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let wrong = (EventKind::LoginFailed, Some(Denial::WrongPassword));
    for (path, fields) in [
        ("/auth/reauthenticate", vec![("password", "wrong")]),
        (
            "/auth/password/change",
            vec![("current_password", "wrong"), ("new_password", "violet umbrella cactus seventeen")],
        ),
    ] {
        let page = app.post(path).session(&session).browser().form(&fields).send().expect(401);
        assert_eq!(referred(&app, &page), wrong, "{path}");
    }
    let asked = app.post("/auth/magic-link").browser().form(&[("email", ADDRESS)]).send();
    let cookie = format!("session-signup={}", asked.cookie("session-signup").unwrap());
    let page = app.post("/auth/magic-link/confirm").browser().header("Cookie", cookie);
    let page = page.form(&[("code", "AAAA-AAAA")]).send().expect(400);
    assert_eq!(referred(&app, &page), (EventKind::LoginFailed, Some(Denial::WrongCode)));
    for (path, fields) in [
        ("/auth/password/forgot", vec![("email", ADDRESS)]),
        (
            "/auth/register",
            vec![
                ("username", "carol"),
                ("email", "carol@example.com"),
                ("password", "violet umbrella cactus seventeen"),
            ],
        ),
    ] {
        let ask = || app.post(path).browser().form(&fields).send();
        let page = (0..=200).map(|_| ask()).find(|reply| reply.status == 429).expect("there is a limit");
        let limited = (EventKind::TooManyAttempts, Some(Denial::TooManyAttempts));
        assert_eq!(referred(&app, &page), limited, "{path}");
    }
    let page = app.get("/auth/login").browser().send().expect(200);
    assert!(!page.text().contains("Reference: "), "nothing went wrong there");
}

pub(crate) fn whoever_signs_up_where_nobody_may_is_told_of(on: Framework) {
    let app = on.start_with(|builder| builder.registration(Registration::Closed));
    let form = json!({"username": "carol", "email": "c@example.com", "password": "x"});
    let refused = app.post("/auth/register").json(&form).send().problem(403, "registration_closed");
    let route = "POST /register".to_owned();
    let told = (EventKind::RegistrationRefused, Some(Denial::RegistrationClosed), route);
    assert_eq!(named(&app, &refused), told);
}
