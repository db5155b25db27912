//! What changes while a request waits: what was decided before the wait is decided again by the write.

use std::net::IpAddr;
use std::thread;
use std::time::Duration;

use auth_core::AuthContext;
use auth_core::account::Registration;
use auth_core::adapter::Slot;
use auth_core::http::RequestView;
use conformance::{ALICE, Faults, Framework, Place, Reply, Request, TestApp};

/// A request with this session, as a handler would see it.
struct With<'a>(&'a str);

impl RequestView for With<'_> {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        (name == "cookie").then_some(self.0.as_bytes()).into_iter()
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}

fn start(on: Framework) -> (TestApp, Faults) {
    let faults = Faults::new();
    let stores = faults.stores();
    (on.start_with(|builder| builder.stores(stores)), faults)
}

/// The context of a handler that this session calls.
fn handler(app: &TestApp, session: &str) -> AuthContext {
    Slot::new(&app.auth).context(&With(&format!("session={session}")))
}

fn value(app: &TestApp, session: &str, name: &str) -> Option<String> {
    app.block_on(handler(app, session).session_value(name)).unwrap()
}

fn set_value(app: &TestApp, session: &str, name: &str, value: &str) {
    app.block_on(handler(app, session).set_session_value(name, &value)).unwrap();
}

/// The reply to a request that was held up at this place while `meanwhile` happened.
fn held_up(faults: &Faults, at: Place, request: Request, meanwhile: impl FnOnce()) -> Reply {
    let gate = faults.close_gate_at(at);
    thread::scope(|scope| {
        let sent = scope.spawn(|| request.send());
        gate.wait();
        meanwhile();
        gate.open();
        sent.join().unwrap()
    })
}

/// Values that change while a request that renews the session has read it and goes on to hash a password, or to write it.
fn values_stay_changed(on: Framework, place: Place, path: &str, fields: &[(&str, &str)]) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    set_value(&app, &session, "removed", "before");
    set_value(&app, &session, "changed", "before");
    let request = app.post(path).session(&session).form(fields);
    let reply = held_up(&faults, place, request, || {
        app.block_on(handler(&app, &session).remove_session_value("removed")).unwrap();
        set_value(&app, &session, "changed", "meanwhile");
        set_value(&app, &session, "added", "meanwhile");
    });
    let renewed = reply.session().unwrap();
    let held = ["removed", "changed", "added"].map(|name| value(&app, &renewed, name));
    assert_eq!(held, [None, Some("meanwhile".to_owned()), Some("meanwhile".to_owned())]);
}

pub(crate) fn values_that_change_during_a_reauthentication_stay_changed(on: Framework) {
    for place in [Place::User, Place::Renewal] {
        values_stay_changed(on, place, "/auth/reauthenticate", &[("password", ALICE.password)]);
    }
}

pub(crate) fn values_that_change_during_a_password_change_stay_changed(on: Framework) {
    let new = "violet umbrella cactus seventeen";
    let fields = [("current_password", ALICE.password), ("new_password", new)];
    values_stay_changed(on, Place::User, "/auth/password/change", &fields);
}

pub(crate) fn a_logout_during_a_reauthentication_wins(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    let request = app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]);
    let reply = held_up(&faults, Place::User, request, || {
        app.post("/auth/logout").session(&session).send().expect(204);
    });
    assert_eq!(reply.problem(401, "unauthenticated").header("set-cookie"), None);
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn a_reauthentication_during_a_logout_loses_too(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    let mut renewed = None;
    let request = app.post("/auth/logout").session(&session);
    held_up(&faults, Place::Logout, request, || {
        let proof = app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]);
        renewed = proof.send().expect(200).session();
    })
    .expect(204);
    assert!(!app.is_logged_in(&renewed.unwrap()), "the session ended under its new id too");
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn a_guard_does_not_wait_for_the_note_that_it_leaves(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    app.clock.advance(Duration::from_secs(61));
    let gate = faults.close_gate_at(Place::Touch);
    app.get("/private").session(&session).send().expect(200);
    gate.wait();
    app.get("/private").session(&session).send().expect(200);
    gate.open();
}

pub(crate) fn who_signs_up_while_nobody_can_be_let_in_has_an_account(on: Framework) {
    let faults = Faults::new();
    let stores = faults.stores();
    let app =
        on.start_with(|builder| builder.stores(stores).registration(Registration::OpenTellingWhoExists));
    let form = [
        ("username", "carol"),
        ("email", "carol@example.com"),
        ("password", "violet umbrella cactus seventeen"),
    ];
    let request = app.post("/auth/register").form(&form);
    let reply = held_up(&faults, Place::BeforeSession, request, || faults.break_down());
    reply.expect(202);
    faults.recover();
    app.try_login("carol", "violet umbrella cactus seventeen").send().expect(200);
    assert_eq!(app.mails_to("carol@example.com").len(), 1);
    // A browser is led to where somebody logs in, and on from there.
    let form =
        [("username", "dave"), ("email", "dave@example.com"), ("password", form[2].1), ("next", "/private")];
    let request = app.post("/auth/register").browser().form(&form);
    let reply = held_up(&faults, Place::BeforeSession, request, || faults.break_down());
    reply.redirect("/auth/login?next=%2Fprivate");
}
