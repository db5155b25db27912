//! What happened is told to whoever runs the application, and where from, and found by whoever was refused (OWASP ASVS 5.0 sections
//! 16.2 and 16.3).

use auth_core::event::{AuditFilter, Denial, Event, EventId, EventKind};
use conformance::{ALICE, BOB, Framework, TestApp};
use serde_json::json;

const AGENT: &str = "Tester/1.0";

/// The events that the filter takes, the oldest first.
fn events(app: &TestApp, filter: AuditFilter) -> Vec<Event> {
    app.block_on(app.auth.audit().list(&filter.oldest_first(), 100)).unwrap()
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
