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
async fn the_keys_are_sealed_anew_and_the_older_secret_opens_them_no_more() {
    const NEWER: &str = "cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=";
    let home = Home::new();
    home.app().await;
    let with = |secrets: &str, args: &[&str]| run(home.command().args(args).env("AUTH_SECRET", secrets), "");
    let both = format!("2:{NEWER},1:{SECRET}");
    let noted = with(&both, &["doctor"]).ok();
    assert!(
        noted.contains("note   Every signing key opens; 1 of them by an older secret than version 2"),
        "{noted}"
    );
    let said = with(&both, &["secrets", "reseal"]).ok();
    assert_eq!(said, "Sealed 1 signing keys anew, with version 2 of the secret.\n");
    assert!(with(&both, &["secrets", "reseal"]).ok().starts_with("Sealed 0 "));
    assert!(with(&both, &["doctor"]).ok().contains("sealed with version 2"));
    assert!(with(SECRET, &["keys", "rotate"]).refused(1).contains("cannot be opened"));
    with(&format!("2:{NEWER}"), &["keys", "rotate"]).ok();
    assert!(home.auth(&["secrets", "reseal"]).refused(2).contains("AUTH_SECRET"));
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
