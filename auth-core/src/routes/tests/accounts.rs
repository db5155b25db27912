use serde_json::{Value, json};

use super::browser::{Browser, code, location, text};
use super::login::{Site, begin};
use crate::provider::tests::idp::{Idp, Visit};
use crate::provider::{ProviderConfig, SignUpPolicy};
use crate::tests::PASSWORD;
use crate::user::{Email, UserUpdate};

pub(super) const ALICES: &str = "alice@example.com";

/// What the provider says of alice's address.
pub(super) fn alices(is_verified: Value) -> Value {
    json!({ "email": ALICES, "email_verified": is_verified, "preferred_username": "allie" })
}

/// A site where alice has that address.
async fn site(is_verified: bool, entry: impl FnOnce(ProviderConfig) -> ProviderConfig) -> Site {
    let site = Site::with(|builder| builder.provider(entry(Idp::config()))).await;
    let address = Some(Email::new(ALICES).unwrap());
    let update = UserUpdate { email: Some((address, is_verified)), ..Default::default() };
    site.auth().users().update(&site.system.alice.id, update).await.unwrap();
    site
}

pub(super) fn trusting(entry: ProviderConfig) -> ProviderConfig {
    entry.trusted_email_domains(["example.com"])
}

pub(super) async fn answer(site: &Site, browser: &Browser<'_>, claims: Value) -> crate::http::AuthResponse {
    let visit = begin(browser, "").await;
    browser.get_json(&site.idp.callback(&visit, claims)).await
}

pub(super) async fn log_in_by_password(browser: &Browser<'_>) {
    let form = format!("username=alice&password={}", PASSWORD.replace(' ', "+"));
    assert_eq!(location(&browser.post("/auth/login", &form).await), "/");
}

/// Connects the provider's account to alice's.
pub(super) async fn connect(site: &Site, browser: &Browser<'_>, claims: Value) -> crate::http::AuthResponse {
    let visit = begin(browser, "link=true&next=/auth/accounts").await;
    browser.get_json(&site.idp.callback(&visit, claims)).await
}

pub(super) async fn accounts(browser: &Browser<'_>) -> Vec<Value> {
    let list: Value = serde_json::from_slice(browser.get_json("/auth/accounts").await.body()).unwrap();
    list["accounts"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_address_that_somebody_has_proven_here_asks_for_their_login_first() {
    for entry in [
        trusting as fn(ProviderConfig) -> ProviderConfig,
        |entry| entry.link_by_verified_email(true),
        |entry| trusting(entry).sign_up(SignUpPolicy::Closed),
    ] {
        let site = site(true, entry).await;
        let browser = site.browser();
        let refused = answer(&site, &browser, alices(json!(true))).await;
        assert_eq!((refused.status(), code(&refused).as_str()), (409, "link_required"));
        assert!(!browser.is_logged_in());
        assert!(site.auth().users().find("allie").await.unwrap().is_none());

        let visit = begin(&browser, "").await;
        let page = text(&browser.get(&site.idp.callback(&visit, alices(json!(true)))).await);
        let way = "/auth/login?next=%2Fauth%2Flogin%2Fidp%3Flink%3Dtrue";
        assert!(page.contains(&format!("<a href=\"{way}\">Log in and connect</a>")), "{page}");
    }
}

#[tokio::test]
async fn an_address_that_the_provider_does_not_call_proven_is_answered_alike_whoever_has_it() {
    for sign_up in [SignUpPolicy::Open, SignUpPolicy::Closed] {
        let site = site(true, |entry| trusting(entry).link_by_verified_email(true).sign_up(sign_up)).await;
        for (number, said) in [json!(false), json!("true"), json!(null)].into_iter().enumerate() {
            let mut answers = Vec::new();
            for email in [ALICES, "nobody@example.com"] {
                let browser = site.browser();
                let mut claims = alices(said.clone());
                (claims["sub"], claims["email"]) = (json!(format!("{number} {email}")), json!(email));
                let answered = answer(&site, &browser, claims).await;
                let user =
                    if browser.is_logged_in() { browser.me().await["user"].clone() } else { Value::Null };
                assert_ne!(user["username"], "alice");
                // The name of its event is each reply's own.
                let mut body: Value = serde_json::from_slice(answered.body()).unwrap_or_default();
                if let Some(body) = body.as_object_mut() {
                    body.remove("instance");
                }
                answers.push((
                    answered.status(),
                    body,
                    user["email"].clone(),
                    user["email_verified"].clone(),
                ));
            }
            assert_eq!(answers[0], answers[1], "{said}");
            assert_eq!(answers[0].0, if sign_up == SignUpPolicy::Open { 303 } else { 403 });
        }
    }
}

#[tokio::test]
async fn an_address_that_both_sides_have_proven_links_where_the_policy_says_so() {
    let site = site(true, |entry| trusting(entry).link_by_verified_email(true)).await;
    let browser = site.browser();
    assert_eq!(answer(&site, &browser, alices(json!(true))).await.status(), 303);
    assert_eq!(browser.me().await["user"]["username"], "alice");
    assert_eq!(accounts(&browser).await.len(), 1);
}

#[tokio::test]
async fn an_account_that_somebody_prepared_with_anothers_address_becomes_whose_that_is() {
    let site = site(false, trusting).await;
    for (sub, is_verified) in [("2", json!(false)), ("1", json!(true))] {
        let browser = site.browser();
        let mut claims = alices(is_verified.clone());
        claims["sub"] = json!(sub);
        assert_eq!(answer(&site, &browser, claims).await.status(), 303);
        let user = &browser.me().await["user"];
        assert_eq!(user["username"] == "alice", is_verified == true, "{user}");
        assert_eq!(user["email_verified"], is_verified);
    }
    site.system.try_admit("alice", PASSWORD).await.unwrap_err();
}

#[tokio::test]
async fn a_proven_address_that_nobody_has_comes_along() {
    let site = Site::with(|builder| builder.provider(trusting(Idp::config()))).await;
    let browser = site.browser();
    let _ = answer(&site, &browser, alices(json!(true))).await;
    let me = browser.me().await;
    assert_eq!((&me["user"]["email"], &me["user"]["email_verified"]), (&json!(ALICES), &json!(true)));
}

#[tokio::test]
async fn a_changed_name_or_address_opens_nobody_elses_account() {
    let site = site(true, |entry| entry).await;
    let (first, second) = (site.browser(), site.browser());
    let _ = answer(&site, &first, json!({ "preferred_username": "bob" })).await;
    let id = first.me().await["user"]["id"].clone();
    // The same subject under another name, and another subject under the first one's name.
    let _ = answer(&site, &second, json!({ "preferred_username": "alice", "email": "x@example.org" })).await;
    assert_eq!(second.me().await["user"]["id"], id);
    let third = site.browser();
    let _ = answer(&site, &third, json!({ "sub": "another", "preferred_username": "bob" })).await;
    let me = third.me().await;
    assert_ne!(me["user"]["id"], id);
    assert!(me["user"]["username"].as_str().unwrap().starts_with("bob-"), "{me}");
}

#[tokio::test]
async fn names_are_made_to_fit() {
    let site = Site::new().await;
    for (number, (claims, name)) in [
        (json!({ "preferred_username": "jane.doe@example.org" }), "jane.doe"),
        (json!({ "preferred_username": "@", "name": "Jane  Doe" }), "Jane-Doe"),
        (json!({ "email": "janet@example.org" }), "janet"),
        (json!({ "preferred_username": "a\u{200b}b" }), "user"),
        (json!({ "name": "x".repeat(200) }), &"x".repeat(140)),
    ]
    .into_iter()
    .enumerate()
    {
        let browser = site.browser();
        let mut claims = claims;
        claims["sub"] = json!(number.to_string());
        let _ = answer(&site, &browser, claims).await;
        assert_eq!(browser.me().await["user"]["username"], name);
    }
}

#[tokio::test]
async fn where_sign_up_is_closed_only_those_who_are_linked_get_in() {
    let site = site(true, |entry| entry.sign_up(SignUpPolicy::Closed)).await;
    let browser = site.browser();
    let refused = answer(&site, &browser, json!({})).await;
    assert_eq!((refused.status(), code(&refused).as_str()), (403, "sign_up_closed"));

    log_in_by_password(&browser).await;
    let _ = connect(&site, &browser, json!({})).await;
    let other = site.browser();
    assert_eq!(answer(&site, &other, json!({})).await.status(), 303);
    assert_eq!(other.me().await["user"]["username"], "alice");
}

#[tokio::test]
async fn an_account_is_connected_by_whoever_is_logged_in_and_fresh() {
    let site = Site::new().await;
    let browser = site.browser();
    let nobody = browser.post("/auth/login/idp", "link=true").await;
    assert_eq!(nobody.status(), 401);
    log_in_by_password(&browser).await;
    let connected = connect(&site, &browser, json!({ "name": "Alice A.", "email": ALICES })).await;
    assert_eq!(location(&connected), "/auth/accounts");
    let listed = accounts(&browser).await;
    assert_eq!((&listed[0]["provider"], &listed[0]["name"]), (&json!("idp"), &json!("Alice A.")));
    assert_eq!((&listed[0]["label"], &listed[0]["issuer"]), (&json!("IdP"), &json!("https://idp.example")));
    assert!(listed[0].get("subject").is_none());
    // Twice is once.
    let _ = connect(&site, &browser, json!({})).await;
    assert_eq!(accounts(&browser).await.len(), 1);

    site.system.advance(301);
    assert_eq!(browser.post("/auth/login/idp", "link=true").await.status(), 401);
    let page = browser.get("/auth/login/idp?link=true").await;
    let way = "/auth/reauthenticate?next=%2Fauth%2Flogin%2Fidp%3Flink%3Dtrue";
    assert_eq!(location(&page), way);
}

#[tokio::test]
async fn an_account_is_connected_only_in_the_session_that_asked() {
    let site = Site::new().await;
    let browser = site.browser();
    log_in_by_password(&browser).await;
    let visit = begin(&browser, "link=true").await;
    let _ = browser.post("/auth/logout", "").await;
    let callback = site.idp.callback(&visit, json!({}));
    assert_eq!(code(&browser.get_json(&callback).await), "state_mismatch");

    log_in_by_password(&browser).await;
    let visit = begin(&browser, "link=true").await;
    log_in_by_password(&browser).await;
    let callback = site.idp.callback(&visit, json!({}));
    assert_eq!(code(&browser.get_json(&callback).await), "state_mismatch");
    assert!(accounts(&browser).await.is_empty());
}

#[tokio::test]
async fn an_account_that_is_somebody_elses_is_not_connected() {
    let site = Site::new().await;
    let bob = site.browser();
    let _ = answer(&site, &bob, json!({})).await;
    let browser = site.browser();
    log_in_by_password(&browser).await;
    let refused = connect(&site, &browser, json!({})).await;
    assert_eq!((refused.status(), code(&refused).as_str()), (422, "already_exists"));
    assert!(accounts(&browser).await.is_empty());
}

#[tokio::test]
async fn an_account_without_a_password_is_confirmed_by_its_provider() {
    let site = Site::new().await;
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({})).await;
    site.system.advance(3_600);
    let page = text(&browser.get("/auth/reauthenticate?next=/private").await);
    assert!(page.contains("Confirm with IdP") && !page.contains("name=\"password\""), "{page}");
    let old = browser.cookie("session");

    let leave = async || begin(&browser, "reauthenticate=true&next=/private").await;
    let visit = leave().await;
    assert_eq!((visit.get("prompt"), visit.get("max_age")), ("login", "0"));
    let long_ago = site.idp.now().unix_seconds() - 3_600;
    for (claims, why) in [
        (json!({ "auth_time": long_ago }), "a login of an hour ago"),
        (json!({ "auth_time": null }), "no word on when"),
        (json!({ "sub": "another" }), "another account"),
    ] {
        let visit = leave().await;
        let refused = browser.get_json(&site.idp.callback(&visit, claims)).await;
        assert_eq!(code(&refused), "provider_error", "{why}");
    }
    assert_eq!(browser.me().await["auth"]["fresh"], false);
    assert_eq!(location(&browser.get(&site.idp.callback(&visit, json!({}))).await), "/private");
    assert_eq!(browser.me().await["auth"]["fresh"], true);
    assert_ne!(browser.cookie("session"), old);
}

#[tokio::test]
async fn a_login_at_the_provider_that_was_long_ago_is_no_fresh_one_here() {
    let site = Site::new().await;
    let browser = site.browser();
    let long_ago = site.idp.now().unix_seconds() - 3_600;
    let _ = answer(&site, &browser, json!({ "auth_time": long_ago })).await;
    assert_eq!(browser.me().await["auth"]["fresh"], false);
}

#[tokio::test]
async fn a_login_is_begun_by_hand_too() {
    let site = Site::new().await;
    let context = site.auth().context();
    context.observe(&crate::http::request("GET", "/", &[]));
    let url = context.begin_provider_login("idp", crate::http::SafeRedirect::home()).await.unwrap();
    assert!(!Visit::new(url.as_str()).get("state").is_empty());
    let mut head = crate::http::AuthResponse::new(303);
    context.commit(&mut head);
    assert!(head.header("set-cookie").unwrap().starts_with("session-login="));
    assert!(context.begin_provider_login("nobody", crate::http::SafeRedirect::home()).await.is_err());
}
