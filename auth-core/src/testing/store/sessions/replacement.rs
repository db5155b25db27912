//! A session that goes on under another key.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::session::{SessionData, SessionRecord};
use crate::store::Stores;
use crate::user::UserId;

use super::super::{PARALLEL, all_at_once, at, winners};
use super::{data, get, get_meanwhile, handle, insert, key, list, record};

/// See the name.
pub async fn replacing_kills_the_old_key(stores: Stores) {
    insert(&stores, 1, "u1").await;
    insert(&stores, 2, "u1").await;
    let fresh = SessionRecord { handle: handle(1), ..record(9, "u1") };
    assert!(stores.sessions.replace(&key(1), &key(9), fresh).await.unwrap());
    assert!(get(&stores, 1).await.is_none());
    assert_eq!(get(&stores, 9).await.unwrap().created_at, at(9));
    assert_eq!(list(&stores, "u1").await, [1, 2]);
    assert!(stores.sessions.replace(&key(2), &key(3), record(3, "u2")).await.unwrap());
    assert_eq!((list(&stores, "u1").await, list(&stores, "u2").await), (vec![1], vec![3]));
}

/// See the name.
pub async fn replacing_what_is_gone_changes_nothing(stores: Stores) {
    assert!(!stores.sessions.replace(&key(1), &key(2), record(2, "u1")).await.unwrap());
    assert!(get(&stores, 2).await.is_none() && list(&stores, "u1").await.is_empty());
}

/// See the name.
pub async fn a_replacement_made_from_older_data_changes_nothing(stores: Stores) {
    let with = |version| SessionData { version, ..data("stale") };
    let made_from = |version| SessionRecord { extra: Some(Box::new(with(version))), ..record(9, "u1") };
    insert(&stores, 1, "u1").await;
    assert!(!stores.sessions.replace(&key(1), &key(9), made_from(1)).await.unwrap());
    assert!(stores.sessions.write_data(&key(1), 0, data("one")).await.unwrap());
    for stale in [record(9, "u1"), made_from(0), made_from(2)] {
        assert!(!stores.sessions.replace(&key(1), &key(9), stale.clone()).await.unwrap());
        assert!(!stores.sessions.replace(&key(1), &key(1), stale).await.unwrap());
    }
    assert!(get(&stores, 9).await.is_none());
    assert_eq!(get(&stores, 1).await.unwrap().extra.as_ref().unwrap().values["value"], "one");
    assert!(stores.sessions.replace(&key(1), &key(9), made_from(1)).await.unwrap());
    assert_eq!(get(&stores, 9).await.unwrap().data_version(), 1);
    assert_eq!(list(&stores, "u1").await, [9]);
}

/// See the name.
pub async fn no_data_is_lost_between_parallel_writes_and_replacements(stores: Stores) {
    const LAST_KEY: u8 = 20;
    insert(&stores, 1, "u1").await;
    let place = Arc::new(AtomicU8::new(1));
    all_at_once(PARALLEL, |i| {
        let (stores, place) = (stores.clone(), place.clone());
        async move {
            match i {
                0 => move_up_to(&stores, &place, LAST_KEY).await,
                _ => write_one_value(&stores, &place, &i.to_string()).await,
            }
        }
    })
    .await;
    let moved = get(&stores, LAST_KEY).await.unwrap();
    let data = moved.extra.as_ref().unwrap();
    assert_eq!((data.values.len(), data.version), (PARALLEL - 1, PARALLEL as u64 - 1));
    assert_eq!(list(&stores, "u1").await.len(), 1);
}

/// Gives the session one key after the other, each time with the data that was read before.
async fn move_up_to(stores: &Stores, place: &AtomicU8, last: u8) {
    for n in 2..=last {
        loop {
            let held = get_meanwhile(stores, n - 1).await.unwrap();
            tokio::task::yield_now().await;
            if stores.sessions.replace(&key(n - 1), &key(n), (*held).clone()).await.unwrap() {
                break;
            }
        }
        place.store(n, Ordering::SeqCst);
    }
}

/// Adds a value to those that the session has, wherever it is by now.
async fn write_one_value(stores: &Stores, place: &AtomicU8, name: &str) {
    loop {
        let n = place.load(Ordering::SeqCst);
        if let Some(held) = get_meanwhile(stores, n).await {
            let mut data = held.extra.as_deref().cloned().unwrap_or_default();
            data.values.insert(name.to_owned(), true.into());
            tokio::task::yield_now().await;
            if stores.sessions.write_data(&key(n), held.data_version(), data).await.unwrap() {
                return;
            }
        } else {
            tokio::task::yield_now().await;
        }
    }
}

/// See the name.
pub async fn one_of_many_parallel_replacements_wins(stores: Stores) {
    insert(&stores, 1, "u1").await;
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        let n = 100 + i as u8;
        async move { stores.sessions.replace(&key(1), &key(n), record(n, "u1")).await.unwrap() }
    })
    .await;
    assert_eq!(winners(&won), 1);
    assert_eq!(list(&stores, "u1").await.len(), 1);
}

/// See the name.
pub async fn a_logout_beats_a_later_replacement(stores: Stores) {
    insert(&stores, 1, "u1").await;
    assert!(stores.sessions.remove(&key(1)).await.unwrap());
    assert!(!stores.sessions.replace(&key(1), &key(2), record(2, "u1")).await.unwrap());
    assert!(list(&stores, "u1").await.is_empty());
}

/// See the name.
pub async fn a_logout_beside_a_replacement_ends_what_came_of_it(stores: Stores) {
    for round in 0..PARALLEL as u8 {
        let owner = UserId::new("u1");
        stores.sessions.insert(&key(1), record(1, "u1"), None).await.unwrap();
        let answers = all_at_once(2, |i| {
            let (stores, owner) = (stores.clone(), owner.clone());
            async move {
                match (i, round % 2) {
                    (0, _) => stores.sessions.replace(&key(1), &key(2), record(1, "u1")).await.unwrap(),
                    (_, 0) => stores.sessions.remove_by_handle(&owner, &handle(1)).await.unwrap(),
                    _ => stores.sessions.remove_by_user(&owner, None).await.unwrap() == [handle(1)],
                }
            }
        })
        .await;
        assert!(answers[1], "round {round}: the session was there all the time");
        assert!(get(&stores, 1).await.is_none() && get(&stores, 2).await.is_none(), "round {round}");
    }
}
