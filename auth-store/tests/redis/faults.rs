//! What becomes of calls while Redis is away, hangs, fills up or changes its role, and after.

use std::time::{Duration, Instant};

use auth_core::error::StoreError;
use auth_core::session::SessionStore;
use auth_core::short_lived::ShortLivedStore;
use auth_core::store::{Backend as _, MemoryStore};
use auth_store::RedisStore;
use redis::cmd;
use tokio::task::JoinSet;

use crate::home::{MINUTE, NOW, key, session};
use crate::own_server::OwnServer;

/// The longest that any call may take: an attempt to connect, and a command.
const LONGEST: Duration = Duration::from_millis(4500);

/// How soon it has to work again.
const RECOVERY: Duration = Duration::from_secs(5);

async fn put(store: &RedisStore) -> Result<(), StoreError> {
    store.put("key", b"x", MINUTE, NOW).await
}

/// Fifty calls at once: each fails in time.
async fn all_fail_in_time(store: &RedisStore) {
    let mut calls = JoinSet::new();
    for n in 0..50 {
        let store = store.clone();
        calls.spawn(async move {
            let began = Instant::now();
            let answer = match n % 2 {
                0 => put(&store).await,
                _ => SessionStore::get(&store, &key(1)).await.map(drop),
            };
            assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
            assert_eq!(auth_core::Error::from(answer.unwrap_err()).kind(), auth_core::ErrorKind::Unavailable);
        });
    }
    calls.join_all().await;
}

/// Asks until it works again.
async fn recovers(store: &RedisStore) {
    let began = Instant::now();
    while let Err(error) = put(store).await {
        assert!(began.elapsed() < RECOVERY, "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_stops_is_an_error_until_it_is_back() {
    let Some(mut server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    put(&store).await.unwrap();
    let backend = store.beside(MemoryStore::new());
    for _ in 0..2 {
        server.stop();
        assert!(backend.is_migrated().await.is_err());
        all_fail_in_time(&store).await;
        server.start_again();
        recovers(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_hangs_is_an_error_until_it_goes_on() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    SessionStore::insert(&store, &key(1), session(1), None).await.unwrap();
    server.pause();
    all_fail_in_time(&store).await;
    server.resume();
    recovers(&store).await;
    assert!(SessionStore::get(&store, &key(1)).await.unwrap().is_some());
}

/// After a failover the old primary may go on answering, as a replica.
#[tokio::test]
async fn a_primary_that_became_a_replica_is_an_error_until_it_is_one_again() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    let _: () = cmd("REPLICAOF").arg("127.0.0.1").arg(1).query(&mut server.raw()).unwrap();
    assert!(put(&store).await.is_err());
    let _: () = cmd("REPLICAOF").arg("NO").arg("ONE").query(&mut server.raw()).unwrap();
    recovers(&store).await;
}

/// A primary that was set up otherwise may come after a failover: what it drops nobody would know of.
#[tokio::test]
async fn a_server_that_evicts_after_it_came_back_is_an_error_until_it_does_not() {
    let Some(mut server) = OwnServer::start(&["--maxmemory-policy", "noeviction"]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    server.stop();
    assert!(put(&store).await.is_err());
    server.start_with(&["--maxmemory-policy", "allkeys-lru"]);
    let began = Instant::now();
    while !format!("{:?}", put(&store).await.unwrap_err()).contains("set `maxmemory-policy noeviction`") {
        assert!(began.elapsed() < RECOVERY);
    }
    let _: () =
        cmd("CONFIG").arg("SET").arg("maxmemory-policy").arg("noeviction").query(&mut server.raw()).unwrap();
    recovers(&store).await;
}

/// A server that was restarted knows no script.
#[tokio::test]
async fn scripts_that_the_server_forgot_are_shown_to_it_again() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    for n in 1..=3 {
        let _: () = cmd("SCRIPT").arg("FLUSH").query(&mut server.raw()).unwrap();
        SessionStore::insert(&store, &key(n), session(n), None).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_full_refuses_what_is_new_and_keeps_what_is_there() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    SessionStore::insert(&store, &key(1), session(1), None).await.unwrap();
    let set =
        |memory: &str| cmd("CONFIG").arg("SET").arg("maxmemory").arg(memory).exec(&mut server.raw()).unwrap();
    set("1");
    assert!(SessionStore::insert(&store, &key(2), session(2), None).await.is_err());
    assert!(put(&store).await.is_err());
    assert!(SessionStore::get(&store, &key(1)).await.unwrap().is_some());
    set("0");
    put(&store).await.unwrap();
    assert!(SessionStore::get(&store, &key(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_guard_is_one_command() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    SessionStore::insert(&store, &key(1), session(1), None).await.unwrap();
    let mut raw = server.raw();
    let mut commands = || {
        let stats: String = cmd("INFO").arg("stats").query(&mut raw).unwrap();
        let line = stats.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
        line.unwrap().parse::<u64>().unwrap()
    };
    let before = commands();
    for _ in 0..10 {
        assert!(SessionStore::get(&store, &key(1)).await.unwrap().is_some());
    }
    // And the one that asked.
    assert_eq!(commands() - before, 11);
}
