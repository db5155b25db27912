use std::sync::Arc;

use serde_json::json;

use super::accounts::{accounts, answer, connect, log_in_by_password};
use super::browser::{Browser, code, location, text};
use super::login::Site;
use crate::UserId;
use crate::error::{Error, ErrorKind};
use crate::password::PasswordHash;
use crate::provider::tests::idp::Idp;
use crate::provider::{LinkedAccount, LinkedAccountId, LinkedAccountStore};
use crate::store::{Backend as _, MemoryStore};

async fn user(browser: &Browser<'_>) -> UserId {
    UserId::new(browser.me().await["user"]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_last_way_to_log_in_stays() {
    let site = Site::new().await;
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({})).await;
    let id = accounts(&browser).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/auth/accounts/idp/{id}");
    let refused = browser.delete(&path).await;
    assert_eq!((refused.status(), code(&refused).as_str()), (409, "last_login_method"));
    let _ = connect(&site, &browser, json!({ "sub": "another" })).await;
    assert_eq!(browser.delete(&path).await.status(), 204);
    // The session that it began went with it.
    assert_eq!(browser.get_json("/auth/accounts").await.status(), 401);
    let _ = answer(&site, &browser, json!({ "sub": "another" })).await;
    assert_eq!(accounts(&browser).await.len(), 1);
}

#[tokio::test]
async fn a_password_that_no_text_fits_is_no_way_to_log_in() {
    let site = Site::new().await;
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({})).await;
    let user = user(&browser).await;
    // Django's mark of an account without a password.
    let unusable = PasswordHash::from_encoded("!kWbVdTpn2Nn3AObsr8XnzEYLKr1dQ0nWHqY5Nd1P");
    site.auth().user_store().set_password(&user, None, &unusable).await.unwrap();
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({})).await;
    let id = accounts(&browser).await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(code(&browser.delete(&format!("/auth/accounts/idp/{id}")).await), "last_login_method");
    let page = text(&browser.get("/auth/accounts").await);
    assert!(
        page.contains("Ways to log in as ")
            && !page.contains("besides")
            && page.matches("<form").count() == 1,
        "{page}"
    );
    let page = text(&browser.get("/auth/reauthenticate").await);
    assert!(page.contains("Confirm with IdP"), "{page}");
}

/// A site, and its linked accounts as they are stored.
async fn over_a_store() -> (Site, Arc<dyn LinkedAccountStore>) {
    let store = MemoryStore::new();
    let site = Site::with(|builder| builder.provider(Idp::config()).store(store.clone())).await;
    (site, store.stores().linked_accounts)
}

#[tokio::test]
async fn an_account_of_an_issuer_that_has_left_the_registry_is_no_way_to_log_in() {
    let (site, store) = over_a_store().await;
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({})).await;
    let mut gone = store.list(&user(&browser).await).await.unwrap()[0].clone();
    let path = format!("/auth/accounts/idp/{}", gone.id);
    // The entry `idp` was another provider once.
    (gone.id, gone.issuer) = (LinkedAccountId::new([9; 16]), "https://old.example".to_owned());
    store.link(gone.clone(), Vec::new()).await.unwrap();
    assert_eq!(code(&browser.delete(&path).await), "last_login_method");
    let page = text(&browser.get("/auth/accounts").await);
    assert_eq!(page.matches("<form").count(), 2, "only the useless one can go: {page}");
    assert_eq!(browser.delete(&format!("/auth/accounts/idp/{}", gone.id)).await.status(), 204);
    assert!(browser.is_logged_in());
}

#[tokio::test]
async fn of_many_parallel_unlinkings_one_account_is_left() {
    let (site, accounts) = over_a_store().await;
    let browser = site.browser();
    let _ = answer(&site, &browser, json!({})).await;
    let user = user(&browser).await;
    let first = accounts.list(&user).await.unwrap()[0].clone();
    for n in 1..50 {
        let more =
            LinkedAccount { id: LinkedAccountId::new([n; 16]), subject: n.to_string(), ..first.clone() };
        accounts.link(more, Vec::new()).await.unwrap();
    }
    let mut running = tokio::task::JoinSet::new();
    for account in accounts.list(&user).await.unwrap() {
        let (auth, user) = (site.auth().clone(), user.clone());
        running.spawn(async move { auth.providers().unlink(&user, &account.id, None).await });
    }
    let answers = running.join_all().await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.iter().map(Error::kind).collect::<Vec<_>>(), [ErrorKind::LastLoginMethod]);
    assert_eq!(accounts.list(&user).await.unwrap().len(), 1);
}

#[tokio::test]
async fn unlinking_takes_a_fresh_login_and_an_account_of_ones_own() {
    let site = Site::new().await;
    let (browser, bob) = (site.browser(), site.browser());
    log_in_by_password(&browser).await;
    let _ = connect(&site, &browser, json!({})).await;
    let _ = answer(&site, &bob, json!({ "sub": "bob" })).await;
    let id = accounts(&browser).await[0]["id"].as_str().unwrap().to_owned();
    for path in [
        format!("/auth/accounts/other/{id}"),
        format!("/auth/accounts/idp/{}", "0".repeat(32)),
        "/auth/accounts/idp/x".to_owned(),
    ] {
        assert_eq!(browser.delete(&path).await.status(), 404, "{path}");
    }
    let path = format!("/auth/accounts/idp/{id}");
    assert_eq!(bob.delete(&path).await.status(), 404);
    assert_eq!(site.browser().delete(&path).await.status(), 401);

    assert!(text(&browser.get("/auth/accounts").await).contains(&format!("action=\"{path}/delete\"")));
    site.system.advance(301);
    assert_eq!(code(&browser.delete(&path).await), "reauthentication_required");
    let page = text(&browser.get("/auth/accounts").await);
    assert!(
        page.contains("/auth/reauthenticate?next=%2Fauth%2Faccounts") && page.matches("<form").count() == 1,
        "{page}"
    );
    log_in_by_password(&browser).await;
    let posted = browser.post(&format!("{path}/delete"), "next=/auth/accounts").await;
    assert_eq!(location(&posted), "/auth/accounts");
    assert!(accounts(&browser).await.is_empty());
}
