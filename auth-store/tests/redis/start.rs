//! What is refused at start, and in which words.

use std::io::Write as _;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use auth_core::ErrorKind::{self, Configuration, Unavailable};
use auth_core::session::SessionStore;
use auth_core::store::{Backend as _, MemoryStore};
use auth_store::{RedisStore, RedisStoreOptions};
use redis::cmd;

use crate::home::{Home, MINUTE, NOW, key, session};
use crate::own_server::{OwnServer, free_port};

/// What connecting to this URL is refused with, in time.
async fn refusal(url: &str) -> (ErrorKind, String) {
    let began = Instant::now();
    let refused = RedisStore::connect(url).await.expect_err(url);
    assert!(began.elapsed() < Duration::from_secs(10), "{url}");
    let told = format!("{refused:?}");
    assert!(!told.contains("s3cret"), "{told}");
    (refused.kind(), told)
}

#[tokio::test]
async fn a_server_that_evicts_is_refused() {
    for policy in ["allkeys-lru", "volatile-lru", "volatile-ttl"] {
        let Some(server) = OwnServer::start(&["--maxmemory", "50mb", "--maxmemory-policy", policy]) else {
            return;
        };
        let (kind, told) = refusal(&server.url()).await;
        assert_eq!(kind, Configuration);
        assert!(told.contains(&format!("127.0.0.1:{}", server.port)) && told.contains(policy), "{told}");
        assert!(told.contains("set `maxmemory-policy noeviction`"), "{told}");
    }
}

#[tokio::test]
async fn a_replica_is_refused() {
    let Some(primary) = OwnServer::start(&[]) else { return };
    let replica_of = format!("127.0.0.1 {}", primary.port);
    let Some(replica) = OwnServer::start(&["--replicaof", &replica_of]) else { return };
    let (kind, told) = refusal(&replica.url()).await;
    assert_eq!(kind, Configuration);
    assert!(told.contains("is a replica") && told.contains("the primary"), "{told}");
}

#[tokio::test]
async fn a_node_of_a_cluster_is_refused_as_a_single_server() {
    let bus = free_port().to_string();
    let Some(node) = OwnServer::start(&["--cluster-enabled", "yes", "--cluster-port", &bus]) else { return };
    let (kind, told) = refusal(&node.url()).await;
    assert_eq!(kind, Configuration);
    assert!(told.contains("redis-cluster://"), "{told}");
}

#[tokio::test]
async fn a_password_that_is_missing_or_wrong_is_told_and_not_shown() {
    let Some(server) = OwnServer::start(&["--requirepass", "the right one"]) else { return };
    let port = server.port;
    let (kind, told) = refusal(&server.url()).await;
    assert!(kind == Configuration && told.contains("wants a password"), "{told}");
    for url in [format!("redis://:s3cret@127.0.0.1:{port}"), format!("redis://me:s3cret@127.0.0.1:{port}")] {
        let (kind, told) = refusal(&url).await;
        assert!(
            kind == Configuration && told.contains("does not take the user name and the password"),
            "{told}"
        );
    }
    RedisStore::connect(&format!("redis://:the%20right%20one@127.0.0.1:{port}")).await.unwrap();
}

#[tokio::test]
async fn a_user_without_a_right_that_is_needed_is_told_what_to_allow() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let rules = ["ours", "on", ">s3cret", "~iam:*", "+@read", "+ping", "+info", "+time"];
    let _: () = cmd("ACL").arg("SETUSER").arg(&rules).query(&mut server.raw()).unwrap();
    let url = format!("redis://ours:s3cret@127.0.0.1:{}", server.port);
    let (kind, told) = refusal(&url).await;
    assert!(kind == Configuration && told.contains("@scripting"), "{told}");
    let _: () =
        cmd("ACL").arg("SETUSER").arg(&["ours", "+@write", "+@scripting"]).query(&mut server.raw()).unwrap();
    for command in ["zadd", "getdel", "unlink", "pexpire"] {
        let allow = |sign: &str| {
            let rules = ["ours", &format!("{sign}{command}")];
            let _: () = cmd("ACL").arg("SETUSER").arg(&rules).query(&mut server.raw()).unwrap();
        };
        allow("-");
        let (kind, told) = refusal(&url).await;
        let is_named = told.contains(&format!("the command {}", command.to_uppercase()));
        assert!(kind == Configuration && is_named, "{told}");
        allow("+");
    }
    let store = RedisStore::connect(&url).await.unwrap();
    SessionStore::insert(&store, &key(1), session(1), None).await.unwrap();
    assert_eq!(SessionStore::remove_expired(&store, NOW, NOW + MINUTE).await.unwrap(), 1);
    assert!(store.beside(MemoryStore::new()).time().await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_not_there_is_unavailable_and_named() {
    let port = free_port();
    for scheme in ["redis", "rediss", "redis-cluster"] {
        let (kind, told) = refusal(&format!("{scheme}://:s3cret@127.0.0.1:{port}")).await;
        assert!(kind == Unavailable && told.contains(&format!("127.0.0.1:{port}")), "{told}");
    }
    let sentinel = format!("redis-sentinel://:s3cret@127.0.0.1:{port}?sentinelServiceName=mymaster");
    assert_eq!(refusal(&sentinel).await.0, Unavailable);
}

#[tokio::test]
async fn another_kind_of_server_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let (kind, told) = refusal(&format!("redis://:s3cret@127.0.0.1:{port}")).await;
    assert!(kind == Unavailable && told.contains(&format!("127.0.0.1:{port}")), "{told}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let options = RedisStoreOptions::default().connect_timeout(Duration::from_millis(200));
    let refused = RedisStore::connect_with(&url, &options).await.unwrap_err();
    assert_eq!(refused.kind(), Unavailable);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    for options in
        [RedisStoreOptions::default().key_prefix("a b"), RedisStoreOptions::default().timeout(Duration::ZERO)]
    {
        let refused = RedisStore::connect_with("redis://127.0.0.1", &options).await.unwrap_err();
        assert_eq!(refused.kind(), Configuration);
    }
    let Some(home) = Home::new().await else { return };
    assert_eq!(home.store.tenant(&"x".repeat(65)).unwrap_err().kind(), Configuration);
}

#[tokio::test]
async fn the_store_beside_keeps_the_rest() {
    let Some(home) = Home::new().await else { return };
    let backend = home.store.beside(MemoryStore::new());
    backend.migrate().await.unwrap();
    assert!(backend.is_migrated().await.unwrap());
    let printed = format!("{:?}", backend.stores());
    assert!(printed.contains("sessions: RedisStore") && printed.contains("users: MemoryUsers"), "{printed}");
    assert!(
        printed.contains("refresh: RedisStore") && printed.contains("short_lived: RedisStore"),
        "{printed}"
    );
}
