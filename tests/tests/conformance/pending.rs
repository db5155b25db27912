//! Logins that lack a second factor: every way in stops there, and what waits opens nothing (NIST SP 800-63B-4 section 2.2, OWASP
//! ASVS 5.0 section 6.3).

use std::sync::Arc;
use std::time::Duration;

use auth_core::AuthBuilder;
use auth_core::login::Amr;
use auth_core::password::PasswordConfig;
use auth_core::testing::{ShownFactor, login_as};
use conformance::{
    ALICE, BOB, Framework, Holders, Reply, Request, TestApp, only_waits, waits, waits_in_a_browser,
};
use serde_json::json;

use crate::outside_sessions;

const NEW: &str = "an entirely different passphrase";

/// Alice has a second factor, and nobody else.
fn holders(builder: AuthBuilder) -> AuthBuilder {
    builder.second_factors(Arc::new(Holders(&["alice"])))
}

fn start(on: Framework) -> TestApp {
    on.start_with(holders)
}

fn try_alice(app: &TestApp) -> Request {
    app.try_login(ALICE.name, ALICE.password)
}

/// The cookie of a login of alice's that waits.
fn pending(app: &TestApp) -> String {
    waits(try_alice(app).send())
}

/// A session of alice's who has just shown everything.
fn whole(app: &TestApp) -> String {
    let cookie = app.block_on(login_as(&app.auth, ALICE.name)).unwrap();
    cookie.strip_prefix("session=").unwrap().to_owned()
}

fn is_fresh(app: &TestApp, session: &str) -> bool {
    app.get("/auth/me").session(session).send().expect(200).json()["auth"]["fresh"] == true
}

/// What a reply says, but for the time of day.
fn said(reply: Reply) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = reply.headers.into_iter().filter(|(name, _)| name != "date").collect();
    (reply.status, headers, reply.body)
}

pub(crate) fn a_login_by_form_or_json_waits(on: Framework) {
    let app = start(on);
    let body = json!({"username": "Alice@example.com", "password": ALICE.password, "remember": true});
    for login in [try_alice(&app), app.post("/auth/login").json(&body)] {
        app.opens_nothing(&waits(login.send()));
    }
    assert_eq!(app.sessions(ALICE), 0);
    assert_eq!(app.user(ALICE).last_login, None);
    app.try_login(ALICE.name, "wrong").send().problem(401, "invalid_credentials");
}

pub(crate) fn a_browser_is_led_on(on: Framework) {
    let app = start(on);
    let form = [("username", ALICE.name), ("password", ALICE.password), ("next", "/private")];
    let login = || app.post("/auth/login").form(&form);
    app.opens_nothing(&waits_in_a_browser(login().browser().send()));
    let reply = login().header("HX-Request", "true").send().expect(200);
    assert_eq!((reply.header("hx-redirect"), reply.header("location")), (Some("/auth/mfa"), None));
    app.opens_nothing(&only_waits(&reply));
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn a_login_by_hand_waits(on: Framework) {
    let app = on.start_by_hand_with(holders);
    for (reply, is_browser) in [(app.post("/in").send(), false), (app.post("/in").browser().send(), true)] {
        let pending = if is_browser { waits_in_a_browser(reply) } else { waits(reply) };
        app.get("/auth/me").cookies(&[("pending", &pending)]).send().problem(401, "unauthenticated");
    }
    assert_eq!(app.sessions(ALICE), 0);
    assert!(app.post("/sign-up").untyped_body("carol").send().expect(200).session().is_some());
}

pub(crate) fn a_login_by_hand_with_a_password_waits(on: Framework) {
    let app = on.start_by_hand_with(holders);
    let login = || app.post("/form").untyped_body(format!("alice\n{}", ALICE.password));
    let pending = waits(login().send());
    app.get("/auth/me").cookies(&[("pending", &pending)]).send().problem(401, "unauthenticated");
    waits_in_a_browser(login().browser().send());
    let reply = login().header("HX-Request", "true").send().expect(200);
    assert_eq!(reply.header("hx-redirect"), Some("/auth/mfa"));
    only_waits(&reply);
    assert_eq!(app.sessions(ALICE), 0);
    let session = app.show_factor(&[("pending", &pending)]).unwrap();
    app.get("/auth/me").session(&session).send().expect(200);
}

pub(crate) fn a_session_of_another_system_waits(on: Framework) {
    let (app, _old) = outside_sessions::start_with(on, holders);
    let ask = |route: &str| app.get(route).cookies(&[("sessionid", "old-alice")]);
    let reply = ask("/private").send().problem(401, "mfa_required");
    let challenge =
        "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", acr_values=\"mfa\"";
    assert_eq!(reply.header("www-authenticate"), Some(challenge));
    let pending = only_waits(&reply);
    app.opens_nothing(&pending);
    let reply = ask("/private").browser().send().redirect("/auth/mfa?next=%2Fprivate");
    only_waits(&reply);
    // Where nobody has to be logged in, nobody is.
    assert!(ask("/").send().expect(200).text().contains("href=\"/auth/login\""));
    // Whoever waits already goes on waiting.
    let both = [("sessionid", "old-alice"), ("pending", pending.as_str())];
    let reply = app.get("/private").cookies(&both).send().problem(401, "mfa_required");
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(app.sessions(ALICE), 0);
    let session = app.show_factor(&both).unwrap();
    assert!(app.is_logged_in(&session) && !is_fresh(&app, &session));
    // Whoever brings that cookie alone in the same moment has shown nothing.
    ask("/private").send().problem(401, "unauthenticated");
    ask("/auth/me").send().problem(401, "unauthenticated");
    // Whose account wants no more is let in.
    app.get("/private").cookies(&[("sessionid", "old-bob")]).send().expect(200);
}

pub(crate) fn a_session_of_another_system_is_looked_at_again_once_the_factor_came(on: Framework) {
    let (app, old) = outside_sessions::start_with(on, holders);
    let wait = || {
        let reply = app.get("/private").cookies(&[("sessionid", "old-alice")]).send();
        only_waits(&reply.problem(401, "mfa_required"))
    };
    let show = |pending: &str, cookie| app.show_factor(&[("pending", pending), ("sessionid", cookie)]);
    assert_eq!(app.show_factor(&[("pending", &wait())]), None, "the browser brings its cookie no more");
    assert_eq!(show(&wait(), "old-bob"), None, "it brings another one");
    let pending = wait();
    old.forget("old-alice");
    assert_eq!(show(&pending, "old-alice"), None, "it was ended over there");
    old.remember("old-alice", &app);
    let (pending, late) = (wait(), wait());
    let session = show(&pending, "old-alice").unwrap();
    assert_eq!(show(&late, "old-alice"), None, "it was exchanged");
    let both = [("session", session.as_str()), ("sessionid", "old-alice")];
    app.post("/auth/logout").cookies(&both).send().expect(204);
    app.get("/private").cookies(&both[1..]).send().problem(401, "unauthenticated");
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn a_logout_uses_up_what_waits_for_a_factor(on: Framework) {
    let (app, _old) = outside_sessions::start_with(on, holders);
    let alice = [("sessionid", "old-alice")];
    let pending = only_waits(&app.get("/private").cookies(&alice).send().problem(401, "mfa_required"));
    app.post("/auth/logout").cookies(&alice).send().expect(204);
    assert_eq!(app.show_factor(&[("pending", &pending), alice[0]]), None);
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn reauthentication_leaves_the_session_as_it_was(on: Framework) {
    let app = start(on);
    let (alice, elsewhere) = (whole(&app), whole(&app));
    app.clock.advance(Duration::from_secs(301));
    let again = || app.post("/auth/reauthenticate").form(&[("password", ALICE.password)]).session(&alice);
    let first = waits(again().send());
    let pending = waits_in_a_browser(again().browser().send());
    app.opens_nothing(&pending);
    assert!(app.is_logged_in(&alice) && !is_fresh(&app, &alice));
    // Nobody's session becomes fresh by it but that one.
    assert_eq!(app.show_factor(&[("pending", &first), ("session", &elsewhere)]), None);
    let renewed = app.show_factor(&[("pending", &pending), ("session", &alice)]).unwrap();
    assert!(is_fresh(&app, &renewed));
    app.get("/fresh").session(&renewed).send().expect(200);
    assert!(!app.is_logged_in(&alice), "the old id is dead");
    assert!(app.is_logged_in(&elsewhere) && !is_fresh(&app, &elsewhere));
}

pub(crate) fn a_factor_leads_to_where_the_login_wanted(on: Framework) {
    let app = start(on);
    let form = [("username", ALICE.name), ("password", ALICE.password), ("next", "/private")];
    let elsewhere = [("next", "https://evil.example"), form[0], form[1]];
    for (form, next) in [(form, Some("/private".to_owned())), (elsewhere, None)] {
        let pending = waits_in_a_browser(app.post("/auth/login").form(&form).browser().send());
        let shown = app.show(&[("pending", &pending)], Some(Amr::OTP)).unwrap();
        let ShownFactor::LoggedIn { next: found, .. } = shown else { panic!("{shown:?}") };
        assert_eq!(found, next);
    }
}

pub(crate) fn a_password_is_changed_once_the_factor_was_shown(on: Framework) {
    let app = start(on);
    let alice = whole(&app);
    app.clock.advance(Duration::from_secs(301));
    let change = |session: &str| {
        let fields = [("current_password", ALICE.password), ("new_password", NEW)];
        app.post("/auth/password/change").form(&fields).session(session)
    };
    let epoch = app.user(ALICE).auth_epoch;
    waits_in_a_browser(change(&alice).browser().send());
    let pending = waits(change(&alice).send());
    assert_eq!(app.user(ALICE).auth_epoch, epoch, "nothing was changed");
    assert!(app.is_logged_in(&alice));
    let fresh = app.show_factor(&[("pending", &pending), ("session", &alice)]).unwrap();
    let reply = change(&fresh).send().expect(204);
    assert!(app.is_logged_in(&reply.session().unwrap()));
    waits(app.try_login(ALICE.name, NEW).send());
}

pub(crate) fn the_password_grant_and_basic_refuse_as_a_wrong_password(on: Framework) {
    let app = start(on);
    let token = |password: &str| {
        app.post("/auth/token").form(&[
            ("grant_type", "password"),
            ("username", ALICE.name),
            ("password", password),
        ])
    };
    let basic = |password: &str| app.get("/basic").basic(ALICE.name, password);
    let runs = |request: Request| {
        let before = app.auth.hasher().runs();
        let reply = said(request.send());
        (reply, app.auth.hasher().runs() - before)
    };
    let (right, wrong) = (runs(token(ALICE.password)), runs(token("wrong")));
    assert_eq!((right.0.0, right.1), (400, 1));
    assert_eq!(right, wrong);
    let (right, wrong) = (runs(basic(ALICE.password)), runs(basic("wrong")));
    assert_eq!((right.0.0, right.1), (401, 1));
    assert_eq!(right, wrong);
    // The second time as well, and what is remembered is no success.
    let (right, wrong) = (runs(basic(ALICE.password)), runs(basic("wrong")));
    assert_eq!((right.0.0, right.1), (401, 0));
    assert_eq!(right, wrong);
}

pub(crate) fn whoever_lacks_nothing_is_let_in_as_before(on: Framework) {
    let app = start(on);
    let reply = app.try_login(BOB.name, BOB.password).send().expect(200);
    assert_eq!(reply.json()["user"]["username"], "bob");
    assert_eq!(reply.cookie("pending"), None);
    let session = reply.session().unwrap();
    assert!(app.is_logged_in(&session));
    let again = app.post("/auth/reauthenticate").form(&[("password", BOB.password)]).session(&session);
    assert!(is_fresh(&app, &again.send().expect(200).session().unwrap()));
    assert!(app.takes_token(&app.tokens(BOB, "").access));
    app.get("/basic").basic(BOB.name, BOB.password).send().expect(200);
}

pub(crate) fn a_factor_that_is_shown_ends_the_wait(on: Framework) {
    let app = start(on);
    let pending = pending(&app);
    app.clock.advance(Duration::from_secs(60));
    let session = app.show_factor(&[("pending", &pending)]).unwrap();
    let me = app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!(me["auth"]["amr"], json!(["pwd", "otp", "mfa"]));
    assert!(is_fresh(&app, &session));
    assert_eq!(app.show_factor(&[("pending", &pending)]), None, "once");
    app.opens_nothing(&pending);
}

pub(crate) fn five_tries_and_ten_minutes_are_the_limits(on: Framework) {
    let app = start(on);
    let first = pending(&app);
    for _ in 0..5 {
        assert!(app.try_factor(&first));
    }
    assert!(!app.try_factor(&first));
    let (early, late) = (pending(&app), pending(&app));
    assert!(app.try_factor(&early), "another login has tries of its own");
    app.clock.advance(Duration::from_secs(599));
    assert!(!app.try_factor(&first) && app.try_factor(&late));
    assert!(app.show_factor(&[("pending", &early)]).is_some());
    app.clock.advance(Duration::from_secs(1));
    assert!(!app.try_factor(&late));
    assert_eq!(app.show_factor(&[("pending", &late)]), None);
}

pub(crate) fn nobody_is_let_in_once_the_tries_are_used_up(on: Framework) {
    let app = start(on);
    let (first, other) = (pending(&app), pending(&app));
    let show = |shown| app.show(&[("pending", &first)], shown).unwrap();
    for _ in 0..5 {
        assert_eq!(show(None), ShownFactor::Wrong);
    }
    assert_eq!(show(Some(Amr::OTP)), ShownFactor::NothingWaits);
    app.opens_nothing(&first);
    assert!(app.show_factor(&[("pending", &other)]).is_some(), "another login has tries of its own");
}

pub(crate) fn a_new_password_ends_the_wait(on: Framework) {
    let app = start(on);
    let pending = pending(&app);
    let id = app.user(ALICE).id.clone();
    assert!(app.block_on(app.auth.accounts().set_password(&id, NEW)).unwrap());
    assert!(!app.try_factor(&pending));
    assert_eq!(app.show_factor(&[("pending", &pending)]), None);
}

pub(crate) fn two_different_cookies_are_nobody(on: Framework) {
    let app = start(on);
    let (one, two) = (pending(&app), pending(&app));
    assert_eq!(app.show_factor(&[("pending", &one), ("pending", &two)]), None);
    assert!(app.show_factor(&[("pending", &one), ("pending", &one)]).is_some());
}

pub(crate) fn the_cookie_is_bound_to_the_host_over_https(on: Framework) {
    let https = |builder: AuthBuilder| {
        holders(builder).base_url("https://app.example").password(PasswordConfig::default())
    };
    let app = on.start_with(https);
    let reply = try_alice(&app).send().expect(200);
    let attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600";
    let pending = reply.cookie("__Host-pending").unwrap();
    assert_eq!(reply.header("set-cookie"), Some(&*format!("__Host-pending={pending}{attributes}")));
    assert_eq!(app.show_factor(&[("pending", &pending)]), None, "the plain name means nothing");
    assert!(app.show_factor(&[("__Host-pending", &pending)]).is_some());
    let app = on.start_with(|builder| https(builder).session_cookie("shop"));
    let reply = try_alice(&app).send().expect(200);
    assert!(reply.cookie("__Host-shop-pending").is_some());
}

pub(crate) fn a_test_acts_as_somebody_with_a_factor(on: Framework) {
    use auth_core::testing::bearer_as;
    let app = start(on);
    assert!(app.is_logged_in(&whole(&app)));
    let bearer = app.block_on(bearer_as(&app.auth, ALICE.name, "reports:read")).unwrap();
    app.get("/scoped").header("Authorization", &bearer).send().expect(200);
}
