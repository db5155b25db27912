//! `auth keys`.

use auth_core::login::Credentials;
use auth_core::token::Client;

use crate::home::{Done, Home, PASSWORD, SECRET, run};

fn rotate(home: &Home, secret: &str) -> Done {
    run(home.command().args(["keys", "rotate"]).env("AUTH_SECRET", secret), "")
}

#[tokio::test]
async fn a_key_is_announced_once_and_the_old_one_goes_on_verifying() {
    let home = Home::new();
    assert!(rotate(&home, SECRET).refused(1).contains("no signing key"));
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], PASSWORD).ok();
    let app = home.app().await;
    app.migrate().await.unwrap();
    let right = Credentials::Password { login: "alice", password: PASSWORD };
    let tokens = app
        .tokens()
        .grant(app.admit(right, None).await.unwrap().admitted().unwrap(), Client::FIRST_PARTY, "")
        .await
        .unwrap();

    let said = rotate(&home, SECRET).ok();
    assert!(said.starts_with("Announced the key") && !said.contains(SECRET), "{said}");
    assert!(rotate(&home, SECRET).ok().contains("is announced already"));
    let restarted = home.app().await;
    assert!(
        restarted.tokens().refresh(tokens.refresh_token.expose(), Client::FIRST_PARTY, None).await.is_ok()
    );
}

#[tokio::test]
async fn without_the_applications_secret_nothing_is_rotated() {
    let home = Home::new();
    home.app().await.migrate().await.unwrap();
    home.app().await;
    assert!(home.auth(&["keys", "rotate"]).refused(2).contains("AUTH_SECRET"));
    for wrong in ["hunter2", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="] {
        let refused = rotate(&home, wrong).refused(1);
        assert!(!refused.contains(wrong), "{refused}");
    }
    assert!(rotate(&home, SECRET).ok().starts_with("Announced"), "nothing was announced before");
}
