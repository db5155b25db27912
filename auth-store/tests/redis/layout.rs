//! What stands in Redis, and what becomes of it when it is not what it should be.

use std::time::Duration;

use auth_core::error::StoreError;
use auth_core::session::{SessionData, SessionRecord, SessionStore};
use auth_core::short_lived::{Quota, ShortLivedStore};
use auth_core::store::{Backend as _, MemoryStore};
use auth_core::token::RefreshStore;
use auth_core::user::UserId;
use auth_store::RedisStore;
use redis::cmd;

use crate::home::{Home, MINUTE, NOW, alice, family, family_key, handle, key, rotation, session};
use crate::own_server::OwnServer;

/// For how many seconds longer than it lives something is kept.
const MARGIN: i64 = 3600;

const QUOTA: Quota = Quota { key: 1, limit: 5, window: MINUTE };

/// Something of each kind.
async fn fill(home: &Home) {
    let store = &home.store;
    SessionStore::insert(store, &key(1), session(1), None).await.unwrap();
    assert!(store.write_data(&key(1), 0, SessionData::default()).await.unwrap());
    store.touch(&key(1), NOW + MINUTE).await.unwrap();
    assert!(
        store
            .replace(
                &key(1),
                &key(2),
                SessionRecord {
                    extra: Some(Box::new(SessionData { version: 1, ..SessionData::default() })),
                    ..session(1)
                }
            )
            .await
            .unwrap()
    );
    RefreshStore::insert(store, &family_key(1), family(1)).await.unwrap();
    assert!(store.rotate(&family_key(1), &[1; 32], rotation(2)).await.unwrap());
    store.put("value", b"x", MINUTE, NOW).await.unwrap();
    assert!(store.insert_new("mark", MINUTE, NOW).await.unwrap());
    store.reserve(&[QUOTA, Quota { key: 2, ..QUOTA }], NOW).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_time_is_that_of_the_server() {
    let Some(home) = Home::new().await else { return };
    let backend = home.store.clone().beside(MemoryStore::new());
    let seconds = || -> i64 { cmd("TIME").query::<(i64, i64)>(&mut home.raw()).unwrap().0 };
    let (before, time) = (seconds(), backend.time().await.unwrap().unwrap());
    assert!((before..=seconds()).contains(&time.unix_seconds()), "{before} {time:?}");
}

#[tokio::test]
async fn every_key_has_an_end_of_its_own() {
    let Some(home) = Home::new().await else { return };
    fill(&home).await;
    let mut raw = home.raw();
    let keys = home.keys();
    assert_eq!(keys.len(), 9, "a session, a family, their three indexes, two values, two quotas");
    for key in keys {
        let name = String::from_utf8_lossy(&key).into_owned();
        let left: i64 = cmd("PTTL").arg(&key).query(&mut raw).unwrap();
        let seconds = if name.contains("session") || name.contains("famil") { 60_000 } else { 60 };
        let window = if name.contains(":quota}") { 60 } else { 0 };
        let least = (seconds + window + MARGIN - 65) * 1000;
        assert!((least..=(seconds + window + MARGIN) * 1000).contains(&left), "{name}: {left}");
    }
}

#[tokio::test]
async fn what_is_meant_to_have_no_end_has_none_and_goes_when_it_is_cleared() {
    let Some(home) = Home::new().await else { return };
    let endless = Quota { window: Duration::MAX, ..QUOTA };
    home.store.put("value", b"x", Duration::MAX, NOW).await.unwrap();
    home.store.reserve(&[endless], NOW).await.unwrap().unwrap();
    let mut raw = home.raw();
    for key in home.keys() {
        assert_eq!(cmd("PTTL").arg(&key).query::<i64>(&mut raw).unwrap(), -1);
    }
    home.store.refund(&[endless], NOW, NOW).await.unwrap();
    home.store.take("value", NOW).await.unwrap().unwrap();
    assert!(home.keys().is_empty());
}

#[tokio::test]
async fn what_ended_leaves_nothing_behind() {
    let Some(home) = Home::new().await else { return };
    fill(&home).await;
    let store = &home.store;
    assert!(SessionStore::remove(store, &key(2)).await.unwrap());
    assert!(RefreshStore::remove(store, &family_key(1)).await.unwrap().is_some());
    store.take("value", NOW).await.unwrap().unwrap();
    store.take("mark", NOW).await.unwrap().unwrap();
    store.clear(&[QUOTA, Quota { key: 2, ..QUOTA }]).await.unwrap();
    assert!(home.keys().is_empty());
    fill(&home).await;
    store.remove_by_session(&handle(7)).await.unwrap();
    SessionStore::remove_by_user(store, &alice(), None).await.unwrap();
    let late = NOW + MINUTE * 10_000;
    ShortLivedStore::remove_expired(store, late).await.unwrap();
    assert!(home.keys().is_empty());
}

/// With the prefix as it is unless set, and the longest browser's name that is kept.
#[tokio::test]
async fn a_session_takes_at_most_512_bytes() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    let longest = SessionRecord {
        user_agent: Some("x".repeat(256).into()),
        ip: Some("2001:db8::1".parse().unwrap()),
        ..session(1)
    };
    for (session, most) in [(session(1), 320), (longest, 512)] {
        SessionStore::insert(&store, &key(1), session, None).await.unwrap();
        let names: Vec<String> = cmd("KEYS").arg("iam::session:*").query(&mut server.raw()).unwrap();
        let usage: usize = cmd("MEMORY").arg("USAGE").arg(&names).query(&mut server.raw()).unwrap();
        assert!(usage <= most, "{usage}");
        assert!(SessionStore::remove(&store, &key(1)).await.unwrap());
    }
}

/// What a server that died between two steps leaves: an entry whose session is gone.
#[tokio::test]
async fn an_entry_without_its_session_is_left_out_and_removed() {
    let Some(home) = Home::new().await else { return };
    for repaired_by_a_list in [true, false] {
        for n in [1, 2] {
            SessionStore::insert(&home.store, &key(n), session(n), None).await.unwrap();
        }
        let first =
            home.keys().into_iter().find(|name| name.windows(9).any(|part| part == b":session:")).unwrap();
        let _: i64 = cmd("DEL").arg(first).query(&mut home.raw()).unwrap();
        let index = home.key(":sessions-of:");
        let count = || cmd("ZCARD").arg(&index).query::<i64>(&mut home.raw()).unwrap();
        assert_eq!(count(), 2);
        if repaired_by_a_list {
            assert_eq!(SessionStore::list(&home.store, &alice()).await.unwrap().len(), 1);
        } else {
            assert_eq!(SessionStore::remove_expired(&home.store, NOW, NOW).await.unwrap(), 0);
        }
        assert_eq!(count(), 1);
        assert_eq!(SessionStore::remove_by_user(&home.store, &alice(), None).await.unwrap().len(), 1);
        assert!(home.keys().is_empty());
    }
}

#[tokio::test]
async fn an_entry_without_its_family_is_left_out_and_removed() {
    let Some(home) = Home::new().await else { return };
    for repaired_by_a_list in [true, false] {
        RefreshStore::insert(&home.store, &family_key(1), family(1)).await.unwrap();
        let _: i64 = cmd("DEL").arg(home.key(":family:")).query(&mut home.raw()).unwrap();
        assert_eq!(home.keys().len(), 2);
        if repaired_by_a_list {
            assert!(RefreshStore::list(&home.store, &alice()).await.unwrap().is_empty());
            assert!(home.store.remove_by_session(&handle(7)).await.unwrap().is_empty());
        } else {
            assert_eq!(RefreshStore::remove_expired(&home.store, NOW, NOW).await.unwrap(), 0);
        }
        assert!(home.keys().is_empty());
    }
}

/// What a failover leaves that cut the last seconds off: an index without an entry for what is there.
#[tokio::test]
async fn what_an_index_has_lost_is_entered_anew_by_a_sweep() {
    let Some(home) = Home::new().await else { return };
    let store = &home.store;
    SessionStore::insert(store, &key(1), session(1), None).await.unwrap();
    RefreshStore::insert(store, &family_key(1), family(1)).await.unwrap();
    let ends = |home: &Home| -> Vec<i64> {
        let mut raw = home.raw();
        home.keys().iter().map(|key| cmd("PTTL").arg(key).query(&mut raw).unwrap()).collect()
    };
    let before = ends(&home);
    for part in [":sessions-of:", ":families-of:", ":families-from:"] {
        let _: i64 = cmd("DEL").arg(home.key(part)).query(&mut home.raw()).unwrap();
    }
    assert!(SessionStore::list(store, &alice()).await.unwrap().is_empty());
    assert_eq!(SessionStore::remove_expired(store, NOW, NOW).await.unwrap(), 0);
    assert_eq!(RefreshStore::remove_expired(store, NOW, NOW).await.unwrap(), 0);
    assert_eq!(SessionStore::list(store, &alice()).await.unwrap().len(), 1);
    assert_eq!(RefreshStore::list(store, &alice()).await.unwrap().len(), 1);
    for (before, after) in before.into_iter().zip(ends(&home)) {
        assert!((before - after).abs() < 60_000, "{before} {after}");
    }
    assert_eq!(store.remove_by_session(&handle(7)).await.unwrap(), [handle(1)]);
    assert!(store.remove_by_handle(&alice(), &handle(1)).await.unwrap());
    assert!(home.keys().is_empty());
}

/// A sweep over all sessions writes nothing where nothing is missing.
#[tokio::test]
async fn a_sweep_enters_only_what_is_missing() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let store = RedisStore::connect(&server.url()).await.unwrap();
    for n in 0..100 {
        let of_its_own = SessionRecord { user: UserId::new(format!("u{n}")), ..session(n) };
        SessionStore::insert(&store, &key(n), of_its_own, None).await.unwrap();
    }
    let entered_by_a_sweep = async || {
        cmd("CONFIG").arg("RESETSTAT").exec(&mut server.raw()).unwrap();
        assert_eq!(SessionStore::remove_expired(&store, NOW, NOW).await.unwrap(), 0);
        let stats: String = cmd("INFO").arg("commandstats").query(&mut server.raw()).unwrap();
        let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_zadd:calls="));
        line.map_or(0, |line| line.split(',').next().unwrap().parse::<u64>().unwrap())
    };
    assert_eq!(entered_by_a_sweep().await, 0);
    for user in ["u7", "u70"] {
        cmd("DEL").arg(format!("iam::sessions-of:{user}")).exec(&mut server.raw()).unwrap();
    }
    assert_eq!(entered_by_a_sweep().await, 2);
    for user in ["u7", "u70"] {
        assert_eq!(SessionStore::list(&store, &UserId::new(user)).await.unwrap().len(), 1);
    }
}

/// A login in between: the session has both keys, and is one.
#[tokio::test]
async fn a_session_that_is_being_given_another_key_takes_the_room_of_one() {
    let Some(home) = Home::new().await else { return };
    let (store, three) = (&home.store, std::num::NonZeroUsize::new(3));
    SessionStore::insert(store, &key(1), session(1), three).await.unwrap();
    SessionStore::insert(store, &key(2), session(2), three).await.unwrap();
    SessionStore::insert(store, &key(11), session(1), None).await.unwrap();
    SessionStore::insert(store, &key(3), session(3), three).await.unwrap();
    let is_there = async |n| SessionStore::get(store, &key(n)).await.unwrap().is_some();
    for n in [1, 11, 2, 3] {
        assert!(is_there(n).await, "{n}");
    }
    SessionStore::insert(store, &key(4), session(4), three).await.unwrap();
    assert!(!is_there(1).await && !is_there(11).await, "the oldest goes with both its keys");
    assert!(is_there(2).await && is_there(3).await && is_there(4).await);
}

#[tokio::test]
async fn a_session_that_redis_has_forgotten_takes_no_room() {
    let Some(home) = Home::new().await else { return };
    let three = std::num::NonZeroUsize::new(3);
    for n in [1, 2, 3] {
        SessionStore::insert(&home.store, &key(n), session(n), three).await.unwrap();
    }
    let sessions = |home: &Home| {
        let is_session = |name: &Vec<u8>| name.windows(9).any(|part| part == b":session:");
        home.keys().into_iter().filter(is_session).collect::<Vec<_>>()
    };
    let _: i64 = cmd("DEL").arg(&sessions(&home)[1]).query(&mut home.raw()).unwrap();
    SessionStore::insert(&home.store, &key(4), session(4), three).await.unwrap();
    assert_eq!(sessions(&home).len(), 3, "the two that were left, and the new one");
    let index = home.key(":sessions-of:");
    assert_eq!(cmd("ZCARD").arg(&index).query::<i64>(&mut home.raw()).unwrap(), 3);
    SessionStore::insert(&home.store, &key(5), session(5), three).await.unwrap();
    assert_eq!(sessions(&home).len(), 3, "and the next one takes the oldest one's place");
    assert!(SessionStore::get(&home.store, &key(5)).await.unwrap().is_some());
}

/// What a server that died while it gave a session a new id leaves: both, with one handle.
#[tokio::test]
async fn a_session_under_two_keys_is_listed_once_and_ends_under_both() {
    let Some(home) = Home::new().await else { return };
    let store = &home.store;
    for everything in [true, false] {
        for n in [1, 2] {
            SessionStore::insert(store, &key(n), session(1), None).await.unwrap();
        }
        assert_eq!(SessionStore::list(store, &alice()).await.unwrap().len(), 1);
        if everything {
            assert_eq!(SessionStore::remove_by_user(store, &alice(), None).await.unwrap(), [handle(1)]);
        } else {
            assert!(store.remove_by_handle(&alice(), &handle(1)).await.unwrap());
        }
        for n in [1, 2] {
            assert!(SessionStore::get(store, &key(n)).await.unwrap().is_none());
        }
    }
}

/// Each call that has to understand what is stored.
async fn answers(home: &Home) -> Vec<(&'static str, Result<(), StoreError>)> {
    let store = &home.store;
    let data = SessionData::default();
    vec![
        ("get", SessionStore::get(store, &key(1)).await.map(drop)),
        ("list", SessionStore::list(store, &alice()).await.map(drop)),
        ("touch", store.touch(&key(1), NOW).await),
        ("write_data", store.write_data(&key(1), 0, data).await.map(drop)),
        ("replace", store.replace(&key(1), &key(2), session(1)).await.map(drop)),
        ("replace itself", store.replace(&key(1), &key(1), session(1)).await.map(drop)),
        ("get family", RefreshStore::get(store, &family_key(1)).await.map(drop)),
        ("list families", RefreshStore::list(store, &alice()).await.map(drop)),
        ("rotate", store.rotate(&family_key(1), &[1; 32], rotation(2)).await.map(drop)),
        ("get value", ShortLivedStore::get(store, "value", NOW).await.map(drop)),
        ("insert_new", store.insert_new("value", MINUTE, NOW).await.map(drop)),
        ("take", store.take("value", NOW).await.map(drop)),
        ("reserve", store.reserve(&[QUOTA], NOW).await.map(drop)),
        ("refund", store.refund(&[QUOTA], NOW, NOW).await),
    ]
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_and_still_ends() {
    let Some(home) = Home::new().await else { return };
    for corrupted in
        [&b"\x03 of a newer program, which is long enough to be anything at all"[..], b"\0", b"\xff"]
    {
        SessionStore::insert(&home.store, &key(1), session(1), None).await.unwrap();
        RefreshStore::insert(&home.store, &family_key(1), family(1)).await.unwrap();
        home.store.put("value", b"x", MINUTE, NOW).await.unwrap();
        home.store.reserve(&[QUOTA], NOW).await.unwrap().unwrap();
        for part in [":session:", ":family:", ":value:", ":quota}"] {
            let _: () =
                cmd("SET").arg(home.key(part)).arg(corrupted).arg("KEEPTTL").query(&mut home.raw()).unwrap();
        }
        for (call, answer) in answers(&home).await {
            assert!(answer.is_err_and(|error| !error.is_already_exists()), "{call}, {corrupted:?}");
        }
        // A sweep leaves alone what it does not understand.
        let late = NOW + MINUTE * 100_000;
        assert_eq!(
            SessionStore::remove_expired(&home.store, late, late).await.unwrap(),
            1,
            "the half of a replacement"
        );
        assert_eq!(RefreshStore::remove_expired(&home.store, late, late).await.unwrap(), 0);
        assert_eq!(ShortLivedStore::remove_expired(&home.store, late).await.unwrap(), 0);
        assert_eq!(SessionStore::remove_by_user(&home.store, &alice(), None).await.unwrap(), [handle(1)]);
        assert_eq!(RefreshStore::remove_by_user(&home.store, &alice()).await.unwrap(), [handle(1)]);
        home.store.clear(&[QUOTA]).await.unwrap();
        // A value that was not understood is still whose who understands it.
        let _: i64 = cmd("DEL").arg(home.key(":value:")).query(&mut home.raw()).unwrap();
        RefreshStore::remove_expired(&home.store, late, late).await.unwrap();
        assert!(home.keys().is_empty());
    }
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_removed_by_its_key() {
    let Some(home) = Home::new().await else { return };
    SessionStore::insert(&home.store, &key(1), session(1), None).await.unwrap();
    let _: () = cmd("SET").arg(home.key(":session:")).arg("?").query(&mut home.raw()).unwrap();
    assert!(SessionStore::remove(&home.store, &key(1)).await.unwrap());
    assert!(SessionStore::list(&home.store, &alice()).await.unwrap().is_empty());
    assert!(home.keys().is_empty());
}

#[tokio::test]
async fn users_and_tenants_of_any_name_are_kept_apart() {
    let Some(home) = Home::new().await else { return };
    let odd = ["", ":", "{", "}", "a", "a:", "*", "\u{e9}", "%3A"];
    for (n, tenant) in (0..).zip(odd) {
        let store = home.store.tenant(tenant).unwrap();
        for (m, user) in (0..).zip(odd) {
            let session = SessionRecord { user: UserId::new(user), ..session(n * 10 + m) };
            SessionStore::insert(&store, &key(n * 10 + m), session, None).await.unwrap();
        }
        store.reserve(&[Quota { limit: 1, ..QUOTA }], NOW).await.unwrap().unwrap();
    }
    for (n, tenant) in (0..).zip(odd) {
        let store = home.store.tenant(tenant).unwrap();
        for (m, user) in (0..).zip(odd) {
            let listed = SessionStore::list(&store, &UserId::new(user)).await.unwrap();
            assert_eq!(listed.iter().map(|session| session.handle).collect::<Vec<_>>(), [handle(n * 10 + m)]);
        }
        assert_eq!(SessionStore::remove_expired(&store, NOW + MINUTE * 100_000, NOW).await.unwrap(), 9);
    }
}
