//! What guards keep in this process: how old it may be, and what forgets it.

use std::sync::Arc;
use std::time::Duration;

use super::{Asked, log_in};
use crate::Auth;
use crate::access::{fresh_login_required, login_required};
use crate::error::ErrorKind;
use crate::session::cache::{GuardCache, MOST};
use crate::session::change::Change;
use crate::session::{SessionKey, SessionRecord};
use crate::store::{Backend as _, MemoryStore, Stores};
use crate::tests::{PASSWORD, System, builder};
use crate::user::{UserId, UserUpdate};

pub(super) const BOUND: Duration = Duration::from_secs(5);

/// Two servers over one store, of which the first keeps what it read; the second one's handle.
async fn two_servers(keep: Duration) -> (System, Auth, Stores) {
    let stores = MemoryStore::new().stores();
    let first = System::with(|builder| builder.stores(stores.clone()).cache_for(keep)).await;
    let second = builder().clock(first.clock.clone()).stores(stores.clone()).build().await.unwrap();
    (first, second, stores)
}

pub(super) async fn lets_in(auth: &Auth, cookie: &str) -> bool {
    let context = auth.context();
    context.guard(&Asked(Some(cookie.to_owned())), &login_required()).await.is_ok()
}

#[tokio::test]
async fn a_revocation_elsewhere_is_seen_within_the_bound_and_at_once_without_a_cache() {
    for (keep, is_cached) in [(BOUND, true), (Duration::ZERO, false)] {
        let (system, second, _) = two_servers(keep).await;
        let cookie = log_in(&system, None).await;
        assert!(lets_in(&system.auth, &cookie).await);
        second.sessions().revoke_others(&system.alice.id, None).await.unwrap();
        system.clock.advance(BOUND - Duration::from_millis(1));
        assert_eq!(lets_in(&system.auth, &cookie).await, is_cached);
        system.clock.advance(Duration::from_millis(1));
        assert!(!lets_in(&system.auth, &cookie).await);
    }
}

#[tokio::test]
async fn what_is_used_all_the_time_is_read_anew_all_the_same() {
    let (system, second, _) = two_servers(BOUND).await;
    let cookie = log_in(&system, None).await;
    for seconds in 0..3 {
        assert!(lets_in(&system.auth, &cookie).await, "{seconds}");
        system.advance(1);
    }
    second.users().end_all_sessions(&system.alice.id).await.unwrap();
    system.advance(1);
    assert!(lets_in(&system.auth, &cookie).await);
    system.advance(1);
    assert!(!lets_in(&system.auth, &cookie).await, "5 seconds after it was read");
}

#[tokio::test]
async fn whatever_is_changed_here_is_seen_at_once() {
    let (system, _, _) = two_servers(BOUND).await;
    let auth = &system.auth;
    let alice = &system.alice.id;

    let cookie = log_in(&system, None).await;
    assert!(lets_in(auth, &cookie).await);
    auth.sessions().revoke_others(alice, None).await.unwrap();
    assert!(!lets_in(auth, &cookie).await, "a session that was ended");

    let cookie = log_in(&system, None).await;
    assert!(lets_in(auth, &cookie).await);
    let context = auth.context();
    context.observe(&Asked(Some(cookie.clone())));
    context.logout().await.unwrap();
    assert!(!lets_in(auth, &cookie).await, "a logout");

    let cookie = log_in(&system, None).await;
    assert!(lets_in(auth, &cookie).await);
    auth.accounts().set_password(alice, "another good demo passphrase").await.unwrap();
    assert!(!lets_in(auth, &cookie).await, "a new password");

    let cookie = log_in(&system, None).await;
    assert!(lets_in(auth, &cookie).await);
    let disable = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    auth.users().update(alice, disable).await.unwrap();
    assert!(!lets_in(auth, &cookie).await, "a disabled account");
}

#[tokio::test]
async fn a_guard_that_asks_for_a_recent_login_asks_the_store() {
    let (system, second, _) = two_servers(BOUND).await;
    let cookie = log_in(&system, None).await;
    assert!(lets_in(&system.auth, &cookie).await);
    second.sessions().revoke_others(&system.alice.id, None).await.unwrap();
    assert!(lets_in(&system.auth, &cookie).await, "others go by what is kept");
    let recent = fresh_login_required(Duration::from_secs(300));
    assert!(system.auth.context().guard(&Asked(Some(cookie.clone())), &recent).await.is_err());
    assert!(!lets_in(&system.auth, &cookie).await, "what one has seen gone is gone for all");
}

#[tokio::test]
async fn a_clock_that_steps_back_revives_no_session() {
    for back in [3, 10] {
        let (system, second, _) = two_servers(BOUND).await;
        let cookie = log_in(&system, None).await;
        assert!(lets_in(&system.auth, &cookie).await);
        second.sessions().revoke_others(&system.alice.id, None).await.unwrap();
        system.advance(6);
        assert!(!lets_in(&system.auth, &cookie).await);
        system.clock.step_back(Duration::from_secs(back));
        assert!(!lets_in(&system.auth, &cookie).await, "{back}");
    }
    let (system, second, _) = two_servers(BOUND).await;
    let cookie = log_in(&system, None).await;
    assert!(lets_in(&system.auth, &cookie).await);
    second.sessions().revoke_others(&system.alice.id, None).await.unwrap();
    system.clock.step_back(Duration::from_secs(1));
    assert!(!lets_in(&system.auth, &cookie).await, "what was read later than now is no copy");
}

#[tokio::test]
async fn a_clock_that_stands_still_prolongs_nothing() {
    let (system, second, _) = two_servers(BOUND).await;
    let cookie = log_in(&system, None).await;
    tokio::time::pause();
    assert!(lets_in(&system.auth, &cookie).await);
    second.sessions().revoke_others(&system.alice.id, None).await.unwrap();
    tokio::time::advance(BOUND - Duration::from_millis(1)).await;
    assert!(lets_in(&system.auth, &cookie).await);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(!lets_in(&system.auth, &cookie).await);
}

/// Three times as many sessions as may be kept, of many users.
#[tokio::test]
async fn a_cache_that_is_full_keeps_the_next_all_the_same_and_forgets_whole_users() {
    let (system, _, stores) = two_servers(BOUND).await;
    let _cookie = log_in(&system, None).await;
    let (now, record) = (system.auth.now(), stores.sessions.list(&system.alice.id).await.unwrap().remove(0));
    let cache = GuardCache::new(BOUND);
    let key = |n: u64| {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&n.to_be_bytes());
        SessionKey::new(key)
    };
    let of_user = |n: u64| UserId::new(format!("u{}", n / 2));
    let read = |n: u64| {
        let record = SessionRecord { user: of_user(n), ..SessionRecord::clone(&record) };
        (Arc::new(record), Some(system.alice.clone()))
    };
    for n in 0..3 * MOST as u64 {
        cache.keep(&key(n), &read(n), now, cache.changes());
        assert!(cache.get(&key(n), now).is_some(), "{n}");
        if n % 2 == 1 {
            cache.forget(&Change::User(of_user(n)));
            assert!(cache.get(&key(n), now).is_none() && cache.get(&key(n - 1), now).is_none(), "{n}");
            cache.keep(&key(n), &read(n), now, cache.changes());
        }
    }
    assert!(cache.kept() <= MOST);
}

#[tokio::test]
async fn what_was_read_while_something_changed_is_not_kept() {
    let (system, _, stores) = two_servers(BOUND).await;
    let _cookie = log_in(&system, None).await;
    let (now, record) = (system.auth.now(), stores.sessions.list(&system.alice.id).await.unwrap().remove(0));
    let (cache, key) = (GuardCache::new(BOUND), SessionKey::new([7; 32]));
    let read = (record, Some(system.alice.clone()));
    for change in [Change::Session(key), Change::User(system.alice.id.clone()), Change::Everything] {
        let before = cache.changes();
        cache.forget(&change);
        cache.keep(&key, &read, now, before);
        assert!(cache.get(&key, now).is_none(), "{change}");
        cache.keep(&key, &read, now, cache.changes());
        assert!(cache.get(&key, now).is_some());
        cache.forget(&change);
        assert!(cache.get(&key, now).is_none(), "{change}");
    }
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_proves_nothing_once_more() {
    let (system, second, _) = two_servers(BOUND).await;
    let cookie = log_in(&system, None).await;
    assert!(lets_in(&system.auth, &cookie).await);
    second.sessions().revoke_others(&system.alice.id, None).await.unwrap();
    let (context, asked) = (system.auth.context(), Asked(Some(cookie)));
    context.observe(&asked);
    let caller = context.identity().await.unwrap().unwrap();
    let new = "another good demo passphrase";
    for refused in [
        context.change_password(&caller, PASSWORD, new).await.map(drop),
        context.confirm(&asked, &caller, PASSWORD, None).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unauthenticated);
    }
    let _ = system.admit().await;
}

#[tokio::test]
async fn a_last_use_that_was_noted_is_not_noted_again() {
    let (system, _, _) = two_servers(BOUND).await;
    let cookie = log_in(&system, None).await;
    system.advance(60);
    let seen = async || {
        let context = system.auth.context();
        context.observe(&Asked(Some(cookie.clone())));
        let last_seen = context.identity().await.unwrap().unwrap().session_record().unwrap().last_seen_at;
        // It is written beside the request.
        tokio::task::yield_now().await;
        last_seen
    };
    assert!(seen().await < system.auth.now());
    assert_eq!(seen().await, system.auth.now(), "no copy of before is left");
}

#[tokio::test]
async fn a_session_that_is_not_there_yet_is_found_as_soon_as_it_is() {
    let (system, _, stores) = two_servers(BOUND).await;
    let cookie = log_in(&system, None).await;
    let held = stores.sessions.list(&system.alice.id).await.unwrap().remove(0);
    let id = crate::http::SessionId::parse(cookie.split_once('=').unwrap().1).unwrap();
    let key = system.auth.sessions().key(&id).unwrap();
    stores.sessions.remove(&key).await.unwrap();
    assert!(!lets_in(&system.auth, &cookie).await);
    stores.sessions.insert(&key, Arc::unwrap_or_clone(held), None).await.unwrap();
    assert!(lets_in(&system.auth, &cookie).await);
}

#[tokio::test]
async fn no_more_than_five_seconds_can_be_asked_for() {
    let refused = builder().cache_for(Duration::from_millis(5001)).build().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Configuration);
}
