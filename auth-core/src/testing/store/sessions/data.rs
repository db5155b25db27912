//! What an application, or a provider, keeps in a session.

use crate::session::{ProviderSession, SessionData, SessionRecord};
use crate::store::Stores;
use crate::user::UserId;

use super::super::{PARALLEL, all_at_once, at, winners};
use super::{data, get, insert, key, list, provider_session, record};

/// See the name.
pub async fn data_is_written_only_over_the_expected_version(stores: Stores) {
    insert(&stores, 1, "u1").await;
    assert!(!stores.sessions.write_data(&key(1), 1, data("early")).await.unwrap());
    assert!(stores.sessions.write_data(&key(1), 0, data("one")).await.unwrap());
    assert!(!stores.sessions.write_data(&key(1), 0, data("late")).await.unwrap());
    let read = get(&stores, 1).await.unwrap();
    assert_eq!(read.extra.as_deref(), Some(&SessionData { version: 1, ..data("one") }));
    assert!(stores.sessions.write_data(&key(1), 1, data("two")).await.unwrap());
    let read = get(&stores, 1).await.unwrap();
    assert_eq!(
        (read.data_version(), read.extra.as_deref().unwrap().values["value"].as_str()),
        (2, Some("two"))
    );
}

/// See the name.
pub async fn one_of_many_parallel_data_writes_wins(stores: Stores) {
    insert(&stores, 1, "u1").await;
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        async move { stores.sessions.write_data(&key(1), 0, data(&i.to_string())).await.unwrap() }
    })
    .await;
    assert_eq!(winners(&won), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(get(&stores, 1).await.unwrap().extra.as_ref().unwrap().values["value"], winner.to_string());
}

/// See the name.
pub async fn the_provider_of_a_session_stays_with_it(stores: Stores) {
    let bare = ProviderSession { sid: None, id_token: None, ..provider_session() };
    for (n, provider) in [(1, provider_session()), (3, bare)] {
        let extra = SessionData { provider: Some(provider.clone()), ..SessionData::default() };
        let begun = SessionRecord { extra: Some(Box::new(extra.clone())), ..record(n, "u1") };
        stores.sessions.insert(&key(n), begun.clone(), None).await.unwrap();
        stores.sessions.touch(&key(n), at(100)).await.unwrap();
        assert!(stores.sessions.replace(&key(n), &key(n + 1), begun).await.unwrap());
        assert!(stores.sessions.write_data(&key(n + 1), 0, extra).await.unwrap());
        let read = get(&stores, n + 1).await.unwrap();
        assert_eq!(read.extra.as_ref().unwrap().provider.as_ref(), Some(&provider));
        let listed = stores.sessions.list(&UserId::new("u1")).await.unwrap();
        assert!(listed.iter().any(|record| record.extra == read.extra));
    }
}

/// See the name.
pub async fn a_data_write_after_the_end_does_not_resurrect(stores: Stores) {
    insert(&stores, 1, "u1").await;
    assert!(stores.sessions.remove(&key(1)).await.unwrap());
    assert!(!stores.sessions.write_data(&key(1), 0, data("x")).await.unwrap());
    assert!(get(&stores, 1).await.is_none() && list(&stores, "u1").await.is_empty());
}

/// See the name.
pub async fn a_touch_keeps_the_data(stores: Stores) {
    insert(&stores, 1, "u1").await;
    assert!(stores.sessions.write_data(&key(1), 0, data("x")).await.unwrap());
    stores.sessions.touch(&key(1), at(100)).await.unwrap();
    assert_eq!(get(&stores, 1).await.unwrap().data_version(), 1);
}
