//! An account that failed attempts have locked is let in again by its owner, by mail.

use std::thread;
use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::event::{AuditFilter, EventKind};
use auth_core::mail::Mail;
use auth_core::testing::enrol_totp;
use auth_core::throttle::{Limit, ThrottleConfig};
use conformance::{ALICE, Framework, Reply, TestApp, only_waits};
use serde_json::json;

const ADDRESS: &str = "alice@example.com";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Ten failures in a row lock an account; those of strangers do before.
const IN_A_ROW: u32 = 10;

fn start(on: Framework) -> TestApp {
    let limits = ThrottleConfig::default().account([Limit::new(IN_A_ROW, Duration::MAX)]);
    on.start_with(|builder| builder.throttle(limits))
}

fn lock(app: &TestApp, name: &str) {
    for _ in 0..=IN_A_ROW {
        app.try_login(name, "not the password of anybody").send().problem(401, "invalid_credentials");
    }
}

/// The mails of locks. They are posted beside the request, so the last one may be on its way for a moment.
fn mails(app: &TestApp, at_least: usize) -> Vec<Mail> {
    for _ in 0..100_000 {
        let mails = app.mails_to(ADDRESS);
        if mails.len() >= at_least {
            return mails;
        }
        thread::yield_now();
    }
    app.mails_to(ADDRESS)
}

fn unlock(app: &TestApp, token: &str) -> Reply {
    app.post("/auth/unlock").json(&json!({"token": token})).send()
}

pub(crate) fn too_many_wrong_codes_are_told_of_and_tried_again_by_mail(on: Framework) {
    let limits = ThrottleConfig::default().codes([Limit::new(2, DAY)]);
    let app = on.start_with(|builder| builder.throttle(limits));
    let totp = app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
    let pending = || only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    let show = |code: &str| {
        app.post("/auth/mfa").json(&json!({"code": code})).cookies(&[("pending", &pending())]).send()
    };
    let before = mails(&app, 1).len();
    let code = totp.code_at(app.clock.now());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..2 {
        show(wrong).problem(401, "invalid_code");
    }
    for _ in 0..3 {
        show(&code).problem(429, "too_many_attempts");
    }
    let told = mails(&app, before + 1);
    assert_eq!(told.len(), before + 1, "once a day");
    assert!(told.last().unwrap().text().contains("wrong codes"), "{}", told.last().unwrap().text());
    let token = app.mailed_token(ADDRESS);
    app.get(&format!("/auth/unlock?token={token}")).browser().send().expect(200);
    show(&code).problem(429, "too_many_attempts");
    unlock(&app, &token).expect(204);
    show(wrong).problem(401, "invalid_code");
    show(&code).expect(200);
    // Five more a day, and no further ones by the link that another lock brings.
    for _ in 0..4 {
        show(wrong).problem(401, "invalid_code");
    }
    show(wrong).problem(429, "too_many_attempts");
}

pub(crate) fn its_owner_is_mailed_a_link_that_lets_it_in_again(on: Framework) {
    let app = start(on);
    lock(&app, "alice");
    app.try_login(ALICE.name, ALICE.password).send().problem(401, "invalid_credentials");
    assert_eq!(mails(&app, 1).len(), 1);
    let token = app.mailed_token(ADDRESS);
    for _ in 0..2 {
        app.get(&format!("/auth/unlock?token={token}")).browser().send().expect(200);
    }
    app.try_login(ALICE.name, ALICE.password).send().problem(401, "invalid_credentials");
    unlock(&app, &token).expect(204);
    let unlocked = AuditFilter::default().of_user(&app.user(ALICE).id).of_kind(EventKind::AccountUnlocked);
    assert_eq!(app.block_on(app.auth.audit().list(&unlocked, 9)).unwrap().len(), 1);
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
    lock(&app, "alice");
    unlock(&app, &token).problem(400, "invalid_token_link");
    app.try_login(ALICE.name, ALICE.password).send().problem(401, "invalid_credentials");
}

pub(crate) fn its_owner_is_told_once_a_day(on: Framework) {
    let app = start(on);
    lock(&app, "alice");
    assert_eq!(mails(&app, 1).len(), 1);
    lock(&app, "alice");
    app.clock.advance(DAY);
    lock(&app, "alice");
    assert_eq!(mails(&app, 2).len(), 2, "one of each day");
}

pub(crate) fn a_link_of_before_a_changed_password_lets_nobody_in(on: Framework) {
    let app = start(on);
    lock(&app, "alice");
    assert_eq!(mails(&app, 1).len(), 1);
    let token = app.mailed_token(ADDRESS);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let reset =
        json!({"token": app.mailed_token(ADDRESS), "new_password": "violet umbrella cactus seventeen"});
    app.post("/auth/password/reset").json(&reset).send().expect(204);
    unlock(&app, &token).problem(400, "invalid_token_link");
}

pub(crate) fn a_browser_is_led_to_the_login_page(on: Framework) {
    let app = start(on);
    lock(&app, "alice");
    assert_eq!(mails(&app, 1).len(), 1);
    let token = app.mailed_token(ADDRESS);
    app.post("/auth/unlock").browser().form(&[("token", &token)]).send().redirect("/auth/login");
}

pub(crate) fn a_browser_of_an_earlier_login_needs_no_link(on: Framework) {
    let app = start(on);
    let login = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    let known = login.cookie("session-known").unwrap();
    lock(&app, "alice");
    app.try_login(ALICE.name, ALICE.password).cookies(&[("session-known", &known)]).send().expect(200);
}
