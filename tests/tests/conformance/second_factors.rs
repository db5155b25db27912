//! Second factors over HTTP: authenticator apps, recovery codes, mailed codes, trusted devices (ATTACKS MF-02 to MF-17; NIST SP 800-63B-4
//! sections 3.1.2 to 3.1.4, RFC 6238).

use std::time::Duration;

use auth_core::AuthBuilder;
use auth_core::clock::{Clock as _, Timestamp};
use auth_core::event::{AuditFilter, EventKind};
use auth_core::login::Credentials;
use auth_core::mfa::{Factor, FactorChange, FactorId, FactorKind, MfaConfig};
use auth_core::store::Stores;
use auth_core::testing::{TestTotp, bearer_as, enrol_totp, login_as};
use auth_core::user::{Email, UserUpdate};
use conformance::{
    ALICE, BOB, Faults, Framework, MFA_REQUIRED, Person, ROOT, Reply, Request, TestApp, only_waits,
};
use serde_json::{Value, json};

use super::races::at_once;

const ADDRESS: &str = "alice@example.com";
const STEP: Duration = Duration::from_secs(30);

/// Alice with an authenticator app.
struct Alice {
    app: TestApp,
    totp: TestTotp,
}

impl Alice {
    fn new(on: Framework) -> Self {
        Self::of(on.start_with(|builder| builder.mfa(MfaConfig::default())))
    }

    fn of(app: TestApp) -> Self {
        let totp = app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
        // She is told of it before any other mail.
        assert!(!app.mails_to(ADDRESS).is_empty());
        Self { app, totp }
    }

    fn mailing(on: Framework) -> Self {
        Self::of(on.start_with(|builder| builder.mfa(MfaConfig::default().mailed_codes(true))))
    }

    fn code(&self) -> String {
        self.totp.code_at(self.app.clock.now())
    }

    /// A code of the next step, once it has come: nobody has used that.
    fn next_code(&self) -> String {
        self.app.clock.advance(STEP);
        self.code()
    }

    /// A code that the app does not show now.
    fn wrong_code(&self) -> String {
        let shown: Vec<_> =
            [-1, 0, 1].map(|step: i64| self.totp.code_at(moved(self, step * 30))).into_iter().collect();
        (0..).map(|number| format!("{number:06}")).find(|code| !shown.contains(code)).unwrap()
    }

    /// The cookie of a login that waits.
    fn waits(&self) -> String {
        only_waits(&self.app.try_login(ALICE.name, ALICE.password).send().expect(200))
    }

    fn show(&self, pending: &str, body: &Value) -> Request {
        self.app.post("/auth/mfa").json(body).cookies(&[("pending", pending)])
    }

    /// A session of alice's who has shown everything.
    fn session(&self) -> String {
        let code = self.next_code();
        self.show(&self.waits(), &json!({"code": code})).send().expect(200).session().unwrap()
    }

    fn factors(&self, session: &str) -> Value {
        self.app.get("/auth/mfa/factors").session(session).send().expect(200).json()
    }
}

fn moved(alice: &Alice, seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(alice.app.clock.now().unix_seconds() + seconds)
}

fn amr(app: &TestApp, session: &str) -> Value {
    app.get("/auth/me").session(session).send().expect(200).json()["auth"]["amr"].clone()
}

/// The secret that was offered, as an app takes it.
fn offered(app: &TestApp, session: &str) -> (String, String) {
    let offer = app.post("/auth/mfa/totp").session(session).send().expect(200).json();
    let text = |name: &str| offer[name].as_str().unwrap().to_owned();
    assert!(text("qr_svg").starts_with("<svg "));
    (text("secret"), text("otpauth_uri"))
}

fn code_of(app: &TestApp, secret: &str) -> String {
    TestTotp::of_secret(secret).code_at(app.clock.now())
}

fn confirm(app: &TestApp, session: &str, code: &str) -> Request {
    app.post("/auth/mfa/totp/confirm").json(&json!({"code": code})).session(session)
}

/// The last code that was mailed to alice.
fn mailed_code(app: &TestApp) -> String {
    let mail = app.mails_to(ADDRESS).pop().unwrap();
    let (_, rest) = mail.text().split_once("log in to ").unwrap();
    let (_, rest) = rest.split_once(": ").unwrap();
    rest[..9].to_owned()
}

pub(crate) fn somebody_enrols_and_logs_in_with_a_code(on: Framework) {
    let app = on.start_with(|builder| builder.mfa(MfaConfig::default()));
    let (session, other) = (app.login(ALICE), app.login(ALICE));
    let tokens = app.tokens(ALICE, "");
    let (secret, uri) = offered(&app, &session);
    assert_eq!(secret.len(), 32, "160 bits in base 32");
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&format!("secret={secret}")), "{uri}");
    // An unconfirmed secret is none of the account's.
    app.try_login(ALICE.name, ALICE.password).send().expect(200).session().unwrap();
    confirm(&app, &session, "000000").send().problem(401, "invalid_code");
    let reply = confirm(&app, &session, &code_of(&app, &secret)).send().expect(200);
    let codes = reply.json()["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(codes.len(), 10);
    let renewed = reply.session().unwrap();
    assert_eq!(amr(&app, &renewed), json!(["pwd", "otp", "mfa"]), "confirming counts as showing it");
    assert!(!app.is_logged_in(&session) && !app.is_logged_in(&other), "what was begun by less has ended");
    app.try_refresh(&tokens.refresh).send().oauth(400, "invalid_grant");
    let factors = app.get("/auth/mfa/factors").session(&renewed).send().expect(200).json();
    assert_eq!(
        factors,
        json!({"totp": true, "email": false, "recovery_codes_left": 10, "passkeys": [], "trusted_devices": []})
    );

    app.clock.advance(STEP);
    let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    assert_eq!(reply.text(), MFA_REQUIRED);
    let pending = only_waits(&reply);
    app.opens_nothing(&pending);
    let asked = app.get("/auth/mfa").cookies(&[("pending", &pending)]).send().expect(200);
    assert_eq!(asked.text(), MFA_REQUIRED);
    let body = json!({"code": code_of(&app, &secret)});
    let reply = app.post("/auth/mfa").json(&body).cookies(&[("pending", &pending)]).send().expect(200);
    assert_eq!(reply.json()["user"]["username"], "alice");
    assert_eq!(amr(&app, &reply.session().unwrap()), json!(["pwd", "otp", "mfa"]));
    let again = app.post("/auth/mfa").json(&body).cookies(&[("pending", &pending)]).send();
    again.problem(401, "login_expired");
}

pub(crate) fn the_owner_is_told_by_mail_and_in_the_audit(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let (secret, _) = offered(&app, &session);
    let reply = confirm(&app, &session, &code_of(&app, &secret)).send().expect(200);
    let mail = app.mails_to(ADDRESS).pop().unwrap();
    assert!(
        mail.text().contains("authenticator app") && mail.text().contains("/auth/account/secure"),
        "{}",
        mail.text()
    );
    assert!(!mail.text().contains(&secret));
    let session = reply.session().unwrap();
    let export = app.get("/auth/account/export").session(&session).send().expect(200);
    assert!(!export.text().contains(&secret));
    let export = export.json();
    assert_eq!(export["factors"]["totp"], true);
    let kinds: Vec<_> =
        export["events"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    assert!(kinds.contains(&json!("factor.added")), "{kinds:?}");
    let removed = app.request("DELETE", "/auth/mfa/totp").session(&session).send().expect(204);
    assert!(app.mails_to(ADDRESS).pop().unwrap().text().contains("does not ask for a code"));
    let session = removed.session().unwrap();
    let factors = app.get("/auth/mfa/factors").session(&session).send().expect(200).json();
    assert_eq!((&factors["totp"], &factors["recovery_codes_left"]), (&json!(false), &json!(0)));
    assert!(app.try_login(ALICE.name, ALICE.password).send().expect(200).session().is_some());
}

/// MF-02, MF-04.
pub(crate) fn a_code_counts_once_and_in_its_window_alone(on: Framework) {
    let alice = Alice::new(on);
    let (one, other) = (alice.waits(), alice.waits());
    let body = json!({"code": alice.code()});
    alice.show(&one, &body).send().expect(200);
    alice.show(&other, &body).send().problem(401, "invalid_code");
    for (step, counts) in [(-2, false), (2, false), (-1, false), (0, false), (1, true)] {
        // One of an earlier step than the last that was used counts no more.
        let body = json!({"code": alice.totp.code_at(moved(&alice, step * 30))});
        let reply = alice.show(&alice.waits(), &body).send();
        assert_eq!(reply.status, if counts { 200 } else { 401 }, "{step}");
    }
    alice.app.clock.advance(STEP * 4);
    let late = json!({"code": alice.totp.code_at(moved(&alice, -30))});
    alice.show(&alice.waits(), &late).send().expect(200);
}

pub(crate) fn a_code_is_taken_as_people_type_it_and_nothing_else_is(on: Framework) {
    let alice = Alice::new(on);
    for form in ["spaced", "hyphened", "wide"] {
        let code = alice.next_code();
        let typed = match form {
            "spaced" => format!(" {} {} ", &code[..3], &code[3..]),
            "hyphened" => format!("{}-{}", &code[..3], &code[3..]),
            _ => code.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap()).collect(),
        };
        alice.show(&alice.waits(), &json!({"code": typed})).send().expect(200);
    }
    let (pending, code) = (alice.waits(), alice.next_code());
    for typed in
        [format!("+{code}"), format!("-{code}"), format!("{code}0"), "1".repeat(4096), String::from("12345")]
    {
        alice.show(&pending, &json!({"code": typed})).send().problem(401, "invalid_code");
    }
    for body in [
        json!({"code": 123_456}),
        json!({"code": [code]}),
        json!({}),
        json!({"code": ""}),
        json!({"code": code, "recovery_code": "x"}),
        json!({"code": code, "trust_device": {}}),
    ] {
        alice.show(&pending, &body).send().problem(400, "invalid_request");
    }
    // None of that was a guess, or used anything up.
    alice.show(&pending, &json!({"code": code})).send().expect(200);
}

/// MF-05.
pub(crate) fn five_wrong_codes_end_the_login_that_waits(on: Framework) {
    let alice = Alice::new(on);
    let pending = alice.waits();
    for _ in 0..5 {
        let refused = alice.show(&pending, &json!({"code": alice.wrong_code()})).send();
        let challenge = refused.header("www-authenticate").unwrap().to_owned();
        assert!(challenge.starts_with("Form ") && challenge.contains("/auth/mfa"), "{challenge}");
        refused.problem(401, "invalid_code");
    }
    alice.show(&pending, &json!({"code": alice.code()})).send().problem(401, "login_expired");
    alice.show(&alice.waits(), &json!({"code": alice.code()})).send().expect(200);
    let (pending, code) = (alice.waits(), alice.next_code());
    alice.app.clock.advance(Duration::from_secs(601));
    alice.show(&pending, &json!({"code": code})).send().problem(401, "login_expired");
}

/// MF-05: a right password gives no more guesses.
pub(crate) fn wrong_codes_of_all_kinds_count_together_for_an_account(on: Framework) {
    let alice = Alice::new(on);
    for n in 0..20 {
        let body = match n % 2 {
            0 => json!({"code": alice.wrong_code()}),
            _ => json!({"recovery_code": "aaaaa-aaaaa"}),
        };
        alice.show(&alice.waits(), &body).send().problem(401, "invalid_code");
    }
    let pending = alice.waits();
    let refused = alice.show(&pending, &json!({"code": alice.code()})).send();
    assert!(refused.header("retry-after").is_some());
    refused.problem(429, "too_many_attempts");
    let recovery = json!({"recovery_code": alice.totp.recovery_codes[0]});
    alice.show(&pending, &recovery).send().problem(429, "too_many_attempts");
    // Nobody else is kept out, and nothing was used up.
    assert!(alice.app.is_logged_in(&alice.app.login(BOB)));
    alice.app.clock.advance(Duration::from_secs(2 * 3_600));
    alice.show(&alice.waits(), &recovery).send().expect(200);
}

/// MF-09.
pub(crate) fn a_recovery_code_counts_once_and_its_owner_is_told(on: Framework) {
    let alice = Alice::new(on);
    let code = alice.totp.recovery_codes[3].clone();
    let typed = code.to_uppercase().replace('-', " ");
    let reply = alice.show(&alice.waits(), &json!({"recovery_code": typed})).send().expect(200);
    let session = reply.session().unwrap();
    assert_eq!(amr(&alice.app, &session), json!(["pwd", "mfa", "recovery"]));
    assert_eq!(alice.factors(&session)["recovery_codes_left"], 9);
    let mails = alice.app.mails_to(ADDRESS);
    assert!(mails.iter().any(|mail| mail.text().contains("recovery codes. Left: 9")), "{mails:?}");
    alice.show(&alice.waits(), &json!({"recovery_code": code})).send().problem(401, "invalid_code");

    let made = alice.app.post("/auth/mfa/recovery-codes").session(&session).send().expect(200).json();
    let made = made["recovery_codes"].as_array().unwrap().clone();
    assert_eq!((made.len(), &alice.factors(&session)["recovery_codes_left"]), (10, &json!(10)));
    let old = json!({"recovery_code": alice.totp.recovery_codes[4]});
    alice.show(&alice.waits(), &old).send().problem(401, "invalid_code");
    alice.show(&alice.waits(), &json!({"recovery_code": made[0]})).send().expect(200);
}

/// MF-03, MF-09.
/// MF-03, MF-09, RE-09.
pub(crate) fn of_many_who_show_one_code_at_once_one_is_let_in(on: Framework) {
    let alice = Alice::mailing(on);
    for body in [json!({"code": alice.code()}), json!({"recovery_code": alice.totp.recovery_codes[0]})] {
        let shows = (0..50).map(|_| alice.show(&alice.waits(), &body)).collect();
        one_is_let_in(&at_once(shows));
        // Those who were not let in have guessed as often as one may.
        alice.app.block_on(alice.app.auth.throttle().clear(&alice.app.user(ALICE).id)).unwrap();
    }
    // A mailed one counts for the login that it was mailed for alone. The mail of the code that was used is sent before it.
    alice.app.mails_to(ADDRESS);
    let pending = alice.waits();
    alice.app.post("/auth/mfa/email").cookies(&[("pending", &pending)]).send().expect(202);
    let body = json!({"code": mailed_code(&alice.app)});
    one_is_let_in(&at_once((0..50).map(|_| alice.show(&pending, &body)).collect()));
}

#[track_caller]
fn one_is_let_in(replies: &[Reply]) {
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(replies.iter().filter(|reply| reply.session().is_some()).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 401 | 429)), "{statuses:?}");
}

/// MF-07, MF-10, MF-12.
pub(crate) fn factors_are_changed_by_a_recent_login_with_one_alone(on: Framework) {
    let alice = Alice::new(on);
    let app = &alice.app;
    let (pending, old) = (alice.waits(), alice.session());
    app.clock.advance(Duration::from_secs(301));
    let routes = [
        ("POST", "/auth/mfa/totp"),
        ("POST", "/auth/mfa/totp/confirm"),
        ("DELETE", "/auth/mfa/totp"),
        ("POST", "/auth/mfa/totp/delete"),
        ("POST", "/auth/mfa/recovery-codes"),
        ("DELETE", "/auth/mfa/trusted-devices/00000000000000000000000000000000"),
        ("POST", "/auth/mfa/trusted-devices/00000000000000000000000000000000/delete"),
    ];
    for (method, route) in routes {
        let ask = || app.request(method, route);
        ask().send().problem(401, "unauthenticated");
        ask().cookies(&[("pending", &pending)]).send().problem(401, "unauthenticated");
        ask().session(&old).send().problem(401, "reauthentication_required");
        let token = app.block_on(bearer_as(&app.auth, ALICE.name, "")).unwrap();
        ask().header("Authorization", &token).send().problem(403, "user_required");
        ask().session(&old).header("Origin", "https://evil.example").send().problem(403, "csrf_failed");
    }
    // Made fresh by the password alone it stays as it was; with the factor it is fresh.
    let confirm = app.post("/auth/reauthenticate").form(&[("password", ALICE.password)]).session(&old);
    let reply = confirm.send().expect(200);
    assert_eq!(reply.text(), MFA_REQUIRED);
    let pending = only_waits(&reply);
    app.post("/auth/mfa/totp").session(&old).send().problem(401, "reauthentication_required");
    let body = json!({"code": alice.next_code()});
    let shown = app.post("/auth/mfa").json(&body).cookies(&[("pending", &pending), ("session", &old)]).send();
    let fresh = shown.expect(200).session().unwrap();
    assert!(!app.is_logged_in(&old));
    app.request("DELETE", "/auth/mfa/totp").session(&fresh).send().expect(204);
}

/// MF-10.
pub(crate) fn an_active_app_stays_until_another_is_confirmed(on: Framework) {
    let alice = Alice::new(on);
    let (app, session) = (&alice.app, alice.session());
    let (first, _) = offered(app, &session);
    let (second, _) = offered(app, &session);
    assert_ne!(first, second);
    alice.show(&alice.waits(), &json!({"code": alice.next_code()})).send().expect(200);
    confirm(app, &session, &code_of(app, &first)).send().problem(401, "invalid_code");
    let reply = confirm(app, &session, &code_of(app, &second)).send().expect(200);
    assert_eq!(reply.json(), json!({"recovery_codes": []}), "those that are there go on to count");
    assert!(!app.is_logged_in(&session));
    alice.show(&alice.waits(), &json!({"code": alice.next_code()})).send().problem(401, "invalid_code");
    let body = json!({"code": code_of(app, &second)});
    alice.show(&alice.waits(), &body).send().expect(200);
    let body = json!({"recovery_code": alice.totp.recovery_codes[0]});
    alice.show(&alice.waits(), &body).send().expect(200);
}

pub(crate) fn a_secret_is_offered_to_one_session_for_ten_minutes(on: Framework) {
    let app = on.start();
    let (one, other) = (app.login(BOB), app.login(BOB));
    let (secret, _) = offered(&app, &one);
    confirm(&app, &other, &code_of(&app, &secret)).send().problem(401, "invalid_code");
    app.clock.advance(Duration::from_secs(601));
    let again = app.post("/auth/reauthenticate").form(&[("password", BOB.password)]).session(&one);
    let fresh = again.send().expect(200).session().unwrap();
    confirm(&app, &fresh, &code_of(&app, &secret)).send().problem(401, "invalid_code");
}

pub(crate) fn an_address_that_is_not_proven_enrols_nothing(on: Framework) {
    let app = on.start();
    let id = app.user(ALICE).id.clone();
    let mut update = UserUpdate::default();
    update.email = Some((Some(Email::new(ADDRESS).unwrap()), false));
    app.block_on(app.auth.users().update(&id, update)).unwrap();
    let session = app.login(ALICE);
    app.post("/auth/mfa/totp").session(&session).send().problem(403, "email_unverified");
    confirm(&app, &session, "123456").send().problem(401, "invalid_code");
    assert!(app.try_login(ALICE.name, ALICE.password).send().expect(200).session().is_some());
}

pub(crate) fn a_mailed_code_is_a_factor_where_the_application_says_so(on: Framework) {
    let plain = Alice::new(on);
    plain
        .app
        .post("/auth/mfa/email")
        .cookies(&[("pending", &plain.waits())])
        .send()
        .problem(404, "not_found");

    let alice = Alice::mailing(on);
    let app = &alice.app;
    let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    assert_eq!(reply.json()["methods"], json!(["totp", "email", "recovery_code"]));
    let (pending, other) = (only_waits(&reply), alice.waits());
    let ask = |pending: &str| app.post("/auth/mfa/email").cookies(&[("pending", pending)]);
    app.post("/auth/mfa/email").send().problem(401, "login_expired");
    ask(&pending).send().expect(202);
    let first = mailed_code(app);
    ask(&pending).send().expect(202);
    let code = mailed_code(app);
    assert_ne!(first, code);
    for (pending, code) in [(&other, &code), (&pending, &first)] {
        alice.show(pending, &json!({"code": code})).send().problem(401, "invalid_code");
    }
    let reply = alice.show(&pending, &json!({"code": code})).send().expect(200);
    assert_eq!(amr(app, &reply.session().unwrap()), json!(["pwd", "mfa", "email"]));
    alice.show(&other, &json!({"code": code})).send().problem(401, "invalid_code");
    // Nor behind a login by mail.
    let browser = app.post("/auth/magic-link").json(&json!({"email": ADDRESS})).send().expect(202);
    drop(browser);
    let body = json!({"token": app.mailed_token(ADDRESS)});
    let reply = app.post("/auth/magic-link/confirm").json(&body).send().expect(200);
    assert_eq!(reply.json()["methods"], json!(["totp", "recovery_code"]));
    ask(&only_waits(&reply)).send().problem(403, "permission_denied");
}

/// MF-16.
pub(crate) fn a_trusted_device_spares_the_second_factor_and_never_the_first(on: Framework) {
    let alice = Alice::new(on);
    let app = &alice.app;
    let trust = json!({"code": alice.code(), "trust_device": true});
    let reply = alice.show(&alice.waits(), &trust).send().expect(200);
    let (session, device) = (reply.session().unwrap(), reply.cookie("device").unwrap());
    let line = reply.all("set-cookie").into_iter().find(|line| line.starts_with("device=")).unwrap();
    assert!(line.contains("; HttpOnly; SameSite=Lax; Max-Age=2592000"), "{line}");
    let devices = alice.factors(&session)["trusted_devices"].as_array().unwrap().clone();
    assert_eq!(devices.len(), 1);

    let log_in = |person: Person, device: &str| {
        app.try_login(person.name, person.password).cookies(&[("device", device)]).send()
    };
    let spared = log_in(ALICE, &device).expect(200).session().unwrap();
    assert_eq!(amr(app, &spared), json!(["pwd"]), "a login that was spared is none with a factor");
    app.post("/auth/mfa/totp").session(&spared).send().problem(401, "mfa_required");
    app.try_login(ALICE.name, "wrong")
        .cookies(&[("device", &device)])
        .send()
        .problem(401, "invalid_credentials");
    app.get("/private").cookies(&[("device", &device)]).send().problem(401, "unauthenticated");
    // It is no proof where one is asked for again.
    let again = app.post("/auth/reauthenticate").form(&[("password", ALICE.password)]);
    let again = again.cookies(&[("session", &spared), ("device", &device)]).send().expect(200);
    assert_eq!(again.text(), MFA_REQUIRED);
    // Of one user, in one browser.
    app.block_on(enrol_totp(&app.auth, ROOT.name)).unwrap();
    only_waits(&log_in(ROOT, &device).expect(200));
    only_waits(&log_in(ALICE, &"A".repeat(44)).expect(200));

    let id = devices[0]["id"].as_str().unwrap();
    let remove = |session: &str| {
        app.request("DELETE", &format!("/auth/mfa/trusted-devices/{id}")).session(session).send()
    };
    let roots = app.block_on(login_as(&app.auth, ROOT.name)).unwrap();
    remove(roots.strip_prefix("session=").unwrap()).problem(404, "not_found");
    remove(&session).expect(204);
    only_waits(&log_in(ALICE, &device).expect(200));
}

/// MF-16.
pub(crate) fn a_trusted_device_is_none_after_30_days_or_another_password(on: Framework) {
    for ends in ["change", "expiry", "reset"] {
        let alice = Alice::new(on);
        let app = &alice.app;
        let trust = json!({"code": alice.code(), "trust_device": true});
        let reply = alice.show(&alice.waits(), &trust).send().expect(200);
        let (session, device) = (reply.session().unwrap(), reply.cookie("device").unwrap());
        let password = match ends {
            "change" => {
                let fields = [
                    ("current_password", ALICE.password),
                    ("new_password", "an entirely different passphrase"),
                ];
                app.post("/auth/password/change").form(&fields).session(&session).send().expect(204);
                fields[1].1
            }
            "reset" => {
                app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
                let password = "an entirely different passphrase";
                let body = json!({"token": app.mailed_token(ADDRESS), "new_password": password});
                app.post("/auth/password/reset").json(&body).send().expect(204);
                password
            }
            _ => {
                app.clock.advance(Duration::from_secs(30 * 24 * 3_600));
                ALICE.password
            }
        };
        let late = app.try_login(ALICE.name, password).cookies(&[("device", &device)]).send().expect(200);
        only_waits(&late);
    }
}

/// MF-13.
pub(crate) fn the_password_grant_and_basic_are_refused(on: Framework) {
    let app = on.start();
    let tokens = app.tokens(ALICE, "");
    app.get("/basic").basic(ALICE.name, ALICE.password).send().expect(200);
    let alice = Alice::of(app);
    alice.app.try_token(ALICE, "").send().oauth(400, "invalid_grant");
    alice.app.try_refresh(&tokens.refresh).send().oauth(400, "invalid_grant");
    alice.app.get("/api").bearer(&tokens.access).send().problem(401, "invalid_token");
    alice.app.get("/basic").basic(ALICE.name, ALICE.password).send().problem(401, "unauthenticated");
    let credentials = Credentials::Password { login: ALICE.name, password: ALICE.password };
    let admission = alice.app.block_on(alice.app.auth.admit(credentials, None)).unwrap();
    assert!(admission.admitted().is_err());
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = on.start_with(|builder| builder.mfa(MfaConfig::default().mailed_codes(true)));
    let session = app.login(ALICE);
    let page =
        |route: &str, session: &str| app.get(route).browser().session(session).send().expect(200).text();
    assert!(page("/auth/account", &session).contains("/auth/mfa/factors"));
    assert!(page("/auth/mfa/factors", &session).contains("action=\"/auth/mfa/totp\""));
    let offer = app.post("/auth/mfa/totp").browser().session(&session).send().expect(200).text();
    assert!(offer.contains("<svg ") && offer.contains("otpauth://totp/"), "{offer}");
    let (_, rest) = offer.split_once("secret=").unwrap();
    let secret = rest[..32].to_owned();
    let send = |code: &str| {
        app.post("/auth/mfa/totp/confirm").browser().session(&session).form(&[("code", code)]).send()
    };
    let again = send("000000").expect(401).text();
    assert!(again.contains(&secret) && again.contains("role=\"alert\""), "{again}");
    let confirmed = send(&code_of(&app, &secret)).expect(200);
    let codes = confirmed.text();
    assert!(codes.contains("<ul class=\"codes\"") && codes.contains("href=\"data:text/plain"), "{codes}");
    assert_eq!(confirmed.header("cache-control"), Some("no-store"));
    let session = confirmed.session().unwrap();
    assert!(page("/auth/mfa/factors", &session).contains("action=\"/auth/mfa/recovery-codes\""));

    app.clock.advance(STEP);
    let form = [("username", ALICE.name), ("password", ALICE.password), ("next", "/private")];
    let pending = only_waits(&app.post("/auth/login").browser().form(&form).send().redirect("/auth/mfa"));
    let with = |request: Request| request.browser().cookies(&[("pending", &pending)]);
    let challenge = with(app.get("/auth/mfa")).send().expect(200).text();
    for part in [
        "name=\"code\"",
        "name=\"recovery_code\"",
        "name=\"trust_device\"",
        "action=\"/auth/mfa/email\"",
        "one-time-code",
    ] {
        assert!(challenge.contains(part), "{part}: {challenge}");
    }
    let wrong = with(app.post("/auth/mfa").form(&[("code", "000000")])).send().expect(401).text();
    assert!(wrong.contains("role=\"alert\""), "{wrong}");
    with(app.post("/auth/mfa/email")).send().redirect("/auth/mfa?sent=true");
    assert!(with(app.get("/auth/mfa?sent=true")).send().expect(200).text().contains("on its way"));
    let code = code_of(&app, &secret);
    let logged_in = with(app.post("/auth/mfa").form(&[("code", &code), ("trust_device", "true")])).send();
    assert!(logged_in.cookie("device").is_some());
    assert!(app.is_logged_in(&logged_in.redirect("/private").session().unwrap()));
}

pub(crate) fn without_a_login_that_waits_somebody_is_led_on(on: Framework) {
    let alice = Alice::new(on);
    let app = &alice.app;
    app.get("/auth/mfa").send().problem(401, "login_expired");
    app.get("/auth/mfa").browser().send().redirect("/auth/login");
    app.get("/auth/mfa?next=/private").browser().send().redirect("/auth/login?next=%2Fprivate");
    app.get("/auth/mfa?next=https://evil.example").browser().send().redirect("/auth/login");
    let bob = app.login(BOB);
    app.get("/auth/mfa?next=/private")
        .browser()
        .session(&bob)
        .send()
        .redirect("/auth/mfa/factors?next=%2Fprivate");
    let session = alice.session();
    app.get("/auth/mfa?next=/private")
        .browser()
        .session(&session)
        .send()
        .redirect("/auth/reauthenticate?next=%2Fprivate");
    let (one, other) = (alice.waits(), alice.waits());
    let two = format!("pending={one}; pending={other}");
    let body = json!({"code": alice.next_code()});
    app.post("/auth/mfa").json(&body).header("Cookie", &two).send().problem(401, "login_expired");
    alice.show(&one, &body).send().expect(200);
}

pub(crate) fn a_changed_password_ends_what_waits(on: Framework) {
    let alice = Alice::new(on);
    let (pending, session) = (alice.waits(), alice.session());
    let fields = [("current_password", ALICE.password), ("new_password", "an entirely different passphrase")];
    alice.app.post("/auth/password/change").form(&fields).session(&session).send().expect(204);
    alice.show(&pending, &json!({"code": alice.next_code()})).send().problem(401, "login_expired");
}

/// Whoever has somebody's mailbox, and nothing else, is not rid of the second factor.
pub(crate) fn a_mailbox_alone_is_not_rid_of_the_factor(on: Framework) {
    let alice = Alice::new(on);
    let app = &alice.app;
    app.clock.advance(Duration::from_secs(8 * 24 * 3_600));
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let body =
        json!({"token": app.mailed_token(ADDRESS), "new_password": "an entirely different passphrase"});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    only_waits(&app.try_login(ALICE.name, "an entirely different passphrase").send().expect(200));
    let body = json!({"token": app.mailed_token(ADDRESS)});
    app.post("/auth/account/secure").json(&body).send().expect(204);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let body = json!({"token": app.mailed_token(ADDRESS), "new_password": "another of these passphrases"});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    only_waits(&app.try_login(ALICE.name, "another of these passphrases").send().expect(200));
}

/// A thief who knows the password and adds a factor does not keep the owner out.
pub(crate) fn the_link_of_a_notice_takes_a_thiefs_factor_away(on: Framework) {
    let app = on.start();
    let thief = app.login(ALICE);
    let (secret, _) = offered(&app, &thief);
    let thief = confirm(&app, &thief, &code_of(&app, &secret)).send().expect(200).session().unwrap();
    let body = json!({"token": app.mailed_token(ADDRESS)});
    app.post("/auth/account/secure").json(&body).send().expect(204);
    assert!(!app.is_logged_in(&thief));
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let body =
        json!({"token": app.mailed_token(ADDRESS), "new_password": "an entirely different passphrase"});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    let reply = app.try_login(ALICE.name, "an entirely different passphrase").send().expect(200);
    assert!(reply.session().is_some(), "{}", reply.text());
}

/// An application with its stores, and alice's passkey, which was put there by hand.
fn with_passkey(stores: &Stores, app: &TestApp) {
    let factor = Factor {
        id: FactorId::new([9; 16]),
        user: app.user(ALICE).id.clone(),
        kind: FactorKind::Passkey,
        handle: b"credential".to_vec(),
        name: None,
        data: Vec::new(),
        counter: 0,
        created_at: app.clock.now(),
        last_used_at: None,
        expires_at: None,
    };
    app.block_on(stores.factors.apply(vec![FactorChange::Add(factor)])).unwrap();
}

/// A factor may be a way in by itself: what a thief adds beside the owner's goes, and the owner's stays.
pub(crate) fn the_link_of_a_notice_takes_what_was_added_beside_an_older_factor(on: Framework) {
    let stores = Faults::new().stores();
    let alice = Alice::of(on.start_with(|builder| builder.stores(stores.clone())));
    let app = &alice.app;
    app.clock.advance(Duration::from_secs(8 * 24 * 3_600));
    with_passkey(&stores, app);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let password = "an entirely different passphrase";
    let body = json!({"token": app.mailed_token(ADDRESS), "new_password": password});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    let left = || {
        let kept = app.block_on(stores.factors.list(&app.user(ALICE).id)).unwrap();
        let has = |kind| kept.iter().any(|factor| factor.kind == kind);
        (has(FactorKind::Totp), has(FactorKind::RecoveryCode), has(FactorKind::Passkey))
    };
    assert_eq!(left(), (true, true, true));
    let token = app.mailed_token(ADDRESS);
    app.post("/auth/account/secure").json(&json!({"token": token})).send().expect(204);
    assert_eq!(left(), (true, true, false));
}

/// What was begun by the first factor goes on with another beside it, to which no codes are made.
pub(crate) fn another_factor_beside_one_ends_nothing(on: Framework) {
    let stores = Faults::new().stores();
    let app =
        on.start_with(|builder| builder.stores(stores.clone()).mfa(MfaConfig::default().mailed_codes(true)));
    let other = app.login(ALICE);
    with_passkey(&stores, &app);
    let pending = only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    app.post("/auth/mfa/email").cookies(&[("pending", &pending)]).send().expect(202);
    let shown = app.post("/auth/mfa").json(&json!({"code": mailed_code(&app)}));
    let session = shown.cookies(&[("pending", &pending)]).send().expect(200).session().unwrap();
    let (secret, _) = offered(&app, &session);
    let added = confirm(&app, &session, &code_of(&app, &secret)).send().expect(200);
    assert_eq!(added.json()["recovery_codes"], json!([]));
    let renewed = added.session().unwrap();
    assert!(!app.is_logged_in(&session) && app.is_logged_in(&renewed) && app.is_logged_in(&other));
    // Without it they are asked to log in again.
    app.request("DELETE", "/auth/mfa/totp").session(&renewed).send().expect(204);
    assert!(!app.is_logged_in(&other));
}

/// A browser that trusts alice's login, by its cookie, and her session in it.
fn trusted(alice: &Alice) -> (String, String) {
    let body = json!({"code": alice.next_code(), "trust_device": true});
    let reply = alice.show(&alice.waits(), &body).send().expect(200);
    (reply.cookie("device").unwrap(), reply.session().unwrap())
}

pub(crate) fn ending_all_other_sessions_ends_the_trust_in_other_browsers(on: Framework) {
    let alice = Alice::new(on);
    let app = &alice.app;
    let ((lost, _), (own, session)) = (trusted(&alice), trusted(&alice));
    let login =
        |device: &str| app.try_login(ALICE.name, ALICE.password).cookies(&[("device", device)]).send();
    let cookies = [("session", session.as_str()), ("device", own.as_str())];
    app.request("DELETE", "/auth/sessions").cookies(&cookies).send().expect(204);
    only_waits(&login(&lost).expect(200));
    assert!(login(&own).expect(200).session().is_some());
}

/// Nobody is kept out by what could not be a code, as often as it is sent.
pub(crate) fn what_is_no_code_is_no_guess(on: Framework) {
    let alice = Alice::new(on);
    let (app, pending) = (&alice.app, alice.waits());
    let session = app.login(BOB);
    let (secret, _) = offered(app, &session);
    for _ in 0..7 {
        for code in ["", "1234567", "12345678", "+12345", "letter"] {
            alice.show(&pending, &json!({"code": code, "recovery_code": null})).send();
            let reply = confirm(app, &session, code).send();
            assert!(matches!(reply.status, 400 | 401), "{code:?}: {}", reply.text());
        }
    }
    alice.show(&pending, &json!({"code": alice.code()})).send().expect(200);
    confirm(app, &session, &code_of(app, &secret)).send().expect(200);
}

/// A code could be mailed to the new one.
pub(crate) fn a_login_without_the_factor_does_not_move_the_address(on: Framework) {
    let alice = Alice::mailing(on);
    let (app, (device, _)) = (&alice.app, trusted(&alice));
    let login = app.try_login(ALICE.name, ALICE.password).cookies(&[("device", &device)]).send().expect(200);
    let body = json!({"email": "thief@example.com"});
    let session = login.session().unwrap();
    app.post("/auth/email/change").json(&body).session(&session).send().problem(401, "mfa_required");
    assert!(app.mails_to("thief@example.com").is_empty());
}

/// A store that cannot say whether there is a factor is none that says no.
pub(crate) fn while_the_store_of_factors_is_away_nobody_gets_in(on: Framework) {
    let faults = Faults::new();
    let app = on.start_with(|builder| builder.stores(faults.stores()));
    app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
    faults.break_factors_down();
    for person in [ALICE, BOB] {
        let reply = app.try_login(person.name, person.password).send();
        assert_eq!((reply.session(), reply.cookie("pending")), (None, None));
        reply.problem(503, "unavailable");
    }
    faults.recover();
    only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    assert!(app.is_logged_in(&app.login(BOB)));
}

/// Whoever has the mailbox has set the password by it too: a code that is mailed would prove the same once more.
pub(crate) fn beside_a_password_that_was_mailed_a_mailed_code_is_no_factor(on: Framework) {
    let alice = Alice::mailing(on);
    let app = &alice.app;
    let login = |password: &str| app.try_login(ALICE.name, password).send().expect(200);
    assert_eq!(login(ALICE.password).json()["methods"], json!(["totp", "email", "recovery_code"]));
    let reset = |password: &str| {
        // The notices of before are here: of mails of one moment any may come first.
        app.mails_to(ADDRESS);
        app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
        let body = json!({"token": app.mailed_token(ADDRESS), "new_password": password});
        app.post("/auth/password/reset").json(&body).send().expect(204);
    };
    // Twice, and a password of one's own choice after it: the mailbox is all that was shown.
    reset("an entirely different passphrase");
    reset("another of these passphrases");
    let (password, waits) = ("another of these passphrases", login("another of these passphrases"));
    assert_eq!(waits.json()["methods"], json!(["totp", "recovery_code"]));
    let pending = only_waits(&waits);
    app.post("/auth/mfa/email").cookies(&[("pending", &pending)]).send().problem(403, "permission_denied");
    let page = app.get("/auth/mfa").cookies(&[("pending", &pending)]).browser().send().expect(200).text();
    assert!(!page.contains("/auth/mfa/email"), "{page}");
    // Another factor ends that.
    alice.show(&pending, &json!({"code": alice.next_code()})).send().expect(200);
    assert_eq!(login(password).json()["methods"], json!(["totp", "email", "recovery_code"]));
}

pub(crate) fn after_five_wrong_codes_nothing_waits(on: Framework) {
    let alice = Alice::new(on);
    let (app, pending) = (&alice.app, alice.waits());
    let wrong = alice.wrong_code();
    for _ in 0..5 {
        alice.show(&pending, &json!({"code": wrong})).send().problem(401, "invalid_code");
    }
    let look = || app.get("/auth/mfa").cookies(&[("pending", &pending)]);
    look().send().problem(401, "login_expired");
    look().browser().send().redirect("/auth/login");
    alice.show(&pending, &json!({"code": alice.next_code()})).send().problem(401, "login_expired");
    // A browser is told so with the last one.
    let pending = alice.waits();
    let form = || app.post("/auth/mfa").browser().cookies(&[("pending", &pending)]).form(&[("code", &wrong)]);
    for _ in 0..4 {
        assert!(form().send().expect(401).text().contains("name=\"code\""));
    }
    let page = form().send().expect(401).text();
    assert!(!page.contains("name=\"code\"") && page.contains("/auth/login"), "{page}");
}

/// Changing factors is no login; finishing one is, and says how.
pub(crate) fn a_login_is_told_of_once_it_is_whole_and_no_change_of_factors_is_one(on: Framework) {
    let app = on.start();
    let logins = || {
        let whole = AuditFilter::default().of_user(&app.user(ALICE).id).of_kind(EventKind::LoginSucceeded);
        let events = app.block_on(app.auth.audit().list(&whole, 9)).unwrap();
        let told: Vec<_> =
            events.iter().map(|event| serde_json::to_value(event).unwrap()["amr"].clone()).collect();
        told
    };
    let session = app.login(ALICE);
    let (secret, _) = offered(&app, &session);
    let session = confirm(&app, &session, &code_of(&app, &secret)).send().expect(200).session().unwrap();
    assert_eq!(logins(), [json!(["pwd"])]);
    app.clock.advance(STEP);
    let pending = only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    assert_eq!(logins().len(), 1, "nobody is in");
    let body = json!({"code": code_of(&app, &secret)});
    app.post("/auth/mfa").json(&body).cookies(&[("pending", &pending)]).send().expect(200);
    assert_eq!(logins()[0], json!(["pwd", "otp", "mfa"]));
    app.request("DELETE", "/auth/mfa/totp").session(&session).send().expect(204);
    assert_eq!(logins().len(), 2);
}

/// One that was sealed by an application secret that is gone is of no use, and asked for by nobody.
pub(crate) fn what_cannot_be_opened_any_more_is_not_asked_for(on: Framework) {
    let stores = Faults::new().stores();
    let builder = |builder: AuthBuilder| builder.stores(stores.clone()).mfa(MfaConfig::default());
    let alice = Alice::of(on.start_with(builder));
    with_passkey(&stores, &alice.app);
    let reply = alice.app.try_login(ALICE.name, ALICE.password).send().expect(200);
    assert_eq!(reply.json()["methods"], json!(["totp", "recovery_code"]));
    // Where it is all that there is, nobody is let in for want of it.
    let stores = Faults::new().stores();
    let app = on.start_with(|builder| builder.stores(stores.clone()).mfa(MfaConfig::default()));
    with_passkey(&stores, &app);
    let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    assert_eq!((&reply.json()["methods"], reply.session()), (&json!(["passkey"]), None));
}
