//! Input as people type it and as programs send it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";

/// What keyboards, autofill and the clipboard leave around a name.
const PADDING: [&str; 7] = [" ", "\t", "\u{a0}", "\r\n", "\u{3000}", "\u{feff}", "\u{202a}"];

pub(crate) fn what_surrounds_a_name_is_no_part_of_it(on: Framework) {
    let app = on.start();
    for (name, padding) in ["alice", "alice@example.com"].iter().flat_map(|name| PADDING.map(|p| (name, p))) {
        for typed in [format!("{name}{padding}"), format!("{padding}{name}")] {
            app.try_login(&typed, ALICE.password).send().expect(200);
            let fields = [("grant_type", "password"), ("username", &typed), ("password", ALICE.password)];
            app.post("/auth/token").form(&fields).send().expect(200);
            app.get("/basic").basic(&typed, ALICE.password).send().expect(200);
        }
    }
    let by_hand = on.start_by_hand();
    by_hand.post("/form").untyped_body(format!(" alice\u{a0}\n{}", ALICE.password)).send().expect(200);
}

pub(crate) fn what_surrounds_a_new_name_is_no_part_of_it(on: Framework) {
    let app = on.start_guides();
    for (number, padding) in PADDING.iter().enumerate() {
        let name = format!("carol{number}");
        let typed = [format!("{padding}{name}{padding}"), format!("{padding}{name}@example.com{padding}")];
        let password = "an entirely different passphrase";
        let fields = [("username", &*typed[0]), ("email", &typed[1]), ("password", password)];
        app.post("/sign-up").form(&fields).browser().send().redirect("/");
        for typed in [name.clone(), format!("{name}@example.com")] {
            let me = app.try_login(&typed, password).send().expect(200).json();
            assert_eq!(me["user"]["username"], name, "{padding:?}");
        }
    }
}

pub(crate) fn what_surrounds_a_password_is_a_part_of_it(on: Framework) {
    let app = on.start();
    for padding in PADDING {
        let typed = format!("{}{padding}", ALICE.password);
        app.try_login(ALICE.name, &typed).send().problem(401, "invalid_credentials");
        app.get("/basic").basic(ALICE.name, &typed).send().problem(401, "unauthenticated");
        let fields = [("grant_type", "password"), ("username", ALICE.name), ("password", &typed)];
        app.post("/auth/token").form(&fields).send().oauth(400, "invalid_grant");
    }
}

pub(crate) fn padding_makes_no_further_name_to_guess_at(on: Framework) {
    let app = on.start();
    let mut statuses = Vec::new();
    for turn in 0..30 {
        let name = format!("{}alice{}", " ".repeat(turn), "\u{a0}".repeat(30 - turn));
        statuses.push(app.try_login(&name, &format!("wrong {turn}")).send().status);
    }
    assert_eq!((statuses.first(), statuses.last()), (Some(&401), Some(&429)));
}

/// Whether a login with this body gets a cookie that outlives the browser.
fn is_remembered(reply: Reply) -> bool {
    reply.expect(200).session_cookie().unwrap().contains("Max-Age=")
}

pub(crate) fn a_checkbox_that_does_not_say_no_is_ticked(on: Framework) {
    let app = on.start();
    let rest = format!("username=alice&password={}", ALICE.password.replace(' ', "+"));
    let form = |more: &str| app.post("/auth/login").body(FORM, format!("{rest}&{more}")).send();
    for yes in ["y", "yes", "True", "ON", "on", "true", "1", "checked"] {
        assert!(is_remembered(form(&format!("remember={yes}"))), "{yes}");
    }
    for no in ["", "0", "false", "False", "off", "no", "n", "null"] {
        assert!(!is_remembered(form(&format!("remember={no}"))), "{no}");
    }
    assert!(is_remembered(form("remember=false&remember=true")));
    assert!(is_remembered(form("remember=true&remember=false")));
    assert!(!is_remembered(form("remember=false&remember=false")));
    let json = |remember: Value| {
        let body = json!({"username": ALICE.name, "password": ALICE.password, "remember": remember});
        app.post("/auth/login").json(&body).send()
    };
    for (remember, is) in [(json!(1), true), (json!(true), true), (json!("on"), true), (json!("yes"), true)] {
        assert_eq!(is_remembered(json(remember)), is);
    }
    for no in [json!(0), json!(false), json!("false"), json!(null)] {
        assert!(!is_remembered(json(no)));
    }
    for wrong in [json!([true]), json!({"a": 1})] {
        let problem = json(wrong).problem(400, "invalid_request").json();
        assert_eq!(problem["detail"], "the field remember has the wrong type");
    }
}

fn detail(app: &TestApp, body: &str) -> String {
    let problem = app.post("/auth/login").body(FORM, body).send().problem(400, "invalid_request").json();
    problem["detail"].as_str().unwrap().to_owned()
}

pub(crate) fn an_error_about_a_field_names_it(on: Framework) {
    let app = on.start();
    assert_eq!(detail(&app, "username=alice"), "the field password is missing");
    assert_eq!(detail(&app, "password=x"), "the field username is missing");
    assert_eq!(detail(&app, "username=a&username=b&password=x"), "the field username is there twice");
    assert_eq!(detail(&app, "username=%00&password=x"), "the field username holds a NUL character");
    assert_eq!(detail(&app, "%3Cb%3E=a&%3Cb%3E=b"), "a field is there twice");
}

pub(crate) fn a_page_about_a_field_keeps_what_was_typed(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let post = |route: &str, body: &str| {
        let request = app.post(route).body(FORM, body.to_owned()).session(&session);
        request.browser().send().expect(400).text()
    };
    let html = post("/auth/login", "username=%3Calice%3E&remember=y&next=/reports");
    for kept in ["The field password is missing.", "&#60;alice&#62;", "value=\"/reports\"", " checked"] {
        assert!(html.contains(kept), "{kept}: {html}");
    }
    let html = post("/auth/login", "password=hunter2hunter2&next=//evil.example");
    assert!(html.contains("The field username is missing."), "{html}");
    assert!(!html.contains("hunter2") && !html.contains("evil.example"), "{html}");
    let html = post("/auth/reauthenticate", "next=/fresh");
    assert!(html.contains("The field password is missing.") && html.contains("value=\"/fresh\""), "{html}");
    // What cannot be read at all has a way back.
    for route in ["/auth/login", "/auth/reauthenticate"] {
        let html = post(route, "password=%zz");
        assert!(html.contains(&format!("<a href=\"{route}\">Go back to the form</a>")), "{html}");
    }
}

pub(crate) fn an_empty_oauth_client_is_an_absent_one(on: Framework) {
    let app = on.start();
    let grant = [("grant_type", "password"), ("username", ALICE.name), ("password", ALICE.password)];
    let ask = |credentials: &str, more: &[(&str, &str)]| {
        let request = app.post("/auth/token").form(&[&grant[..], more].concat());
        request.header("Authorization", format!("Basic {}", STANDARD.encode(credentials))).send()
    };
    assert_eq!(STANDARD.encode(":"), "Og==", "what Swagger UI sends by itself");
    ask(":", &[]).expect(200);
    ask(":", &[("client_id", ""), ("client_secret", "")]).expect(200);
    ask(":", &[("client_id", "first-party")]).expect(200);
    ask("first-party:", &[]).expect(200);
    for (credentials, more) in [
        (":secret", &[][..]),
        (":secret", &[("client_id", "first-party")]),
        ("other:", &[]),
        ("first-party:secret", &[]),
        ("other:", &[("client_id", "first-party")]),
        (":", &[("client_id", "other")]),
        (":", &[("client_secret", "secret")]),
        ("no colon", &[]),
        ("", &[]),
    ] {
        let reply = ask(credentials, more).oauth(401, "invalid_client");
        assert!(reply.header("www-authenticate").unwrap().starts_with("Basic "), "{credentials}");
    }
    let token = app.tokens(ALICE, "").refresh;
    let revoke = app.post("/auth/revoke").form(&[("token", &token)]).header("Authorization", "Basic Og==");
    revoke.send().expect(200);
    app.try_refresh(&token).send().oauth(400, "invalid_grant");
}
