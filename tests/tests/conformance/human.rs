//! Forms that a person has to send: a hook for a CAPTCHA or a proof of work (OWASP ASVS 5.0 2.4.1).

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::account::{Invitation, Registration};
use auth_core::error::BoxError;
use auth_core::event::{AuditFilter, Denial, EventKind};
use auth_core::human::{Captcha, HumanChallenge, HumanCheck, HumanForm, HumanRequest, ScriptSource};
use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::{Value, json};

const ADDRESS: &str = "alice@example.com";
const WIDGET: &str =
    "<div class=\"puzzle\"></div><script src=\"https://puzzle.example/api.js\" defer></script>";
const POLICY: &str = "script-src https://puzzle.example;";

/// Takes every answer that begins so, once, and remembers what it was asked.
#[derive(Clone, Debug, Default)]
struct Puzzle(Arc<Mutex<(HashSet<String>, Vec<HumanForm>)>>);

#[async_trait::async_trait]
impl HumanCheck for Puzzle {
    async fn is_human(&self, request: &HumanRequest<'_>) -> Result<bool, BoxError> {
        assert!(request.ip.is_some_and(|ip| ip.is_loopback()));
        let (used, asked) = &mut *self.0.lock().unwrap();
        asked.push(request.form);
        let solved = request.response.filter(|response| response.starts_with("solved"));
        Ok(solved.is_some_and(|response| used.insert(response.to_owned())))
    }

    fn challenge(&self, _: HumanForm) -> Option<HumanChallenge> {
        let source = ScriptSource::parse("https://puzzle.example").ok()?;
        Some(HumanChallenge::new(WIDGET).from_source(source))
    }

    fn field(&self) -> &str {
        "puzzle-response"
    }
}

fn start(on: Framework) -> (TestApp, Puzzle) {
    let puzzle = Puzzle::default();
    let check = puzzle.clone();
    // A passkey has a script of its own.
    (on.start_with(|builder| builder.human_check(Captcha::by(check)).without_passkeys()), puzzle)
}

/// The forms that ask for a mail, and what each takes.
fn forms() -> [(&'static str, HumanForm, Value); 4] {
    let ask = || json!({"email": ADDRESS});
    let new = json!({"username": "carol", "email": "carol@example.com", "password": "violet umbrella cactus seventeen"});
    [
        ("/auth/register", HumanForm::Register, new),
        ("/auth/password/forgot", HumanForm::PasswordForgot, ask()),
        ("/auth/email/resend", HumanForm::EmailResend, ask()),
        ("/auth/magic-link", HumanForm::MagicLink, ask()),
    ]
}

fn with(body: &Value, name: &str, value: &str) -> Value {
    let mut body = body.clone();
    body[name] = value.into();
    body
}

pub(crate) fn a_form_that_nothing_shows_to_be_a_persons_does_nothing(on: Framework) {
    let (app, puzzle) = start(on);
    for (path, form, body) in forms() {
        let send = |body: &Value| app.post(path).json(body).send();
        let refused = send(&body).problem(403, "human_check_required");
        assert!(refused.json()["detail"].is_string() && refused.json()["instance"].is_string(), "{path}");
        send(&with(&body, "human_response", "guessed")).problem(403, "human_check_required");
        send(&with(&body, "human_response", "")).problem(403, "human_check_required");
        let twice = with(&with(&body, "human_response", "solved"), "puzzle-response", "solved");
        send(&twice).problem(400, "invalid_request");
        assert_eq!(app.mails_to(ADDRESS).len() + app.mails_to("carol@example.com").len(), 0, "{path}");
        assert!(puzzle.0.lock().unwrap().1.iter().all(|asked| *asked == form));
        puzzle.0.lock().unwrap().1.clear();
    }
    let refused = AuditFilter::default().of_kind(EventKind::HumanRefused);
    let refused = app.block_on(app.auth.audit().list(&refused, 100)).unwrap();
    assert_eq!(refused.len(), 12);
    assert!(
        refused.iter().all(|event| event.details.reason == Some(Denial::NotHuman) && event.user.is_none())
    );
}

pub(crate) fn what_shows_it_counts_once_in_either_field(on: Framework) {
    let (app, _) = start(on);
    for (n, (path, _, body)) in forms().into_iter().enumerate() {
        let fields = ["human_response", "puzzle-response"];
        let shown = with(&body, fields[n % 2], &format!("solved {n}"));
        app.post(path).json(&shown).send().expect(202);
        app.post(path).json(&shown).send().problem(403, "human_check_required");
    }
    assert!(!app.mails_to("carol@example.com").is_empty());
}

pub(crate) fn the_pages_show_the_check_and_let_its_script_in_and_no_other_does(on: Framework) {
    let (app, _) = start(on);
    let page = |path: &str| app.get(path).browser().send().expect(200);
    for (path, ..) in forms() {
        let page = page(path);
        assert!(page.text().contains(WIDGET) && page.text().contains("<noscript>"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains(POLICY) && policy.contains("default-src 'none'"), "{policy}");
    }
    for path in ["/auth/login", "/auth/password/forgot/sent", "/auth/password/reset?token=x"] {
        let page = page(path);
        assert!(!page.text().contains(WIDGET), "{path}");
        assert!(!page.header("content-security-policy").unwrap().contains("script-src"), "{path}");
    }
    let again = app.post("/auth/password/forgot").browser().form(&[("email", ADDRESS)]).send().expect(403);
    assert!(again.text().contains(WIDGET) && again.text().contains(ADDRESS));
    assert!(again.text().contains("role=\"alert\""));
    let shown = [("email", ADDRESS), ("puzzle-response", "solved")];
    let reply = app.post("/auth/password/forgot").browser().form(&shown).send();
    reply.redirect("/auth/password/forgot/sent");
}

/// A login from a browser that nobody knows.
fn log_in(app: &TestApp, name: &str, password: &str, response: Option<&str>) -> Reply {
    let mut body = json!({"username": name, "password": password});
    if let Some(response) = response {
        body["human_response"] = response.into();
    }
    app.post("/auth/login").json(&body).send()
}

pub(crate) fn a_login_is_asked_after_five_failures_whoever_the_name_is(on: Framework) {
    let (app, _) = start(on);
    for name in ["alice", "nobody"] {
        for _ in 0..5 {
            log_in(&app, name, "wrong", None).problem(401, "invalid_credentials");
        }
        log_in(&app, name, "wrong", None).problem(403, "human_check_required");
        log_in(&app, name, ALICE.password, None).problem(403, "human_check_required");
        let shown = format!("solved {name}");
        log_in(&app, name, "wrong", Some(&shown)).problem(401, "invalid_credentials");
        log_in(&app, name, "wrong", Some(&shown)).problem(403, "human_check_required");
    }
    log_in(&app, "alice", ALICE.password, Some("solved, and right")).expect(200);
    app.clock.advance(Duration::from_secs(2 * 60 * 60));
    log_in(&app, "alice", ALICE.password, None).expect(200);
}

pub(crate) fn whoever_logs_in_every_minute_is_never_asked(on: Framework) {
    let (app, puzzle) = start(on);
    for _ in 0..30 {
        log_in(&app, "alice", ALICE.password, None).expect(200);
    }
    assert!(puzzle.0.lock().unwrap().1.is_empty());
}

pub(crate) fn a_browser_that_is_known_is_not_asked(on: Framework) {
    let (app, _) = start(on);
    let known = log_in(&app, "alice", ALICE.password, None).expect(200).cookie("session-known").unwrap();
    for _ in 0..6 {
        log_in(&app, "alice", "wrong", None);
    }
    log_in(&app, "alice", ALICE.password, None).problem(403, "human_check_required");
    let body = json!({"username": "alice", "password": ALICE.password});
    app.post("/auth/login").cookies(&[("session-known", &known)]).json(&body).send().expect(200);
}

pub(crate) fn many_names_from_one_network_are_asked_too(on: Framework) {
    let (app, _) = start(on);
    for n in 0..20 {
        log_in(&app, &format!("name{n}"), "wrong", None).problem(401, "invalid_credentials");
    }
    log_in(&app, "name20", "wrong", None).problem(403, "human_check_required");
    let page = app.get("/auth/login").browser().send().expect(200);
    assert!(page.text().contains(WIDGET), "nobody from there need be told so by a refusal");
}

pub(crate) fn attempts_without_a_name_put_the_check_on_nobodys_page(on: Framework) {
    let (app, _) = start(on);
    for _ in 0..6 {
        let form = [("username", ""), ("password", "wrong")];
        let again = app.post("/auth/login").browser().form(&form).send();
        assert!(!again.text().contains(WIDGET));
    }
    let page = app.get("/auth/login").browser().send().expect(200);
    assert!(!page.text().contains(WIDGET));
}

pub(crate) fn the_login_page_shows_the_check_before_it_is_wanted(on: Framework) {
    let (app, _) = start(on);
    let post = |password: &str, response: &str| {
        let form = [("username", "alice"), ("password", password), ("puzzle-response", response)];
        app.post("/auth/login").browser().form(&form).send()
    };
    for n in 1..=5 {
        let page = post("wrong", "").expect(401);
        assert_eq!(page.text().contains(WIDGET), n == 5, "{n}");
        assert_eq!(page.header("content-security-policy").unwrap().contains(POLICY), n == 5);
    }
    let asked = post(ALICE.password, "").expect(403);
    assert!(asked.text().contains(WIDGET) && asked.text().contains("value=\"alice\""));
    post(ALICE.password, "solved").redirect("/");
}

/// Cannot tell.
#[derive(Debug)]
struct Down;

#[async_trait::async_trait]
impl HumanCheck for Down {
    async fn is_human(&self, _: &HumanRequest<'_>) -> Result<bool, BoxError> {
        Err("down for maintenance".into())
    }
}

pub(crate) fn while_nobody_can_tell_nobody_is_let_through_unless_that_was_said(on: Framework) {
    for (captcha, status) in [(Captcha::by(Down), 503), (Captcha::by(Down).fail_open(), 202)] {
        let app = on.start_with(|builder| builder.human_check(captcha));
        for (path, _, body) in forms() {
            let reply = app.post(path).json(&body).send().expect(status);
            assert_eq!(reply.header("retry-after").is_some(), status == 503, "{path}");
        }
        // Nobody is asked before there were failures.
        log_in(&app, "alice", ALICE.password, None).expect(200);
        assert_eq!(app.mail_count() > 0, status == 202);
    }
}

pub(crate) fn whoever_accepts_an_invitation_is_not_asked(on: Framework) {
    let puzzle = Puzzle::default();
    let check = puzzle.clone();
    let app = on.start_with(|builder| {
        builder.human_check(Captcha::by(check)).registration(Registration::ByInvitation).without_passkeys()
    });
    let invitation = Invitation::to("carol@example.com").unwrap();
    app.block_on(app.auth.accounts().invite(&invitation)).unwrap();
    let mail = app.mails_to("carol@example.com").pop().unwrap();
    let (_, token) = mail.text().split_once("?invitation=").unwrap();
    let token = token.split_whitespace().next().unwrap();
    let page = app.get(&format!("/auth/register?invitation={token}")).browser().send().expect(200);
    assert!(!page.text().contains(WIDGET));
    let form =
        json!({"username": "carol", "password": "violet umbrella cactus seventeen", "invitation": token});
    app.post("/auth/register").json(&form).send().expect(201);
    assert!(puzzle.0.lock().unwrap().1.is_empty());
}

pub(crate) fn programs_that_log_in_by_other_routes_are_not_asked(on: Framework) {
    let (app, puzzle) = start(on);
    for _ in 0..5 {
        log_in(&app, "alice", "wrong", None).problem(401, "invalid_credentials");
    }
    log_in(&app, "alice", ALICE.password, None).problem(403, "human_check_required");
    let asked = puzzle.0.lock().unwrap().1.len();
    app.get("/basic").basic("alice", ALICE.password).send().expect(200);
    let grant = [("grant_type", "password"), ("username", "alice"), ("password", ALICE.password)];
    app.post("/auth/token").form(&grant).send().expect(200);
    assert_eq!(puzzle.0.lock().unwrap().1.len(), asked);
}
