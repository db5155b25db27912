//! "Single-page and mobile applications": every flow in JSON alone, from another origin.

use conformance::{ALICE, Framework, Reply, Request, TestApp};
use serde_json::{Value, json};

/// Where the front end is.
const FRONT_END: &str = "https://spa.example.com";

const CAROL: &str = "carol@example.com";
const PASSWORD: &str = "violet umbrella cactus seventeen";
const OTHER: &str = "marble lantern harvest eleven";

/// As a script of the front end sends it: with what browsers add, and without a preference for pages.
fn sent(request: Request) -> Reply {
    let request = request.header("Origin", FRONT_END).header("Sec-Fetch-Site", "same-site");
    let reply = request.header("Accept", "*/*").send();
    assert_eq!(reply.header("access-control-allow-origin"), Some(FRONT_END), "{reply:?}");
    assert_eq!(reply.header("location"), None, "a script is sent nowhere: {reply:?}");
    if let Some(media_type) = reply.header("content-type") {
        assert!(media_type.contains("json"), "{media_type}");
    }
    reply
}

fn post(app: &TestApp, path: &str, body: &Value) -> Reply {
    sent(app.post(path).json(body))
}

pub(crate) fn an_account_lives_its_life_in_json(on: Framework) {
    let app = on.start_guides();
    let carol = json!({"username": "carol", "email": CAROL, "password": PASSWORD});
    post(&app, "/auth/register", &carol).expect(202);
    let token = json!({"token": app.mailed_token(CAROL), "password": PASSWORD});
    post(&app, "/auth/email/verify", &token).expect(204);
    let login = post(&app, "/auth/login", &json!({"username": "carol", "password": PASSWORD})).expect(200);
    assert_eq!(login.json()["user"]["email_verified"], true);
    let session = login.session().unwrap();
    let change = json!({"current_password": PASSWORD, "new_password": OTHER});
    let changed = sent(app.post("/auth/password/change").json(&change).session(&session)).expect(204);
    let session = changed.session().unwrap();
    let sessions = sent(app.get("/auth/sessions").session(&session)).expect(200).json();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
    let me = sent(app.get("/auth/me").session(&session)).expect(200).json();
    assert_eq!(me["user"]["username"], "carol");
    sent(app.post("/auth/logout").json(&json!({})).session(&session)).expect(204);
    sent(app.get("/auth/me").session(&session)).problem(401, "unauthenticated");
}

pub(crate) fn what_was_forgotten_is_mended_in_json(on: Framework) {
    let app = on.start_guides();
    let address = "alice@example.com";
    post(&app, "/auth/password/forgot", &json!({"email": address})).expect(202);
    let weak = json!({"token": app.mailed_token(address), "new_password": "123456"});
    let refused = post(&app, "/auth/password/reset", &weak).problem(422, "weak_password");
    assert!(refused.json()["violations"][0]["message"].is_string());
    let reset = json!({"token": weak["token"], "new_password": OTHER});
    post(&app, "/auth/password/reset", &reset).expect(204);
    let asked = post(&app, "/auth/magic-link", &json!({"email": address})).expect(202);
    let browser = asked.cookie("session-signup").unwrap();
    let mails = app.mails_to(address);
    let (_, code) = mails.iter().find_map(|mail| mail.text().split_once("you asked: ")).unwrap();
    let confirm = app.post("/auth/magic-link/confirm").json(&json!({"code": code[..9]}));
    let login = sent(confirm.cookies(&[("session-signup", &browser)])).expect(200);
    assert_eq!(login.json()["user"]["username"], "alice");
}

pub(crate) fn an_address_changes_in_json(on: Framework) {
    let app = on.start_guides();
    let session = app.login(ALICE);
    let change = app.post("/auth/email/change").json(&json!({"email": CAROL})).session(&session);
    sent(change).expect(202);
    let token = json!({"token": app.mailed_token(CAROL)});
    sent(app.post("/auth/email/verify").json(&token).session(&session)).expect(204);
    let me = sent(app.get("/auth/me").session(&session)).expect(200).json();
    assert_eq!(me["user"]["email"], CAROL);
}

/// By tokens no origin is asked: from any site, and from none.
pub(crate) fn a_program_lives_by_tokens(on: Framework) {
    let app = on.start_guides();
    let grant = |fields: &[(&str, &str)]| {
        let request = app.post("/auth/token").form(fields).header("Origin", "capacitor://localhost");
        request.header("Sec-Fetch-Site", "cross-site").send()
    };
    let password = [("grant_type", "password"), ("username", ALICE.name), ("password", ALICE.password)];
    let tokens = grant(&password).expect(200).json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let tokens = grant(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(app.get("/auth/me").bearer(access).send().expect(200).json()["auth"]["via"], "access_token");
    let change = json!({"current_password": ALICE.password, "new_password": OTHER});
    let change = app.post("/auth/password/change").json(&change).bearer(access);
    change
        .header("Origin", "capacitor://localhost")
        .header("Sec-Fetch-Site", "cross-site")
        .send()
        .expect(204);
    app.get("/auth/me").bearer(access).send().problem(401, "invalid_token");
}
