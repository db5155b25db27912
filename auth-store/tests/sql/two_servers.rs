//! Servers whose guards go by what they read a moment ago, in two processes over one database.

use std::time::{Duration, Instant};

use auth_core::store::Backend as _;
use auth_core::testing::login_as;
use auth_store::SqlStore;

use crate::another_server::{AnotherServer, serve, server, store, with_alice};
use crate::home::Home;

/// How often it is tried to revoke something before it is too old by itself.
const ROUNDS: usize = 10;

/// SQLite carries no messages: nothing but the bound tells the other server. It is two seconds here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_by_another_server_is_seen_within_the_bound() {
    const BOUND: Duration = Duration::from_secs(2);
    if let Some(url) = store() {
        return serve(&server(SqlStore::connect(&url).await.unwrap(), BOUND).await).await;
    }
    let home = Home::sqlite().unwrap();
    let auth = server(home.open().await, Duration::ZERO).await;
    let alice = with_alice(&auth).await;
    let test = "two_servers::a_revocation_by_another_server_is_seen_within_the_bound";
    let mut other = AnotherServer::start(test, &home.url);
    for _ in 0..ROUNDS {
        let cookie = login_as(&auth, "alice").await.unwrap();
        assert!(other.lets_in(&cookie));
        auth.sessions().revoke_others(&alice.id, None).await.unwrap();
        let (revoked, mut was_behind) = (Instant::now(), false);
        loop {
            let asked = revoked.elapsed();
            if !other.lets_in(&cookie) {
                break;
            }
            was_behind = true;
            assert!(asked < BOUND, "let in {asked:?} after it was revoked");
        }
        if was_behind {
            return;
        }
    }
    panic!("the other server never went by what it had read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_tells_another_server_of_a_revocation() {
    const BOUND: Duration = Duration::from_secs(5);
    if let Some(url) = store() {
        return serve(&server(SqlStore::connect(&url).await.unwrap(), BOUND).await).await;
    }
    let Some(home) = Home::postgres().await else { return };
    let auth = server(home.open().await, BOUND).await;
    let test = "two_servers::postgres_tells_another_server_of_a_revocation";
    AnotherServer::start(test, &home.url).hears_of_revocations_by(&auth, BOUND).await;
}

#[tokio::test]
async fn only_a_database_that_can_carry_messages_says_so_and_none_behind_a_pooler() {
    let Some(home) = Home::postgres().await else { return };
    let behind_pooler = format!("{}&statement-cache-capacity=0", home.url);
    for (store, has_it) in [
        (home.open().await, true),
        (SqlStore::connect(&behind_pooler).await.unwrap(), false),
        (Home::sqlite().unwrap().open().await, false),
    ] {
        assert_eq!(store.stores().broadcast.is_some(), has_it, "{store:?}");
    }
}

#[tokio::test]
async fn whoever_listened_on_a_connection_that_is_lost_is_told_so_and_may_listen_again() {
    let Some(home) = Home::postgres().await else { return };
    let url = format!("{}&application_name=listener", home.url);
    let broadcast = SqlStore::connect(&url).await.unwrap().stores().broadcast.unwrap();
    let mut listener = broadcast.listen().await.unwrap();
    home.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'listener' AND query LIKE 'LISTEN%'",
    )
    .await;
    assert!(listener.next().await.is_err());
    let mut listener = broadcast.listen().await.unwrap();
    broadcast.send("once more").await.unwrap();
    assert_eq!(listener.next().await.unwrap(), "once more");
}

/// What a program cannot carry it does not carry half of.
#[tokio::test]
async fn a_message_that_is_too_long_is_an_error() {
    let Some(home) = Home::postgres().await else { return };
    let broadcast = home.open().await.stores().broadcast.unwrap();
    let mut listener = broadcast.listen().await.unwrap();
    assert!(broadcast.send(&"x".repeat(8000)).await.is_err());
    assert!(broadcast.send("nul \0").await.is_err());
    broadcast.send("short").await.unwrap();
    assert_eq!(listener.next().await.unwrap(), "short");
}
