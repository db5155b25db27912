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
use crate::tests::{Log, System, with_every_route};

const TURNSTILE: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const GOOGLE: &str = "https://www.google.com/recaptcha/api/siteverify";
const KEY: &str = "0x4AAAAAAA-site_key";
const SECRET: &str = "a service's secret";

fn started(captcha: Captcha, servers: &FakeHttpClient) -> Started {
    let servers = servers.clone();
    captcha.start(|| Ok(Outbound::new(Arc::new(servers), OutboundConfig::default()))).unwrap()
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
async fn what_says_nothing_of_a_person_is_no_answer() {
    let turnstile = || Captcha::turnstile(KEY, SECRET);
    for answer in [
        json!({"success": false, "error-codes": ["invalid-input-secret"]}),
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
        assert_eq!(wrong.start(outbound).unwrap_err().kind(), ErrorKind::Configuration);
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
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let body = RequestBody::Complete(br#"{"email":"a@x.example"}"#.to_vec());
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
