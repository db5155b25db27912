//! Cases of [`RefreshStore`](crate::token::RefreshStore).

use crate::session::{Amr, SessionHandle};
use crate::store::Stores;
use crate::token::{FamilyKey, Predecessor, RefreshFamily, Rotation};
use crate::user::UserId;

use super::{PARALLEL, all_at_once, at, winners};

pub(super) fn key(n: u8) -> FamilyKey {
    FamilyKey::new([n; 32])
}

pub(super) fn rotation(n: u8, rotated: i64) -> Rotation {
    let previous = Predecessor { hash: [n.wrapping_sub(1); 32], salt: [n; 16], key_version: 255 };
    Rotation { current: [n; 32], rotated_at: at(rotated), previous: Some(previous) }
}

fn family(n: u8, user: &str, session: Option<u8>) -> RefreshFamily {
    RefreshFamily {
        sid: SessionHandle::new([n; 16]),
        client_id: "app".into(),
        user: UserId::new(user),
        epoch: 3,
        scope: "reports:read profile".to_owned(),
        session: session.map(|n| SessionHandle::new([n; 16])),
        resource: session.map(|n| format!("https://api{n}.example").into()),
        jkt: session.map(|n| format!("thumbprint of key {n}").into()),
        auth_time: at(-5),
        amr: Amr::PWD.and(Amr::OTP).and(Amr::MFA),
        created_at: at(0),
        expires_at: at(1000),
        rotation: Rotation { current: [n; 32], rotated_at: at(0), previous: None },
    }
}

pub(super) async fn insert(stores: &Stores, n: u8, user: &str, session: Option<u8>) {
    stores.refresh.insert(&key(n), family(n, user, session)).await.unwrap();
}

pub(super) async fn exists(stores: &Stores, n: u8) -> bool {
    stores.refresh.get(&key(n)).await.unwrap().is_some()
}

fn sorted(mut handles: Vec<SessionHandle>) -> Vec<u8> {
    handles.sort();
    handles.iter().map(|handle| handle.as_bytes()[0]).collect()
}

/// See the name.
pub async fn a_family_is_found_with_all_its_fields(stores: Stores) {
    assert!(!exists(&stores, 1).await);
    insert(&stores, 1, "u1", Some(9)).await;
    insert(&stores, 2, "u1", None).await;
    assert!(stores.refresh.rotate(&key(2), &[2; 32], rotation(7, 20)).await.unwrap());
    let expected = RefreshFamily { rotation: rotation(7, 20), ..family(2, "u1", None) };
    for (n, expected) in [(1, family(1, "u1", Some(9))), (2, expected)] {
        let found = stores.refresh.get(&key(n)).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    }
}

/// See the name.
pub async fn a_rotation_moves_on_from_the_expected_token_only(stores: Stores) {
    insert(&stores, 1, "u1", None).await;
    assert!(!stores.refresh.rotate(&key(1), &[9; 32], rotation(2, 10)).await.unwrap());
    assert!(stores.refresh.rotate(&key(1), &[1; 32], rotation(2, 10)).await.unwrap());
    assert!(!stores.refresh.rotate(&key(1), &[1; 32], rotation(3, 20)).await.unwrap());
    let found = stores.refresh.get(&key(1)).await.unwrap().unwrap();
    assert_eq!(found.rotation, rotation(2, 10));
}

/// See the name.
pub async fn one_of_many_parallel_rotations_wins(stores: Stores) {
    insert(&stores, 1, "u1", None).await;
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        let next = rotation(100 + i as u8, 10);
        async move { stores.refresh.rotate(&key(1), &[1; 32], next).await.unwrap() }
    })
    .await;
    assert_eq!(winners(&won), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let found = stores.refresh.get(&key(1)).await.unwrap().unwrap();
    assert_eq!(found.rotation, rotation(100 + winner as u8, 10));
}

/// See the name.
pub async fn a_rotation_after_the_end_does_not_resurrect(stores: Stores) {
    insert(&stores, 1, "u1", None).await;
    assert!(stores.refresh.remove(&key(1)).await.unwrap().is_some());
    assert!(!stores.refresh.rotate(&key(1), &[1; 32], rotation(2, 10)).await.unwrap());
    assert!(!exists(&stores, 1).await);
}

/// See the name.
pub async fn a_family_is_removed_once(stores: Stores) {
    insert(&stores, 1, "u1", None).await;
    insert(&stores, 2, "u1", None).await;
    let removed = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { stores.refresh.remove(&key(1)).await.unwrap().is_some() }
    })
    .await;
    assert_eq!(winners(&removed), 1);
    assert!(exists(&stores, 2).await);
}

/// See the name.
pub async fn families_end_with_their_session(stores: Stores) {
    for (n, session) in [(1, Some(7)), (2, Some(7)), (3, Some(8)), (4, None)] {
        insert(&stores, n, "u1", session).await;
    }
    let ended = stores.refresh.remove_by_session(&SessionHandle::new([7; 16])).await.unwrap();
    assert_eq!(sorted(ended), [1, 2]);
    assert!(!exists(&stores, 1).await && exists(&stores, 3).await && exists(&stores, 4).await);
    assert!(stores.refresh.remove_by_session(&SessionHandle::new([7; 16])).await.unwrap().is_empty());
}

/// See the name.
pub async fn families_end_with_their_user(stores: Stores) {
    for (n, user) in [(1, "u1"), (2, "U1"), (3, "u1")] {
        insert(&stores, n, user, Some(n)).await;
    }
    assert_eq!(sorted(stores.refresh.remove_by_user(&UserId::new("u1")).await.unwrap()), [1, 3]);
    assert!(exists(&stores, 2).await);
    assert!(stores.refresh.remove_by_user(&UserId::new("u1")).await.unwrap().is_empty());
}

/// See the name.
pub async fn families_are_listed_by_their_user_newest_first(stores: Stores) {
    let list = async |user: &str| stores.refresh.list(&UserId::new(user)).await.unwrap();
    assert!(list("u1").await.is_empty());
    for (n, user) in [(1, "u1"), (2, "U1"), (3, "u1"), (4, "u1")] {
        let family = RefreshFamily {
            created_at: at(i64::from(n % 4)),
            ..family(n, user, Some(n).filter(|n| *n == 3))
        };
        stores.refresh.insert(&key(n), family).await.unwrap();
    }
    assert!(stores.refresh.rotate(&key(1), &[1; 32], rotation(9, 500)).await.unwrap());
    let listed = list("u1").await;
    assert_eq!(listed.iter().map(|(_, family)| family.sid.as_bytes()[0]).collect::<Vec<_>>(), [3, 1, 4]);
    for (key, family) in listed {
        let found = stores.refresh.get(&key).await.unwrap().unwrap();
        assert_eq!(format!("{family:?}"), format!("{found:?}"));
    }
    stores.refresh.remove(&key(3)).await.unwrap();
    assert_eq!(list("u1").await.len(), 2);
}

/// See the name.
pub async fn expired_and_idle_families_are_forgotten(stores: Stores) {
    for n in [1, 2, 3] {
        insert(&stores, n, "u1", Some(n)).await;
    }
    assert!(stores.refresh.rotate(&key(1), &[1; 32], rotation(9, 500)).await.unwrap());
    assert_eq!(stores.refresh.remove_expired(at(900), at(-1)).await.unwrap(), 0);
    assert_eq!(stores.refresh.remove_expired(at(900), at(400)).await.unwrap(), 2);
    assert!(exists(&stores, 1).await);
    assert_eq!(stores.refresh.remove_expired(at(1001), at(400)).await.unwrap(), 1);
}
