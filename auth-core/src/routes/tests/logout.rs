use serde_json::{Value, json};
use url::Url;

use super::browser::{Browser, code, location};
use super::login::Site;
use crate::provider::tests::idp::{CLIENT, Idp, url};

async fn tell(site: &Site, token: &str) -> crate::http::AuthResponse {
    let form = format!("logout_token={token}");
    site.browser().post_from_elsewhere("/auth/login/idp/backchannel-logout", &form).await
}

async fn is_in(browser: &Browser<'_>) -> bool {
    browser.get_json("/auth/me").await.status() == 200
}

/// A browser that is logged in under this session of the provider.
async fn logged_in<'a>(site: &'a Site, sub: &str, sid: Value) -> Browser<'a> {
    let browser = site.browser();
    let _ = site.log_in(&browser, json!({ "sub": sub, "sid": sid })).await;
    assert!(is_in(&browser).await);
    browser
}

#[tokio::test]
async fn a_session_at_the_provider_takes_its_sessions_here_along() {
    let site = Site::new().await;
    let one = logged_in(&site, "248289761001", json!("sid-1")).await;
    let other = logged_in(&site, "248289761001", json!("sid-2")).await;
    let token = site.idp.logout_token(json!({ "sid": "sid-1" }));
    let told = tell(&site, &token).await;
    assert_eq!((told.status(), told.header("cache-control")), (200, Some("no-store")));
    assert_eq!((is_in(&one).await, is_in(&other).await), (false, true));
}

#[tokio::test]
async fn a_subject_takes_all_of_its_sessions_along_and_nobody_elses() {
    let site = Site::new().await;
    let mine = [
        logged_in(&site, "248289761001", json!("sid-1")).await,
        logged_in(&site, "248289761001", Value::Null).await,
    ];
    let theirs = logged_in(&site, "another", json!("sid-3")).await;
    let told = tell(&site, &site.idp.logout_token(json!({}))).await;
    assert_eq!(told.status(), 200);
    for browser in &mine {
        assert!(!is_in(browser).await);
    }
    assert!(is_in(&theirs).await);
}

#[tokio::test]
async fn a_session_that_was_begun_by_a_password_is_not_the_providers_to_end() {
    let site = Site::new().await;
    let browser = logged_in(&site, "248289761001", Value::Null).await;
    let id = crate::UserId::new(browser.me().await["user"]["id"].as_str().unwrap().to_owned());
    let local = site.auth().context();
    local.observe(&crate::http::request("POST", "/", &[]));
    local.login(&id).await.unwrap();
    let _ = tell(&site, &site.idp.logout_token(json!({}))).await;
    let user = site.auth().users().get(&id).await.unwrap().unwrap();
    assert_eq!(site.auth().sessions().list(&user).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_logout_token_that_does_not_hold_ends_nothing() {
    let site = Site::new().await;
    let browser = logged_in(&site, "248289761001", json!("sid-1")).await;
    let now = site.idp.now().unix_seconds();
    for changes in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "another" }),
        json!({ "iat": now - 661, "exp": null }),
        json!({ "nonce": "x" }),
        json!({ "sub": null }),
        json!({ "jti": null }),
        json!({ "events": {} }),
    ] {
        let refused = tell(&site, &site.idp.logout_token(changes.clone())).await;
        assert_eq!((refused.status(), code(&refused).as_str()), (400, "invalid_request"), "{changes}");
    }
    let claims = json!({
        "iss": "https://idp.example", "aud": CLIENT, "iat": now, "jti": "x", "sub": "248289761001",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    for token in [site.idp.sign("at+jwt", &claims), "eyJhbGciOiJub25lIn0.e30.".to_owned(), "x".to_owned()] {
        assert_eq!(tell(&site, &token).await.status(), 400);
    }
    assert_eq!(tell(&site, "").await.status(), 400);
    assert!(is_in(&browser).await);
}

#[tokio::test]
async fn a_logout_token_is_good_once() {
    let site = Site::new().await;
    let token = site.idp.logout_token(json!({}));
    assert_eq!(tell(&site, &token).await.status(), 200);
    let browser = logged_in(&site, "248289761001", json!("sid-1")).await;
    assert_eq!(tell(&site, &token).await.status(), 400);
    assert!(is_in(&browser).await);
}

#[tokio::test]
async fn logging_out_leads_to_the_provider_where_the_entry_says_so() {
    let site = Site::with(|builder| builder.provider(Idp::config().rp_initiated_logout(true))).await;
    let browser = logged_in(&site, "248289761001", json!("sid-1")).await;
    let answered = browser.post("/auth/logout", "next=/bye").await;
    let there = Url::parse(location(&answered)).unwrap();
    assert!(there.as_str().starts_with(&url("/logout?")));
    let query: std::collections::HashMap<_, _> = there.query_pairs().into_owned().collect();
    assert_eq!(query["client_id"], CLIENT);
    assert_eq!(query["post_logout_redirect_uri"], "http://localhost:3000/");
    assert_eq!(query["id_token_hint"].split('.').count(), 3);
    assert!(!is_in(&browser).await && !browser.is_logged_in());
}

#[tokio::test]
async fn logging_out_stays_here_otherwise() {
    let site = Site::new().await;
    let browser = logged_in(&site, "248289761001", json!("sid-1")).await;
    assert_eq!(location(&browser.post("/auth/logout", "next=/bye").await), "/bye");

    let site = Site::with(|builder| builder.provider(Idp::config().rp_initiated_logout(true))).await;
    let browser = logged_in(&site, "248289761001", json!("sid-1")).await;
    site.idp.publish(json!({ "end_session_endpoint": null }));
    site.system.advance(26 * 60 * 60);
    let left = browser.post("/auth/logout", "next=/bye").await;
    assert_eq!(left.status(), 303);
    assert!(!is_in(&browser).await);
}
