//! What is found out when a MySQL database is opened: what is wrong, and what to change.

use auth_core::ErrorKind;
use auth_core::store::Backend as _;
use auth_core::user::UserId;
use auth_store::SqlStore;

use crate::home::Home;
use crate::start::{refused, server_that_says};

/// What a server says first, whose version is not one of ours.
const OLD: &[u8] = b"J\0\0\0\x0a5.7.44-log\0";

#[tokio::test]
async fn a_server_that_is_not_there_is_named_by_host_and_port() {
    for scheme in ["mysql", "mariadb"] {
        let told = refused(&format!("{scheme}://app:hunter2@127.0.0.1:1/app"), ErrorKind::Unavailable).await;
        assert!(told.contains("MySQL at 127.0.0.1:1 cannot be reached"), "{told}");
        let url = format!("{scheme}://app:hunter2@no-such-host.invalid/app");
        let told = refused(&url, ErrorKind::Unavailable).await;
        assert!(told.contains("MySQL at no-such-host.invalid:3306 cannot be reached"), "{told}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_beyond_the_time_limit() {
    for greeting in [b"", OLD] {
        let port = server_that_says(greeting);
        let told =
            refused(&format!("mysql://app:hunter2@127.0.0.1:{port}/app"), ErrorKind::Unavailable).await;
        let late =
            format!("127.0.0.1:{port} cannot be reached: it did not answer within 2000 ms as MySQL would");
        assert!(told.contains(&late), "{told}");
    }
}

#[tokio::test]
async fn another_product_is_told_from_a_server_that_is_down() {
    let port =
        server_that_says(b"-ERR unknown command\r\n-ERR unknown command\r\nHTTP/1.1 400 Bad Request\r\n\r\n");
    for mode in ["preferred", "disabled", "required"] {
        let url = format!("mysql://app:hunter2@127.0.0.1:{port}/app?ssl-mode={mode}");
        let error = SqlStore::connect(&url).await.unwrap_err();
        let told = format!("{error:?}");
        assert!(told.contains(&format!("MySQL at 127.0.0.1:{port}")) && !told.contains("hunter2"), "{told}");
    }
}

#[tokio::test]
async fn tls_that_cannot_be_had_as_it_was_asked_for_is_refused() {
    let Some(home) = Home::mysql().await else { return };
    let url = format!("{}?ssl-mode=verify_identity", home.url);
    let told = refused(&url, ErrorKind::Configuration).await;
    assert!(told.contains("check ssl-mode and ssl-ca"), "{told}");
}

#[tokio::test]
async fn a_database_or_a_user_that_is_not_there_is_named() {
    let Some(home) = Home::mysql().await else { return };
    let told = refused(&format!("{}_not", home.url), ErrorKind::Configuration).await;
    assert!(told.contains("the database is not there: make it first"), "{told}");
    let server = home.url.rsplit(['@', '/']).nth(1).unwrap();
    let url = format!("mysql://nobody_here:hunter2@{server}/{}", home.name());
    let told = refused(&url, ErrorKind::Configuration).await;
    assert!(told.contains("does not let in `nobody_here`: check user and password"), "{told}");
}

#[tokio::test]
async fn a_character_set_that_is_not_ours_is_refused() {
    let told = refused("mysql://app:hunter2@db/app?charset=utf8", ErrorKind::Configuration).await;
    assert!(told.contains("`charset` is no parameter of a MySQL URL"), "{told}");
}

#[tokio::test]
async fn a_user_who_may_make_no_tables_is_told_what_to_grant() {
    let Some(home) = Home::mysql().await else { return };
    let (name, user) = (home.name(), format!("{}_u", home.name()));
    home.run(&format!(
        "CREATE USER {user} IDENTIFIED BY 'hunter2'; GRANT SELECT, INSERT ON {name}.* TO {user}"
    ))
    .await;
    let server = home.url.rsplit(['@', '/']).nth(1).unwrap();
    let url = format!("mysql://{user}:hunter2@{server}/{name}");
    let opened = SqlStore::connect(&url).await;
    let told = match &opened {
        Ok(store) => format!("{:?}", store.migrate().await.unwrap_err()),
        Err(error) => format!("{error:?}"),
    };
    // Half of it may be made, half not: whoever comes next with the right goes on.
    home.run(&format!("GRANT CREATE, DELETE, REFERENCES ON {name}.* TO {user}")).await;
    let half = format!("{:?}", opened.as_ref().unwrap().migrate().await.unwrap_err());
    home.run(&format!("GRANT ALL ON {name}.* TO {user}")).await;
    let store = SqlStore::connect(&url).await.unwrap();
    let migrated = store.migrate().await;
    home.run(&format!("DROP USER {user}")).await;
    assert!(told.contains("GRANT CREATE, ALTER") && !told.contains("hunter2"), "{told}");
    assert!(half.contains("GRANT CREATE, ALTER") && half.contains("UPDATE command denied"), "{half}");
    migrated.unwrap();
}

#[tokio::test]
async fn tables_that_nobody_made_are_told_from_a_database_that_is_down() {
    let Some(home) = Home::mysql().await else { return };
    let error = home.open().await.stores().users.raise_epoch(&UserId::new("u1")).await.unwrap_err();
    let told = format!("{error:?}");
    assert!(told.contains("tables are missing: run `auth migrate`"), "{told}");
}
