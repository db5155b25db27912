use std::sync::Arc;
use std::time::Duration;

use crate::error::ErrorKind;
use crate::tests::{PASSWORD, System};
use crate::throttle::{Limit, ThrottleConfig};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

async fn fail(system: &System, login: &str) -> ErrorKind {
    system.try_admit(login, "wrong").await.unwrap_err().kind()
}

#[tokio::test]
async fn known_and_unknown_names_are_limited_after_the_same_number_of_failures() {
    for login in ["alice", "nobody", "nobody@example.com"] {
        let system = System::new().await;
        for _ in 0..25 {
            assert_eq!(fail(&system, login).await, ErrorKind::InvalidCredentials);
        }
        let error = system.try_admit(login, "wrong").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyAttempts);
        assert!(error.retry_after().unwrap() <= Duration::from_secs(10 * MINUTE));
    }
}

#[tokio::test]
async fn a_limited_account_takes_no_right_password_until_the_time_it_was_told() {
    let system = System::new().await;
    for _ in 0..25 {
        fail(&system, "alice").await;
    }
    let error = system.try_admit("alice", PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyAttempts);
    system.clock.advance(error.retry_after().unwrap());
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_success_starts_the_account_afresh() {
    let system = System::new().await;
    for _ in 0..10 {
        for _ in 0..24 {
            assert_eq!(fail(&system, "alice").await, ErrorKind::InvalidCredentials);
        }
        let _ = system.try_admit("alice", PASSWORD).await.unwrap();
        system.advance(MINUTE);
    }
}

#[tokio::test]
async fn never_more_than_a_hundred_in_a_row_however_slowly() {
    let system = System::new().await;
    let mut evaluated = 0;
    for _ in 0..300 {
        if fail(&system, "alice").await == ErrorKind::InvalidCredentials {
            evaluated += 1;
        }
        system.advance(12 * HOUR);
    }
    assert_eq!(evaluated, 100);
    assert_eq!(system.try_admit("alice", PASSWORD).await.unwrap_err().kind(), ErrorKind::TooManyAttempts);
    system.auth.throttle().clear(&system.alice.id).await.unwrap();
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_delay_grows() {
    let system = System::new().await;
    let mut delays = Vec::new();
    while delays.len() < 60 {
        match system.try_admit("alice", "wrong").await.unwrap_err() {
            error if error.kind() == ErrorKind::TooManyAttempts => {
                let wait = error.retry_after().unwrap();
                delays.push(wait);
                system.clock.advance(wait);
            }
            _ => {}
        }
        if delays.last().is_some_and(|wait| *wait > Duration::from_secs(1000 * HOUR)) {
            break;
        }
    }
    assert!(delays[0] <= Duration::from_secs(10 * MINUTE));
    assert!(delays.iter().any(|wait| *wait > Duration::from_secs(30 * MINUTE)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_guesses_in_one_instant_evaluate_no_more_than_the_limit() {
    let system = Arc::new(System::new().await);
    let before = system.auth.hasher().runs();
    let guesses = (0..200).map(|_| {
        let system = system.clone();
        tokio::spawn(async move { fail(&system, "alice").await })
    });
    let mut refused = 0;
    for guess in guesses.collect::<Vec<_>>() {
        refused += usize::from(guess.await.unwrap() == ErrorKind::TooManyAttempts);
    }
    assert_eq!(refused, 175);
    assert_eq!(system.auth.hasher().runs() - before, 25);
}

#[tokio::test]
async fn a_network_is_limited_across_names_and_another_is_not() {
    let config = ThrottleConfig::default().network([Limit::new(5, Duration::from_secs(MINUTE))]);
    let system = System::with(|builder| builder.throttle(config)).await;
    let from = |ip: &str, login: &str| {
        let (ip, login) = (ip.parse().unwrap(), login.to_owned());
        let auth = system.auth.clone();
        async move {
            let credentials = crate::login::Credentials::Password { login: &login, password: "wrong" };
            auth.admit(credentials, Some(ip)).await.unwrap_err().kind()
        }
    };
    for n in 0..5 {
        assert_eq!(from(&format!("2001:db8::{n}"), &format!("name{n}")).await, ErrorKind::InvalidCredentials);
    }
    assert_eq!(from("2001:db8::ffff", "other").await, ErrorKind::TooManyAttempts);
    assert_eq!(from("2001:db8:0:1::1", "other").await, ErrorKind::InvalidCredentials);
    assert_eq!(from("::ffff:192.0.2.7", "other").await, ErrorKind::InvalidCredentials);
}

#[tokio::test]
async fn a_clock_that_steps_back_unlocks_nothing() {
    let system = System::new().await;
    for _ in 0..25 {
        fail(&system, "alice").await;
    }
    system.clock.step_back(Duration::from_secs(10 * HOUR));
    assert_eq!(system.try_admit("alice", PASSWORD).await.unwrap_err().kind(), ErrorKind::TooManyAttempts);
}

#[tokio::test]
async fn a_wait_without_end_is_told_as_a_day_and_a_new_password_ends_it() {
    let system = System::new().await;
    for _ in 0..300 {
        fail(&system, "alice").await;
        system.advance(12 * HOUR);
    }
    let error = system.try_admit("alice", PASSWORD).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(24 * HOUR)));
    assert!(system.auth.set_password(&system.alice.id, "another good demo passphrase").await.unwrap());
    let _ = system.try_admit("alice", "another good demo passphrase").await.unwrap();
}

#[tokio::test]
async fn no_account_clears_the_counters_of_another() {
    let system = System::new().await;
    let users = system.auth.users();
    for _ in 0..25 {
        fail(&system, "alice").await;
    }
    for n in 0..2000 {
        let neighbour =
            users.create_without_password(users.new_user(&format!("user{n}")).unwrap()).await.unwrap();
        system.auth.throttle().clear(&neighbour.id).await.unwrap();
    }
    assert_eq!(fail(&system, "alice").await, ErrorKind::TooManyAttempts);
}

#[tokio::test]
async fn every_route_of_one_credential_shares_the_counter() {
    let system = System::new().await;
    for _ in 0..25 {
        let credentials = crate::login::Credentials::PasswordOf { user: &system.alice.id, password: "wrong" };
        system.auth.admit(credentials, None).await.unwrap_err();
    }
    let error = system.auth.basic().recognise("alice", PASSWORD, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyAttempts);
}
