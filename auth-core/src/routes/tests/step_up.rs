//! What a provider's word is worth where a recent proof is asked for.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::accounts::{accounts, answer, connect, log_in_by_password};
use super::browser::{Browser, code, location, text};
use super::login::{Site, begin};
use crate::error::StoreError;
use crate::outbound::Method;
use crate::provider::ProviderConfig;
use crate::provider::tests::idp::{Idp, Visit};
use crate::session::SessionStore;
use crate::store::{Backend as _, MemoryStore, Stores};
use crate::user::{UserId, UserWatcher, WatchedUsers};

async fn is_fresh(browser: &Browser<'_>) -> bool {
    browser.me().await["auth"]["fresh"] == true
}

#[tokio::test]
async fn an_account_with_a_password_is_not_confirmed_by_a_provider() {
    let site = Site::new().await;
    let browser = site.browser();
    log_in_by_password(&browser).await;
    let _ = connect(&site, &browser, json!({})).await;
    site.system.advance(3_600);
    for target in ["/auth/login/idp?reauthenticate=true", "/auth/login/idp"] {
        let refused = match target.contains('?') {
            true => browser.get(target).await,
            false => browser.post(target, "reauthenticate=true&next=/private").await,
        };
        assert_eq!(refused.status(), 401);
        assert!(refused.header("www-authenticate").unwrap().contains("insufficient_user_authentication"));
        let page = text(&refused);
        assert!(page.contains("has a password") && page.contains("/auth/reauthenticate"), "{page}");
    }
    assert!(!is_fresh(&browser).await);
    assert!(site.idp.client.requests_to(Method::Get, "https://idp.example/authorize").is_empty());
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_is_logged_in_with_once_more() {
    let github = || ProviderConfig::preset("github", "client").client_secret("secret");
    let site = Site::with(|builder| builder.provider(github())).await;
    let json = |url: &str, document: &Value| site.idp.client.answer_json(Method::Get, url, document);
    json("https://api.github.com/user", &json!({ "id": 583_231, "login": "octocat" }));
    json("https://api.github.com/user/emails", &json!([]));
    let tokens = json!({ "access_token": "gho_x", "token_type": "bearer" });
    let endpoint = "https://github.com/login/oauth/access_token";
    site.idp.client.answer_json(Method::Post, endpoint, &tokens);

    let browser = site.browser();
    let log_in = async || {
        let visit = Visit::new(location(&browser.post("/auth/login/github", "").await));
        let back = format!("/auth/login/github/callback?code=x&state={}", visit.get("state"));
        assert_eq!(location(&browser.get(&back).await), "/");
    };
    log_in().await;
    assert_eq!(browser.me().await["user"]["username"], "octocat");
    site.system.advance(3_600);
    let refused = browser.post("/auth/login/github", "reauthenticate=true").await;
    assert_eq!(refused.status(), 401);
    assert!(text(&refused).contains("GitHub cannot be asked"), "{}", text(&refused));
    let page = text(&browser.get("/auth/reauthenticate?next=/private").await);
    assert!(page.contains("Log in again with GitHub") && !page.contains("Confirm with"), "{page}");
    assert!(!is_fresh(&browser).await);
    log_in().await;
    assert!(is_fresh(&browser).await);
}

#[tokio::test]
async fn a_provider_of_which_that_is_known_is_not_asked_for_a_new_login() {
    // glewlwyd refuses `max_age=0` and says `auth_time: 0`.
    let site = Site::with(|builder| builder.provider(Idp::config().can_reauthenticate(false))).await;
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({ "auth_time": 0 })).await;
    assert!(is_fresh(&browser).await, "its users can connect and disconnect accounts");
    site.system.advance(3_600);
    assert_eq!(browser.post("/auth/login/idp", "reauthenticate=true").await.status(), 401);
}

#[tokio::test]
async fn a_login_is_as_old_as_its_provider_says_where_the_account_has_a_password() {
    let site = Site::with(|builder| builder.provider(Idp::config().can_reauthenticate(false))).await;
    let owner = site.browser();
    log_in_by_password(&owner).await;
    let _ = connect(&site, &owner, json!({})).await;
    let now = site.idp.now().unix_seconds();
    for (auth_time, fresh) in
        [(json!(now - 86_400), false), (json!("unreadable"), false), (json!(now), true), (json!(null), false)]
    {
        let browser = site.browser();
        let _ = answer(&site, &browser, json!({ "auth_time": auth_time })).await;
        assert_eq!(browser.me().await["user"]["username"], "alice");
        assert_eq!(is_fresh(&browser).await, fresh, "{auth_time}");
    }
}

#[tokio::test]
async fn a_password_that_is_set_meanwhile_is_asked_for_instead() {
    let site = Site::new().await;
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({})).await;
    let id = UserId::new(browser.me().await["user"]["id"].as_str().unwrap());
    site.system.advance(3_600);
    let visit = begin(&browser, "reauthenticate=true").await;
    site.auth().accounts().set_password(&id, "violet umbrella cactus seventeen").await.unwrap();
    let refused = browser.get_json(&site.idp.callback(&visit, json!({}))).await;
    assert!(matches!(refused.status(), 400 | 401), "{}", text(&refused));
    assert!(!is_fresh(&browser).await);
}

#[tokio::test]
async fn a_login_that_is_no_longer_recent_connects_nothing() {
    let site = Site::new().await;
    let browser = site.browser();
    log_in_by_password(&browser).await;
    let visit = begin(&browser, "link=true").await;
    site.system.advance(301);
    let refused = browser.get(&site.idp.callback(&visit, json!({}))).await;
    assert_eq!(refused.status(), 401);
    assert!(refused.header("www-authenticate").is_some());
    let page = text(&refused);
    assert!(
        page.contains("/auth/reauthenticate?next=%2Fauth%2Faccounts") && !page.contains("code="),
        "{page}"
    );
    assert!(accounts(&browser).await.is_empty());
}

#[tokio::test]
async fn a_session_that_ends_while_the_provider_answers_connects_nothing() {
    let site = Site::new().await;
    let browser = site.browser();
    log_in_by_password(&browser).await;
    let visit = begin(&browser, "link=true").await;
    let callback = site.idp.callback(&visit, json!({}));
    let before = site.idp.client.requests().len();
    let held = site.idp.client.hold();
    let (answered, ()) = tokio::join!(browser.get_json(&callback), async {
        site.idp.client.arrived(before + 1).await;
        site.auth().sessions().revoke_others(&site.system.alice.id, None).await.unwrap();
        drop(held);
    });
    assert_eq!(code(&answered), "state_mismatch");
    assert!(site.auth().providers().linked_accounts(&site.system.alice.id).await.unwrap().is_empty());
}

/// Ends a user's sessions at the very moment in which an account is linked, which is a change of theirs.
#[derive(Debug)]
struct Overtaking(Arc<dyn SessionStore>);

#[async_trait]
impl UserWatcher for Overtaking {
    async fn before(&self, _: Option<&UserId>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn after(&self, user: Option<&UserId>) {
        if let Some(user) = user {
            self.0.remove_by_user(user, None).await.unwrap();
        }
    }

    async fn after_login(&self, _: &UserId) {}
}

#[tokio::test]
async fn a_link_that_the_end_of_its_session_overtakes_is_removed() {
    let stores = MemoryStore::new().stores();
    let admin = stores.user_admin.clone().unwrap();
    let overtaken = WatchedUsers::new(admin, Arc::new(Overtaking(stores.sessions.clone())));
    let stores = Stores { user_admin: Some(Arc::new(overtaken)), ..stores };
    let site = Site::with(|builder| builder.stores(stores).provider(Idp::config())).await;
    let browser = site.browser();
    log_in_by_password(&browser).await;
    let refused = connect(&site, &browser, json!({})).await;
    assert_eq!(code(&refused), "state_mismatch");
    assert!(site.auth().providers().linked_accounts(&site.system.alice.id).await.unwrap().is_empty());
}
