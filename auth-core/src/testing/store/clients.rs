//! Cases of [`ClientStore`](crate::server::ClientStore).

use std::sync::Arc;

use crate::server::StoredClient;
use crate::store::Stores;

use super::{PARALLEL, all_at_once, at, winners};

pub(super) fn client(client_id: &str) -> StoredClient {
    StoredClient {
        client_id: client_id.to_owned(),
        registration: r#"{"name":"가게 \"Shop\"","scopes":["openid"]}"#.to_owned(),
        secrets: vec![[7; 32], [255; 32]],
        registration_token: None,
        created_at: at(0),
        updated_at: at(0),
        disabled_at: None,
        expires_at: None,
        version: 1,
    }
}

pub(super) async fn insert(stores: &Stores, client: StoredClient) -> bool {
    stores.clients.insert(client).await.unwrap()
}

pub(super) async fn get(stores: &Stores, client_id: &str) -> Option<StoredClient> {
    stores.clients.get(client_id).await.unwrap()
}

async fn update(stores: &Stores, client: StoredClient, expected: u64) -> bool {
    stores.clients.update(client, expected).await.unwrap()
}

/// See the name.
pub async fn a_client_is_found_by_its_id_with_all_its_fields(stores: Stores) {
    assert_eq!(get(&stores, "shop").await, None);
    let disabled = StoredClient { disabled_at: Some(at(3)), updated_at: at(3), ..client("shop") };
    assert!(insert(&stores, disabled.clone()).await);
    let public = StoredClient {
        secrets: Vec::new(),
        registration_token: Some([9; 32]),
        expires_at: Some(at(7)),
        version: 9,
        ..client("com.example.app")
    };
    assert!(insert(&stores, public.clone()).await);
    assert_eq!(get(&stores, "shop").await, Some(disabled));
    assert_eq!(get(&stores, "com.example.app").await, Some(public));
    for other in ["Shop", "shop ", "sho", ""] {
        assert_eq!(get(&stores, other).await, None, "{other}");
    }
    let long = "x".repeat(255);
    assert!(insert(&stores, client(&long)).await && get(&stores, &long).await.is_some());
}

/// See the name.
pub async fn an_id_is_taken_once(stores: Stores) {
    assert!(insert(&stores, client("shop")).await);
    assert!(!insert(&stores, StoredClient { version: 2, ..client("shop") }).await);
    assert_eq!(get(&stores, "shop").await, Some(client("shop")));
    assert!(insert(&stores, client("SHOP")).await);
    let stores = Arc::new(stores);
    let answers = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { insert(&stores, client("wanted")).await }
    });
    assert_eq!(winners(&answers.await), 1);
}

/// See the name.
pub async fn a_client_is_changed_only_as_it_was_seen(stores: Stores) {
    assert!(insert(&stores, client("shop")).await);
    let changed = StoredClient {
        registration: "{}".to_owned(),
        secrets: vec![[1; 32]],
        registration_token: Some([2; 32]),
        created_at: at(8),
        updated_at: at(8),
        disabled_at: Some(at(8)),
        expires_at: Some(at(9)),
        version: 2,
        ..client("shop")
    };
    for (expected, id) in [(2, "shop"), (0, "shop"), (1, "other")] {
        assert!(
            !update(&stores, StoredClient { client_id: id.to_owned(), ..changed.clone() }, expected).await
        );
    }
    assert_eq!(get(&stores, "shop").await, Some(client("shop")));
    assert!(update(&stores, changed.clone(), 1).await);
    assert!(!update(&stores, changed.clone(), 1).await);
    assert_eq!(get(&stores, "shop").await, Some(StoredClient { created_at: at(0), ..changed.clone() }));
    let stores = Arc::new(stores);
    let answers = all_at_once(PARALLEL, |_| {
        let (stores, next) = (stores.clone(), StoredClient { version: 3, ..changed.clone() });
        async move { update(&stores, next, 2).await }
    });
    assert_eq!(winners(&answers.await), 1);
}

/// See the name.
pub async fn clients_are_listed_by_their_ids_and_removed_once(stores: Stores) {
    for id in ["b", "a", "B"] {
        assert!(insert(&stores, client(id)).await);
    }
    let ids = async || -> Vec<_> {
        stores.clients.list().await.unwrap().into_iter().map(|client| client.client_id).collect()
    };
    assert_eq!(ids().await, ["B", "a", "b"]);
    assert!(!stores.clients.remove("A").await.unwrap());
    assert!(stores.clients.remove("a").await.unwrap() && !stores.clients.remove("a").await.unwrap());
    assert_eq!(ids().await, ["B", "b"]);
}

/// See the name.
pub async fn clients_that_have_expired_are_removed_and_no_others(stores: Stores) {
    let until = |id: &str, end| StoredClient { expires_at: end, ..client(id) };
    for client in [until("over", Some(at(5))), until("later", Some(at(6))), until("stays", None)] {
        assert!(insert(&stores, client).await);
    }
    assert_eq!(stores.clients.remove_expired(at(4)).await.unwrap(), 0);
    assert_eq!(stores.clients.remove_expired(at(5)).await.unwrap(), 1);
    assert_eq!(get(&stores, "over").await, None);
    assert!(get(&stores, "later").await.is_some() && get(&stores, "stays").await.is_some());
}
