//! What is found out when a database is opened: what is wrong, and what to change. Of MySQL that is in `mysql_start.rs`.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use auth_core::ErrorKind;
use auth_core::store::Backend as _;
use auth_core::user::UserId;
use auth_store::{SqlStore, SqlStoreOptions};

use crate::home::Home;

/// What is told of a URL that is refused; never its password.
pub(crate) async fn refused(url: &str, kind: ErrorKind) -> String {
    let options = SqlStoreOptions::default().timeout(Duration::from_secs(2));
    let began = Instant::now();
    let error = SqlStore::connect_with(url, &options).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let told = format!("{error:?}");
    assert_eq!(error.kind(), kind, "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    told
}

fn with_query(url: &str, more: &str) -> String {
    format!("{url}{}{more}", if url.contains('?') { '&' } else { '?' })
}

/// Says something to whoever connects, and nothing more.
pub(crate) fn server_that_says(greeting: &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let _ = client.write_all(greeting);
            thread::spawn(move || client.read_to_end(&mut Vec::new()));
        }
    });
    port
}

#[tokio::test]
async fn schemes_that_are_none_are_refused_with_those_that_are() {
    for url in ["mongodb://app:hunter2@db/app", "app:hunter2@db/app", "", "hunter2", "://"] {
        let told = refused(url, ErrorKind::Configuration).await;
        assert!(
            told.contains("sqlite:app.db?mode=rwc, postgres://user@host/name or mysql://user@host/name"),
            "{told}"
        );
    }
    let told = refused("mongodb://app:hunter2@db/app", ErrorKind::Configuration).await;
    assert!(told.starts_with("`mongodb:…` begins no URL of a database"), "{told}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_by_host_and_port() {
    let told = refused("postgres://app:hunter2@127.0.0.1:1/app", ErrorKind::Unavailable).await;
    assert!(told.contains("PostgreSQL at 127.0.0.1:1 cannot be reached"), "{told}");
    let told = refused("postgres://app:hunter2@no-such-host.invalid/app", ErrorKind::Unavailable).await;
    assert!(told.contains("PostgreSQL at no-such-host.invalid:5432 cannot be reached"), "{told}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_beyond_the_time_limit() {
    let port = server_that_says(b"");
    let told = refused(&format!("postgres://app:hunter2@127.0.0.1:{port}/app"), ErrorKind::Unavailable).await;
    assert!(
        told.contains(&format!(
            "127.0.0.1:{port} cannot be reached: it did not answer within 2000 ms as PostgreSQL would"
        )),
        "{told}"
    );
}

#[tokio::test]
async fn another_product_is_told_from_a_server_that_is_down() {
    let port = server_that_says(b"J\0\0\0\n10.11.6-MariaDB\0");
    for mode in ["prefer", "disable", "require"] {
        let url = format!("postgres://app:hunter2@127.0.0.1:{port}/app?sslmode={mode}");
        let told = refused(&url, ErrorKind::Configuration).await;
        assert!(
            told.contains(&format!("127.0.0.1:{port}: what answers there is no PostgreSQL")),
            "{mode}: {told}"
        );
    }
}

#[tokio::test]
async fn tls_that_cannot_be_had_as_it_was_asked_for_is_refused() {
    let Some(home) = Home::postgres().await else { return };
    let told = refused(&with_query(&home.url, "sslmode=verify-full"), ErrorKind::Configuration).await;
    assert!(told.contains("check sslmode and sslrootcert"), "{told}");
}

#[tokio::test]
async fn a_database_or_a_user_that_is_not_there_is_named() {
    let Some(home) = Home::postgres_database("").await else { return };
    let told = refused(&format!("{}_not", home.url), ErrorKind::Configuration).await;
    assert!(told.contains("the database is not there: make it first"), "{told}");
    let server = home.url.rsplit(['@', '/']).nth(1).unwrap();
    let url = format!("postgres://nobody_here:hunter2@{server}/{}", home.name());
    let told = refused(&url, ErrorKind::Configuration).await;
    assert!(told.contains("does not let in `nobody_here`: check user and password"), "{told}");
}

#[tokio::test]
async fn a_read_only_replica_is_refused() {
    let Some(home) = Home::postgres_database("").await else { return };
    home.run(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", home.name())).await;
    let told = refused(&home.url, ErrorKind::Configuration).await;
    assert!(told.contains("is a read-only replica: name the primary server in the URL"), "{told}");
}

#[tokio::test]
async fn a_user_who_may_make_no_tables_is_told_what_to_grant() {
    let Some(home) = Home::postgres_database("").await else { return };
    let user = format!("{}_user", home.name());
    home.run(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {user} LOGIN PASSWORD 'hunter2'"
    ))
    .await;
    let server = home.url.rsplit(['@', '/']).nth(1).unwrap();
    let url = format!("postgres://{user}:hunter2@{server}/{}", home.name());
    let store = SqlStore::connect(&url).await.unwrap();
    let told = format!("{:?}", store.migrate().await.unwrap_err());
    home.migrated().await;
    let others = format!("{:?}", store.is_migrated().await.unwrap_err());
    home.run(&format!("DROP ROLE {user}")).await;
    assert!(told.contains("GRANT USAGE, CREATE ON SCHEMA") && !told.contains("hunter2"), "{told}");
    assert!(others.contains("permission denied for table iam_migrations"), "{others}");
}

#[tokio::test]
async fn tables_that_nobody_made_are_told_from_a_database_that_is_down() {
    let Some(home) = Home::postgres().await else { return };
    let error = home.open().await.stores().users.raise_epoch(&UserId::new("u1")).await.unwrap_err();
    let told = format!("{error:?}");
    assert!(told.contains("tables are missing: run `auth migrate`"), "{told}");
}
