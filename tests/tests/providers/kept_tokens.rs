//! The provider's tokens, kept to call its API with in a user's name. No framework has a part in it, but the login.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_core::oauth_client::ApiClient as _;
use auth_core::provider::ProviderClient;
use auth_core::user::UserId;
use auth_core::{Error, ErrorKind};
use conformance::{Answer, Framework, Idp};
use serde_json::json;

use crate::rp::{ID, Rp, entry};

/// A provider whose API greets whoever brings a token of its own, and an application that keeps those.
fn start() -> Rp {
    let idp = Idp::start();
    let entry = entry(ID, &idp).keep_tokens(true).api_origins([idp.issuer()]);
    let rp = Rp::with(Framework::Axum, idp, |builder| builder.provider(entry));
    rp.idp.lie("/api", |seen, _| match seen.header("authorization") {
        Some(token) if token.starts_with("Bearer ") => Answer::json(200, &json!({"token": token})),
        _ => Answer::json(401, &json!({})),
    });
    refreshing(&rp);
    rp
}

/// Refreshes answer a new pair each.
fn refreshing(rp: &Rp) {
    let serial = AtomicUsize::new(0);
    rp.idp.lie("/token", move |seen, honest| {
        if seen.field("grant_type").as_deref() != Some("refresh_token") {
            return honest;
        }
        let number = serial.fetch_add(1, Ordering::SeqCst);
        let (access, refresh) = (format!("access {number}"), format!("refresh {number}"));
        let answer = json!({
            "access_token": access.replace(' ', "-"), "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600,
        });
        Answer::json(200, &answer)
    });
}

fn client(rp: &Rp, session: &str) -> Result<ProviderClient, Error> {
    rp.app.block_on(rp.app.auth.providers().client(&UserId::new(rp.id(session)), ID))
}

fn call(rp: &Rp, client: &ProviderClient) -> Result<String, Error> {
    let url = format!("{}/api", rp.idp.issuer());
    let answer = rp.app.block_on(client.get(&url))?;
    Ok(String::from_utf8(answer.body).unwrap())
}

fn refreshes(rp: &Rp) -> usize {
    let is_refresh = |seen: &conformance::Seen| seen.field("grant_type").as_deref() == Some("refresh_token");
    rp.idp.seen("/token").iter().filter(|seen| is_refresh(seen)).count()
}

#[test]
fn the_api_is_called_with_the_token_of_the_login() {
    let rp = start();
    let session = rp.log_in();
    let client = client(&rp, &session).unwrap();
    for _ in 0..3 {
        call(&rp, &client).unwrap();
    }
    assert_eq!((rp.idp.seen("/api").len(), refreshes(&rp)), (3, 0));
}

#[test]
fn of_many_calls_at_once_one_refreshes() {
    let rp = start();
    let session = rp.log_in();
    rp.app.clock.advance(Duration::from_secs(3600));
    let clients: Vec<_> = (0..4).map(|_| client(&rp, &session).unwrap()).collect();
    std::thread::scope(|scope| {
        for number in 0..40 {
            let (rp, client) = (&rp, &clients[number % 4]);
            scope.spawn(move || call(rp, client).unwrap());
        }
    });
    assert_eq!(refreshes(&rp), 1);
    assert!(rp.idp.seen("/api").iter().all(|seen| seen.header("authorization") == Some("Bearer access-0")));
    // And what came of it is kept for whoever comes later.
    call(&rp, &client(&rp, &session).unwrap()).unwrap();
    assert_eq!(refreshes(&rp), 1);
}

#[test]
fn an_api_that_refuses_the_token_is_asked_once_more() {
    let rp = start();
    let client = client(&rp, &rp.log_in()).unwrap();
    rp.idp.lie("/api", |seen, _| match seen.header("authorization") {
        Some("Bearer access-0") => Answer::json(200, &json!({})),
        _ => Answer::json(401, &json!({})),
    });
    call(&rp, &client).unwrap();
    assert_eq!((rp.idp.seen("/api").len(), refreshes(&rp)), (2, 1));
    rp.idp.lie("/api", |_, _| Answer::json(401, &json!({})));
    call(&rp, &client).unwrap();
    assert_eq!(rp.idp.seen("/api").len(), 4, "no more than once more");
}

#[test]
fn tokens_that_are_not_refreshed_any_more_are_forgotten() {
    let rp = start();
    let session = rp.log_in();
    let held = client(&rp, &session).unwrap();
    rp.app.clock.advance(Duration::from_secs(3600));
    // A provider that is down is no reason to forget anything.
    rp.idp.lie("/token", |_, _| Answer::html(503, "<h1>Down</h1>"));
    assert_eq!(call(&rp, &held).unwrap_err().kind(), ErrorKind::ProviderError);
    rp.idp.lie("/token", |_, _| Answer::json(400, &json!({"error": "invalid_grant"})));
    assert_eq!(call(&rp, &held).unwrap_err().kind(), ErrorKind::InvalidGrant);
    assert_eq!(client(&rp, &session).unwrap_err().kind(), ErrorKind::InvalidGrant);
    let asked = rp.idp.seen("/token").len();
    assert_eq!(client(&rp, &session).unwrap_err().kind(), ErrorKind::InvalidGrant);
    assert_eq!(rp.idp.seen("/token").len(), asked, "nobody is asked in vain");
    assert!(rp.app.is_logged_in(&session), "the session here is another matter");
    // Whoever logs in with the provider again can call again.
    refreshing(&rp);
    rp.idp.clock().advance(Duration::from_secs(3600));
    call(&rp, &client(&rp, &rp.log_in()).unwrap()).unwrap();
}

#[test]
fn the_token_goes_where_the_registry_says_and_nowhere_else() {
    let rp = start();
    let client = client(&rp, &rp.log_in()).unwrap();
    let other = Idp::start();
    for url in [
        format!("{}/api", other.issuer()),
        format!("{}.evil.example/api", rp.idp.issuer()),
        rp.idp.issuer().replace("127.0.0.1", "localhost"),
        "https://evil.example/".to_owned(),
    ] {
        let refused = rp.app.block_on(client.get(&url)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Configuration, "{url}");
    }
    assert!(other.seen("/api").is_empty());
    // Nor does it follow a redirect there.
    let elsewhere = format!("{}/api", other.issuer());
    rp.idp.lie("/api", move |_, _| Answer::redirect(307, &elsewhere));
    assert_eq!(call(&rp, &client).unwrap_err().kind(), ErrorKind::ProviderError);
    assert!(other.seen("/api").is_empty());
}

#[test]
fn tokens_are_kept_only_where_that_is_asked_for() {
    let rp = Rp::start(Framework::Axum);
    let session = rp.log_in();
    assert_eq!(client(&rp, &session).unwrap_err().kind(), ErrorKind::Configuration);
    let user = UserId::new(rp.id(&session));
    let accounts = rp.app.block_on(rp.app.auth.providers().linked_accounts(&user)).unwrap();
    assert_eq!(accounts[0].tokens, None);
    let rp = start();
    let user = UserId::new(rp.id(&rp.log_in()));
    let accounts = rp.app.block_on(rp.app.auth.providers().linked_accounts(&user)).unwrap();
    let sealed = accounts[0].tokens.clone().unwrap();
    assert!(!sealed.is_ascii(), "sealed, not written");
}
