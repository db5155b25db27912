//! The reference of the login routes says what there is, all of it, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::error::BoxError;
use auth_core::human::{Captcha, HumanCheck, HumanRequest};
use auth_core::mfa::{MfaConfig, MfaPolicy};
use auth_core::provider::ProviderConfig;
use auth_core::testing::{TestTotp, enrol_totp, login_as, login_routes};
use auth_core::throttle::ThrottleConfig;
use auth_core::user::{Email, Ending, EndingCause};
use conformance::{
    ALICE, Audience, Documented, Framework, ROOT, Reply, Request, TestApp, Trigger, assert_refusals,
    documented, only_waits,
};
use serde_json::{Map, Value, json};

use crate::{devices, dpop, pushed, registered, relying_party};

/// A limit that this many guesses are enough for.
const GUESSES: usize = 200;

/// With a provider, which none of these requests reaches.
fn start(on: Framework) -> TestApp {
    let github = ProviderConfig::preset("github", "our-id-at-github").client_secret("a secret of theirs");
    on.start_with(|builder| {
        registered::with([devices::tv(), relying_party::shop()])(builder)
            .provider(github)
            .throttle(ThrottleConfig::insecure_off())
    })
}

#[test]
fn the_page_has_the_routes_of_the_table() {
    let table = login_routes().map(|(method, path)| match path.starts_with("/.well-known/") {
        true => format!("{method} {path}"),
        false => format!("{method} /auth{path}"),
    });
    let page = documented();
    let names: BTreeSet<_> = page.iter().map(|route| route.name.to_owned()).collect();
    assert_eq!(names.len(), page.len(), "no route stands there twice");
    assert_eq!(names, table.collect());
}

/// A value that the field may have. The current password is wrong, so that nobody's password is changed.
fn value(field: &str) -> Value {
    json!(match field {
        "username" => ALICE.name,
        "password" => ALICE.password,
        "current_password" => "not the password",
        "new_password" => "an entirely different passphrase",
        "email" => "alice@example.com",
        "language" => "ko",
        // Of a passkey: an object, in which there is none.
        "credential" => return json!({}),
        "decision" => "allow",
        "grant_type" => "password",
        other => other,
    })
}

/// A JSON body with what the route requires.
fn required(route: &Documented) -> Map<String, Value> {
    // One of two is required there.
    let is_one_of_two = |name: &str| match route.name {
        "POST /auth/magic-link/confirm" => name == "token",
        "POST /auth/mfa" => name == "code",
        "POST /auth/reauthenticate" => name == "password",
        "POST /auth/passkeys/sign-up/start" => name == "email",
        _ => false,
    };
    let fields = route.fields.iter().filter(|(name, is_required)| *is_required || is_one_of_two(name));
    fields.map(|(name, _)| ((*name).to_owned(), value(name))).collect()
}

/// Some of the routes close the account.
fn open_again(app: &TestApp) {
    app.block_on(async {
        let alice = app.auth.users().find(ALICE.name).await.unwrap().unwrap();
        app.auth.accounts().reopen(&alice.id).await.unwrap();
    });
}

/// A request to the route, as somebody who has just logged in.
fn request(app: &TestApp, route: &Documented) -> Request {
    open_again(app);
    let session = app.login(ALICE);
    let other = app.get("/auth/sessions").session(&session).send().expect(200).json();
    let other = other["sessions"].as_array().unwrap().iter().find(|one| one["current"] == false).cloned();
    let id = other.as_ref().and_then(|other| other["id"].as_str()).unwrap_or("none");
    let target = route.path().replace("{provider}", "github").replace("{id}", id).replace("{client}", "shop");
    app.request(route.method(), &target).session(&session)
}

pub(crate) fn each_route_is_for_whom_the_page_says(on: Framework) {
    for route in documented() {
        let app = start(on);
        let body = Value::Object(required(&route));
        let refusal = |request: Request| {
            let reply = match (route.method(), route.takes_forms_only) {
                ("GET", _) => request,
                (_, true) => request.form(&[]),
                (_, false) => request.json(&body),
            };
            let reply = reply.send();
            let said: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            said["code"].as_str().map(str::to_owned)
        };
        let target = route.path().replace("{provider}", "github").replace("{client}", "shop");
        let nobody = refusal(app.request(route.method(), &target));
        let is_refused = nobody.as_deref() == Some("unauthenticated");
        assert_eq!(is_refused, route.audience != Audience::Anybody, "{}: {nobody:?}", route.name);
        let wants_fresh = |refused: Option<String>| refused.as_deref() == Some("reauthentication_required");
        assert!(!wants_fresh(refusal(request(&app, &route))), "{}", route.name);
        let stale = request(&app, &route);
        app.clock.advance(Duration::from_secs(301));
        assert_eq!(wants_fresh(refusal(stale)), route.audience == Audience::FreshUser, "{}", route.name);
    }
}

pub(crate) fn a_required_field_that_is_missing_is_named(on: Framework) {
    let app = start(on);
    let wanted = |route: &Documented| route.method() != "GET" && !route.name.ends_with("/backchannel-logout");
    for route in documented().into_iter().filter(wanted) {
        for (name, _) in route.fields.iter().filter(|(_, is_required)| *is_required) {
            let mut body = required(&route);
            body.remove(*name);
            let request = request(&app, &route);
            let reply = if route.takes_forms_only { request.form(&[]) } else { request.json(&body.into()) };
            let reply = reply.send().expect(400);
            assert!(reply.text().contains(name), "{} without {name}: {}", route.name, reply.text());
        }
    }
}

/// A field of the wrong type is refused where the route reads it, and ignored where it does not.
pub(crate) fn each_route_reads_the_fields_of_the_page(on: Framework) {
    let app = start(on);
    // What takes JSON only takes metadata, as `client_registration.rs` has it.
    let takes_both = |route: &Documented| !route.takes_forms_only && !route.takes_json_only;
    let takes_json = |route: &Documented| route.method() != "GET" && takes_both(route);
    let routes: Vec<_> = documented().into_iter().filter(takes_json).collect();
    let names: BTreeSet<_> =
        documented().iter().flat_map(|route| route.fields.clone()).map(|field| field.0).collect();
    for route in &routes {
        for name in &names {
            let mut body = required(route);
            body.insert((*name).to_owned(), json!([]));
            let reply = request(&app, route).json(&body.into()).send();
            let is_documented = route.fields.iter().any(|(held, _)| held == name);
            let is_read = reply.status == 400 && reply.json()["code"] == "invalid_request";
            // Where it is only for browsers, the scenario below asks.
            assert!(is_read == is_documented || *name == "next", "{}, {name}: {reply:?}", route.name);
            assert!(is_documented || !is_read, "{}, {name}: {reply:?}", route.name);
        }
    }
}

pub(crate) fn a_browser_goes_on_where_next_says(on: Framework) {
    // What begins at a provider ends there, and there is no account of one here to disconnect: `tests/providers` does both. What begins
    // by a mail goes on by its link, what was closed nowhere, and a login that waits where it was going.
    let by_mail = [
        "/auth/account/",
        "/auth/register",
        "/auth/email/change",
        "/auth/email/resend",
        "/auth/email/undo",
        "/auth/email/verify",
        "/auth/magic-link",
        "/auth/mfa",
        // What another application asks for goes on to that; `authorize.rs` and `grants.rs` have both.
        "/auth/consent",
        "/auth/device",
        "/auth/grants",
        "/auth/userinfo",
        // For the script of the pages; `passkeys.rs` has the rest.
        "/auth/passkeys",
        "/auth/password/forgot",
        "/auth/password/reset",
        "/auth/unlock",
    ];
    let wanted = |route: &Documented| {
        let is_elsewhere = by_mail.iter().any(|path| route.path().starts_with(path));
        let is_here = !is_elsewhere && !route.path().contains("{provider}");
        route.method() == "POST" && is_here && !route.takes_forms_only && !route.takes_json_only
    };
    for route in documented().into_iter().filter(wanted) {
        let app = start(on);
        app.login(ALICE);
        let (mut fields, required): (Vec<(&str, String)>, _) = (Vec::new(), required(&route));
        for (name, _) in &route.fields {
            let text = if *name == "current_password" { ALICE.password.into() } else { value(name) };
            if required.contains_key(*name) {
                fields.push((name, text.as_str().unwrap().to_owned()));
            }
        }
        fields.push(("next", "/there?page=2".to_owned()));
        let fields: Vec<_> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let reply = request(&app, &route).form(&fields).browser().send();
        assert!(route.fields.contains(&("next", false)), "{}", route.name);
        reply.redirect("/there?page=2");
    }
}

fn guess(app: &TestApp, send: impl Fn(&TestApp) -> Request) -> Reply {
    let limited = (0..GUESSES).map(|_| send(app).send()).find(|reply| reply.status == 429);
    limited.expect("guesses are limited")
}

/// A guest's session.
pub(crate) fn guest(app: &TestApp) -> String {
    app.block_on(async {
        let mut guest = app.auth.users().new_user("guest-1").unwrap();
        let at = app.clock.now() + Duration::from_secs(86_400);
        guest.ending = Some(Ending { cause: EndingCause::Guest, at });
        app.auth.users().create(guest, ALICE.password).await.unwrap();
    });
    app.try_login("guest-1", ALICE.password).send().expect(200).session().unwrap()
}

fn token(app: &TestApp, fields: &[(&str, &str)]) -> Request {
    app.post("/auth/token").form(fields)
}

/// What the television asks for.
fn device(app: &TestApp, more: &[(&str, &str)]) -> Reply {
    let fields = [&[("client_id", devices::TV)], more].concat();
    app.post("/auth/device_authorization").form(&fields).send()
}

const WRONG: [(&str, &str); 3] = [("grant_type", "password"), ("username", "alice"), ("password", "wrong")];

fn change(app: &TestApp, session: &str, current: &str, new: &str) -> Request {
    let fields = [("current_password", current), ("new_password", new)];
    app.post("/auth/password/change").form(&fields).session(session)
}

fn reauthenticate(app: &TestApp, session: &str) -> Request {
    app.post("/auth/reauthenticate").form(&[("password", "wrong")]).session(session)
}

/// A sign-up under a name that is taken.
fn register(app: &TestApp, password: &str) -> Request {
    let form = json!({"username": "alice", "email": "carol@example.com", "password": password});
    app.post("/auth/register").json(&form)
}

fn profile(app: &TestApp, fields: &Value) -> Reply {
    app.post("/auth/account").session(&app.login(ALICE)).json(fields).send()
}

/// A JSON body with one field.
fn with(app: &TestApp, path: &str, field: &str) -> Request {
    let mut body = Map::from_iter([(field.to_owned(), value(field))]);
    if path.ends_with("/reset") {
        body.insert("new_password".to_owned(), value("new_password"));
    }
    app.post(path).json(&body.into())
}

/// The token of a link that was asked for at this path.
fn link(app: &TestApp, address: &str, path: &str) -> String {
    app.post(path).json(&json!({"email": address})).send().expect(202);
    app.mailed_token(address)
}

const VERIFY: &str = "/auth/email/verify";
const SECURE: &str = "/auth/account/secure";
const REOPEN: &str = "/auth/account/reopen";
const RESET: &str = "/auth/password/reset";

/// An account whose owner has to prove the address, and the token of the link for that.
fn unproven(app: &TestApp) -> String {
    app.block_on(async {
        let mut carol = app.auth.users().new_user("carol").unwrap();
        carol.email = Some(Email::new("carol@example.com").unwrap());
        app.auth.users().create(carol, "violet umbrella cactus seventeen").await.unwrap();
    });
    link(app, "carol@example.com", "/auth/email/resend")
}

/// Alice with an authenticator app, of which she has been told.
fn enrolled(app: &TestApp) -> TestTotp {
    let totp = app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
    assert!(!app.mails_to("alice@example.com").is_empty());
    totp
}

/// Alice's login that waits.
fn waiting(app: &TestApp) -> String {
    format!("pending={}", app.login_waits(ALICE))
}

fn show(app: &TestApp, pending: &str, code: &str) -> Request {
    app.post("/auth/mfa").json(&json!({"code": code})).header("Cookie", pending)
}

/// A login of alice's that was spared the second factor which she has.
fn spared(app: &TestApp) -> String {
    let code = enrolled(app).code_at(app.clock.now());
    let body = json!({"code": code, "trust_device": true});
    let trusted = app.post("/auth/mfa").json(&body).header("Cookie", waiting(app)).send().expect(200);
    let device = trusted.cookie("device").unwrap();
    let login = app.try_login(ALICE.name, ALICE.password).cookies(&[("device", &device)]);
    login.send().expect(200).session().unwrap()
}

/// A login of alice's with the second factor.
fn whole(app: &TestApp) -> String {
    let code = enrolled(app).code_at(app.clock.now());
    show(app, &waiting(app), &code).send().expect(200).session().unwrap()
}

const DEVICE: &str = "/auth/mfa/trusted-devices/00000000000000000000000000000000";

/// What only a robot sends.
pub(crate) const ROBOT: &str = "beep";

/// Knows robots by that.
#[derive(Debug)]
struct Beep;

#[async_trait::async_trait]
impl HumanCheck for Beep {
    async fn is_human(&self, request: &HumanRequest<'_>) -> Result<bool, BoxError> {
        Ok(request.response != Some(ROBOT))
    }
}

fn robot(app: &TestApp, path: &str, fields: &Value) -> Reply {
    let mut body = fields.clone();
    body["human_response"] = ROBOT.into();
    app.post(path).json(&body).send()
}

fn robot_with_address(app: &TestApp, path: &str) -> Reply {
    robot(app, path, &json!({"email": "alice@example.com"}))
}

const REFUSALS: &[Trigger] = &[
    ("POST /auth/register", 403, "human_check_required", |app| {
        let form =
            json!({"username": "carol", "email": "carol@example.com", "password": "violet umbrella cactus"});
        robot(app, "/auth/register", &form)
    }),
    ("POST /auth/login", 403, "human_check_required", |app| {
        robot(app, "/auth/login", &json!({"username": "alice", "password": "wrong"}))
    }),
    ("POST /auth/magic-link", 403, "human_check_required", |app| robot_with_address(app, "/auth/magic-link")),
    ("POST /auth/email/resend", 403, "human_check_required", |app| {
        robot_with_address(app, "/auth/email/resend")
    }),
    ("POST /auth/password/forgot", 403, "human_check_required", |app| {
        robot_with_address(app, "/auth/password/forgot")
    }),
    ("GET /auth/mfa", 401, "login_expired", |app| app.get("/auth/mfa").send()),
    ("POST /auth/mfa", 401, "login_expired", |app| with(app, "/auth/mfa", "recovery_code").send()),
    ("POST /auth/mfa", 401, "invalid_code", |app| {
        enrolled(app);
        show(app, &waiting(app), "000000").send()
    }),
    ("POST /auth/mfa", 429, "too_many_attempts", |app| {
        enrolled(app);
        guess(app, |app| show(app, &waiting(app), "000000"))
    }),
    ("POST /auth/mfa/email", 401, "login_expired", |app| app.post("/auth/mfa/email").send()),
    ("POST /auth/mfa/email", 403, "permission_denied", |app| {
        enrolled(app);
        let token = link(app, "alice@example.com", "/auth/magic-link");
        let login = app.post("/auth/magic-link/confirm").json(&json!({"token": token})).send().expect(200);
        app.post("/auth/mfa/email").cookies(&[("pending", &only_waits(&login))]).send()
    }),
    ("POST /auth/mfa/email", 429, "too_many_attempts", |app| {
        enrolled(app);
        let pending = waiting(app);
        guess(app, |app| app.post("/auth/mfa/email").header("Cookie", &pending))
    }),
    ("POST /auth/mfa/totp", 401, "mfa_required", |app| {
        app.post("/auth/mfa/totp").session(&spared(app)).send()
    }),
    ("POST /auth/email/change", 401, "mfa_required", |app| {
        with(app, "/auth/email/change", "email").session(&spared(app)).send()
    }),
    ("POST /auth/mfa/totp", 403, "email_unverified", |app| {
        unproven(app);
        let login = app.try_login("carol", "violet umbrella cactus seventeen").send().expect(200);
        app.post("/auth/mfa/totp").session(&login.session().unwrap()).send()
    }),
    ("POST /auth/mfa/totp", 403, "permission_denied", |app| {
        app.post("/auth/mfa/totp").session(&guest(app)).send()
    }),
    ("POST /auth/mfa/totp/confirm", 401, "mfa_required", |app| {
        with(app, "/auth/mfa/totp/confirm", "code").session(&spared(app)).send()
    }),
    ("POST /auth/mfa/totp/confirm", 401, "invalid_code", |app| {
        with(app, "/auth/mfa/totp/confirm", "code").session(&app.login(ALICE)).send()
    }),
    ("POST /auth/mfa/totp/confirm", 429, "too_many_attempts", |app| {
        let session = app.login(ALICE);
        app.post("/auth/mfa/totp").session(&session).send().expect(200);
        let body = json!({"code": "000000"});
        guess(app, |app| app.post("/auth/mfa/totp/confirm").json(&body).session(&session))
    }),
    ("DELETE /auth/mfa/totp", 401, "mfa_required", |app| {
        app.request("DELETE", "/auth/mfa/totp").session(&spared(app)).send()
    }),
    ("DELETE /auth/mfa/totp", 404, "not_found", |app| {
        app.request("DELETE", "/auth/mfa/totp").session(&app.login(ALICE)).send()
    }),
    ("DELETE /auth/mfa/totp", 409, "last_login_method", |app| {
        app.request("DELETE", "/auth/mfa/totp").session(&whole(app)).send()
    }),
    ("POST /auth/mfa/totp/delete", 401, "mfa_required", |app| {
        app.post("/auth/mfa/totp/delete").session(&spared(app)).send()
    }),
    ("POST /auth/mfa/totp/delete", 404, "not_found", |app| {
        app.post("/auth/mfa/totp/delete").session(&app.login(ALICE)).send()
    }),
    ("POST /auth/mfa/totp/delete", 409, "last_login_method", |app| {
        app.post("/auth/mfa/totp/delete").session(&whole(app)).send()
    }),
    ("POST /auth/mfa/recovery-codes", 401, "mfa_required", |app| {
        app.post("/auth/mfa/recovery-codes").session(&app.login(ALICE)).send()
    }),
    ("DELETE /auth/mfa/trusted-devices/{id}", 401, "mfa_required", |app| {
        app.request("DELETE", DEVICE).session(&spared(app)).send()
    }),
    ("DELETE /auth/mfa/trusted-devices/{id}", 404, "not_found", |app| {
        app.request("DELETE", DEVICE).session(&whole(app)).send()
    }),
    ("POST /auth/mfa/trusted-devices/{id}/delete", 401, "mfa_required", |app| {
        app.post(&format!("{DEVICE}/delete")).session(&spared(app)).send()
    }),
    ("POST /auth/mfa/trusted-devices/{id}/delete", 404, "not_found", |app| {
        app.post(&format!("{DEVICE}/delete")).session(&whole(app)).send()
    }),
    ("GET /auth/register", 400, "invalid_token_link", |app| app.get("/auth/register?invitation=x").send()),
    ("POST /auth/register", 400, "invalid_token_link", |app| {
        let form =
            json!({"username": "carol", "password": "violet umbrella cactus seventeen", "invitation": "x"});
        app.post("/auth/register").json(&form).send()
    }),
    ("POST /auth/register", 422, "already_exists", |app| {
        register(app, "violet umbrella cactus seventeen").send()
    }),
    ("POST /auth/register", 422, "weak_password", |app| register(app, "123456").send()),
    ("POST /auth/register", 429, "too_many_attempts", |app| {
        guess(app, |app| register(app, "violet umbrella cactus seventeen"))
    }),
    ("DELETE /auth/account", 401, "mfa_required", |app| {
        app.request("DELETE", "/auth/account").session(&spared(app)).send()
    }),
    ("POST /auth/account/delete", 401, "mfa_required", |app| {
        app.post("/auth/account/delete").session(&spared(app)).send()
    }),
    ("GET /auth/account/delete", 401, "mfa_required", |app| {
        app.get("/auth/account/delete").session(&spared(app)).send()
    }),
    ("DELETE /auth/account", 403, "permission_denied", |app| {
        app.request("DELETE", "/auth/account").session(&app.login(ROOT)).send()
    }),
    ("POST /auth/account/delete", 403, "permission_denied", |app| {
        app.post("/auth/account/delete").session(&app.login(ROOT)).send()
    }),
    ("POST /auth/account", 422, "already_exists", |app| profile(app, &json!({"username": "bob"}))),
    ("POST /auth/account", 422, "invalid_field", |app| profile(app, &json!({"is_staff": true}))),
    ("POST /auth/account/secure", 400, "invalid_token_link", |app| with(app, SECURE, "token").send()),
    ("POST /auth/account/secure", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, SECURE, "token"))
    }),
    ("POST /auth/account/reopen", 400, "invalid_token_link", |app| with(app, REOPEN, "token").send()),
    ("POST /auth/account/reopen", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, REOPEN, "token"))
    }),
    ("POST /auth/email/verify", 400, "invalid_token_link", |app| with(app, VERIFY, "token").send()),
    ("POST /auth/email/verify", 401, "invalid_credentials", |app| {
        let wrong = json!({"token": unproven(app), "password": "wrong"});
        app.post(VERIFY).json(&wrong).send()
    }),
    ("POST /auth/email/verify", 429, "too_many_attempts", |app| guess(app, |app| with(app, VERIFY, "token"))),
    ("POST /auth/unlock", 400, "invalid_token_link", |app| with(app, "/auth/unlock", "token").send()),
    ("POST /auth/unlock", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, "/auth/unlock", "token"))
    }),
    ("POST /auth/email/change", 403, "permission_denied", |app| {
        with(app, "/auth/email/change", "email").session(&guest(app)).send()
    }),
    ("POST /auth/email/change", 429, "too_many_attempts", |app| {
        let session = app.login(ALICE);
        guess(app, |app| with(app, "/auth/email/change", "email").session(&session))
    }),
    ("POST /auth/email/undo", 400, "invalid_token_link", |app| with(app, "/auth/email/undo", "token").send()),
    ("POST /auth/email/undo", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, "/auth/email/undo", "token"))
    }),
    ("POST /auth/magic-link", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, "/auth/magic-link", "email"))
    }),
    ("GET /auth/magic-link/confirm", 400, "invalid_token_link", |app| {
        app.get("/auth/magic-link/confirm?token=x").send()
    }),
    ("POST /auth/magic-link/confirm", 400, "invalid_token_link", |app| {
        with(app, "/auth/magic-link/confirm", "token").send()
    }),
    ("POST /auth/magic-link/confirm", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, "/auth/magic-link/confirm", "token"))
    }),
    ("POST /auth/email/resend", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, "/auth/email/resend", "email"))
    }),
    ("POST /auth/password/forgot", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, "/auth/password/forgot", "email"))
    }),
    ("POST /auth/password/reset", 400, "invalid_token_link", |app| with(app, RESET, "token").send()),
    ("POST /auth/password/reset", 422, "weak_password", |app| {
        let token = link(app, "alice@example.com", "/auth/password/forgot");
        app.post(RESET).json(&json!({"token": token, "new_password": "123456"})).send()
    }),
    ("POST /auth/password/reset", 429, "too_many_attempts", |app| {
        guess(app, |app| with(app, RESET, "token"))
    }),
    ("POST /auth/login", 401, "invalid_credentials", |app| app.try_login("alice", "wrong").send()),
    ("POST /auth/login", 429, "too_many_attempts", |app| guess(app, |app| app.try_login("alice", "wrong"))),
    ("POST /auth/reauthenticate", 401, "invalid_code", |app| {
        let cookie = app.block_on(async {
            let new = app.auth.users().new_user("dora").unwrap();
            app.auth.users().create_without_password(new).await.unwrap();
            enrol_totp(&app.auth, "dora").await.unwrap();
            login_as(&app.auth, "dora").await.unwrap()
        });
        let session = cookie.strip_prefix("session=").unwrap();
        app.post("/auth/reauthenticate").form(&[("code", "123")]).session(session).send()
    }),
    ("POST /auth/reauthenticate", 401, "invalid_credentials", |app| {
        reauthenticate(app, &app.login(ALICE)).send()
    }),
    ("POST /auth/reauthenticate", 429, "too_many_attempts", |app| {
        let session = app.login(ALICE);
        guess(app, |app| reauthenticate(app, &session))
    }),
    ("POST /auth/password/change", 401, "invalid_credentials", |app| {
        change(app, &app.login(ALICE), "wrong", "an entirely different passphrase").send()
    }),
    ("POST /auth/password/change", 422, "weak_password", |app| {
        change(app, &app.login(ALICE), ALICE.password, "123456").send()
    }),
    ("POST /auth/password/change", 429, "too_many_attempts", |app| {
        let session = app.login(ALICE);
        guess(app, |app| change(app, &session, "wrong", "an entirely different passphrase"))
    }),
    ("DELETE /auth/sessions/{id}", 404, "not_found", |app| {
        app.request("DELETE", "/auth/sessions/none").session(&app.login(ALICE)).send()
    }),
    ("POST /auth/sessions/{id}/delete", 404, "not_found", |app| {
        app.post("/auth/sessions/none/delete").session(&app.login(ALICE)).send()
    }),
    ("POST /auth/token", 400, "invalid_grant", |app| token(app, &WRONG).send()),
    ("POST /auth/token", 400, "invalid_scope", |app| app.try_token(ALICE, "\"").send()),
    ("POST /auth/token", 400, "access_denied", |app| {
        let (device, code) = devices::begin(app, "");
        devices::type_in(app, &app.login(ALICE), &code, Some("deny")).expect(204);
        devices::poll(app, &device)
    }),
    ("POST /auth/token", 400, "authorization_pending", |app| devices::poll(app, &devices::begin(app, "").0)),
    ("POST /auth/token", 400, "expired_token", |app| {
        let (device, _) = devices::begin(app, "");
        app.clock.advance(Duration::from_secs(601));
        devices::poll(app, &device)
    }),
    ("POST /auth/token", 400, "slow_down", |app| {
        let (device, _) = devices::begin(app, "");
        devices::poll(app, &device);
        devices::poll(app, &device)
    }),
    ("POST /auth/device_authorization", 400, "invalid_scope", |app| device(app, &[("scope", "admin")])),
    ("POST /auth/device_authorization", 400, "invalid_target", |app| device(app, &[("resource", "urn:x")])),
    ("POST /auth/device_authorization", 400, "unauthorized_client", |app| {
        app.post("/auth/device_authorization").basic(registered::NIGHTLY, registered::SECRET).form(&[]).send()
    }),
    ("POST /auth/device_authorization", 401, "invalid_client", |app| {
        app.post("/auth/device_authorization").form(&[]).send()
    }),
    ("POST /auth/device_authorization", 429, "temporarily_unavailable", |app| {
        let fields = [("client_id", devices::TV)];
        guess(app, |app| app.post("/auth/device_authorization").form(&fields))
    }),
    ("GET /auth/device", 400, "invalid_user_code", |app| {
        app.get("/auth/device?user_code=x").session(&app.login(ALICE)).send()
    }),
    ("GET /auth/device", 429, "too_many_attempts", |app| {
        let session = app.login(ALICE);
        guess(app, |app| app.get("/auth/device?user_code=x").session(&session))
    }),
    ("POST /auth/device", 400, "invalid_user_code", |app| {
        devices::type_in(app, &app.login(ALICE), "x", Some("allow"))
    }),
    ("POST /auth/device", 429, "too_many_attempts", |app| {
        let (session, body) = (app.login(ALICE), json!({"user_code": "x"}));
        guess(app, |app| app.post("/auth/device").session(&session).json(&body))
    }),
    ("POST /auth/par", 400, "invalid_scope", |app| pushed::push(app, &[("scope", "admin")])),
    ("POST /auth/par", 400, "invalid_target", |app| pushed::push(app, &[("resource", "urn:x")])),
    ("POST /auth/par", 400, "invalid_dpop_proof", |app| pushed::asking(app, &[]).header("dpop", "x").send()),
    ("POST /auth/par", 400, "use_dpop_nonce", |app| {
        pushed::asking(app, &[]).header("dpop", dpop::of_another_nonce(app, "/auth/par")).send()
    }),
    ("POST /auth/token", 400, "invalid_dpop_proof", |app| {
        token(app, &[("grant_type", "password")]).header("dpop", "x").send()
    }),
    ("POST /auth/token", 400, "use_dpop_nonce", |app| {
        let proof = dpop::of_another_nonce(app, "/auth/token");
        token(app, &[("grant_type", "password")]).header("dpop", proof).send()
    }),
    ("POST /auth/par", 400, "unauthorized_client", |app| {
        let fields = [("redirect_uri", "x")];
        app.post("/auth/par").basic(registered::NIGHTLY, registered::SECRET).form(&fields).send()
    }),
    ("POST /auth/par", 401, "invalid_client", |app| app.post("/auth/par").form(&[]).send()),
    ("POST /auth/par", 429, "temporarily_unavailable", |app| {
        guess(app, |app| app.post("/auth/par").basic("shop", "guess").form(&[]))
    }),
    ("POST /auth/token", 400, "invalid_target", |app| {
        registered::ask(app, registered::NIGHTLY, &[("resource", "https://other.example")])
    }),
    ("POST /auth/token", 400, "unauthorized_client", |app| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        token(app, &fields).basic(registered::NIGHTLY, registered::SECRET).send()
    }),
    ("POST /auth/token", 400, "unsupported_grant_type", |app| {
        token(app, &[("grant_type", "authorization_code")]).send()
    }),
    ("POST /auth/token", 401, "invalid_client", |app| {
        token(app, &[&WRONG[..], &[("client_id", "shop")]].concat()).send()
    }),
    ("POST /auth/token", 429, "temporarily_unavailable", |app| guess(app, |app| token(app, &WRONG))),
    ("POST /auth/revoke", 401, "invalid_client", |app| {
        app.post("/auth/revoke").form(&[("token", "x"), ("client_secret", "x")]).send()
    }),
    ("POST /auth/revoke", 429, "temporarily_unavailable", |app| {
        guess(app, |app| app.post("/auth/revoke").basic("shop", "guess").form(&[("token", "x")]))
    }),
    ("POST /auth/clients", 400, "invalid_client_metadata", |app| {
        register_client(app, &json!({"grant_types": []}))
    }),
    ("POST /auth/clients", 400, "invalid_redirect_uri", |app| register_client(app, &json!({}))),
    ("POST /auth/clients", 400, "unapproved_software_statement", |app| {
        register_client(app, &json!({"software_statement": "x"}))
    }),
    ("POST /auth/clients", 401, "invalid_token", |app| app.post("/auth/clients").json(&json!({})).send()),
    ("POST /auth/clients", 429, "temporarily_unavailable", |app| {
        guess(app, |app| app.post("/auth/clients").json(&json!({})))
    }),
    ("GET /auth/clients/{id}", 401, "invalid_token", |app| app.get("/auth/clients/x").send()),
    ("GET /auth/clients/{id}", 429, "temporarily_unavailable", |app| {
        guess(app, |app| app.get("/auth/clients/x"))
    }),
    ("PUT /auth/clients/{id}", 400, "invalid_client_metadata", |app| {
        replace(app, &json!({"grant_types": []}))
    }),
    ("PUT /auth/clients/{id}", 400, "invalid_redirect_uri", |app| replace(app, &json!({}))),
    ("PUT /auth/clients/{id}", 400, "unapproved_software_statement", |app| {
        replace(app, &json!({"software_statement": "x"}))
    }),
    ("PUT /auth/clients/{id}", 401, "invalid_token", |app| {
        app.request("PUT", "/auth/clients/x").json(&json!({"client_id": "x"})).send()
    }),
    ("PUT /auth/clients/{id}", 429, "temporarily_unavailable", |app| {
        guess(app, |app| app.request("PUT", "/auth/clients/x").json(&json!({"client_id": "x"})))
    }),
    ("DELETE /auth/clients/{id}", 401, "invalid_token", |app| {
        app.request("DELETE", "/auth/clients/x").send()
    }),
    ("DELETE /auth/clients/{id}", 429, "temporarily_unavailable", |app| {
        guess(app, |app| app.request("DELETE", "/auth/clients/x"))
    }),
    ("POST /auth/introspect", 401, "invalid_client", |app| {
        app.post("/auth/introspect").form(&[("token", "x")]).send()
    }),
    ("POST /auth/introspect", 429, "temporarily_unavailable", |app| {
        guess(app, |app| app.post("/auth/introspect").basic("shop", "guess").form(&[("token", "x")]))
    }),
    ("GET /auth/authorize", 400, "authorization_expired", |app| app.get("/auth/authorize?handle=x").send()),
    ("GET /auth/authorize", 429, "too_many_attempts", |app| {
        guess(app, |app| app.get(&relying_party::target(app, &[])))
    }),
    ("POST /auth/authorize", 429, "too_many_attempts", |app| {
        let asked = relying_party::target(app, &[]);
        let body = asked.split_once('?').unwrap().1;
        guess(app, |app| app.post("/auth/authorize").body("application/x-www-form-urlencoded", body))
    }),
    ("GET /auth/consent", 400, "authorization_expired", |app| app.get("/auth/consent?request=x").send()),
    ("POST /auth/consent", 400, "authorization_expired", |app| {
        let fields = [("request", "x"), ("ticket", "x"), ("decision", "allow")];
        app.post("/auth/consent").form(&fields).session(&app.login(ALICE)).send()
    }),
    ("POST /auth/end_session", 403, "csrf_failed", |app| {
        let request = app.post("/auth/end_session").header("Origin", "https://evil.example");
        request.form(&[("decision", "logout")]).send()
    }),
    ("DELETE /auth/grants/{client}", 404, "not_found", |app| {
        app.request("DELETE", "/auth/grants/shop").session(&app.login(ALICE)).send()
    }),
    ("POST /auth/grants/{client}/delete", 404, "not_found", |app| {
        app.post("/auth/grants/shop/delete").session(&app.login(ALICE)).send()
    }),
    ("GET /auth/userinfo", 403, "insufficient_scope", |app| userinfo(app, "GET")),
    ("POST /auth/userinfo", 403, "insufficient_scope", |app| userinfo(app, "POST")),
];

fn register_client(app: &TestApp, metadata: &Value) -> Reply {
    app.post("/auth/clients").bearer(registered::INITIAL_TOKEN).json(metadata).send()
}

/// Replaces the registration of a client that is there.
fn replace(app: &TestApp, metadata: &Value) -> Reply {
    let registered =
        register_client(app, &json!({"redirect_uris": ["https://app.example/cb"]})).expect(201).json();
    let mut metadata = metadata.clone();
    metadata["client_id"] = registered["client_id"].clone();
    let token = registered["registration_access_token"].as_str().unwrap();
    let target = format!("/auth/clients/{}", registered["client_id"].as_str().unwrap());
    app.request("PUT", &target).bearer(token).json(&metadata).send()
}

fn userinfo(app: &TestApp, method: &str) -> Reply {
    let token = registered::token(app, registered::NIGHTLY, &[("scope", "reports:read")]);
    app.request(method, "/auth/userinfo").bearer(&token).send()
}

pub(crate) fn each_route_refuses_as_the_page_says(on: Framework) {
    let is_of_provider = |path: &str| path.contains("{provider}");
    // Alice must have a second factor, before long.
    let policy = || {
        MfaPolicy::whoever(|user| user.username() == "alice").grace(Duration::from_secs(365 * 24 * 60 * 60))
    };
    let start = || {
        on.start_with(|builder| {
            let builder = registered::with([devices::tv(), relying_party::shop()])(builder)
                .mfa(MfaConfig::default().mailed_codes(true).required_of(policy()));
            builder.human_check(Captcha::by(Beep).at_login_after(0))
        })
    };
    let all = [REFUSALS, crate::passkey_refusals::REFUSALS].concat();
    assert_refusals(&all, start, |path| !is_of_provider(path));
}

/// What the fields of the token routes do that are not required: the page names no others.
pub(crate) fn the_token_routes_read_the_fields_of_the_page(on: Framework) {
    let app = start(on);
    let refresh = app.tokens(ALICE, "").refresh;
    let password = [("grant_type", "password"), ("username", ALICE.name), ("password", ALICE.password)];
    let refreshing = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    for (base, missing) in
        [(&password[..], "username"), (&password, "password"), (&refreshing, "refresh_token")]
    {
        let fields: Vec<_> = base.iter().copied().filter(|(name, _)| *name != missing).collect();
        let reply = token(&app, &fields).send().oauth(400, "invalid_request");
        assert!(reply.text().contains(missing), "{missing}: {}", reply.text());
    }
    let with = |more| token(&app, &[&password[..], &[more]].concat()).send();
    with(("scope", "\"")).oauth(400, "invalid_scope");
    with(("client_id", "shop")).oauth(401, "invalid_client");
    with(("client_secret", "x")).oauth(401, "invalid_client");
    with(("client_assertion", "x")).oauth(400, "invalid_request");
    with(("client_assertion_type", "x")).oauth(400, "invalid_request");
    registered::ask(&app, registered::NIGHTLY, &[("resource", "x")]).oauth(400, "invalid_target");
    assert_eq!(with(("scope", "reports:read")).expect(200).json()["scope"], "reports:read");
    let known = [
        "grant_type",
        "username",
        "password",
        "code",
        "redirect_uri",
        "code_verifier",
        "device_code",
        "refresh_token",
        "scope",
        "resource",
        "subject_token",
        "subject_token_type",
        "actor_token",
        "actor_token_type",
        "requested_token_type",
        "audience",
        "client_id",
        "client_secret",
        "client_assertion_type",
        "client_assertion",
    ];
    let page = documented();
    let route = page.iter().find(|route| route.name == "POST /auth/token").unwrap();
    assert_eq!(route.fields.iter().map(|field| field.0).collect::<Vec<_>>(), known);
}
