//! Cases of [`KeyStore`](crate::key::KeyStore).

use crate::key::StoredKey;
use crate::store::Stores;

use super::{PARALLEL, all_at_once, at, winners};

pub(super) fn key(kid: &str, announced: i64) -> StoredKey {
    StoredKey {
        kid: kid.to_owned(),
        algorithm: "EdDSA".to_owned(),
        sealed: vec![0, 1, 254, 255],
        announced_at: at(announced),
        active_from: at(announced + 10),
        retire_from: None,
        gone_from: None,
    }
}

pub(super) async fn rotate(stores: &Stores, expected: Option<&str>, new: StoredKey) -> bool {
    stores.keys.rotate(expected, new, at(1000), at(2000)).await.unwrap()
}

pub(super) async fn kids(stores: &Stores) -> Vec<String> {
    stores.keys.list().await.unwrap().into_iter().map(|key| key.kid).collect()
}

/// See the name.
pub async fn keys_are_listed_oldest_first_with_all_their_fields(stores: Stores) {
    assert!(stores.keys.list().await.unwrap().is_empty());
    let finished = StoredKey { retire_from: Some(at(5)), gone_from: Some(at(6)), ..key("z", 0) };
    assert!(rotate(&stores, None, finished.clone()).await);
    assert!(rotate(&stores, Some("z"), key("a", 1)).await);
    assert_eq!(stores.keys.list().await.unwrap(), [finished, key("a", 1)]);
}

/// See the name.
pub async fn a_rotation_gives_the_others_their_end(stores: Stores) {
    assert!(rotate(&stores, None, key("one", 0)).await);
    assert!(rotate(&stores, Some("one"), key("two", 1)).await);
    assert!(stores.keys.rotate(Some("two"), key("three", 2), at(3000), at(4000)).await.unwrap());
    let ends: Vec<_> =
        stores.keys.list().await.unwrap().iter().map(|k| (k.retire_from, k.gone_from)).collect();
    assert_eq!(ends, [(Some(at(1000)), Some(at(2000))), (Some(at(3000)), Some(at(4000))), (None, None)]);
}

/// See the name.
pub async fn a_rotation_with_a_wrong_expectation_changes_nothing(stores: Stores) {
    assert!(!rotate(&stores, Some("ghost"), key("one", 0)).await);
    assert!(rotate(&stores, None, key("one", 0)).await);
    let before = stores.keys.list().await.unwrap();
    assert!(!rotate(&stores, None, key("two", 1)).await);
    assert!(!rotate(&stores, Some("ONE"), key("two", 1)).await);
    assert_eq!(stores.keys.list().await.unwrap(), before);
}

/// See the name.
pub async fn one_of_many_parallel_rotations_wins(stores: Stores) {
    assert!(rotate(&stores, None, key("old", 0)).await);
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        async move { rotate(&stores, Some("old"), key(&format!("new-{i}"), 1)).await }
    })
    .await;
    assert_eq!(winners(&won), 1);
    assert_eq!(kids(&stores).await.len(), 2);
}

/// See the name.
pub async fn a_key_is_sealed_anew_where_nobody_was_first(stores: Stores) {
    assert!(rotate(&stores, None, key("one", 0)).await);
    assert!(rotate(&stores, Some("one"), key("two", 1)).await);
    let reseal =
        async |kid: &str, expected: &[u8]| stores.keys.reseal(kid, expected, &[7, 0, 255]).await.unwrap();
    assert!(!reseal("one", &[1]).await && !reseal("ONE", &key("one", 0).sealed).await);
    assert!(reseal("one", &key("one", 0).sealed).await);
    assert!(!reseal("one", &key("one", 0).sealed).await, "somebody was first");
    let sealed: Vec<_> = stores.keys.list().await.unwrap().into_iter().map(|key| key.sealed).collect();
    assert_eq!(sealed, [vec![7, 0, 255], key("two", 1).sealed]);
}

/// See the name.
pub async fn gone_keys_are_forgotten(stores: Stores) {
    assert!(rotate(&stores, None, key("one", 0)).await);
    assert!(rotate(&stores, Some("one"), key("two", 1)).await);
    assert_eq!(stores.keys.remove_gone(at(1999)).await.unwrap(), 0);
    assert_eq!(stores.keys.remove_gone(at(2000)).await.unwrap(), 1);
    assert_eq!(kids(&stores).await, ["two"]);
}
