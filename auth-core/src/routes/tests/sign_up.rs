//! First logins where the application has a say in whose account they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::accounts::{ALICES, alices, answer, trusting};
use super::browser::{Browser, code};
use super::login::{Site, begin};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, StoreError};
use crate::password::PasswordHash;
use crate::provider::tests::idp::Idp;
use crate::provider::{Newcomer, SignUp};
use crate::store::{Backend as _, MemoryStore, Stores};
use crate::testing::ManualClock;
use crate::user::{Account, Email, LoginName, User, UserId, UserStore, UserUpdate};

/// Gives every newcomer the account that it names.
#[derive(Debug)]
struct GiveTo(Option<UserId>);

#[async_trait::async_trait]
impl SignUp for GiveTo {
    async fn sign_up(&self, newcomer: &Newcomer) -> Result<Option<UserId>, Error> {
        assert_eq!((newcomer.issuer.as_str(), newcomer.provider.as_str()), ("https://idp.example", "idp"));
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn the_application_makes_accounts_its_own_way() {
    for (given, status) in [(Some(UserId::new("1")), 303), (None, 403)] {
        let hook = GiveTo(given.clone());
        let site = Site::with(|builder| builder.provider(Idp::config()).sign_up(hook)).await;
        let auth = site.auth();
        let mut new = auth.users().new_user("given").unwrap();
        new.id = UserId::new("1");
        auth.users().create_without_password(new).await.unwrap();
        let browser = site.browser();
        assert_eq!(answer(&site, &browser, json!({})).await.status(), status);
        if status == 303 {
            assert_eq!(browser.me().await["user"]["username"], "given");
        }
    }
}

#[tokio::test]
async fn nobody_signs_up_over_a_users_table_of_the_applications_own_unless_it_says_how() {
    let clock = ManualClock::default();
    let idp = Idp::new(&clock);
    let stores = Stores { user_admin: None, ..MemoryStore::new().stores() };
    let builder = crate::tests::builder().stores(stores).clock(Arc::new(clock));
    let builder = builder.provider(Idp::config()).http_client(idp.client.clone());
    let auth = builder.build().await.unwrap();
    let browser = Browser::new(&auth);
    let visit = begin(&browser, "").await;
    let refused = browser.get_json(&idp.callback(&visit, json!({}))).await;
    assert_eq!((refused.status(), code(&refused).as_str()), (403, "sign_up_closed"));
}

/// Finds nobody by an address, as a table of another system in which several share it.
#[derive(Debug)]
struct Blind(Arc<dyn UserStore>);

#[async_trait::async_trait]
impl UserStore for Blind {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.0.get(id).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        if login.email().is_some() { Ok(None) } else { self.0.find(login).await }
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.0.account(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.0.rehash_password(id, old, new).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.0.set_password(id, old, new).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.0.raise_epoch(id).await
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.0.record_login(id, at).await
    }
}

#[tokio::test]
async fn an_address_that_is_taken_and_finds_nobody_is_as_good_as_claimed() {
    let stores = MemoryStore::new().stores();
    let stores = Stores { users: Arc::new(Blind(stores.users.clone())), ..stores };
    let site = Site::with(|builder| builder.stores(stores).provider(trusting(Idp::config()))).await;
    let users = site.auth().users();
    let address = Some(Email::new(ALICES).unwrap());
    let update = UserUpdate { email: Some((address, true)), ..Default::default() };
    users.update(&site.system.alice.id, update).await.unwrap();
    let taken = users.new_user("allie").unwrap();
    users.create_without_password(taken).await.unwrap();
    let browser = site.browser();
    assert_eq!(answer(&site, &browser, alices(json!(true))).await.status(), 303);
    let me = browser.me().await;
    assert_eq!((&me["user"]["email"], &me["user"]["email_verified"]), (&Value::Null, &json!(false)));
    assert!(me["user"]["username"].as_str().unwrap().starts_with("allie-"));
}

/// Makes no account with an address, as if it were taken, and counts how often it is asked.
#[derive(Clone, Debug, Default)]
struct NoAddress(Arc<AtomicUsize>);

#[async_trait::async_trait]
impl SignUp for NoAddress {
    async fn sign_up(&self, newcomer: &Newcomer) -> Result<Option<UserId>, Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match newcomer.email {
            Some(_) => Err(ErrorKind::AlreadyExists.into()),
            None => Ok(Some(UserId::new("1"))),
        }
    }
}

#[tokio::test]
async fn the_application_is_asked_again_without_an_address_that_it_calls_taken() {
    let hook = NoAddress::default();
    let site = Site::with(|builder| builder.provider(trusting(Idp::config())).sign_up(hook.clone())).await;
    let mut new = site.auth().users().new_user("given").unwrap();
    new.id = UserId::new("1");
    site.auth().users().create_without_password(new).await.unwrap();
    let browser = site.browser();
    assert_eq!(answer(&site, &browser, alices(json!(true))).await.status(), 303);
    assert_eq!(hook.0.load(Ordering::Relaxed), 2);
    assert_eq!(browser.me().await["user"]["username"], "given");
}
