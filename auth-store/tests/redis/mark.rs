//! The word that servers leave of their Redis in the database beside.

use auth_core::store::{Backend, MemoryStore};
use auth_store::{RedisBackend, RedisMark, RedisStore};
use redis::cmd;

use crate::home::{Home, connect};
use crate::own_server::OwnServer;

/// What is left of a server in the database that it shares with others.
async fn word(database: &MemoryStore) -> Option<RedisMark> {
    RedisMark::read(&database.stores()).await.unwrap()
}

async fn is_of(database: &MemoryStore, redis: &RedisStore) -> bool {
    word(database).await.unwrap().is_of(redis).await.unwrap()
}

fn server(redis: &RedisStore, database: &MemoryStore) -> RedisBackend {
    redis.beside(database.clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_that_start_together_leave_the_same_word() {
    let Some(home) = Home::new().await else { return };
    let database = MemoryStore::new();
    assert_eq!(word(&database).await, None);
    let mut starts = Vec::new();
    for _ in 0..8 {
        let server = server(&home.another_server().await, &database);
        starts.push(tokio::spawn(async move { server.migrate().await.unwrap() }));
    }
    for start in starts {
        start.await.unwrap();
    }
    let left = word(&database).await.unwrap();
    assert_eq!((&left.key_prefix, home.url.contains(&left.server)), (&home.prefix, true));
    assert!(is_of(&database, &home.store).await);
    server(&home.store, &database).migrate().await.unwrap();
    assert_eq!(word(&database).await, Some(left));
}

/// Where the tables are made by another tool, no server calls `migrate`.
#[tokio::test]
async fn a_server_that_finds_its_tables_made_leaves_word_too() {
    let Some(home) = Home::new().await else { return };
    let database = MemoryStore::new();
    assert!(server(&home.store, &database).is_migrated().await.unwrap());
    assert!(is_of(&database, &home.store).await);
}

#[tokio::test]
async fn another_redis_with_the_same_keys_is_told_whether_or_not_somebody_uses_it() {
    let Some(home) = Home::new().await else { return };
    let Some(other) = OwnServer::start(&[]) else { return };
    let database = MemoryStore::new();
    server(&home.store, &database).migrate().await.unwrap();
    let other = connect(&other.url(), &home.prefix).await;
    assert!(!is_of(&database, &other).await);
    server(&other, &MemoryStore::new()).migrate().await.unwrap();
    assert!(!is_of(&database, &other).await);
    assert!(!is_of(&database, &connect(&home.url, "another:").await).await, "nor are these keys the same");
    // The last server to start is right.
    server(&other, &database).migrate().await.unwrap();
    assert!(is_of(&database, &other).await && !is_of(&database, &home.store).await);
}

#[tokio::test]
async fn one_server_is_the_same_under_another_address() {
    let Some(own) = OwnServer::start(&[]) else { return };
    let database = MemoryStore::new();
    server(&connect(&own.url(), "iam:").await, &database).migrate().await.unwrap();
    let by_name = connect(&own.url().replace("127.0.0.1", "localhost"), "iam:").await;
    assert!(is_of(&database, &by_name).await);
}

#[tokio::test]
async fn word_is_left_again_where_redis_was_emptied() {
    let Some(own) = OwnServer::start(&[]) else { return };
    let (store, database) = (connect(&own.url(), "iam:").await, MemoryStore::new());
    let server = server(&store, &database);
    server.migrate().await.unwrap();
    let before = word(&database).await.unwrap();
    let _: () = cmd("FLUSHALL").query(&mut own.raw()).unwrap();
    assert!(is_of(&database, &store).await, "it is known by its address");
    // Whoever asks whether the server is ready asks this.
    assert!(server.is_migrated().await.unwrap());
    assert_ne!(word(&database).await.unwrap(), before);
    assert!(is_of(&database, &store).await);
}
