//! How the routes of passkeys refuse, each as the reference says.

use auth_core::account::Invitation;
use auth_core::user::UserUpdate;
use conformance::{ALICE, Asked, Request, TestApp, Trigger};
use serde_json::{Value, json};

use crate::reference::guest;

/// A limit that this many are enough for.
const BEGUN: usize = 200;

/// A session of alice's who has a passkey, which this login did not show: her browser is spared it.
fn spared(app: &TestApp) -> String {
    let session = app.login(ALICE);
    let made = app.phone(1).make(&app.begin_making(&session));
    let said = app.finish_making(&session, &made).send().expect(201).json();
    let pending = app.try_login(ALICE.name, ALICE.password).send().expect(200).cookie("pending").unwrap();
    let code = json!({ "recovery_code": said["recovery_codes"][0], "trust_device": true });
    let shown = app.post("/auth/mfa").cookies(&[("pending", &pending)]).json(&code).send().expect(200);
    let device = shown.cookie("device").unwrap();
    let login = app.post("/auth/login").cookies(&[("device", &device)]);
    login
        .form(&[("username", ALICE.name), ("password", ALICE.password)])
        .send()
        .expect(200)
        .session()
        .unwrap()
}

/// A session of somebody's who can log in by one passkey and by nothing else, and the path of that.
fn only_way(app: &TestApp) -> (String, String) {
    let cookie = app.block_on(async {
        let carol = app.auth.users().new_user("carol").unwrap();
        app.auth.users().create_without_password(carol).await.unwrap();
        auth_core::testing::login_as(&app.auth, "carol").await.unwrap()
    });
    let session = app.make_passkey(cookie.strip_prefix("session=").unwrap(), &mut app.phone(1));
    let path = format!("/auth/passkeys/{}", app.passkeys(&session)[0]["id"].as_str().unwrap());
    (session, path)
}

/// Alice's address is not proven any more.
fn unprove(app: &TestApp) {
    app.block_on(async {
        let alice = app.auth.users().find(ALICE.name).await.unwrap().unwrap();
        let mut update = UserUpdate::default();
        update.email = Some((alice.email.clone(), false));
        app.auth.users().update(&alice.id, update).await.unwrap();
    });
}

fn rename(app: &TestApp, (method, path): (&str, &str), session: &str, name: &str) -> conformance::Reply {
    app.request(method, path).session(session).json(&json!({ "name": name })).send()
}

fn long() -> String {
    "a".repeat(101)
}

/// The finish of a login that nobody began.
fn unasked(app: &TestApp) -> conformance::Reply {
    let options = json!({ "rpId": "localhost", "challenge": "A".repeat(43) });
    let used = app.phone(1).ask(&options);
    app.post("/auth/passkeys/login/finish").json(&json!({ "credential": used })).send()
}

const START: &str = "/auth/passkeys/register/start";
const FINISH: &str = "/auth/passkeys/register/finish";
const SIGN_UP: &str = "/auth/passkeys/sign-up/start";
const SIGNED_UP: &str = "/auth/passkeys/sign-up/finish";

pub(crate) const REFUSALS: &[Trigger] = &[
    ("GET /.well-known/webauthn", 404, "not_found", |app| app.get("/.well-known/webauthn").send()),
    ("POST /auth/passkeys/register/start", 400, "invalid_request", |app| {
        let mut session = app.login(ALICE);
        for number in 0..20 {
            session = app.make_passkey(&session, &mut app.phone(number));
        }
        app.post(START).session(&session).json(&json!({})).send()
    }),
    ("POST /auth/passkeys/register/start", 403, "email_unverified", |app| {
        let session = app.login(ALICE);
        unprove(app);
        app.post(START).session(&session).json(&json!({})).send()
    }),
    ("POST /auth/passkeys/register/start", 403, "permission_denied", |app| {
        app.post(START).session(&guest(app)).json(&json!({})).send()
    }),
    ("POST /auth/passkeys/register/finish", 403, "permission_denied", |app| {
        app.finish_making(&guest(app), &json!({})).send()
    }),
    ("POST /auth/passkeys/step-up/start", 429, "too_many_attempts", |app| {
        let session = app.login(ALICE);
        let begin = |_| app.post("/auth/passkeys/step-up/start").session(&session).json(&json!({})).send();
        (0..BEGUN).map(begin).find(|reply| reply.status == 429).unwrap()
    }),
    ("POST /auth/passkeys/register/start", 429, "too_many_attempts", |app| {
        let session = app.login(ALICE);
        let begin = |_| app.post(START).session(&session).json(&json!({})).send();
        (0..BEGUN).map(begin).find(|reply| reply.status == 429).unwrap()
    }),
    ("POST /auth/passkeys/register/start", 401, "mfa_required", |app| {
        app.post(START).session(&spared(app)).json(&json!({})).send()
    }),
    ("POST /auth/passkeys/register/finish", 400, "invalid_credential", |app| {
        app.finish_making(&app.login(ALICE), &json!({})).send()
    }),
    ("POST /auth/passkeys/register/finish", 401, "mfa_required", |app| {
        app.finish_making(&spared(app), &json!({})).send()
    }),
    ("POST /auth/passkeys/register/finish", 403, "email_unverified", |app| {
        let session = app.login(ALICE);
        let made = app.phone(1).make(&app.begin_making(&session));
        unprove(app);
        app.finish_making(&session, &made).send()
    }),
    ("POST /auth/passkeys/register/finish", 422, "invalid_field", |app| {
        let body = json!({ "credential": {}, "name": long() });
        app.post(FINISH).session(&app.login(ALICE)).json(&body).send()
    }),
    ("POST /auth/passkeys/login/start", 429, "too_many_attempts", |app| {
        let begin = |_| app.post("/auth/passkeys/login/start").json(&json!({})).send();
        (0..BEGUN).map(begin).find(|reply| reply.status == 429).unwrap()
    }),
    ("POST /auth/passkeys/login/finish", 401, "invalid_credentials", unasked),
    ("POST /auth/passkeys/login/finish", 401, "login_expired", |app| {
        let (mut phone, _) = app.with_passkey(ALICE, 1);
        let pending = app.try_login(ALICE.name, ALICE.password).send().expect(200).cookie("pending").unwrap();
        let ask =
            |path: &str, body: &Value| app.post(path).cookies(&[("pending", &pending)]).json(body).send();
        let begun = ask("/auth/passkeys/login/start", &json!({})).expect(200).json();
        let asked = Asked { browser: String::new(), options: begun["publicKey"].clone() };
        app.block_on(async {
            let alice = app.auth.users().find(ALICE.name).await.unwrap().unwrap();
            app.auth.users().end_all_sessions(&alice.id).await.unwrap();
        });
        ask("/auth/passkeys/login/finish", &json!({ "credential": phone.ask(&asked.options) }))
    }),
    ("POST /auth/passkeys/step-up/finish", 401, "invalid_credentials", |app| {
        let finish = app.post("/auth/passkeys/step-up/finish").session(&app.login(ALICE));
        finish.json(&json!({ "credential": {} })).send()
    }),
    ("PATCH /auth/passkeys/{id}", 404, "not_found", |app| {
        rename(app, ("PATCH", "/auth/passkeys/none"), &app.login(ALICE), "Key")
    }),
    ("PATCH /auth/passkeys/{id}", 422, "invalid_field", |app| {
        let (session, path) = only_way(app);
        rename(app, ("PATCH", &path), &session, &long())
    }),
    ("POST /auth/passkeys/{id}/rename", 404, "not_found", |app| {
        rename(app, ("POST", "/auth/passkeys/none/rename"), &app.login(ALICE), "Key")
    }),
    ("POST /auth/passkeys/{id}/rename", 422, "invalid_field", |app| {
        let (session, path) = only_way(app);
        rename(app, ("POST", &format!("{path}/rename")), &session, &long())
    }),
    ("DELETE /auth/passkeys/{id}", 401, "mfa_required", |app| {
        app.request("DELETE", "/auth/passkeys/none").session(&spared(app)).send()
    }),
    ("DELETE /auth/passkeys/{id}", 404, "not_found", |app| {
        app.request("DELETE", "/auth/passkeys/none").session(&app.login(ALICE)).send()
    }),
    ("DELETE /auth/passkeys/{id}", 409, "last_login_method", |app| {
        let (session, path) = only_way(app);
        app.request("DELETE", &path).session(&session).send()
    }),
    ("POST /auth/passkeys/{id}/delete", 401, "mfa_required", |app| {
        app.post("/auth/passkeys/none/delete").session(&spared(app)).send()
    }),
    ("POST /auth/passkeys/{id}/delete", 404, "not_found", |app| {
        app.post("/auth/passkeys/none/delete").session(&app.login(ALICE)).send()
    }),
    ("POST /auth/passkeys/{id}/delete", 409, "last_login_method", |app| {
        let (session, path) = only_way(app);
        app.post(&format!("{path}/delete")).session(&session).send()
    }),
    ("POST /auth/passkeys/sign-up/start", 400, "invalid_token_link", |app| {
        app.post(SIGN_UP).json(&json!({"username": "carol", "invitation": "x"})).send()
    }),
    ("POST /auth/passkeys/sign-up/start", 422, "already_exists", |app| {
        app.post(SIGN_UP).json(&json!({"username": "bob", "email": "carol@example.com"})).send()
    }),
    ("POST /auth/passkeys/sign-up/start", 403, "permission_denied", |app| {
        let fields = json!({"username": "carol", "email": "carol@example.com"});
        app.post(SIGN_UP).session(&guest(app)).json(&fields).send()
    }),
    ("POST /auth/passkeys/sign-up/start", 403, "human_check_required", |app| {
        let fields = json!({"username": "carol", "email": "carol@example.com", "human_response": crate::reference::ROBOT});
        app.post(SIGN_UP).json(&fields).send()
    }),
    ("POST /auth/passkeys/sign-up/start", 429, "too_many_attempts", |app| {
        let fields = json!({"username": "carol", "email": "carol@example.com"});
        let begin = |_| app.post(SIGN_UP).json(&fields).send();
        (0..BEGUN).map(begin).find(|reply| reply.status == 429).unwrap()
    }),
    ("POST /auth/passkeys/sign-up/finish", 400, "invalid_credential", |app| {
        app.post(SIGNED_UP).json(&json!({"credential": {}})).send()
    }),
    ("POST /auth/passkeys/sign-up/finish", 422, "invalid_field", |app| {
        app.post(SIGNED_UP).json(&json!({"credential": {}, "name": long()})).send()
    }),
    ("POST /auth/passkeys/sign-up/finish", 400, "invalid_token_link", |app| {
        let invitation = Invitation::to("carol@example.com").unwrap();
        app.block_on(app.auth.accounts().invite(&invitation)).unwrap();
        let mails = app.mails_to("carol@example.com");
        let token = mails[0].text().split_once("/auth/register?invitation=").unwrap().1;
        let token = token.split_whitespace().next().unwrap();
        let signed_up = signing_up(app, &json!({"username": "carol", "invitation": token}));
        app.block_on(app.auth.accounts().revoke_invitation("carol@example.com")).unwrap();
        signed_up.send()
    }),
    ("POST /auth/passkeys/sign-up/finish", 422, "already_exists", |app| {
        let signed_up = signing_up(app, &json!({"username": "carol", "email": "carol@example.com"}));
        app.block_on(async {
            let carol = app.auth.users().new_user("carol").unwrap();
            app.auth.users().create_without_password(carol).await.unwrap();
        });
        signed_up.send()
    }),
];

/// What ends a sign-up of which the passkey is made.
fn signing_up(app: &TestApp, fields: &Value) -> Request {
    let begun = app.post(SIGN_UP).json(fields).send().expect(200);
    let made = app.phone(1).make(&begun.json()["publicKey"]);
    let browser = begun.cookie("session-signup").unwrap();
    let finish = app.post(SIGNED_UP).cookies(&[("session-signup", &browser)]);
    finish.json(&json!({ "credential": made }))
}
