//! What there is where accounts are in a table of the application's own, which sends no mail and closes nothing.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::Auth;
use crate::auth::AuthBuilder;
use crate::error::{ErrorKind, StoreError};
use crate::http::{AuthRequest, RequestBody, request};
use crate::store::{Backend as _, MemoryStore};
use crate::testing::{MemoryMailer, login_as};
use crate::tests::{PASSWORD, System, builder};
use crate::user::{UserId, UserWatcher, WatchedUsers};

/// Watches users, and does nothing about them.
#[derive(Debug)]
struct Idle;

#[async_trait]
impl UserWatcher for Idle {
    async fn before(&self, _: Option<&UserId>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn after(&self, _: Option<&UserId>) {}
}

/// An application with users of its own, among whom is alice.
async fn own() -> (System, AuthBuilder) {
    let store = MemoryStore::new();
    let system = System::with(|builder| builder.store(store.clone())).await;
    let people = WatchedUsers::new(store.stores().users, Arc::new(Idle));
    let builder = builder().clock(system.clock.clone()).store(store).user_store(people);
    (system, builder)
}

async fn status(auth: &Auth, cookie: &str, method: &str, path: &str, body: &Value) -> u16 {
    let headers = vec![
        ("content-type".to_owned(), b"application/json".to_vec()),
        ("cookie".to_owned(), cookie.as_bytes().to_vec()),
        ("sec-fetch-site".to_owned(), b"same-origin".to_vec()),
    ];
    let body = RequestBody::Complete(body.to_string().into_bytes());
    auth.handle(AuthRequest::new(&request(method, path, &[]), headers, body)).await.status()
}

#[tokio::test]
async fn what_people_do_with_accounts_of_the_applications_own_works_where_nothing_is_mailed_or_closed() {
    let (_system, builder) = own().await;
    let auth = builder.build().await.unwrap();
    let cookie = login_as(&auth, "alice").await.unwrap();
    let new = json!({"current_password": PASSWORD, "new_password": "another good demo passphrase"});
    for (method, path, body, expected) in [
        ("GET", "/auth/account", json!({}), 200),
        ("GET", "/auth/account/export", json!({}), 200),
        ("GET", "/auth/sessions", json!({}), 200),
        ("GET", "/auth/mfa/factors", json!({}), 200),
        ("POST", "/auth/mfa/totp", json!({}), 200),
        ("POST", "/auth/account", json!({"first_name": "Alice"}), 404),
        ("DELETE", "/auth/account", json!({}), 404),
        ("POST", "/auth/account/reopen", json!({"token": "x"}), 404),
        ("POST", "/auth/register", json!({}), 404),
        ("POST", "/auth/email/verify", json!({"token": "x"}), 404),
        ("POST", "/auth/email/resend", json!({"email": "a@x.example"}), 404),
        ("POST", "/auth/email/change", json!({"email": "a@x.example"}), 404),
        ("POST", "/auth/email/undo", json!({"token": "x"}), 404),
        ("POST", "/auth/password/forgot", json!({"email": "a@x.example"}), 404),
        ("POST", "/auth/password/reset", json!({"token": "x"}), 404),
        ("POST", "/auth/magic-link", json!({"email": "a@x.example"}), 404),
        ("POST", "/auth/password/change", new, 204),
    ] {
        assert_eq!(status(&auth, &cookie, method, path, &body).await, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn what_the_applications_own_table_does_by_itself_is_refused_with_what_to_do_instead() {
    let (system, builder) = own().await;
    let told = builder.mailer(MemoryMailer::new(), "accounts@app.example").build().await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Configuration);
    assert!(told.to_string().contains("leave out `.mailer(..)`"), "{told}");
    let (_, builder) = own().await;
    let auth = builder.build().await.unwrap();
    let users = auth.users();
    for refused in [
        users.create_without_password(users.new_user("bob").unwrap()).await.map(drop),
        users.remove(&system.alice.id).await.map(drop),
        auth.accounts().close(&system.alice.id).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Configuration);
    }
}
