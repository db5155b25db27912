//! Logging in by mail (ATTACKS EN-06, RS-02, SQ-01).

use std::time::Duration;

use conformance::{ALICE, Framework, Reply, Request, TestApp};
use serde_json::{Value, json};

const ADDRESS: &str = "alice@example.com";

/// Asks for a link, and answers the browser's cookie.
fn ask(app: &TestApp, email: &str) -> String {
    let reply = app.post("/auth/magic-link").json(&json!({"email": email})).send().expect(202);
    assert!(reply.body.is_empty());
    format!("session-signup={}", reply.cookie("session-signup").unwrap())
}

fn confirm(app: &TestApp, body: &Value) -> Request {
    app.post("/auth/magic-link/confirm").json(body)
}

/// The code in the last mail to an address.
fn code(app: &TestApp, address: &str) -> String {
    let mail = app.mails_to(address).pop().unwrap();
    let (_, rest) = mail.text().split_once("you asked: ").unwrap();
    rest[..9].to_owned()
}

fn amr(app: &TestApp, reply: &Reply) -> Value {
    let session = reply.session().unwrap();
    app.get("/auth/me").session(&session).send().expect(200).json()["auth"]["amr"].clone()
}

pub(crate) fn a_mailed_link_logs_in_once(on: Framework) {
    let app = on.start();
    ask(&app, ADDRESS);
    let token = app.mailed_token(ADDRESS);
    app.get(&format!("/auth/magic-link/confirm?token={token}")).browser().send().expect(200);
    let reply = confirm(&app, &json!({"token": token})).send().expect(200);
    assert_eq!(reply.json()["user"]["username"], "alice");
    assert_eq!(amr(&app, &reply), json!(["email"]));
    confirm(&app, &json!({"token": token})).send().problem(400, "invalid_token_link");
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn a_code_logs_in_the_browser_that_asked(on: Framework) {
    let app = on.start();
    let cookie = ask(&app, ADDRESS);
    let typed = code(&app, ADDRESS).to_lowercase().replace('-', " ");
    let body = json!({"code": typed});
    confirm(&app, &body).send().problem(400, "invalid_token_link");
    let stranger = ask(&app, "nobody@example.com");
    confirm(&app, &body).header("Cookie", &stranger).send().problem(400, "invalid_token_link");
    let reply = confirm(&app, &body).header("Cookie", &cookie).send().expect(200);
    assert_eq!(reply.json()["user"]["username"], "alice");
    confirm(&app, &body).header("Cookie", &cookie).send().problem(400, "invalid_token_link");
    confirm(&app, &json!({"token": app.mailed_token(ADDRESS)})).send().problem(400, "invalid_token_link");
}

pub(crate) fn five_wrong_codes_are_all_that_count(on: Framework) {
    let app = on.start();
    let cookie = ask(&app, ADDRESS);
    let right = code(&app, ADDRESS);
    for _ in 0..5 {
        let wrong = confirm(&app, &json!({"code": "00000000"})).header("Cookie", &cookie);
        wrong.send().problem(400, "invalid_token_link");
    }
    let late = confirm(&app, &json!({"code": right})).header("Cookie", &cookie);
    late.send().problem(400, "invalid_token_link");
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = on.start();
    app.get("/auth/magic-link?next=/private").browser().send().expect(200);
    let fields = [("email", ADDRESS), ("next", "/private")];
    let asked = app.post("/auth/magic-link").browser().form(&fields).send();
    let asked = asked.redirect("/auth/magic-link/confirm");
    let page = app.get("/auth/magic-link/confirm").browser().send().expect(200).text();
    assert!(page.contains("autocomplete=\"one-time-code\""));
    let cookie = format!("session-signup={}", asked.cookie("session-signup").unwrap());
    let form = app.post("/auth/magic-link/confirm").browser().form(&[("code", &code(&app, ADDRESS))]);
    let reply = form.header("Cookie", cookie).send().redirect("/private");
    assert!(app.is_logged_in(&reply.session().unwrap()));
}

pub(crate) fn a_link_works_for_a_quarter_of_an_hour_and_for_the_newest_mail(on: Framework) {
    let app = on.start();
    ask(&app, ADDRESS);
    let old = app.mailed_token(ADDRESS);
    ask(&app, ADDRESS);
    let new = app.mailed_token(ADDRESS);
    confirm(&app, &json!({"token": old})).send().problem(400, "invalid_token_link");
    app.clock.advance(Duration::from_secs(15 * 60));
    confirm(&app, &json!({"token": new})).send().problem(400, "invalid_token_link");
}

pub(crate) fn nothing_is_told_of_who_exists(on: Framework) {
    let app = on.start();
    for email in ["nobody@example.com", "bob@example.com", ADDRESS] {
        ask(&app, email);
    }
    assert_eq!(app.mail_count(), 1);
}

pub(crate) fn both_or_neither_is_400(on: Framework) {
    let app = on.start();
    for body in [json!({}), json!({"token": "x", "code": "y"}), json!({"code": 12_345_678})] {
        confirm(&app, &body).send().problem(400, "invalid_request");
    }
}
