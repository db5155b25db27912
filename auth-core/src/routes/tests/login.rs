use std::collections::HashSet;

use serde_json::{Value, json};

use super::browser::{Browser, code, location, text};
use crate::Auth;
use crate::auth::AuthBuilder;
use crate::http::AuthResponse;
use crate::outbound::{Method, OutboundFault, OutboundResponse};
use crate::provider::tests::idp::{CLIENT, Idp, Visit, url};
use crate::testing::{ManualClock, json_response};
use crate::tests::{PASSWORD, System};

/// A system that knows the provider.
pub(super) struct Site {
    pub(super) system: System,
    pub(super) idp: Idp,
}

impl Site {
    pub(super) async fn new() -> Self {
        Self::with(|builder| builder.provider(Idp::config())).await
    }

    pub(super) async fn with(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let clock = ManualClock::new(crate::clock::Timestamp::from_unix_seconds(1_800_000_000));
        let idp = Idp::new(&clock);
        let client = idp.client.clone();
        let system = System::at(clock, |builder| configure(builder.http_client(client))).await;
        Self { system, idp }
    }

    pub(super) fn auth(&self) -> &Auth {
        &self.system.auth
    }

    pub(super) fn browser(&self) -> Browser<'_> {
        Browser::new(self.auth())
    }

    /// A login from begin to end.
    pub(super) async fn log_in(&self, browser: &Browser<'_>, claims: Value) -> AuthResponse {
        let visit = begin(browser, "next=/private").await;
        browser.get(&self.idp.callback(&visit, claims)).await
    }
}

pub(super) async fn begin(browser: &Browser<'_>, form: &str) -> Visit {
    Visit::new(location(&browser.post("/auth/login/idp", form).await))
}

#[tokio::test]
async fn a_first_login_makes_an_account_and_the_next_one_finds_it() {
    let site = Site::new().await;
    let browser = site.browser();
    let claims = json!({ "preferred_username": "bob", "email": "bob@example.org", "email_verified": true });
    assert_eq!(location(&site.log_in(&browser, claims.clone()).await), "/private");
    let me = browser.me().await;
    assert_eq!((&me["user"]["username"], &me["auth"]["amr"]), (&json!("bob"), &json!(["fed"])));
    // The entry trusts the provider with no domain: its word is not proof.
    assert_eq!(me["user"]["email"], Value::Null);

    let other = site.browser();
    let _ = site.log_in(&other, claims).await;
    assert_eq!(other.me().await["user"]["id"], me["user"]["id"]);
}

#[tokio::test]
async fn the_request_carries_what_the_specifications_want() {
    let site = Site::new().await;
    let browser = site.browser();
    let mut seen = HashSet::new();
    for _ in 0..5 {
        let visit = begin(&browser, "").await;
        assert!(visit.url.as_str().starts_with(&url("/authorize?")));
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", "http://localhost:3000/auth/login/idp/callback"),
            ("scope", "openid email profile"),
            ("code_challenge_method", "S256"),
            ("max_age", ""),
            ("prompt", ""),
        ] {
            assert_eq!(visit.get(name), value, "{name}");
        }
        for name in ["state", "nonce", "code_challenge"] {
            assert!(visit.get(name).len() >= 43 && seen.insert(visit.get(name).to_owned()), "{name}");
        }
    }
}

#[tokio::test]
async fn a_login_is_begun_by_a_form_of_our_own_and_never_by_a_link() {
    let site = Site::new().await;
    let browser = site.browser();
    let page = browser.get("/auth/login/idp?next=/private").await;
    assert!(page.status() == 200 && text(&page).contains("Log in with IdP"));
    assert!(site.idp.client.requests().is_empty() && browser.cookie("session-login").is_none());
    let forged = browser.post_from_elsewhere("/auth/login/idp", "next=/").await;
    assert_eq!(forged.status(), 403);
    assert!(text(&browser.get("/auth/login?next=/private").await).contains("Log in with IdP"));
    assert_eq!(browser.get("/auth/login/nobody").await.status(), 404);
    assert_eq!(browser.post("/auth/login/nobody", "").await.status(), 404);
}

#[tokio::test]
async fn an_answer_without_its_state_logs_nobody_in() {
    let site = Site::new().await;
    let browser = site.browser();
    let visit = begin(&browser, "").await;
    let callback = site.idp.callback(&visit, json!({}));
    let granted = site.idp.grant(&visit, json!({}));
    for wrong in [
        "/auth/login/idp/callback".to_owned(),
        format!("/auth/login/idp/callback?code={granted}"),
        format!("/auth/login/idp/callback?code={granted}&state=x"),
        format!("/auth/login/idp/callback?code={granted}&state={}", "A".repeat(44)),
        format!("/auth/login/idp/callback?handle={}", "A".repeat(44)),
    ] {
        let refused = browser.get_json(&wrong).await;
        assert_eq!((refused.status(), code(&refused).as_str()), (400, "state_mismatch"), "{wrong}");
    }
    // Another browser spoils nothing for the one that began.
    let stranger = site.browser();
    assert_eq!(code(&stranger.get_json(&callback).await), "state_mismatch");
    let _ = begin(&stranger, "").await;
    assert_eq!(code(&stranger.get_json(&callback).await), "state_mismatch");
    assert!(!stranger.is_logged_in() && !browser.is_logged_in());
    assert!(site.idp.client.requests_to(Method::Post, &url("/token")).is_empty());

    assert_eq!(location(&browser.get(&callback).await), "/");
    assert_eq!(code(&browser.get_json(&callback).await), "state_mismatch");
}

#[tokio::test]
async fn an_attempt_ends() {
    let site = Site::new().await;
    let browser = site.browser();
    let visit = begin(&browser, "").await;
    let callback = site.idp.callback(&visit, json!({}));
    site.system.advance(10 * 60);
    assert_eq!(code(&browser.get_json(&callback).await), "state_mismatch");
}

#[tokio::test]
async fn two_tabs_finish_in_any_order_under_one_cookie() {
    let site = Site::new().await;
    let browser = site.browser();
    let one = begin(&browser, "next=/one").await;
    let cookie = browser.cookie("session-login");
    let two = begin(&browser, "next=/two").await;
    assert!(cookie.is_some() && browser.cookie("session-login") == cookie);
    assert_eq!(location(&browser.get(&site.idp.callback(&two, json!({}))).await), "/two");
    assert_eq!(location(&browser.get(&site.idp.callback(&one, json!({}))).await), "/one");
}

/// Whether a refusal says no more than that it is nobody's fault here.
fn is_general(refused: &AuthResponse) -> bool {
    let problem: Value = serde_json::from_slice(refused.body()).unwrap();
    let general = "Logging in with IdP does not work at the moment. You did nothing wrong, and nothing was changed. Try again in a \
                   few minutes.";
    problem["detail"] == general
}

#[tokio::test]
async fn the_issuer_of_an_answer_is_checked_before_anything_else_of_it() {
    let site = Site::new().await;
    site.idp.publish(json!({ "authorization_response_iss_parameter_supported": true }));
    let browser = site.browser();
    for (iss, fits) in [
        ("&iss=https%3A%2F%2Fidp.example", true),
        ("&iss=https%3A%2F%2Fevil.example", false),
        ("&iss=https%3A%2F%2Fidp.example%2F", false),
        ("", false),
        ("&error=access_denied&iss=https%3A%2F%2Fevil.example", false),
    ] {
        let visit = begin(&browser, "").await;
        let answered = browser.get_json(&format!("{}{iss}", site.idp.callback(&visit, json!({})))).await;
        assert_eq!(answered.status(), if fits { 303 } else { 400 }, "{iss}");
        assert!(fits || code(&answered) == "provider_error" && is_general(&answered), "{iss}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_as_text_and_ends_the_attempt() {
    let site = Site::new().await;
    let browser = site.browser();
    let visit = begin(&browser, "").await;
    let refused = format!(
        "/auth/login/idp/callback?state={}&error=access_denied&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E%0d%0a{}",
        visit.get("state"),
        "x".repeat(1000),
    );
    let page = browser.get(&refused).await;
    assert_eq!(page.status(), 400);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(
        text(&page).contains("&#60;script&#62;alert(1)") && !text(&page).contains("<script"),
        "{}",
        text(&page)
    );
    assert!(!text(&page).contains(&"x".repeat(300)) && !browser.is_logged_in());
    assert_eq!(code(&browser.get_json(&refused).await), "state_mismatch");
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_logs_nobody_in() {
    let site = Site::new().await;
    let browser = site.browser();
    let now = site.idp.now().unix_seconds();
    for claims in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "aud": "another" }),
        json!({ "aud": [CLIENT, "another"] }),
        json!({ "iss": "https://idp.example/" }),
        json!({ "iss": "https://evil.example" }),
        json!({ "exp": now - 61 }),
        json!({ "iat": now - 3600 }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RQ" }),
    ] {
        let visit = begin(&browser, "").await;
        let refused = browser.get_json(&site.idp.callback(&visit, claims.clone())).await;
        assert_eq!((refused.status(), code(&refused).as_str()), (400, "provider_error"), "{claims}");
        assert!(is_general(&refused), "the reason is for the log: {}", text(&refused));
    }
    assert!(!browser.is_logged_in());
}

#[tokio::test]
async fn whatever_a_token_endpoint_answers_it_ends_in_an_error_page() {
    let site = Site::new().await;
    let browser = site.browser();
    let tokens = |changes: Value| {
        let mut answer = json!({ "access_token": "a", "token_type": "Bearer" });
        for (name, value) in changes.as_object().unwrap() {
            answer[name] = value.clone();
        }
        json_response(200, &answer)
    };
    let html = OutboundResponse::new(200, "<html>").with_header("content-type", "text/html");
    let moved = OutboundResponse::new(302, "").with_header("location", "http://169.254.169.254/");
    let endpoint = url("/token");
    for answer in [
        html,
        moved,
        OutboundResponse::new(500, "down"),
        json_response(401, &json!({ "error": "invalid_client" })),
        tokens(json!({})),
        tokens(json!({ "id_token": "x" })),
        tokens(json!({ "id_token": "eyJhbGciOiJub25lIn0.e30." })),
        tokens(json!({ "token_type": "mac" })),
    ] {
        site.idp.client.answer_once(Method::Post, &endpoint, answer);
        let visit = begin(&browser, "").await;
        let refused = browser.get_json(&site.idp.callback(&visit, json!({}))).await;
        assert_eq!((refused.status(), code(&refused).as_str()), (400, "provider_error"));
    }
    for fault in [OutboundFault::Timeout, OutboundFault::TooLarge, OutboundFault::Connection] {
        site.idp.client.fail_once(Method::Post, &endpoint, fault);
        let visit = begin(&browser, "").await;
        let refused = browser.get_json(&site.idp.callback(&visit, json!({}))).await;
        assert_eq!(code(&refused), "provider_error", "{fault:?}");
    }
    assert!(!browser.is_logged_in());
}

#[tokio::test]
async fn a_code_that_was_obtained_elsewhere_fails_by_its_challenge() {
    let site = Site::new().await;
    let (victim, attacker) = (site.browser(), site.browser());
    let theirs = begin(&attacker, "").await;
    let stolen = site.idp.grant(&theirs, json!({ "sub": "attacker" }));
    let visit = begin(&victim, "").await;
    let injected = format!("/auth/login/idp/callback?code={stolen}&state={}", visit.get("state"));
    assert_eq!(code(&victim.get_json(&injected).await), "provider_error");
    assert!(!victim.is_logged_in());
}

#[tokio::test]
async fn user_info_is_asked_where_the_token_names_no_address_and_speaks_of_the_same_subject() {
    let site =
        Site::with(|builder| builder.provider(Idp::config().trusted_email_domains(["example.org"]))).await;
    site.idp.publish(json!({ "userinfo_endpoint": url("/me") }));
    let told = |sub: &str| json!({ "sub": sub, "email": "bob@example.org", "email_verified": true, "preferred_username": "bob" });
    let browser = site.browser();
    site.idp.client.answer_json(Method::Get, &url("/me"), &told("another"));
    let visit = begin(&browser, "").await;
    assert_eq!(code(&browser.get_json(&site.idp.callback(&visit, json!({}))).await), "provider_error");

    site.idp.client.answer_json(Method::Get, &url("/me"), &told("248289761001"));
    let _ = site.log_in(&browser, json!({})).await;
    let me = browser.me().await;
    assert_eq!(
        (&me["user"]["email"], &me["user"]["email_verified"]),
        (&json!("bob@example.org"), &json!(true))
    );
    let asked = site.idp.client.requests_to(Method::Get, &url("/me"));
    let bearer = asked[0].headers.iter().find(|(name, _)| name == "authorization").unwrap();
    assert_eq!(bearer.1.expose(), "Bearer provider-access-token");
}

#[tokio::test]
async fn a_posted_answer_is_kept_and_fetched_by_the_browser_once() {
    let site = Site::with(|builder| builder.provider(Idp::config().response_mode_form_post(true))).await;
    let browser = site.browser();
    let visit = begin(&browser, "next=/private").await;
    assert_eq!(visit.get("response_mode"), "form_post");
    let granted = site.idp.grant(&visit, json!({}));
    let form = format!("code={granted}&state={}", visit.get("state"));
    let posted = browser.post_from_elsewhere("/auth/login/idp/callback", &form).await;
    let fetch = location(&posted).to_owned();
    assert!(fetch.starts_with("/auth/login/idp/callback?handle=") && posted.header("set-cookie").is_none());
    assert!(site.idp.client.requests_to(Method::Post, &url("/token")).is_empty());

    assert_eq!(location(&browser.get(&fetch).await), "/private");
    assert!(browser.is_logged_in());
    assert_eq!(code(&browser.get_json(&fetch).await), "state_mismatch");
    let long = format!("code={}", "x".repeat(9_000));
    assert_eq!(browser.post_from_elsewhere("/auth/login/idp/callback", &long).await.status(), 400);
}

#[tokio::test]
async fn a_disabled_account_is_not_let_in() {
    let site = Site::new().await;
    let browser = site.browser();
    let _ = site.log_in(&browser, json!({})).await;
    let id = crate::UserId::new(browser.me().await["user"]["id"].as_str().unwrap().to_owned());
    let update = crate::user::UserUpdate { is_active: Some(false), ..Default::default() };
    site.auth().users().update(&id, update).await.unwrap();
    let other = site.browser();
    let visit = begin(&other, "").await;
    let refused = other.get_json(&site.idp.callback(&visit, json!({}))).await;
    assert_eq!((refused.status(), code(&refused).as_str()), (401, "invalid_credentials"));
    assert!(!other.is_logged_in());
}

#[tokio::test]
async fn twenty_first_logins_at_once_make_one_account() {
    let site = Site::new().await;
    let browsers: Vec<_> = (0..20).map(|_| site.browser()).collect();
    let mut callbacks = Vec::new();
    for browser in &browsers {
        let visit = begin(browser, "").await;
        callbacks.push(site.idp.callback(&visit, json!({ "preferred_username": "bob" })));
    }
    let auth = site.auth();
    let finished = browsers.iter().zip(&callbacks).map(|(browser, callback)| browser.get(callback));
    for answered in join_all(finished).await {
        assert_eq!(location(&answered), "/");
    }
    let first = browsers[0].me().await["user"]["id"].clone();
    for browser in &browsers {
        assert_eq!(browser.me().await["user"]["id"], first);
    }
    let bob = auth.users().find("bob").await.unwrap().unwrap();
    assert_eq!(auth.providers().linked_accounts(&bob.id).await.unwrap().len(), 1);
}

/// All of them at once, each as far as it comes.
async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => is_done = false,
                }
            }
        }
        if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

#[tokio::test]
async fn attempts_are_limited_and_the_rest_of_the_site_is_not() {
    let site = Site::new().await;
    let browser = site.browser();
    let mut last = 303;
    for _ in 0..3_001 {
        last = browser.post("/auth/login/idp", "").await.status();
    }
    assert_eq!(last, 429);
    let form = format!("username=alice&password={}", PASSWORD.replace(' ', "+"));
    assert_eq!(browser.post("/auth/login", &form).await.status(), 303);
}
