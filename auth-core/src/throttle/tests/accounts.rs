//! What nobody sees: an account's failures in a row; and letting it in again.

use std::time::Duration;

use super::{HOUR, fail};
use crate::error::ErrorKind;
use crate::tests::{PASSWORD, System};
use crate::throttle::{Limit, Lockouts, ThrottleConfig};

/// How many guesses at alice are evaluated, of 300 that are slow enough for her name's windows.
async fn use_up(system: &System) {
    for _ in 0..300 {
        assert_eq!(fail(system, "alice").await, ErrorKind::InvalidCredentials);
        system.advance(12 * HOUR);
    }
}

#[tokio::test]
async fn never_more_than_a_hundred_in_a_row_however_slowly() {
    let system = System::new().await;
    for _ in 0..89 {
        fail(&system, "alice").await;
        system.advance(12 * HOUR);
    }
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
    for _ in 0..90 {
        assert_eq!(fail(&system, "alice").await, ErrorKind::InvalidCredentials);
        system.advance(12 * HOUR);
    }
    let before = system.auth.hasher().runs();
    let refused = system.try_admit("alice", PASSWORD).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidCredentials, "as a wrong password");
    assert_eq!(system.auth.hasher().runs() - before, 1, "in the time of one");
    system.auth.throttle().clear(&system.alice.id).await.unwrap();
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_new_password_opens_an_account_that_failures_in_a_row_have_closed() {
    let system = System::new().await;
    use_up(&system).await;
    let refused = system.try_admit("alice", PASSWORD).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidCredentials);
    assert!(
        system.auth.accounts().set_password(&system.alice.id, "another good demo passphrase").await.unwrap()
    );
    let _ = system.try_admit("alice", "another good demo passphrase").await.unwrap();
}

#[tokio::test]
async fn a_shorter_row_can_be_asked_for_and_a_longer_one_cannot() {
    for (asked, strangers) in [(20, 18), (3, 2), (1000, 90)] {
        let in_a_row = ThrottleConfig::default().account([Limit::new(asked, Duration::MAX)]);
        let system = System::with(|builder| builder.throttle(in_a_row)).await;
        for _ in 0..strangers - 1 {
            fail(&system, "alice").await;
            system.advance(HOUR);
        }
        let _ = system.try_admit("alice", PASSWORD).await.unwrap();
        for _ in 0..strangers {
            fail(&system, "alice").await;
            system.advance(HOUR);
        }
        assert!(system.try_admit("alice", PASSWORD).await.is_err(), "{asked}");
    }
}

#[tokio::test]
async fn no_account_ends_the_row_of_another() {
    let system = System::new().await;
    use_up(&system).await;
    let users = system.auth.users();
    for n in 0..2000 {
        let neighbour =
            users.create_without_password(users.new_user(&format!("user{n}")).unwrap()).await.unwrap();
        system.auth.throttle().clear(&neighbour.id).await.unwrap();
    }
    assert!(system.try_admit("alice", PASSWORD).await.is_err());
}

#[tokio::test]
async fn support_staff_need_a_name_or_an_id_and_no_secret() {
    let store = crate::store::MemoryStore::new();
    let stores = crate::store::Backend::stores(&store);
    let system = System::with(|builder| builder.store(store)).await;
    let lockouts = Lockouts::new(stores.users, stores.short_lived);
    let id = system.alice.id.clone();
    for by_name in [true, false] {
        for name in ["alice", "nobody"] {
            for _ in 0..25 {
                fail(&system, name).await;
            }
            assert_eq!(fail(&system, name).await, ErrorKind::TooManyAttempts);
        }
        match by_name {
            true => assert_eq!(lockouts.clear_login("ALICE").await.unwrap().unwrap().id, id),
            false => assert!(lockouts.clear(&id).await.unwrap()),
        }
        let _ = system.try_admit("alice", PASSWORD).await.unwrap();
        assert_eq!(fail(&system, "nobody").await, ErrorKind::TooManyAttempts);
        assert!(lockouts.clear_login("Nobody").await.unwrap().is_none());
        assert_eq!(fail(&system, "nobody").await, ErrorKind::InvalidCredentials);
        system.advance(48 * HOUR);
    }
    assert!(!lockouts.clear(&crate::user::UserId::new("nobody's")).await.unwrap());
}
