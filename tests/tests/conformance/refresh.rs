//! Refresh families (RFC 6749 sections 6 and 10.4, RFC 9700 section 4.14; OWASP ASVS 5.0 section 10.4).

use std::time::Duration;

use auth_core::error::ErrorKind;
use auth_core::token::Client;
use conformance::{ALICE, Framework, Pair, TestApp};
use serde_json::Value;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn refresh(app: &TestApp, token: &str) -> Pair {
    pair(&app.try_refresh(token).send().expect(200).json())
}

fn pair(reply: &Value) -> Pair {
    let text = |name: &str| reply[name].as_str().unwrap().to_owned();
    Pair { access: text("access_token"), refresh: text("refresh_token") }
}

#[track_caller]
fn dead(app: &TestApp, token: &str) {
    app.try_refresh(token).send().oauth(400, "invalid_grant");
}

pub(crate) fn a_refresh_rotates_the_token(on: Framework) {
    rotate_twice(&on.start());
}

pub(crate) fn a_refresh_rotates_the_token_on_sqlite(on: Framework) {
    rotate_twice(&on.start_on_sqlite());
}

fn rotate_twice(app: &TestApp) {
    let first = app.tokens(ALICE, "reports:read");
    let second = refresh(app, &first.refresh);
    let third = refresh(app, &second.refresh);
    assert_ne!(first.refresh, second.refresh);
    assert_ne!(second.refresh, third.refresh);
    for pair in [&first, &second, &third] {
        assert!(app.takes_token(&pair.access), "an access token lives to its own end");
    }
    dead(app, &first.refresh);
    dead(app, &third.refresh);
    for pair in [&first, &second, &third] {
        assert!(!app.takes_token(&pair.access), "and ends with its family");
    }
}

/// A client that parses the base URL writes a `/` for the path that it lacks (RFC 3986 section 6.2.3).
pub(crate) fn a_refresh_may_name_whom_its_tokens_are_for(on: Framework) {
    let app = on.start();
    let first = app.tokens(ALICE, "");
    let ask = |resource: &str| {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", &*first.refresh), ("resource", resource)];
        app.post("/auth/token").form(&fields).send()
    };
    for other in ["https://other.example".to_owned(), format!("{}//", app.base), String::from("/")] {
        ask(&other).oauth(400, "invalid_target");
    }
    for here in [app.base.clone(), format!("{}/", app.base)] {
        ask(&here).expect(200);
    }
}

pub(crate) fn within_the_grace_the_same_successor_is_answered(on: Framework) {
    let app = on.start();
    let first = app.tokens(ALICE, "");
    let second = refresh(&app, &first.refresh);
    app.clock.advance(Duration::from_secs(9));
    assert_eq!(refresh(&app, &first.refresh).refresh, second.refresh);
    assert_eq!(refresh(&app, &first.refresh).refresh, second.refresh);
    let third = refresh(&app, &second.refresh);
    assert!(app.takes_token(&third.access));
}

pub(crate) fn a_replay_outside_the_grace_kills_the_family(on: Framework) {
    let app = on.start();
    let first = app.tokens(ALICE, "");
    let second = refresh(&app, &first.refresh);
    app.clock.advance(Duration::from_secs(11));
    dead(&app, &first.refresh);
    dead(&app, &second.refresh);
    assert!(!app.takes_token(&second.access));
    app.get("/scoped").bearer(&second.access).send().problem(401, "invalid_token");
}

pub(crate) fn a_replay_after_its_successor_was_used_kills_the_family(on: Framework) {
    let app = on.start();
    let first = app.tokens(ALICE, "");
    let second = refresh(&app, &first.refresh);
    let third = refresh(&app, &second.refresh);
    dead(&app, &first.refresh);
    dead(&app, &third.refresh);
}

pub(crate) fn one_family_dies_alone(on: Framework) {
    let app = on.start();
    let (one, other) = (app.tokens(ALICE, ""), app.tokens(ALICE, ""));
    let second = refresh(&app, &one.refresh);
    app.clock.advance(Duration::from_secs(11));
    dead(&app, &one.refresh);
    dead(&app, &second.refresh);
    refresh(&app, &other.refresh);
}

pub(crate) fn many_refreshes_at_once_end_in_one_branch(on: Framework) {
    one_branch(&on.start());
}

pub(crate) fn many_refreshes_at_once_end_in_one_branch_on_sqlite(on: Framework) {
    one_branch(&on.start_on_sqlite());
}

fn one_branch(app: &TestApp) {
    let first = app.tokens(ALICE, "");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..50).map(|_| scope.spawn(|| app.try_refresh(&first.refresh).send())).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let successors: Vec<_> =
        answers.into_iter().map(|reply| pair(&reply.expect(200).json()).refresh).collect();
    assert!(successors.windows(2).all(|two| two[0] == two[1]), "all are given the same successor");
    refresh(app, &successors[0]);
}

pub(crate) fn the_scope_can_be_narrowed_and_never_widened(on: Framework) {
    let app = on.start();
    let ask = |token: &str, scope: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        app.post("/auth/token").form(&fields).send()
    };
    let none = app.tokens(ALICE, "");
    ask(&none.refresh, "reports:read").oauth(400, "invalid_scope");
    let granted = app.tokens(ALICE, "reports:read");
    ask(&granted.refresh, "reports:read admin").oauth(400, "invalid_scope");
    // A refused scope uses nothing up.
    let same = ask(&granted.refresh, "reports:read").expect(200).json();
    assert_eq!(same["scope"], "reports:read");
    let omitted = app.try_refresh(same["refresh_token"].as_str().unwrap()).send().expect(200).json();
    assert_eq!(omitted["scope"], "reports:read");
    let token = omitted["access_token"].as_str().unwrap();
    app.get("/scoped").bearer(token).send().expect(200);
}

pub(crate) fn a_scope_that_its_user_lost_is_not_refreshed(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "reports:read");
    app.block_on(app.auth.users().put_group("writers", &[])).unwrap();
    let reply = app.try_refresh(&pair.refresh).send().expect(200).json();
    assert_eq!(reply["scope"], "");
}

pub(crate) fn another_clients_token_is_refused_and_unharmed(on: Framework) {
    let app = on.start();
    let foreign = app.foreign_tokens(ALICE, "other", "");
    dead(&app, &foreign.refresh);
    dead(&app, &foreign.refresh);
    let refreshed = app.block_on(app.auth.tokens().refresh(&foreign.refresh, Client::new("other"), None));
    assert!(refreshed.is_ok(), "its own client may still use it");
    let mine = app.tokens(ALICE, "");
    let stolen = app.block_on(app.auth.tokens().refresh(&mine.refresh, Client::new("other"), None));
    assert_eq!(stolen.unwrap_err().kind(), ErrorKind::InvalidGrant);
    refresh(&app, &mine.refresh);
}

pub(crate) fn a_family_ends_when_it_is_idle(on: Framework) {
    let app = on.start();
    let first = app.tokens(ALICE, "");
    app.clock.advance(29 * DAY);
    let second = refresh(&app, &first.refresh);
    app.clock.advance(30 * DAY);
    dead(&app, &second.refresh);
}

pub(crate) fn a_family_ends_at_its_absolute_limit(on: Framework) {
    let app = on.start();
    let mut token = app.tokens(ALICE, "").refresh;
    for _ in 0..8 {
        app.clock.advance(11 * DAY);
        token = refresh(&app, &token).refresh;
    }
    app.clock.advance(2 * DAY);
    dead(&app, &token);
}

pub(crate) fn ending_all_sessions_ends_all_tokens(on: Framework) {
    let app = on.start();
    let (pair, session) = (app.tokens(ALICE, "reports:read"), app.login(ALICE));
    let id = app.user(ALICE).id.clone();
    assert!(app.block_on(app.auth.users().end_all_sessions(&id)).unwrap());
    assert!(!app.is_logged_in(&session));
    app.get("/scoped").bearer(&pair.access).send().problem(401, "invalid_token");
    dead(&app, &pair.refresh);
}

pub(crate) fn a_removed_user_refreshes_nothing(on: Framework) {
    let app = on.start();
    let (pair, session) = (app.tokens(ALICE, ""), app.login(ALICE));
    let id = app.user(ALICE).id.clone();
    assert!(app.block_on(app.auth.users().remove(&id)).unwrap());
    dead(&app, &pair.refresh);
    assert!(!app.takes_token(&pair.access) && !app.is_logged_in(&session));
}

pub(crate) fn garbage_is_no_refresh_token(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "");
    let session = app.login(ALICE);
    let longer = format!("{}A", pair.refresh);
    for token in [&pair.access, &session, &longer, &pair.refresh[1..], "x", "\u{fc}", &"A".repeat(4096)] {
        dead(&app, token);
    }
    refresh(&app, &pair.refresh);
}
