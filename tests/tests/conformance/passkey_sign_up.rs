//! Making an account with a passkey in place of a password.

use auth_core::account::{Invitation, Registration};
use auth_core::testing::SoftAuthenticator;
use conformance::{ALICE, Framework, Reply, TestApp, only_waits};
use serde_json::{Value, json};

const ADDRESS: &str = "carol@example.com";

fn begin(app: &TestApp, fields: &Value) -> Reply {
    app.post("/auth/passkeys/sign-up/start").json(fields).send()
}

fn finish(app: &TestApp, browser: &str, credential: &Value) -> Reply {
    let request = app.post("/auth/passkeys/sign-up/finish").cookies(&[("session-signup", browser)]);
    request.json(&json!({ "credential": credential })).send()
}

/// A passkey that was made for somebody who signs up, and the browser's cookie.
fn made(app: &TestApp, phone: &mut SoftAuthenticator, fields: &Value) -> (String, Value) {
    let begun = begin(app, fields).expect(200);
    let options = begun.json()["publicKey"].clone();
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    (begun.cookie("session-signup").unwrap(), phone.make(&options))
}

fn sign_up(app: &TestApp, phone: &mut SoftAuthenticator, fields: &Value) -> Reply {
    let (browser, credential) = made(app, phone, fields);
    finish(app, &browser, &credential)
}

fn carol() -> Value {
    json!({"username": "carol", "email": ADDRESS})
}

fn verify(app: &TestApp, browser: Option<&str>) -> Reply {
    let request = app.post("/auth/email/verify").json(&json!({"token": app.mailed_token(ADDRESS)}));
    match browser {
        Some(browser) => request.cookies(&[("session-signup", browser)]).send(),
        None => request.send(),
    }
}

fn whole(app: &TestApp) {
    let mut phone = app.phone(1);
    let (browser, credential) = made(app, &mut phone, &carol());
    let reply = finish(app, &browser, &credential).expect(202);
    assert_eq!(reply.session(), None);
    let codes = reply.json()["recovery_codes"].clone();
    assert_eq!(codes.as_array().map(Vec::len), Some(10));
    let session = app.passkey_login(&mut phone).expect(200).session().unwrap();
    let me = app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!(
        (&me["user"]["username"], &me["user"]["email_verified"], &me["auth"]["amr"]),
        (&json!("carol"), &json!(false), &json!(["hwk", "user", "mfa"]))
    );
    assert_eq!(app.passkeys(&session).len(), 1);
    // The address is proven in the browser of the sign-up, and the passkey stays.
    verify(app, Some(&browser)).expect(204);
    let session = app.passkey_login(&mut phone).expect(200).session().unwrap();
    let me = app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!(me["user"]["email_verified"], json!(true));
    // A login by mail wants it beside, and a code of those that were shown does.
    app.post("/auth/magic-link").json(&json!({"email": ADDRESS})).send().expect(202);
    let body = json!({"token": app.mailed_token(ADDRESS)});
    let reply = app.post("/auth/magic-link/confirm").json(&body).send().expect(200);
    let pending = only_waits(&reply);
    let code = json!({"recovery_code": codes[0]});
    app.post("/auth/mfa").json(&code).cookies(&[("pending", &pending)]).send().expect(200);
    // It is the only way in.
    let passkey = format!("/auth/passkeys/{}", app.passkeys(&session)[0]["id"].as_str().unwrap());
    app.request("DELETE", &passkey).session(&session).send().problem(409, "last_login_method");
}

pub(crate) fn somebody_signs_up_with_a_passkey(on: Framework) {
    whole(&on.start());
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    whole(&on.start_on_sqlite());
}

pub(crate) fn whose_address_is_taken_is_not_told(on: Framework) {
    let app = on.start();
    let taken = json!({"username": "mallory", "email": "alice@example.com"});
    let (mut one, mut other) = (app.phone(1), app.phone(2));
    let said = |reply: Reply| {
        let reply = reply.expect(202);
        let codes = reply.json()["recovery_codes"].as_array().map(Vec::len);
        (codes, reply.session(), reply.all("set-cookie").len())
    };
    assert_eq!(said(sign_up(&app, &mut one, &taken)), said(sign_up(&app, &mut other, &carol())));
    app.passkey_login(&mut one).problem(401, "invalid_credentials");
    app.passkey_login(&mut other).expect(200);
    assert!(app.mails_to("alice@example.com").last().unwrap().text().contains("alice"));
    // Nor by a passkey, or a name, that was tried with it.
    let again = |app: &TestApp, phone: &mut SoftAuthenticator, name: &str| {
        let fields = json!({"username": name, "email": "dave@example.com"});
        begin(app, &fields).expect(200).json();
        sign_up(app, phone, &fields)
    };
    begin(&app, &json!({"username": "mallory", "email": "dave@example.com"})).problem(422, "already_exists");
    let kept = again(&app, &mut app.phone(3), "dave").expect(202);
    drop(kept);
}

pub(crate) fn whoever_proves_the_address_elsewhere_gets_the_account_without_the_passkey(on: Framework) {
    let app = on.start();
    let mut squatter = app.phone(1);
    sign_up(&app, &mut squatter, &carol()).expect(202);
    let session = app.passkey_login(&mut squatter).expect(200).session().unwrap();
    verify(&app, None);
    assert!(!app.is_logged_in(&session));
    app.passkey_login(&mut squatter).problem(401, "invalid_credentials");
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let password = "violet umbrella cactus seventeen";
    let body = json!({"token": app.mailed_token(ADDRESS), "new_password": password});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    assert!(app.try_login("carol", password).send().expect(200).session().is_some());
}

pub(crate) fn a_ceremony_is_of_its_browser_once_and_verifies_somebody(on: Framework) {
    let app = on.start();
    let mut phone = app.phone(1);
    let (browser, credential) = made(&app, &mut phone, &carol());
    let (other, _) = made(&app, &mut phone, &json!({"username": "dave", "email": "dave@example.com"}));
    for browser in [other.as_str(), "", "AAAA"] {
        finish(&app, browser, &credential).problem(400, "invalid_credential");
    }
    finish(&app, &browser, &credential).expect(202);
    finish(&app, &browser, &credential).problem(400, "invalid_credential");
    // One that is somebody's already makes no second account.
    phone.is_verified = false;
    let mut key = app.phone(2);
    key.is_verified = false;
    let dave = json!({"username": "dave", "email": "dave@example.com"});
    sign_up(&app, &mut key, &dave).problem(400, "invalid_credential");
    // What was begun to make one in a session ends nothing here.
    let session = app.login(ALICE);
    let made = app.phone(3).make(&app.begin_making(&session));
    finish(&app, &browser, &made).problem(400, "invalid_credential");
}

pub(crate) fn whoever_is_invited_signs_up_with_one_and_is_in(on: Framework) {
    let app = on.start_with(|builder| builder.registration(Registration::ByInvitation));
    begin(&app, &carol()).problem(403, "registration_closed");
    let invitation = Invitation::to(ADDRESS).unwrap().group("writers");
    app.block_on(app.auth.accounts().invite(&invitation)).unwrap();
    let mails = app.mails_to(ADDRESS);
    let link = mails.iter().find_map(|mail| mail.text().split_once("/auth/register?invitation=")).unwrap().1;
    let token = link.split_whitespace().next().unwrap();
    let fields = json!({"username": "carol", "invitation": token, "next": "/private"});
    let mut phone = app.phone(1);
    let reply = sign_up(&app, &mut phone, &fields).expect(201);
    let said = reply.json();
    assert_eq!((&said["user"]["email_verified"], &said["next"]), (&json!(true), &json!("/private")));
    assert_eq!(said["recovery_codes"].as_array().map(Vec::len), Some(10));
    assert_eq!(
        app.get("/private").session(&reply.session().unwrap()).send().expect(200).text(),
        "hello carol"
    );
    app.passkey_login(&mut phone).expect(200);
    begin(&app, &fields).problem(400, "invalid_token_link");
}

pub(crate) fn where_it_is_told_who_exists_they_are_in_at_once(on: Framework) {
    let app = on.start_with(|builder| builder.registration(Registration::OpenTellingWhoExists));
    let reply = sign_up(&app, &mut app.phone(1), &carol()).expect(201);
    assert!(app.is_logged_in(&reply.session().unwrap()));
    let taken = json!({"username": "mallory", "email": "alice@example.com"});
    let mut phone = app.phone(2);
    sign_up(&app, &mut phone, &taken).problem(422, "already_exists");
    // Nothing is held of what made no account.
    let free = json!({"username": "mallory", "email": "mallory@example.com"});
    sign_up(&app, &mut phone, &free).expect(201);
}

pub(crate) fn nobody_signs_up_where_nobody_may(on: Framework) {
    let app = on.start_with(|builder| builder.registration(Registration::Closed));
    begin(&app, &carol()).problem(403, "registration_closed");
}

pub(crate) fn the_page_offers_it(on: Framework) {
    let app = on.start();
    let page = app.get("/auth/register?next=/private").browser().send().expect(200);
    let html = page.text();
    for part in
        ["data-passkey=\"sign-up\"", "/auth/passkeys/sign-up/start", "data-next=\"/auth/register/sent\""]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(page.header("content-security-policy").unwrap().contains("/auth/passkeys.js"));
}
