//! `auth throttle`.

use auth_core::login::Credentials;
use auth_core::{Auth, ErrorKind};

use crate::home::{Home, PASSWORD, hash};

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
