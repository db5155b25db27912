//! Cases of [`ConsentStore`](crate::server::ConsentStore).

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::event::{AuditFilter, EventKind};
use crate::server::Consent;
use crate::store::Stores;
use crate::user::Attachment;

use super::audit::{event, listed};
use super::users::{admin, id, insert, new_user};
use super::{PARALLEL, all_at_once, at, winners};

pub(super) fn consent(user: &str, client_id: &str, scope: &str, second: i64) -> Consent {
    Consent {
        user: id(user),
        client_id: client_id.to_owned(),
        scope: scope.to_owned(),
        created_at: at(second),
        updated_at: at(second),
    }
}

pub(super) async fn put(stores: &Stores, consent: Consent) {
    stores.consents.put(consent, Vec::new()).await.unwrap();
}

pub(super) async fn get(stores: &Stores, user: &str, client_id: &str) -> Option<Consent> {
    stores.consents.get(&id(user), client_id).await.unwrap()
}

async fn list(stores: &Stores, user: &str) -> Vec<Consent> {
    stores.consents.list(&id(user)).await.unwrap()
}

async fn remove(stores: &Stores, user: &str, client_id: &str) -> bool {
    stores.consents.remove(&id(user), client_id, Vec::new()).await.unwrap()
}

fn told(n: u8) -> Vec<Attachment> {
    vec![Attachment::Event(Box::new(event(n, 0, EventKind::ConsentGiven, Some("u1"))))]
}

/// See the name.
pub async fn a_consent_is_found_with_all_its_fields(stores: Stores) {
    assert_eq!(get(&stores, "u1", "shop").await, None);
    let given = consent("u1", "shop", "openid reports:read", 0);
    put(&stores, given.clone()).await;
    assert_eq!(get(&stores, "u1", "shop").await, Some(given));
    for (user, client_id) in [("u2", "shop"), ("u1", "shop2"), ("u1", "Shop"), ("u1", ""), ("U1", "shop")] {
        assert_eq!(get(&stores, user, client_id).await, None, "{user} {client_id}");
    }
}

/// See the name.
pub async fn a_consent_takes_the_place_of_the_one_before_and_keeps_when_that_was_first_given(stores: Stores) {
    put(&stores, consent("u1", "shop", "openid", 0)).await;
    put(&stores, consent("u1", "shop", "openid email", 9)).await;
    let grown = Consent { created_at: at(0), ..consent("u1", "shop", "openid email", 9) };
    assert_eq!(get(&stores, "u1", "shop").await, Some(grown.clone()));
    assert_eq!(list(&stores, "u1").await, [grown]);
}

/// See the name.
pub async fn consents_are_listed_by_client_and_of_their_user_only(stores: Stores) {
    for client_id in ["b", "a", "B"] {
        put(&stores, consent("u1", client_id, "openid", 0)).await;
    }
    put(&stores, consent("u2", "c", "openid", 0)).await;
    let clients: Vec<_> = list(&stores, "u1").await.into_iter().map(|consent| consent.client_id).collect();
    assert_eq!(clients, ["B", "a", "b"]);
    assert!(list(&stores, "u3").await.is_empty());
}

/// See the name.
pub async fn a_consent_is_removed_once_and_only_for_its_user(stores: Stores) {
    put(&stores, consent("u1", "shop", "openid", 0)).await;
    assert!(!remove(&stores, "u2", "shop").await && !remove(&stores, "u1", "other").await);
    assert!(remove(&stores, "u1", "shop").await && !remove(&stores, "u1", "shop").await);
    assert_eq!(get(&stores, "u1", "shop").await, None);
    let stores = Arc::new(stores);
    put(&stores, consent("u1", "shop", "openid", 0)).await;
    let answers = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { remove(&stores, "u1", "shop").await }
    });
    assert_eq!(winners(&answers.await), 1);
}

/// See the name.
pub async fn what_comes_with_a_consent_is_there_if_and_only_if_that_is(stores: Stores) {
    let happened = async || listed(&stores, &AuditFilter::default().oldest_first()).await;
    stores.consents.put(consent("u1", "shop", "openid", 0), told(1)).await.unwrap();
    assert!(!stores.consents.remove(&id("u1"), "other", told(2)).await.unwrap());
    assert_eq!(happened().await, [1]);
    assert!(stores.consents.remove(&id("u1"), "shop", told(3)).await.unwrap());
    assert_eq!(happened().await, [1, 3]);
    let refused = stores.consents.put(consent("u1", "shop", "openid", 0), vec![Attachment::Unknown]).await;
    assert_eq!(Error::from(refused.unwrap_err()).kind(), ErrorKind::Configuration);
    assert_eq!(get(&stores, "u1", "shop").await, None);
}

/// See the name.
pub async fn consents_go_with_their_user(stores: Stores) {
    // One that is older than the row of its user, too.
    put(&stores, consent("u1", "old", "openid", 0)).await;
    insert(&stores, new_user("u1", "alice")).await;
    put(&stores, consent("u1", "shop", "openid", 0)).await;
    put(&stores, consent("u2", "shop", "openid", 0)).await;
    assert!(admin(&stores).remove(&id("u1")).await.unwrap());
    assert!(list(&stores, "u1").await.is_empty());
    assert_eq!(list(&stores, "u2").await.len(), 1);
}
