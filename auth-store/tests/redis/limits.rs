//! Limits while answers get lost: nobody is counted who was not let try.

use std::time::{Duration, Instant};

use auth_core::short_lived::{Quota, ShortLivedStore};
use auth_store::{RedisStore, RedisStoreOptions};
use redis::cmd;

use crate::home::{MINUTE, NOW};
use crate::own_server::OwnServer;
use crate::proxy::{Proxy, Way};

const QUOTAS: [Quota; 2] =
    [Quota { key: 1, limit: 1, window: MINUTE }, Quota { key: 2, limit: 1, window: MINUTE }];

/// A store that loses patience soon, over an empty server that knows the scripts.
async fn over(proxy: &Proxy, server: &OwnServer) -> RedisStore {
    let options = RedisStoreOptions::default().timeout(Duration::from_millis(150));
    let store = RedisStore::connect_with(&proxy.url(), &options).await.unwrap();
    store.reserve(&QUOTAS, NOW).await.unwrap().unwrap();
    cmd("FLUSHALL").exec(&mut server.raw()).unwrap();
    store
}

/// The receipts that Redis has, with what they say.
fn receipts(server: &OwnServer) -> Vec<String> {
    let names: Vec<String> = cmd("KEYS").arg("iam:*-receipt:*").query(&mut server.raw()).unwrap();
    names.iter().map(|name| cmd("GET").arg(name).query(&mut server.raw()).unwrap()).collect()
}

async fn soon(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "there was never {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_use_whose_answer_was_lost_is_given_back() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let proxy = Proxy::to(server.port);
    let store = over(&proxy, &server).await;
    proxy.set(Way::AnswersAreLost);
    assert!(store.reserve(&QUOTAS, NOW).await.is_err());
    assert_eq!(receipts(&server), ["taken"], "it was counted");
    proxy.set(Way::Open);
    soon("a use that was given back", || receipts(&server) == ["void"]).await;
    store.reserve(&QUOTAS, NOW).await.unwrap().unwrap();
    assert!(store.reserve(&QUOTAS, NOW).await.unwrap().is_err(), "and no more than that");
}

/// As a server does that hung, and a network that held something up.
#[tokio::test]
async fn a_use_that_is_counted_after_nobody_waits_any_more_is_not_counted() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let proxy = Proxy::to(server.port);
    let store = over(&proxy, &server).await;
    proxy.set(Way::NextScriptIsHeld);
    assert!(store.reserve(&QUOTAS, NOW).await.is_err());
    soon("a mark in its way", || receipts(&server) == ["void"]).await;
    let scripts = || {
        let stats: String = cmd("INFO").arg("commandstats").query(&mut server.raw()).unwrap();
        let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls=")).unwrap();
        line.split(',').next().unwrap().parse::<u64>().unwrap()
    };
    let before = scripts();
    proxy.set(Way::Open);
    soon("the script", || scripts() > before).await;
    store.reserve(&QUOTAS, NOW).await.unwrap().unwrap();
}

/// What was refused changed nothing: nobody has to ask later whether it did.
#[tokio::test]
async fn a_use_that_redis_refuses_leaves_nothing_to_be_taken_back() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = over(&Proxy::to(server.port), &server).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let set = |name: &str, value: &str| {
        cmd("CONFIG").arg("SET").arg(name).arg(value).exec(&mut server.raw()).unwrap();
    };
    for (name, refusing, taking) in [("maxmemory", "1", "0"), ("min-replicas-to-write", "1", "0")] {
        set(name, refusing);
        for _ in 0..3 {
            assert!(store.reserve(&QUOTAS, NOW).await.is_err(), "{name}");
        }
        set(name, taking);
        assert_eq!(tasks(), before, "{name}");
    }
    store.reserve(&QUOTAS, NOW).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_receipt_is_kept_for_two_minutes() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = over(&Proxy::to(server.port), &server).await;
    store.reserve(&QUOTAS, NOW).await.unwrap().unwrap();
    let names: Vec<String> = cmd("KEYS").arg("iam:*-receipt:*").query(&mut server.raw()).unwrap();
    let left: i64 = cmd("PTTL").arg(&names[0]).query(&mut server.raw()).unwrap();
    assert!(names.len() == 1 && (100_000..=120_000).contains(&left), "{left}");
}
