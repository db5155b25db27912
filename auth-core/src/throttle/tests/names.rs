//! What anybody sees: the windows of a name, known or not.

use std::sync::Arc;
use std::time::Duration;

use super::{HOUR, MINUTE, fail};
use crate::error::ErrorKind;
use crate::tests::{PASSWORD, System};
use crate::user::Email;

/// A system whose alice has an address.
async fn with_address() -> System {
    let system = System::new().await;
    let mut bob = system.auth.users().new_user("bob").unwrap();
    bob.email = Some(Email::new("bob@b\u{fc}cher.example").unwrap());
    system.auth.users().create(bob, PASSWORD).await.unwrap();
    system
}

/// What somebody sees who guesses at a name `times` times, each a while after the one before.
async fn seen(system: &System, login: &str, times: usize, pause: u64) -> Vec<(ErrorKind, Option<Duration>)> {
    let mut seen = Vec::new();
    for _ in 0..times {
        let error = system.try_admit(login, "wrong").await.unwrap_err();
        seen.push((error.kind(), error.retry_after()));
        system.advance(pause);
    }
    seen
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
async fn nothing_that_the_owner_does_shows_in_what_a_guesser_is_told() {
    for pause in [0, 30, 20 * MINUTE, 3 * HOUR] {
        let mut told = Vec::new();
        for login in ["bob", "bob@b\u{fc}cher.example", "nobody", "nobody@example.com"] {
            let system = with_address().await;
            let mut seen_of_it = Vec::new();
            for times in [25, 75, 50] {
                seen_of_it.extend(seen(&system, login, times, pause).await);
                // By the other name, so that the guesser's windows have room for it.
                let other = if login == "bob" { "bob@b\u{fc}cher.example" } else { "bob" };
                let _ = system.try_admit(other, PASSWORD).await;
                let id = system.auth.users().find("bob").await.unwrap().unwrap().id.clone();
                let _ = system.auth.accounts().set_password(&id, PASSWORD).await.unwrap();
            }
            told.push(seen_of_it);
        }
        assert!(told.windows(2).all(|two| two[0] == two[1]), "a pause of {pause} s tells who exists");
    }
}

#[tokio::test]
async fn the_owners_login_in_between_takes_no_turn_from_anybody() {
    let system = System::new().await;
    for login in ["alice", "nobody"] {
        for _ in 0..24 {
            assert_eq!(fail(&system, login).await, ErrorKind::InvalidCredentials);
        }
    }
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
    for login in ["alice", "nobody"] {
        assert_eq!(fail(&system, login).await, ErrorKind::InvalidCredentials, "{login}");
        assert_eq!(fail(&system, login).await, ErrorKind::TooManyAttempts, "{login}");
    }
}

#[tokio::test]
async fn one_name_in_every_case_and_form_is_one_name() {
    for forms in [
        ["alice", "ALICE", "\u{ff21}lice"],
        ["nobody", "NoBody", "\u{ff4e}obody"],
        ["bob@b\u{fc}cher.example", "BOB@xn--bcher-kva.example", "bob\u{ff20}B\u{dc}CHER.example"],
        ["no@b\u{fc}cher.example", "NO@xn--bcher-kva.example", "no\u{ff20}B\u{dc}CHER.example"],
    ] {
        let system = with_address().await;
        for number in 0..25 {
            assert_eq!(fail(&system, forms[number % 3]).await, ErrorKind::InvalidCredentials, "{forms:?}");
        }
        for form in forms {
            assert_eq!(fail(&system, form).await, ErrorKind::TooManyAttempts, "{form}");
        }
    }
}

#[tokio::test]
async fn a_user_name_and_an_address_do_not_show_that_they_are_one_account() {
    let system = with_address().await;
    for _ in 0..25 {
        fail(&system, "bob").await;
    }
    assert_eq!(fail(&system, "bob").await, ErrorKind::TooManyAttempts);
    assert_eq!(fail(&system, "bob@b\u{fc}cher.example").await, ErrorKind::InvalidCredentials);
    let _ = system.try_admit("bob@b\u{fc}cher.example", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_limited_name_takes_no_right_password_until_the_time_it_was_told() {
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
async fn a_client_that_logs_in_every_minute_gives_a_guesser_no_more_than_75_a_day() {
    let system = System::new().await;
    let mut evaluated = 0;
    for _ in 0..24 * 60 {
        let _ = system.try_admit("alice", PASSWORD).await;
        for _ in 0..3 {
            evaluated += usize::from(fail(&system, "alice").await == ErrorKind::InvalidCredentials);
        }
        system.advance(MINUTE);
    }
    assert!((70..=75).contains(&evaluated), "{evaluated}");
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
    }
    assert!(delays[0] <= Duration::from_secs(10 * MINUTE));
    assert!(delays.iter().any(|wait| *wait > Duration::from_secs(30 * MINUTE)));
    assert!(delays.iter().all(|wait| *wait <= Duration::from_secs(24 * HOUR)));
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
async fn a_clock_that_steps_back_unlocks_nothing() {
    let system = System::new().await;
    for _ in 0..25 {
        fail(&system, "alice").await;
    }
    system.clock.step_back(Duration::from_secs(10 * HOUR));
    assert_eq!(system.try_admit("alice", PASSWORD).await.unwrap_err().kind(), ErrorKind::TooManyAttempts);
}

#[tokio::test]
async fn every_route_of_one_credential_shares_the_counter() {
    let system = System::new().await;
    for _ in 0..25 {
        let credentials = crate::login::Credentials::PasswordOf { user: &system.alice, password: "wrong" };
        system.auth.admit(credentials, None).await.unwrap_err();
    }
    let error = system.auth.basic().recognise("alice", PASSWORD, Default::default).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyAttempts);
}
