//! `auth client`.

use auth_core::server::ServerConfig;

use crate::home::Home;

async fn server(home: &Home) -> auth_core::server::Server {
    let app = home.app_with(|builder| builder.server(ServerConfig::new())).await;
    app.server().unwrap().clone()
}

#[tokio::test]
async fn a_client_is_registered_with_a_secret_that_is_shown_once() {
    let home = Home::new();
    home.app().await.migrate().await.unwrap();
    let create = ["client", "create", "nightly", "--grant", "client_credentials", "--scope", "reports:read"];
    let secret = home.auth(&create).ok();
    assert_eq!(secret.lines().count(), 1, "the secret alone: {secret}");
    assert!(secret.trim().len() >= 43, "256 bits");
    assert!(home.auth(&create).refused(1).contains("is here already"));
    let listed = home.auth(&["client", "list"]).ok();
    assert!(listed.starts_with("nightly\tnightly\tclient_secret_basic\tenabled\t"), "{listed}");
    assert!(!listed.contains(secret.trim()));
    let found = server(&home).await.clients().find("nightly").await.unwrap().unwrap();
    assert!(found.may_ask_for("reports:read") && !found.is_public());
}

#[tokio::test]
async fn a_client_is_disabled_and_enabled_and_gets_another_secret() {
    let home = Home::new();
    home.app().await.migrate().await.unwrap();
    let first = home.auth(&["client", "create", "shop", "--redirect-uri", "https://shop.example/cb"]).ok();
    let next = home.auth(&["client", "rotate-secret", "shop"]).ok();
    assert_ne!(first, next);
    home.auth(&["client", "rotate-secret", "shop", "--end-old"]).ok();
    let server = server(&home).await;
    assert!(server.clients().find("shop").await.unwrap().is_some());
    home.auth(&["client", "disable", "shop"]).ok();
    assert!(server.clients().find("shop").await.unwrap().is_none());
    assert!(home.auth(&["client", "list"]).ok().contains("\tdisabled\t"));
    home.auth(&["client", "enable", "shop"]).ok();
    assert!(server.clients().find("shop").await.unwrap().is_some());
    for command in ["disable", "enable", "rotate-secret"] {
        assert!(home.auth(&["client", command, "nobody"]).refused(1).contains("no client `nobody`"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_client_is_named() {
    let home = Home::new();
    home.app().await.migrate().await.unwrap();
    for (args, named) in [
        (&["shop", "--redirect-uri", "http://shop.example/cb"][..], "redirect_uris"),
        (&["shop", "--redirect-uri", "javascript:alert(1)"], "redirect_uris"),
        (&["shop"], "redirect_uris"),
        (&["17", "--grant", "client_credentials"], "a user could have"),
        (&["app", "--public", "--grant", "client_credentials"], "is public"),
        (&["robot", "--auth-method", "private_key_jwt", "--grant", "client_credentials"], "jwks"),
    ] {
        let refused = home.auth(&[&["client", "create"], args].concat()).refused(1);
        assert!(refused.contains(named), "{refused}");
    }
    let unknown = home.auth(&["client", "create", "shop", "--grant", "password"]).refused(2);
    assert!(unknown.contains("unknown variant `password`"), "{unknown}");
    assert_eq!(home.auth(&["client", "list"]).ok(), "");
}
