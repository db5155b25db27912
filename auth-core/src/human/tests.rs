//! What a service is asked, what of its answers counts, and what a policy lets in.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::config::Started;
use super::*;
use crate::error::{BoxError, ErrorKind};
use crate::http::{AuthRequest, AuthResponse, RequestBody, request};
use crate::outbound::{Method, Outbound, OutboundConfig, OutboundFault, OutboundResponse};
use crate::testing::FakeHttpClient;
use crate::tests::{Log, PASSWORD, System, with_every_route};
use crate::throttle::{Limit, ThrottleConfig};
use crate::user::{UserUpdate, Username};

const TURNSTILE: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const GOOGLE: &str = "https://www.google.com/recaptcha/api/siteverify";
const KEY: &str = "0x4AAAAAAA-site_key";
/// Of the base URL, and of an origin that is allowed beside it.
const OURS: [&str; 2] = ["app.example", "spa.example"];
const SECRET: &str = "a service's secret";

fn started(captcha: Captcha, servers: &FakeHttpClient) -> Started {
    let servers = servers.clone();
    captcha
        .start(Some(OURS.map(str::to_owned).into()), || {
            Ok(Outbound::new(Arc::new(servers), OutboundConfig::default()))
        })
        .unwrap()
}

async fn told(captcha: Captcha, url: &str, answer: Value) -> Result<bool, BoxError> {
    let servers = FakeHttpClient::default();
    servers.answer_json(Method::Post, url, &answer);
    let request = HumanRequest::new(HumanForm::Register).with_response("solved");
    started(captcha, &servers).check.is_human(&request).await
}

#[tokio::test]
async fn a_service_is_asked_with_the_secret_the_answer_and_the_address() {
    let servers = FakeHttpClient::default();
    servers.answer_json(Method::Post, TURNSTILE, &json!({"success": true}));
    let check = started(Captcha::turnstile(KEY, SECRET), &servers).check;
    let mut request = HumanRequest::new(HumanForm::Register).with_response("solved &=\u{e9}");
    request.ip = Some([192, 0, 2, 1].into());
    assert!(check.is_human(&request).await.unwrap());
    let sent = servers.requests().remove(0);
    let body = sent.body.as_ref().unwrap().expose();
    assert_eq!(
        body,
        "secret=a+service%27s+secret&response=solved+%26%3D%C3%A9&sitekey=0x4AAAAAAA-site_key&remoteip=192.0.2.1"
    );
    assert!(!format!("{sent:?} {check:?}").contains("a service's secret"));
}

#[tokio::test]
async fn what_is_no_answer_of_a_widget_asks_nobody() {
    let servers = FakeHttpClient::default();
    let check = started(Captcha::turnstile(KEY, SECRET), &servers).check;
    let long = "x".repeat(16 * 1024 + 1);
    for request in [None, Some(""), Some(&*long)] {
        let asked = HumanRequest { response: request, ..HumanRequest::new(HumanForm::Login) };
        assert!(!check.is_human(&asked).await.unwrap());
    }
    assert!(servers.requests().is_empty());
}

#[tokio::test]
async fn only_what_a_service_says_of_a_person_counts() {
    let turnstile = || Captcha::turnstile(KEY, SECRET);
    for (answer, is_human) in [
        (json!({"success": true, "error-codes": []}), true),
        (json!({"success": false, "error-codes": ["timeout-or-duplicate"]}), false),
        (json!({"success": false}), false),
        (json!({"success": true, "score": 0.1}), true),
    ] {
        assert_eq!(told(turnstile(), TURNSTILE, answer.clone()).await.unwrap(), is_human, "{answer}");
    }
    for (answer, is_human) in [
        (json!({"success": true}), true),
        (json!({"success": true, "score": 0.5}), true),
        (json!({"success": true, "score": 0.4}), false),
    ] {
        let of_google = told(Captcha::recaptcha(KEY, SECRET), GOOGLE, answer.clone()).await.unwrap();
        assert_eq!(of_google, is_human, "{answer}");
    }
    let here = || turnstile().shown_on("app.example");
    for (answer, is_human) in [
        (json!({"success": true, "hostname": "App.example"}), true),
        (json!({"success": true, "hostname": "evil.example"}), false),
        (json!({"success": true}), false),
    ] {
        assert_eq!(told(here(), TURNSTILE, answer.clone()).await.unwrap(), is_human, "{answer}");
    }
}

#[tokio::test]
async fn what_was_solved_on_another_host_or_at_another_form_counts_only_where_that_was_said() {
    let turnstile = || Captcha::turnstile(KEY, SECRET);
    let here = json!({"success": true, "hostname": "app.example", "action": "register"});
    let elsewhere = json!({"success": true, "hostname": "evil.example", "action": "register"});
    let other_form = json!({"success": true, "hostname": "app.example", "action": "login"});
    let no_form = json!({"success": true, "hostname": "app.example", "action": ""});
    for (captcha, counting) in [
        (turnstile(), [true, false, false, false]),
        (turnstile().shown_on("evil.example"), [false, true, false, false]),
        (turnstile().shown_anywhere(), [true, true, false, false]),
        (turnstile().for_any_form(), [true, false, true, true]),
    ] {
        for (answer, counts) in [&here, &elsewhere, &other_form, &no_form].into_iter().zip(counting) {
            let told = told(captcha.clone(), TURNSTILE, answer.clone()).await.unwrap();
            assert_eq!(told, counts, "{answer}");
        }
    }
    let allowed = json!({"success": true, "hostname": "spa.example", "action": "register"});
    assert!(told(turnstile(), TURNSTILE, allowed).await.unwrap(), "an origin that is allowed");
    let silent = json!({"success": true, "hostname": "not-provided"});
    let hcaptcha = "https://api.hcaptcha.com/siteverify";
    assert!(told(Captcha::hcaptcha(KEY, SECRET), hcaptcha, silent).await.unwrap(), "it does not say where");
}

#[test]
fn our_pages_name_their_form_to_the_service_that_says_it_again() {
    let html = |captcha, form| {
        let check = started(captcha, &FakeHttpClient::default()).check;
        check.challenge(form).unwrap().html().to_owned()
    };
    let turnstile = || Captcha::turnstile(KEY, SECRET);
    assert!(html(turnstile(), HumanForm::PasswordForgot).contains(" data-action=\"password_forgot\">"));
    assert!(!html(turnstile(), HumanForm::Own).contains("data-action"));
    assert!(!html(Captcha::hcaptcha(KEY, SECRET), HumanForm::Login).contains("data-action"));
}

#[test]
fn what_was_sent_is_not_printed() {
    let request = HumanRequest::new(HumanForm::Login).with_response("solved, and good for one login");
    let printed = format!("{request:?}");
    assert!(printed.contains("Login") && !printed.contains("solved"), "{printed}");
}

#[tokio::test]
async fn what_says_nothing_of_a_person_is_no_answer() {
    let turnstile = || Captcha::turnstile(KEY, SECRET);
    for answer in [
        json!({"success": false, "error-codes": ["invalid-input-secret"]}),
        json!({"success": false, "error-codes": ["bad-request"]}),
        json!({"success": false, "error-codes": ["timeout-or-duplicate", "internal-error"]}),
        json!({"success": "true"}),
        json!({}),
        json!([true]),
    ] {
        assert!(told(turnstile(), TURNSTILE, answer.clone()).await.is_err(), "{answer}");
    }
    let servers = FakeHttpClient::default();
    let check = started(turnstile(), &servers).check;
    let request = HumanRequest::new(HumanForm::Register).with_response("solved");
    servers.answer(Method::Post, TURNSTILE, OutboundResponse::new(500, "{\"success\":true}"));
    assert!(check.is_human(&request).await.is_err());
    servers.fail(Method::Post, TURNSTILE, OutboundFault::Timeout);
    assert!(check.is_human(&request).await.is_err());
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let outbound = || Ok(Outbound::new(Arc::new(FakeHttpClient::default()), OutboundConfig::default()));
    let captcha = Captcha::turnstile;
    for wrong in [
        captcha("", SECRET),
        captcha("key\"><script>", SECRET),
        captcha(KEY, " "),
        captcha(KEY, SECRET).verified_at("http://captcha.example/siteverify"),
        captcha(KEY, SECRET).verified_at("https://10.0.0.1/siteverify"),
        captcha(KEY, SECRET).verified_at("captcha.example"),
    ] {
        assert_eq!(wrong.start(None, outbound).unwrap_err().kind(), ErrorKind::Configuration);
    }
    for text in [
        "https://x.example; script-src *",
        "https://x.example 'unsafe-inline'",
        "https://*",
        "https://",
        "https://x",
        "http://x.example",
        "'unsafe-inline'",
        "*",
        "https://X.example",
        "https://x.example/a;b",
        "https://x.example/a?b",
        "https://.example",
    ] {
        assert!(ScriptSource::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_policy_is_widened_by_the_sources_and_nothing_else() {
    let policy = "default-src 'none'; style-src 'sha256-x'; base-uri 'none'";
    assert_eq!(HumanChallenge::new("").widened(policy), policy);
    for captcha in
        [Captcha::turnstile(KEY, SECRET), Captcha::hcaptcha(KEY, SECRET), Captcha::recaptcha(KEY, SECRET)]
    {
        let check = started(captcha, &FakeHttpClient::default()).check;
        let challenge = check.challenge(HumanForm::Register).unwrap();
        let (_, script) = challenge.html().split_once("src=\"").unwrap();
        let host = script.split('/').nth(2).unwrap();
        let host = host.split_once('.').map_or(host, |(_, domain)| domain);
        let widened = challenge.widened(policy);
        assert!(widened.contains("; script-src https://") && widened.contains(host), "{widened}");
        assert!(!widened.contains("unsafe") && widened.contains("'sha256-x'"), "{widened}");
    }
    let own = HumanChallenge::new("").from_source(ScriptSource::own());
    assert_eq!(
        own.widened(policy),
        "default-src 'none'; style-src 'self' 'sha256-x'; base-uri 'none'; script-src 'self'; frame-src 'self'; \
         connect-src 'self'; worker-src 'self'"
    );
}

/// Takes its time, or cannot tell.
#[derive(Debug)]
struct Broken(bool);

#[async_trait]
impl HumanCheck for Broken {
    async fn is_human(&self, _: &HumanRequest<'_>) -> Result<bool, BoxError> {
        match self.0 {
            true => std::future::pending().await,
            false => Err("down for maintenance".into()),
        }
    }
}

async fn forgot(system: &System) -> AuthResponse {
    forgot_with(system, None).await
}

async fn forgot_with(system: &System, response: Option<&str>) -> AuthResponse {
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let body = json!({"email": "a@x.example", "human_response": response});
    let body = RequestBody::Complete(body.to_string().into_bytes());
    let request = AuthRequest::new(&request("POST", "/auth/password/forgot", &[]), headers, body);
    system.auth.handle(request).await
}

#[tokio::test]
async fn where_nobody_can_tell_nobody_is_let_through_unless_that_was_said() {
    for stalls in [false, true] {
        let system = |captcha: Captcha| {
            let captcha = captcha.within(Duration::from_millis(1));
            System::with(|builder| with_every_route(builder).human_check(captcha))
        };
        let log = Log::capture();
        let reply = forgot(&system(Captcha::by(Broken(stalls))).await).await;
        assert_eq!(reply.status(), 503);
        assert_eq!(reply.header("retry-after"), Some("30"));
        assert_eq!(log.count("nobody can tell whether a person sends a form"), 1);
        assert_eq!(forgot(&system(Captcha::by(Broken(stalls)).fail_open()).await).await.status(), 202);
        let elsewhere = Captcha::by(Broken(stalls)).on([HumanForm::Register]);
        assert_eq!(forgot(&system(elsewhere).await).await.status(), 202, "it is not asked there");
    }
}

fn failing_open(servers: &FakeHttpClient) -> impl FnOnce(crate::AuthBuilder) -> crate::AuthBuilder {
    let (servers, captcha) = (servers.clone(), Captcha::turnstile(KEY, SECRET).fail_open());
    |builder| with_every_route(builder).http_client(servers).human_check(captcha)
}

#[tokio::test]
async fn only_an_outage_lets_everybody_through() {
    let servers = FakeHttpClient::default();
    let system = System::with(failing_open(&servers)).await;
    for (status, body, answered) in [
        (200, r#"{"success":false,"error-codes":["internal-error"]}"#, 202),
        (503, "", 202),
        (200, r#"{"success":false,"error-codes":["bad-request"]}"#, 503),
        (200, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#, 503),
        (200, "<html>", 503),
        (400, "", 503),
        (413, "", 503),
        (429, "", 503),
        (302, "", 503),
    ] {
        servers.answer(Method::Post, TURNSTILE, OutboundResponse::new(status, body));
        let reply = forgot_with(&system, Some("solved")).await;
        assert_eq!(reply.status(), answered, "{status} {body}");
    }
    for fault in [OutboundFault::Connection, OutboundFault::Timeout] {
        servers.fail(Method::Post, TURNSTILE, fault);
        assert_eq!(forgot_with(&system, Some("solved")).await.status(), 202, "{fault:?}");
    }
    assert_eq!(forgot_with(&system, None).await.status(), 403, "what is not there asks nobody");
}

#[tokio::test]
async fn what_a_client_may_have_brought_about_is_counted() {
    let servers = FakeHttpClient::default();
    servers.answer(Method::Post, TURNSTILE, OutboundResponse::new(400, ""));
    let few = ThrottleConfig::default().route([Limit::new(5, Duration::from_secs(60))]);
    let system = System::with(|builder| failing_open(&servers)(builder).throttle(few)).await;
    for _ in 0..5 {
        assert_eq!(forgot_with(&system, Some("solved")).await.status(), 503);
    }
    assert_eq!(forgot_with(&system, Some("solved")).await.status(), 429);
}

#[tokio::test]
async fn an_outage_costs_nobody_a_turn_and_a_line_a_minute() {
    let system = System::with(|builder| {
        let limit = Limit::new(5, Duration::from_secs(60));
        let few = ThrottleConfig::default().route([limit]);
        with_every_route(builder).human_check(Captcha::by(Broken(false))).throttle(few)
    })
    .await;
    assert_eq!(forgot(&system).await.status(), 503, "with a line");
    let log = Log::capture();
    for _ in 0..150 {
        assert_eq!(forgot(&system).await.status(), 503);
    }
    assert_eq!(log.count("nobody can tell whether a person sends a form"), 0);
    assert_eq!(log.count("a login route could not be answered"), 0, "the line says it");
}

#[tokio::test]
async fn what_a_client_brings_about_keeps_no_outage_out_of_the_log() {
    let line = "nobody can tell whether a person sends a form";
    for (first, second) in [(400, 503), (503, 400)] {
        let servers = FakeHttpClient::default();
        let system = System::with(failing_open(&servers)).await;
        let log = Log::capture();
        for (status, lines) in [(first, 1), (first, 1), (second, 2), (second, 2)] {
            servers.answer(Method::Post, TURNSTILE, OutboundResponse::new(status, ""));
            let _ = forgot_with(&system, Some("solved")).await;
            assert_eq!(log.count(line), lines, "{status} after {first}");
        }
    }
}

/// Lets nobody pass.
#[derive(Debug)]
struct Wall;

#[async_trait]
impl HumanCheck for Wall {
    async fn is_human(&self, _: &HumanRequest<'_>) -> Result<bool, BoxError> {
        Ok(false)
    }

    fn challenge(&self, _: HumanForm) -> Option<HumanChallenge> {
        Some(HumanChallenge::new("<p>the wall</p>"))
    }
}

/// A login at this name, in a browser with this cookie.
async fn log_in(system: &System, name: &str, password: &str, cookie: Option<&str>) -> u16 {
    let mut headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    headers.extend(cookie.map(|cookie| ("cookie".to_owned(), cookie.as_bytes().to_vec())));
    let body = json!({"username": name, "password": password}).to_string().into_bytes();
    let post = request("POST", "/auth/login", &[]);
    let reply = system.auth.handle(AuthRequest::new(&post, headers, RequestBody::Complete(body))).await;
    reply.status()
}

async fn page_shows_the_wall(system: &System) -> bool {
    let page = system.auth.handle(request("GET", "/auth/login", &[("accept", "text/html")])).await;
    String::from_utf8_lossy(page.body()).contains("the wall")
}

fn known_as(system: &System) -> String {
    system.auth.known_cookie(&system.alice).split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_nobody_can_be_called_puts_the_check_on_nobodys_page() {
    let system = System::with(|builder| builder.human_check(Captcha::by(Wall))).await;
    for name in ["", " ", "\u{200b}", &"x".repeat(5_000)] {
        for _ in 0..6 {
            assert_ne!(log_in(&system, name, "wrong", None).await, 403, "{name:?}");
        }
    }
    assert!(!page_shows_the_wall(&system).await);
}

#[tokio::test]
async fn a_form_that_always_asks_asks_everybody_at_once() {
    let system = System::with(|builder| builder.human_check(Captcha::by(Wall).at_login_after(0))).await;
    assert!(page_shows_the_wall(&system).await);
    assert_eq!(log_in(&system, "alice", PASSWORD, None).await, 403);
    assert_eq!(log_in(&system, "alice", PASSWORD, Some(&known_as(&system))).await, 403);
    let unlimited = System::with(|builder| {
        let always = Captcha::by(Wall).at_login_after(0);
        builder.human_check(always).throttle(ThrottleConfig::insecure_off())
    })
    .await;
    assert_eq!(log_in(&unlimited, "alice", PASSWORD, None).await, 403);
}

#[tokio::test]
async fn a_browser_that_is_known_from_somebody_who_had_the_name_before_is_asked() {
    let system = System::with(|builder| builder.human_check(Captcha::by(Wall))).await;
    let known = known_as(&system);
    for _ in 0..5 {
        assert_eq!(log_in(&system, "alice", "wrong", None).await, 401);
    }
    assert_eq!(log_in(&system, "alice", "wrong", Some(&known)).await, 401, "it is alice's");
    let users = system.auth.users();
    let renamed = UserUpdate { username: Some(Username::new("alicia").unwrap()), ..UserUpdate::default() };
    users.update(&system.alice.id, renamed).await.unwrap();
    assert_eq!(log_in(&system, "alice", "wrong", Some(&known)).await, 403, "nobody's");
    users.create(users.new_user("alice").unwrap(), PASSWORD).await.unwrap();
    assert_eq!(log_in(&system, "alice", "wrong", Some(&known)).await, 403, "somebody else's");
}

#[tokio::test]
async fn robots_hide_no_other_refusal_from_the_audit() {
    let system = System::with(|builder| with_every_route(builder).human_check(Captcha::by(Wall))).await;
    for _ in 0..400 {
        let _ = forgot(&system).await;
    }
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let body = RequestBody::Complete(br#"{"token":"x","new_password":"y"}"#.to_vec());
    let reset = AuthRequest::new(&request("POST", "/auth/password/reset", &[]), headers, body);
    assert_eq!(system.auth.handle(reset).await.status(), 400);
    let of = |kind| crate::event::AuditFilter::default().of_kind(kind);
    let refused = system.auth.audit().list(&of(crate::event::EventKind::LinkRefused), 10).await.unwrap();
    assert_eq!(refused.len(), 1);
    let robots = system.auth.audit().list(&of(crate::event::EventKind::HumanRefused), 1000).await.unwrap();
    assert_eq!(robots.len(), 300);
}

#[tokio::test]
async fn a_form_of_the_applications_own_is_asked_about_and_another_sites_is_not_taken() {
    let system = System::with(|builder| builder.human_check(Captcha::by(Wall))).await;
    let asked = async |site: &str| {
        let context = system.auth.context();
        context.observe(&request("POST", "/comments", &[("sec-fetch-site", site)]));
        context.check_human(Some("solved")).await.unwrap_err().kind()
    };
    assert_eq!(asked("same-origin").await, ErrorKind::HumanCheckRequired);
    assert_eq!(asked("cross-site").await, ErrorKind::CsrfFailed);
    let elsewhere = Captcha::by(Wall).on([HumanForm::Login]);
    let system = System::with(|builder| builder.human_check(elsewhere)).await;
    let context = system.auth.context();
    context.observe(&request("POST", "/comments", &[]));
    assert!(context.check_human(None).await.is_ok());
}
