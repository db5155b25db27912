//! Browsers that are known from an earlier login.

use super::{HOUR, fail};
use crate::error::ErrorKind;
use crate::login::Credentials;
use crate::tests::{PASSWORD, System};
use crate::throttle::{KNOWN_FOR, Source};
use crate::user::Email;

/// Where requests come from that bring the cookie of a login as this user.
async fn known_as(system: &System, name: &str) -> Source {
    let user = system.auth.users().find(name).await.unwrap().unwrap();
    bringing(system, &cookie_of(&system.auth.known_cookie(&user)))
}

fn cookie_of(line: &str) -> String {
    line.split(';').next().unwrap().to_owned()
}

fn bringing(system: &System, cookie: &str) -> Source {
    system.auth.source(&crate::http::request("GET", "/", &[("cookie", cookie)]))
}

async fn attempt(system: &System, login: &str, password: &str, source: &Source) -> Result<(), ErrorKind> {
    let admitted = system.auth.logins().admit(Credentials::Password { login, password }, source).await;
    admitted.map(|_| ()).map_err(|error| error.kind())
}

async fn with_bob() -> System {
    let system = System::new().await;
    let mut bob = system.auth.users().new_user("bob").unwrap();
    bob.email = Some(Email::new("bob@example.com").unwrap());
    system.auth.users().create(bob, PASSWORD).await.unwrap();
    system
}

#[tokio::test]
async fn an_account_that_strangers_guess_at_stays_open_to_its_browser_by_each_of_its_names() {
    let system = with_bob().await;
    let known = known_as(&system, "bob").await;
    for name in ["bob", "bob@example.com"] {
        for _ in 0..26 {
            fail(&system, name).await;
        }
        assert_eq!(fail(&system, name).await, ErrorKind::TooManyAttempts);
        for form in [name.to_owned(), name.to_uppercase()] {
            assert_eq!(attempt(&system, &form, PASSWORD, &known).await, Ok(()), "{form}");
        }
    }
}

#[tokio::test]
async fn it_stays_open_after_strangers_have_used_up_the_row() {
    let system = with_bob().await;
    let known = known_as(&system, "bob").await;
    for _ in 0..100 {
        fail(&system, "bob").await;
        system.advance(12 * HOUR);
    }
    assert!(system.try_admit("bob", PASSWORD).await.is_err());
    assert_eq!(attempt(&system, "bob", PASSWORD, &known).await, Ok(()));
    let _ = system.try_admit("bob", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_hundred_in_a_row_hold_for_strangers_and_known_browsers_together() {
    let system = with_bob().await;
    for _ in 0..100 {
        fail(&system, "bob").await;
        system.advance(12 * HOUR);
    }
    for _ in 0..10 {
        // A browser each time: none of them has used up its own limit.
        let known = known_as(&system, "bob").await;
        assert_eq!(attempt(&system, "bob", "wrong", &known).await, Err(ErrorKind::InvalidCredentials));
    }
    let known = known_as(&system, "bob").await;
    assert_eq!(attempt(&system, "bob", PASSWORD, &known).await, Err(ErrorKind::InvalidCredentials));
}

#[tokio::test]
async fn a_stolen_cookie_guesses_at_one_account_and_soon_as_a_stranger() {
    let system = with_bob().await;
    let stolen = known_as(&system, "bob").await;
    for _ in 0..26 {
        fail(&system, "alice").await;
        fail(&system, "bob").await;
    }
    assert_eq!(attempt(&system, "alice", PASSWORD, &stolen).await, Err(ErrorKind::TooManyAttempts));
    assert_eq!(attempt(&system, "nobody", "wrong", &stolen).await, Err(ErrorKind::InvalidCredentials));
    for _ in 0..5 {
        assert_eq!(attempt(&system, "bob", "wrong", &stolen).await, Err(ErrorKind::InvalidCredentials));
    }
    assert_eq!(attempt(&system, "bob", "wrong", &stolen).await, Err(ErrorKind::TooManyAttempts));
    assert_eq!(attempt(&system, "bob", PASSWORD, &stolen).await, Err(ErrorKind::TooManyAttempts));
    let other = known_as(&system, "bob").await;
    assert_eq!(attempt(&system, "bob", PASSWORD, &other).await, Ok(()), "the owner has another one");
}

#[tokio::test]
async fn it_ends_after_half_a_year_and_counts_for_nothing_when_anything_is_changed() {
    let system = with_bob().await;
    let line = system.auth.known_cookie(&system.alice);
    assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000"), "{line}");
    let cookie = cookie_of(&line);
    assert!(bringing(&system, &cookie).browser.is_some());
    let mut changed = cookie.clone().into_bytes();
    let last = changed.len() - 2;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for wrong in [
        &changed,
        "session-known=",
        "session-known=AAAA",
        &format!("{cookie}; session-known=x"),
        &format!("{cookie}%"),
    ] {
        assert!(bringing(&system, wrong).browser.is_none(), "{wrong}");
    }
    system.clock.advance(KNOWN_FOR);
    assert!(bringing(&system, &cookie).browser.is_none());
}

#[tokio::test]
async fn a_browser_is_known_until_the_password_of_its_account_changes() {
    let system = with_bob().await;
    let before = known_as(&system, "bob").await;
    for _ in 0..26 {
        fail(&system, "bob").await;
    }
    assert_eq!(attempt(&system, "bob", PASSWORD, &before).await, Ok(()));
    let bob = system.auth.users().find("bob").await.unwrap().unwrap();
    system.auth.accounts().set_password(&bob.id, "another fine demo passphrase").await.unwrap();
    let told = attempt(&system, "bob", "another fine demo passphrase", &before).await;
    assert_eq!(told, Err(ErrorKind::TooManyAttempts));
    let after = known_as(&system, "bob").await;
    assert_eq!(attempt(&system, "bob", "another fine demo passphrase", &after).await, Ok(()));
}

#[tokio::test]
async fn a_browser_known_from_another_account_of_that_name_is_a_strangers() {
    let system = with_bob().await;
    let victim = system.auth.users().find("bob").await.unwrap().unwrap();
    let mut other = (*victim).clone();
    other.id = crate::user::UserId::new("somebody-else");
    for _ in 0..26 {
        fail(&system, "bob").await;
    }
    for _ in 0..3 {
        let source = bringing(&system, &cookie_of(&system.auth.known_cookie(&other)));
        assert_eq!(attempt(&system, "bob", "wrong", &source).await, Err(ErrorKind::TooManyAttempts));
    }
}
