//! Another system's session cookie, exchanged for a session of ours while people move over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::AuthBuilder;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::session::OutsideSessions;
use auth_core::testing::ManualClock;
use auth_core::user::{UserId, UserUpdate};
use conformance::{ALICE, BOB, Framework, Reply, Request, TestApp};
use serde_json::json;
use tokio::sync::Barrier;

const WINDOW: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const GRACE: Duration = Duration::from_secs(60);

/// The sessions of a system that keeps them in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct OldSystem {
    users: Arc<Mutex<HashMap<String, UserId>>>,
    is_down: Arc<Mutex<bool>>,
    /// Where the next answer waits: once when it is known, and once more before it is given.
    slow: Arc<Mutex<Option<Arc<Barrier>>>>,
}

impl OldSystem {
    pub(crate) fn forget(&self, cookie: &str) {
        self.users.lock().unwrap().remove(cookie);
    }

    /// Alice is logged in by this one.
    pub(crate) fn remember(&self, cookie: &str, app: &TestApp) {
        self.users.lock().unwrap().insert(cookie.to_owned(), app.user(ALICE).id.clone());
    }
}

#[async_trait]
impl OutsideSessions for OldSystem {
    fn cookie_name(&self) -> &str {
        "sessionid"
    }

    async fn user_of(&self, cookie: &str, _now: Timestamp) -> Result<Option<UserId>, StoreError> {
        if *self.is_down.lock().unwrap() {
            return Err(StoreError::unavailable("the old system is down"));
        }
        let user = self.users.lock().unwrap().get(cookie).cloned();
        let slow = self.slow.lock().unwrap().take();
        if let Some(barrier) = slow {
            barrier.wait().await;
            barrier.wait().await;
        }
        Ok(user)
    }
}

/// An app beside the old system, in which alice is logged in by `old-alice` and bob by `old-bob`.
fn start(on: Framework) -> (TestApp, OldSystem) {
    start_with(on, |builder| builder)
}

/// The same with other settings.
pub(crate) fn start_with(
    on: Framework,
    change: impl FnOnce(AuthBuilder) -> AuthBuilder,
) -> (TestApp, OldSystem) {
    let old = OldSystem::default();
    let shared = old.clone();
    let until = auth_core::clock::Clock::now(&ManualClock::default()) + WINDOW;
    let app = on.start_with(|builder| change(builder).outside_sessions(shared, until));
    for (cookie, person) in [("old-alice", ALICE), ("old-bob", BOB)] {
        old.users.lock().unwrap().insert(cookie.to_owned(), app.user(person).id.clone());
    }
    (app, old)
}

fn old(app: &TestApp, target: &str, cookie: &str) -> Request {
    app.get(target).cookies(&[("sessionid", cookie)])
}

fn is_nobody(app: &TestApp, cookie: &str) -> bool {
    old(app, "/private", cookie).send().status == 401
}

/// Exchanges alice's cookie.
fn exchange(app: &TestApp) -> String {
    old(app, "/private", "old-alice").send().expect(200).session().unwrap()
}

pub(crate) fn it_is_exchanged_for_a_session_of_ours(on: Framework) {
    let (app, _old) = start(on);
    let reply = old(&app, "/private", "old-alice").send().expect(200);
    assert_eq!(reply.text(), "hello alice");
    let session = reply.session().unwrap();
    let both = [("sessionid", "old-alice"), ("session", session.as_str())];
    let reply = app.get("/private").cookies(&both).send().expect(200);
    assert_eq!(reply.header("set-cookie"), None);
    assert!(app.is_logged_in(&session));
    assert_eq!(app.sessions(ALICE), 1);
}

pub(crate) fn a_login_route_exchanges_it_too(on: Framework) {
    let (app, _old) = start(on);
    let reply = old(&app, "/auth/me", "old-alice").send().expect(200);
    assert!(app.is_logged_in(&reply.session().unwrap()));
    let me = reply.json();
    assert_eq!(me["user"]["username"], "alice");
    assert_eq!((&me["auth"]["via"], &me["auth"]["amr"]), (&json!("session"), &json!([])));
}

pub(crate) fn what_is_begun_is_never_fresh(on: Framework) {
    let (app, _old) = start(on);
    let session = exchange(&app);
    app.get("/fresh").session(&session).send().problem(401, "reauthentication_required");
    assert_eq!(app.get("/auth/me").session(&session).send().json()["auth"]["fresh"], false);
    let proof = app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]);
    let fresh = proof.send().expect(200).session().unwrap();
    app.get("/fresh").session(&fresh).send().expect(200);
}

pub(crate) fn it_is_exchanged_once(on: Framework) {
    let (app, _old) = start(on);
    let session = exchange(&app);
    // A request that was under way beside the first: the same session, which the first reply hands out.
    let beside = old(&app, "/private", "old-alice").send().expect(200);
    assert_eq!(beside.header("set-cookie"), None);
    app.clock.advance(GRACE + Duration::from_secs(1));
    assert!(is_nobody(&app, "old-alice"));
    assert!(app.is_logged_in(&session));
    assert_eq!(app.sessions(ALICE), 1);
}

pub(crate) fn many_requests_at_once_begin_one_session(on: Framework) {
    let (app, _old) = start(on);
    let request = old(&app, "/private", "old-alice");
    let replies: Vec<_> = thread::scope(|scope| {
        let sent: Vec<_> = (0..20).map(|_| scope.spawn(|| request.clone().send())).collect();
        sent.into_iter().map(|reply| reply.join().unwrap()).collect()
    });
    assert!(replies.iter().all(|reply| reply.status == 200));
    assert_eq!(app.sessions(ALICE), 1);
}

pub(crate) fn a_logout_is_not_undone_by_it(on: Framework) {
    let (app, _old) = start(on);
    let session = exchange(&app);
    app.post("/auth/logout").session(&session).send().expect(204);
    assert!(is_nobody(&app, "old-alice"), "at once");
    app.clock.advance(GRACE + Duration::from_secs(1));
    assert!(is_nobody(&app, "old-alice"), "and later");
}

pub(crate) fn a_logout_uses_up_one_that_was_never_exchanged(on: Framework) {
    let (app, _old) = start(on);
    app.post("/auth/logout").cookies(&[("sessionid", "old-alice")]).send().expect(204);
    assert!(is_nobody(&app, "old-alice"));
    let bob = app.login(BOB);
    app.post("/auth/logout").cookies(&[("session", &bob), ("sessionid", "old-bob")]).send().expect(204);
    assert!(is_nobody(&app, "old-bob"));
}

/// The reply to a request with alice's cookie, while `meanwhile` happened as the old system was asked.
fn exchange_while(app: &TestApp, system: &OldSystem, meanwhile: impl FnOnce()) -> Reply {
    let (request, barrier) = (old(app, "/private", "old-alice"), Arc::new(Barrier::new(2)));
    *system.slow.lock().unwrap() = Some(barrier.clone());
    thread::scope(|scope| {
        let exchange = scope.spawn(move || request.send());
        app.block_on(barrier.wait());
        meanwhile();
        app.block_on(barrier.wait());
        exchange.join().unwrap()
    })
}

pub(crate) fn a_logout_beside_the_exchange_wins(on: Framework) {
    let (app, system) = start(on);
    exchange_while(&app, &system, || {
        app.post("/auth/logout").cookies(&[("sessionid", "old-alice")]).send().expect(204);
    })
    .problem(401, "unauthenticated");
    assert!(is_nobody(&app, "old-alice"));
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn a_logout_ends_the_session_that_its_cookie_was_exchanged_for(on: Framework) {
    let (app, _old) = start(on);
    let session = exchange(&app);
    app.post("/auth/logout").cookies(&[("sessionid", "old-alice")]).send().expect(204);
    assert!(!app.is_logged_in(&session));
}

pub(crate) fn a_password_that_changes_beside_the_exchange_wins(on: Framework) {
    let (app, system) = start(on);
    exchange_while(&app, &system, || system.forget("old-alice")).problem(401, "unauthenticated");
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn one_that_failed_at_first_is_still_exchanged_once(on: Framework) {
    let (app, _old) = start(on);
    let id = app.user(ALICE).id.clone();
    let switch = |is_active| {
        let mut update = UserUpdate::default();
        update.is_active = Some(is_active);
        app.block_on(app.auth.users().update(&id, update)).unwrap();
    };
    switch(false);
    assert!(is_nobody(&app, "old-alice"));
    switch(true);
    exchange(&app);
    app.clock.advance(GRACE + Duration::from_secs(1));
    assert!(is_nobody(&app, "old-alice"));
    assert_eq!(app.sessions(ALICE), 1);
}

pub(crate) fn it_counts_until_its_date(on: Framework) {
    let (app, _old) = start(on);
    app.clock.advance(WINDOW - Duration::from_secs(1));
    let session = exchange(&app);
    app.clock.advance(Duration::from_secs(1));
    assert!(is_nobody(&app, "old-bob"));
    assert!(app.is_logged_in(&session), "what was begun goes on");
}

pub(crate) fn it_opens_nothing_for_a_disabled_account(on: Framework) {
    let (app, _old) = start(on);
    let id = app.user(ALICE).id.clone();
    let mut off = UserUpdate::default();
    off.is_active = Some(false);
    app.block_on(app.auth.users().update(&id, off)).unwrap();
    assert!(is_nobody(&app, "old-alice"));
    assert_eq!(old(&app, "/open", "old-alice").send().expect(200).header("set-cookie"), None);
}

pub(crate) fn one_that_says_nothing_is_nobodys(on: Framework) {
    let (app, _old) = start(on);
    for cookie in ["", "unknown", "old-alice x", "\"old-alice\"", &"x".repeat(4000)] {
        let reply = old(&app, "/private", cookie).send().problem(401, "unauthenticated");
        assert_eq!(reply.header("set-cookie"), None, "{cookie:?}");
    }
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn two_different_ones_are_nobodys(on: Framework) {
    let (app, _old) = start(on);
    for pair in [["old-alice", "old-bob"], ["old-bob", "old-alice"]] {
        let cookies = pair.map(|cookie| ("sessionid", cookie));
        app.get("/private").cookies(&cookies).send().expect(401);
    }
    app.get("/private").cookies(&[("sessionid", "old-bob"), ("sessionid", "old-bob")]).send().expect(200);
}

pub(crate) fn a_living_session_of_ours_comes_first(on: Framework) {
    let (app, _old) = start(on);
    let bob = app.login(BOB);
    let cookies = [("sessionid", "old-alice"), ("session", bob.as_str())];
    let reply = app.get("/private").cookies(&cookies).send().expect(200);
    assert_eq!((reply.text(), reply.header("set-cookie")), ("hello bob".into(), None));
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn a_dead_session_of_ours_gives_way_to_it(on: Framework) {
    let (app, _old) = start(on);
    let dead = app.login(ALICE);
    app.post("/auth/logout").session(&dead).send().expect(204);
    let cookies = [("session", dead.as_str()), ("sessionid", "old-alice")];
    let reply = app.get("/private").cookies(&cookies).send().expect(200);
    assert!(app.is_logged_in(&reply.session().unwrap()));
    // Two different ones of ours are nobody, whatever stands beside them.
    let bob = app.login(BOB);
    let three = [("session", dead.as_str()), ("session", bob.as_str()), ("sessionid", "old-bob")];
    app.get("/private").cookies(&three).send().expect(401);
}

pub(crate) fn a_request_of_another_site_may_not_use_it(on: Framework) {
    let (app, _old) = start(on);
    let forged = app.post("/private").cookies(&[("sessionid", "old-alice")]).untyped_body("text");
    forged.header("Origin", "https://evil.example").send().problem(403, "csrf_failed");
    assert_eq!(app.sessions(ALICE), 0);
    let own = app.post("/private").cookies(&[("sessionid", "old-alice")]).untyped_body("text");
    assert!(own.header("Origin", &app.base).send().expect(200).session().is_some());
}

pub(crate) fn a_bearer_token_beside_it_decides(on: Framework) {
    let (app, _old) = start(on);
    let reply = old(&app, "/private", "old-alice").bearer("nonsense").send().problem(401, "invalid_token");
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn an_old_system_that_cannot_answer_is_503(on: Framework) {
    let (app, system) = start(on);
    *system.is_down.lock().unwrap() = true;
    old(&app, "/private", "old-alice").send().problem(503, "unavailable");
    old(&app, "/", "old-alice").send().expect(503);
    *system.is_down.lock().unwrap() = false;
    exchange(&app);
}

/// Somebody whose password changed is told apart by the old system; what was begun before ends as any session does.
pub(crate) fn a_changed_password_ends_what_was_begun(on: Framework) {
    let (app, _old) = start(on);
    let session = exchange(&app);
    let id = app.user(ALICE).id.clone();
    assert!(app.block_on(app.auth.accounts().set_password(&id, "quite another passphrase")).unwrap());
    assert!(!app.is_logged_in(&session));
    assert!(is_nobody(&app, "old-alice"), "it was exchanged already");
}
