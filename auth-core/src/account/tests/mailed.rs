//! What is mailed, and what a request that could tell who exists does.

use std::time::Duration;

use serde_json::json;

use crate::Auth;
use crate::account::{EmailVerification, Registration};
use crate::error::ErrorKind;
use crate::http::{AuthRequest, AuthResponse, RequestBody, request};
use crate::testing::MemoryMailer;
use crate::tests::System;
use crate::user::{Email, LetterKind, User, UserUpdate};

const NEW: &str = "violet umbrella cactus seventeen";

/// A system that sends mail, in which alice has an address.
async fn system(configure: impl FnOnce(crate::AuthBuilder) -> crate::AuthBuilder) -> (System, MemoryMailer) {
    let mailer = MemoryMailer::new();
    let sending = mailer.clone();
    let system = System::with(|builder| {
        configure(
            builder
                .mailer(sending, "accounts@app.example")
                .deliver_mail_by_hand()
                .registration(Registration::Open),
        )
    })
    .await;
    let proven = (Some(Email::new("alice@x.example").unwrap()), true);
    let update = UserUpdate { email: Some(proven), ..UserUpdate::default() };
    system.auth.users().update(&system.alice.id, update).await.unwrap();
    (system, mailer)
}

async fn post(auth: &Auth, path: &str, body: &serde_json::Value) -> AuthResponse {
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let body = RequestBody::Complete(body.to_string().into_bytes());
    auth.handle(AuthRequest::new(&request("POST", path, &[]), headers, body)).await
}

/// The letters that wait, and the hash runs of a request.
async fn work(system: &System, path: &str, body: &serde_json::Value) -> (u16, usize, u64) {
    let (now, before) = (system.auth.now(), system.auth.hasher().runs());
    let status = post(&system.auth, path, body).await.status();
    let letters = system.auth.stores().outbox.claim(LetterKind::Mail, 100, now, now).await.unwrap();
    for letter in &letters {
        system.auth.stores().outbox.remove(&letter.id).await.unwrap();
    }
    (status, letters.len(), system.auth.hasher().runs() - before)
}

async fn disabled(system: &System, name: &str) -> User {
    let mut new = system.auth.users().new_user(name).unwrap();
    new.email = Some(Email::new(&format!("{name}@x.example")).unwrap());
    let user = system.auth.users().create_without_password(new).await.unwrap();
    let off = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    (*system.auth.users().update(&user.id, off).await.unwrap().unwrap()).clone()
}

#[tokio::test]
async fn a_request_for_a_mail_does_the_same_for_every_address() {
    let (system, _) = system(|builder| builder).await;
    disabled(&system, "gone").await;
    for path in ["/auth/password/forgot", "/auth/email/resend"] {
        for address in ["alice@x.example", "nobody@x.example", "gone@x.example"] {
            assert_eq!(
                work(&system, path, &json!({"email": address})).await,
                (202, 1, 0),
                "{path} {address}"
            );
        }
    }
}

#[tokio::test]
async fn a_sign_up_does_the_same_for_an_address_that_is_taken() {
    let (system, _) = system(|builder| builder).await;
    disabled(&system, "gone").await;
    for (name, address) in [("b", "b@x.example"), ("c", "alice@x.example"), ("d", "gone@x.example")] {
        let form = json!({"username": name, "email": address, "password": NEW});
        assert_eq!(work(&system, "/auth/register", &form).await, (202, 1, 1), "{address}");
    }
}

/// What somebody is mailed who asks for a new password in a browser that is known from this account.
async fn asked_in_a_browser_of(system: &System, mailer: &MemoryMailer, user: &User, times: usize) -> usize {
    let before = mailer.sent_to("alice@x.example").len();
    let cookie = system.auth.known_cookie(user).split(';').next().unwrap().to_owned();
    for _ in 0..times {
        let headers = vec![
            ("content-type".to_owned(), b"application/json".to_vec()),
            ("cookie".to_owned(), cookie.clone().into_bytes()),
        ];
        let body = RequestBody::Complete(json!({"email": "alice@x.example"}).to_string().into_bytes());
        let asked = AuthRequest::new(&request("POST", "/auth/password/forgot", &[]), headers, body);
        assert_eq!(system.auth.handle(asked).await.status(), 202);
    }
    system.auth.deliver_mail().await.unwrap();
    mailer.sent_to("alice@x.example").len() - before
}

#[tokio::test]
async fn a_browser_of_somebody_who_had_the_address_before_uses_up_no_mails_of_its_owner() {
    let (system, mailer) = system(|builder| builder).await;
    let alice = system.auth.users().get(&system.alice.id).await.unwrap().unwrap();
    let mut before = (*alice).clone();
    before.id = crate::user::UserId::new("who-had-it-before");
    assert_eq!(asked_in_a_browser_of(&system, &mailer, &before, 8).await, 6, "as a stranger");
    assert_eq!(asked_in_a_browser_of(&system, &mailer, &before, 1).await, 0);
    assert_eq!(asked_in_a_browser_of(&system, &mailer, &alice, 8).await, 6, "apart from all strangers");
}

#[tokio::test]
async fn an_owner_is_told_of_every_change_of_the_password() {
    let (system, mailer) = system(|builder| builder).await;
    assert!(system.auth.accounts().set_password(&system.alice.id, NEW).await.unwrap());
    system.auth.deliver_mail().await.unwrap();
    let told = mailer.sent_to("alice@x.example");
    assert_eq!(told.len(), 1);
    assert!(told[0].subject().contains("was changed"), "{}", told[0].subject());
    assert!(told[0].text().contains("/auth/account/secure?token=") && !told[0].text().contains(NEW));
}

#[tokio::test]
async fn a_password_that_was_not_changed_is_not_told() {
    let (system, mailer) = system(|builder| builder).await;
    system.auth.accounts().set_password(&system.alice.id, "123456").await.unwrap_err();
    system.auth.deliver_mail().await.unwrap();
    assert!(mailer.sent().is_empty());
}

#[tokio::test]
async fn mail_is_delivered_without_anybodys_call() {
    let mailer = MemoryMailer::new();
    let sending = mailer.clone();
    let system = System::with(|builder| {
        builder.mailer(sending, "accounts@app.example").registration(Registration::Open)
    })
    .await;
    // Not before: while a password is hashed on another thread, paused time would run out.
    let form = json!({"username": "b", "email": "b@x.example", "password": NEW});
    assert_eq!(post(&system.auth, "/auth/register", &form).await.status(), 202);
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(mailer.sent_to("b@x.example").len(), 1);
}

#[tokio::test]
async fn what_needs_mail_is_not_there_without_it() {
    let system = System::new().await;
    for path in ["register", "email/verify", "email/resend", "password/forgot", "password/reset"] {
        let reply = post(&system.auth, &format!("/auth/{path}"), &json!({})).await;
        assert_eq!(reply.status(), 404, "{path}");
    }
    assert_eq!(system.auth.deliver_mail().await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn settings_that_need_mail_are_refused_without_a_mailer() {
    for builder in [
        crate::tests::builder().registration(Registration::Open),
        crate::tests::builder().email_verification(EmailVerification::BeforeLogin),
    ] {
        let told = builder.build().await.unwrap_err().to_string();
        assert!(told.contains("call `.mailer(..)`"), "{told}");
    }
    let told = crate::tests::builder().mailer(MemoryMailer::new(), "nobody").build().await;
    assert!(told.unwrap_err().to_string().contains("accounts@app.example"));
}
