//! What is mailed, and what a request that could tell who exists does.

use std::time::Duration;

use serde_json::json;

use crate::Auth;
use crate::account::{EmailVerification, Registration};
use crate::error::ErrorKind;
use crate::http::{AuthRequest, AuthResponse, RequestBody, request};
use crate::testing::MemoryMailer;
use crate::tests::System;
use crate::throttle::{Limit, ThrottleConfig};
use crate::user::{Email, LetterKind, LoginName, NewUser, User, UserUpdate, Username};

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

/// The kind of the error that something was refused with.
fn refused<T>(outcome: Result<T, crate::Error>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

#[tokio::test]
async fn a_name_that_somebody_signed_up_under_is_given_to_nobody_by_code_whether_or_not_that_made_an_account()
{
    let (system, _) = system(|builder| builder).await;
    let (users, alice) = (system.auth.users(), &system.alice.id);
    for (name, email) in [("made", "made@x.example"), ("not-made", "alice@x.example")] {
        let form = json!({"username": name, "email": email, "password": NEW});
        assert_eq!(post(&system.auth, "/auth/register", &form).await.status(), 202);
        let taken = Some(ErrorKind::AlreadyExists);
        let again = || users.new_user(&name.to_uppercase()).unwrap();
        assert_eq!(refused(users.create(again(), NEW).await), taken, "{name}");
        assert_eq!(refused(users.create_without_password(again()).await), taken, "{name}");
        let further = vec![LoginName::parse(name)];
        let beside = NewUser { login_names: further.clone(), ..users.new_user("free").unwrap() };
        assert_eq!(refused(users.create_without_password(beside).await), taken, "{name}");
        for update in [
            UserUpdate { username: Some(again().username), ..UserUpdate::default() },
            UserUpdate { login_names: Some(further), ..UserUpdate::default() },
        ] {
            assert_eq!(refused(users.update(alice, update).await), taken, "{name}");
        }
        let form = json!({"username": name, "email": "other@x.example", "password": NEW});
        assert_eq!(post(&system.auth, "/auth/register", &form).await.status(), 422, "{name}");
    }
}

#[tokio::test]
async fn an_account_goes_on_under_a_name_that_is_held_for_it_and_lets_go_of_it_when_it_is_removed() {
    let (system, _) = system(|builder| builder).await;
    let users = system.auth.users();
    let form = json!({"username": "made", "email": "made@x.example", "password": NEW});
    assert_eq!(post(&system.auth, "/auth/register", &form).await.status(), 202);
    let made = users.find("made").await.unwrap().unwrap();
    let written = Username::new("Made").unwrap();
    let update = UserUpdate { username: Some(written), ..UserUpdate::default() };
    assert_eq!(users.update(&made.id, update).await.unwrap().unwrap().username(), "Made");
    assert!(users.remove(&made.id).await.unwrap());
    users.create(users.new_user("made").unwrap(), NEW).await.unwrap();
}

#[tokio::test]
async fn a_closed_account_keeps_its_name_and_its_address_until_it_is_erased() {
    let (system, mailer) = system(|builder| builder).await;
    let (auth, users) = (&system.auth, system.auth.users());
    assert!(auth.accounts().close(&system.alice.id).await.unwrap());
    let taken = || async {
        let mut addressed = users.new_user("free").unwrap();
        addressed.email = Some(Email::new("ALICE@x.example").unwrap());
        let by_name = users.create_without_password(users.new_user("ALICE").unwrap()).await;
        let by_address = users.create_without_password(addressed).await;
        [refused(by_name), refused(by_address)]
    };
    assert_eq!(taken().await, [Some(ErrorKind::AlreadyExists); 2]);
    let form = json!({"username": "other", "email": "alice@x.example", "password": NEW});
    assert_eq!(post(auth, "/auth/register", &form).await.status(), 202);
    auth.deliver_mail().await.unwrap();
    assert!(users.find("other").await.unwrap().is_none(), "{:?}", mailer.sent_to("alice@x.example").len());
    system.advance(15 * 24 * 60 * 60);
    auth.remove_expired().await.unwrap();
    assert_eq!(taken().await, [None; 2]);
}

/// The token of the last mail to an address.
async fn token(system: &System, mailer: &MemoryMailer, address: &str) -> String {
    system.auth.deliver_mail().await.unwrap();
    let mails = mailer.sent_to(address);
    let (_, rest) = mails.last().unwrap().text().split_once("?token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn what_people_do_by_mail_is_done_from_code_too() {
    const ADDRESS: &str = "bob@x.example";
    const LATER: &str = "seven quiet boats at the pier";
    let (system, mailer) = system(|builder| builder.magic_links(true)).await;
    let (people, users) = (system.auth.self_service().unwrap(), system.auth.users());
    people.register("bob", ADDRESS, NEW).await.unwrap();
    let proof = token(&system, &mailer, ADDRESS).await;
    let wrong = people.verify_email(&proof, Some("not the password")).await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidCredentials);
    assert!(people.verify_email(&proof, Some(NEW)).await.unwrap().is_none(), "it is as it was");
    assert!(users.find("bob").await.unwrap().unwrap().email_verified);
    assert_eq!(refused(people.verify_email(&proof, Some(NEW)).await), Some(ErrorKind::InvalidLink));
    let _ = system.try_admit("bob", NEW).await.unwrap();

    people.forgot_password(ADDRESS).await.unwrap();
    let reset = token(&system, &mailer, ADDRESS).await;
    assert_eq!(refused(people.reset_password(&reset, "password").await), Some(ErrorKind::WeakPassword));
    people.reset_password(&reset, LATER).await.unwrap();
    assert_eq!(refused(people.reset_password(&reset, NEW).await), Some(ErrorKind::InvalidLink));
    let _ = system.try_admit("bob", LATER).await.unwrap();
    system.auth.deliver_mail().await.unwrap();

    people.mail_login_link(ADDRESS).await.unwrap();
    let link = token(&system, &mailer, ADDRESS).await;
    assert_eq!(people.log_in_by_link(&link).await.unwrap().admitted().unwrap().user().username(), "bob");
    assert_eq!(refused(people.log_in_by_link(&link).await), Some(ErrorKind::InvalidLink));

    let bob = users.find("bob").await.unwrap().unwrap();
    assert!(system.auth.accounts().close(&bob.id).await.unwrap());
    let reopen = token(&system, &mailer, ADDRESS).await;
    people.reopen(&reopen).await.unwrap();
    assert!(users.get(&bob.id).await.unwrap().unwrap().is_active);
}

#[tokio::test]
async fn whoever_proves_an_address_from_code_without_the_password_gets_the_account_without_it() {
    let (system, mailer) = system(|builder| builder).await;
    let people = system.auth.self_service().unwrap();
    people.register("bob", "bob@x.example", NEW).await.unwrap();
    let proof = token(&system, &mailer, "bob@x.example").await;
    let reset = people.verify_email(&proof, None).await.unwrap().unwrap();
    assert_eq!(refused(system.try_admit("bob", NEW).await), Some(ErrorKind::InvalidCredentials));
    people.reset_password(reset.expose(), "seven quiet boats at the pier").await.unwrap();
    let _ = system.try_admit("bob", "seven quiet boats at the pier").await.unwrap();
}

#[tokio::test]
async fn from_code_nobody_is_told_who_exists_and_the_limits_count() {
    let few = ThrottleConfig::default().network([Limit::new(3, Duration::from_secs(60))]);
    let (system, _) = system(|builder| builder.throttle(few)).await;
    let of_client = |ip: [u8; 4]| system.auth.self_service().unwrap().of_client(Some(ip.into()));
    let people = of_client([192, 0, 2, 9]);
    for address in ["alice@x.example", "nobody@x.example", "alice@x.example"] {
        people.forgot_password(address).await.unwrap();
    }
    assert_eq!(refused(people.forgot_password("alice@x.example").await), Some(ErrorKind::TooManyAttempts));
    of_client([198, 51, 100, 9]).forgot_password("alice@x.example").await.unwrap();
    let nobody = System::new().await;
    assert_eq!(refused(nobody.auth.self_service()), Some(ErrorKind::NotFound));
}
