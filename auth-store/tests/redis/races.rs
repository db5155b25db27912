//! Several servers at once: each store here has a connection of its own.

use std::num::NonZeroUsize;

use auth_core::session::{SessionData, SessionRecord, SessionStore};
use auth_core::short_lived::{Quota, ShortLivedStore};
use auth_core::token::RefreshStore;
use auth_store::RedisStore;
use tokio::task::JoinSet;

use crate::home::{Home, MINUTE, NOW, alice, family, family_key, handle, key, rotation, session};

const PARALLEL: u8 = 50;

/// Runs `call(0, …)`, `call(1, …)`, … at once, on two servers in turn.
async fn at_once<T, F>(home: &Home, count: u8, call: impl Fn(u8, RedisStore) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let servers = [home.another_server().await, home.another_server().await];
    let mut calls = JoinSet::new();
    for n in 0..count {
        calls.spawn(call(n, servers[usize::from(n % 2)].clone()));
    }
    calls.join_all().await
}

fn winners(answers: &[bool]) -> usize {
    answers.iter().filter(|won| **won).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_used_once_has_one_winner_on_two_servers() {
    let Some(home) = Home::new().await else { return };
    RefreshStore::insert(&home.store, &family_key(1), family(1)).await.unwrap();
    home.store.put("value", b"x", MINUTE, NOW).await.unwrap();
    SessionStore::insert(&home.store, &key(1), session(1), None).await.unwrap();
    let rotated = at_once(&home, PARALLEL, async |n, store: RedisStore| {
        store.rotate(&family_key(1), &[1; 32], rotation(100 + n)).await.unwrap()
    });
    assert_eq!(winners(&rotated.await), 1);
    let taken = at_once(&home, PARALLEL, async |_, store: RedisStore| {
        store.take("value", NOW).await.unwrap().is_some()
    });
    assert_eq!(winners(&taken.await), 1);
    let marked = at_once(&home, PARALLEL, async |_, store: RedisStore| {
        store.insert_new("m", MINUTE, NOW).await.unwrap()
    });
    assert_eq!(winners(&marked.await), 1);
    let written = at_once(&home, PARALLEL, async |_, store: RedisStore| {
        store.write_data(&key(1), 0, SessionData::default()).await.unwrap()
    });
    assert_eq!(winners(&written.await), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_limit_is_passed_and_no_use_lost_on_two_servers() {
    let Some(home) = Home::new().await else { return };
    let quotas = [1, 2].map(|key| Quota { key, limit: 120, window: MINUTE });
    let won = at_once(&home, 200, move |_, store: RedisStore| async move {
        store.reserve(&quotas, NOW).await.unwrap().is_ok()
    });
    assert_eq!(winners(&won.await), 120);
    at_once(&home, 100, move |_, store: RedisStore| async move {
        store.refund(&quotas, NOW, NOW).await.unwrap();
    })
    .await;
    for _ in 0..100 {
        home.store.reserve(&quotas, NOW).await.unwrap().unwrap();
    }
    assert!(home.store.reserve(&quotas, NOW).await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_maximum_holds_for_logins_on_two_servers() {
    let Some(home) = Home::new().await else { return };
    at_once(&home, PARALLEL, async |n, store: RedisStore| {
        SessionStore::insert(&store, &key(n), session(n), NonZeroUsize::new(3)).await.unwrap();
    })
    .await;
    assert_eq!(SessionStore::list(&home.store, &alice()).await.unwrap().len(), 3);
    let mut alive = 0;
    for n in 0..PARALLEL {
        alive += usize::from(SessionStore::get(&home.store, &key(n)).await.unwrap().is_some());
    }
    assert_eq!(alive, 3);
}

/// Gives the session a new key again and again, until somebody ends it.
async fn keep_moving(store: RedisStore, from: u8) {
    for n in from..from + 60 {
        let moved = SessionRecord { handle: handle(1), ..session(1) };
        if !store.replace(&key(n), &key(n + 1), moved).await.unwrap() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_logout_ends_a_session_that_is_given_one_key_after_the_other() {
    let Some(home) = Home::new().await else { return };
    for round in 0..40 {
        SessionStore::insert(&home.store, &key(1), session(1), None).await.unwrap();
        let moving = tokio::spawn(keep_moving(home.another_server().await, 1));
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        let ended = match round % 2 {
            0 => home.store.remove_by_handle(&alice(), &handle(1)).await.unwrap(),
            _ => !SessionStore::remove_by_user(&home.store, &alice(), None).await.unwrap().is_empty(),
        };
        assert!(ended, "round {round}");
        moving.await.unwrap();
        assert!(home.keys().is_empty(), "round {round}: {:?}", home.keys());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lists_and_sweeps_beside_logins_lose_no_session() {
    let Some(home) = Home::new().await else { return };
    at_once(&home, 100, async |n, store: RedisStore| match n % 4 {
        0 => drop(SessionStore::list(&store, &alice()).await.unwrap()),
        1 => drop(SessionStore::remove_expired(&store, NOW, NOW).await.unwrap()),
        _ => drop(SessionStore::insert(&store, &key(n), session(n), None).await.unwrap()),
    })
    .await;
    assert_eq!(SessionStore::list(&home.store, &alice()).await.unwrap().len(), 50);
    assert_eq!(SessionStore::remove_by_user(&home.store, &alice(), None).await.unwrap().len(), 50);
    assert!(home.keys().is_empty());
}
