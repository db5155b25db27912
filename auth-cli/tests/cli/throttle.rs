//! `auth throttle`.

use std::time::Duration;

use auth_core::login::Credentials;
use auth_core::throttle::{Limit, ThrottleConfig};
use auth_core::{Auth, ErrorKind};

use crate::home::{Home, PASSWORD, hash};

const NEW: &str = "another fine demo passphrase";

/// What an application says to the last of many wrong passwords.
async fn guess(app: &Auth, login: &str) -> ErrorKind {
    let mut kind = ErrorKind::InvalidCredentials;
    for _ in 0..30 {
        let wrong = Credentials::Password { login, password: "wrong" };
        kind = app.admit(wrong, None).await.unwrap_err().kind();
    }
    kind
}

#[tokio::test]
async fn who_was_locked_out_is_let_in_again_by_any_of_their_names() {
    let home = Home::new();
    let csv = format!(
        "id,username,email,password_hash\n17,old@x.example,new@x.example,{}\n",
        hash("django pbkdf2_sha256")
    );
    home.import(csv, &[]).ok();
    let app = home.app().await;
    for clear in ["new@x.example", "17", "old_at_x.example"] {
        for login in ["old@x.example", "new@x.example"] {
            assert_eq!(guess(&app, login).await, ErrorKind::TooManyAttempts, "{login}");
        }
        let said = home.auth(&["throttle", "clear", clear]).ok();
        assert!(said.contains("old_at_x.example may try again"), "{said}");
        for login in ["old@x.example", "new@x.example"] {
            let right = Credentials::Password { login, password: PASSWORD };
            assert!(app.admit(right, None).await.is_ok(), "{login} after {clear}");
        }
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_cleared_too() {
    let home = Home::new();
    let app = home.app().await;
    app.migrate().await.unwrap();
    assert_eq!(guess(&app, "nobody").await, ErrorKind::TooManyAttempts);
    assert!(home.auth(&["throttle", "clear", "nobody"]).ok().contains("no account `nobody`"));
    let again = app.admit(Credentials::Password { login: "nobody", password: "wrong" }, None).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::InvalidCredentials);
}

#[tokio::test]
async fn a_password_that_is_set_lets_its_owner_in_who_was_locked_out() {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], PASSWORD).ok();
    let in_a_row = ThrottleConfig::default().account([Limit::new(3, Duration::MAX)]);
    let app = home.app_with(|builder| builder.throttle(in_a_row)).await;
    let admit = async |password| {
        app.admit(Credentials::Password { login: "alice", password }, None).await.map(|_| ())
    };
    for _ in 0..3 {
        assert!(admit("wrong").await.is_err());
    }
    assert!(admit(PASSWORD).await.is_err(), "the account takes no password any more");
    home.auth_with_input(&["user", "set-password", "alice", "--password-stdin"], NEW).ok();
    assert!(admit(NEW).await.is_ok());
}
