//! Cases of [`SessionStore`](crate::session::SessionStore).

mod data;
mod replacement;

use std::num::NonZeroUsize;
use std::sync::Arc;

use serde_json::json;

use crate::login::{FactorTimes, Method};
use crate::session::{Amr, ProviderSession, SessionData, SessionHandle, SessionKey, SessionRecord};
use crate::store::Stores;
use crate::user::{NewUser, UserId, UserUpdate, Username};

use super::{PARALLEL, all_at_once, at, users, winners};

pub use self::data::{
    a_data_write_after_the_end_does_not_resurrect, a_touch_keeps_the_data,
    data_is_written_only_over_the_expected_version, one_of_many_parallel_data_writes_wins,
    the_provider_of_a_session_stays_with_it,
};
pub use self::replacement::{
    a_logout_beats_a_later_replacement, a_logout_beside_a_replacement_ends_what_came_of_it,
    a_replacement_made_from_older_data_changes_nothing,
    no_data_is_lost_between_parallel_writes_and_replacements, one_of_many_parallel_replacements_wins,
    replacing_kills_the_old_key, replacing_what_is_gone_changes_nothing,
};

pub(super) fn key(n: u8) -> SessionKey {
    SessionKey::new([n; 32])
}

fn handle(n: u8) -> SessionHandle {
    SessionHandle::new([n; 16])
}

/// A session that began `n` seconds after the start.
pub(super) fn record(n: u8, user: &str) -> SessionRecord {
    let now = at(i64::from(n));
    SessionRecord {
        handle: handle(n),
        user: UserId::new(user),
        epoch: 0,
        created_at: now,
        last_seen_at: now,
        expires_at: at(10_000),
        auth_time: now,
        amr: Amr::PWD,
        remember: false,
        ip: None,
        user_agent: None,
        extra: None,
    }
}

fn data(value: &str) -> SessionData {
    let mut data = SessionData::default();
    data.values.insert("value".to_owned(), value.into());
    data
}

fn provider_session() -> ProviderSession {
    ProviderSession {
        provider: "work".to_owned(),
        issuer: "https://id.example".to_owned(),
        account: "000102030405060708090a0b0c0d0e0f".to_owned(),
        sid: Some("sid-\u{e9}".to_owned()),
        id_token: Some((0..=255).collect()),
    }
}

pub(super) async fn insert(stores: &Stores, n: u8, user: &str) {
    stores.sessions.insert(&key(n), record(n, user), None).await.unwrap();
}

/// While others write to it.
async fn get_meanwhile(stores: &Stores, n: u8) -> Option<Arc<SessionRecord>> {
    stores.sessions.get(&key(n)).await.unwrap()
}

/// Whichever way it is read.
pub(super) async fn get(stores: &Stores, n: u8) -> Option<Arc<SessionRecord>> {
    let found = get_meanwhile(stores, n).await;
    if let Some(both) = stores.session_users() {
        let with_user = both.session_and_user(&key(n), at(0)).await.unwrap();
        assert_eq!(format!("{:?}", with_user.map(|(record, _)| record)), format!("{found:?}"));
    }
    found
}

pub(super) async fn list(stores: &Stores, user: &str) -> Vec<u8> {
    let sessions = stores.sessions.list(&UserId::new(user)).await.unwrap();
    sessions.iter().map(|record| record.handle.as_bytes()[0]).collect()
}

/// See the name.
pub async fn an_inserted_session_is_found_with_all_its_fields(stores: Stores) {
    let extra = SessionData {
        client: Some("app".into()),
        provider: Some(provider_session()),
        factor_times: FactorTimes::of([(Method::Totp, at(8)), (Method::Passkey, at(9))]),
        told_clients: vec!["shop".into(), "x".repeat(255).into()],
        values: json!({ "cart": [1, 2, { "x": "\u{1f600}" }] }).as_object().unwrap().clone(),
        version: 7,
    };
    let full = SessionRecord {
        epoch: 5,
        created_at: at(1),
        last_seen_at: at(2),
        expires_at: at(3),
        auth_time: at(4),
        amr: Amr::PWD.and(Amr::OTP).and(Amr::MFA),
        remember: true,
        ip: Some("2001:db8::1".parse().unwrap()),
        user_agent: Some("Mozilla/5.0 (\u{e9})".into()),
        extra: Some(Box::new(extra)),
        ..record(1, "u1")
    };
    let other = SessionRecord { ip: Some("203.0.113.7".parse().unwrap()), ..record(2, "u1") };
    for (n, record) in [(1, full), (2, other), (3, record(3, "u2"))] {
        stores.sessions.insert(&key(n), record.clone(), None).await.unwrap();
        assert_eq!(format!("{:?}", get(&stores, n).await.unwrap()), format!("{record:?}"));
    }
    let listed = stores.sessions.list(&UserId::new("u2")).await.unwrap();
    assert_eq!(format!("{listed:?}"), format!("{:?}", [record(3, "u2")]));
}

/// See the name.
pub async fn an_unknown_session_is_none_and_no_error(stores: Stores) {
    assert!(get(&stores, 1).await.is_none());
    assert!(list(&stores, "u1").await.is_empty());
    stores.sessions.touch(&key(1), at(1)).await.unwrap();
    assert!(get(&stores, 1).await.is_none());
}

/// See the name.
pub async fn a_session_comes_with_its_user_as_that_is_now(stores: Stores) {
    let Some(both) = stores.session_users() else { return };
    let owner = users::id("u1");
    insert(&stores, 1, owner.as_str()).await;
    let user = async || both.session_and_user(&key(1), at(0)).await.unwrap().unwrap().1;
    assert!(user().await.is_none());

    let new = NewUser {
        is_staff: true,
        groups: users::texts(&["editors"]),
        permissions: users::texts(&["app.change_page"]),
        attributes: json!({ "theme": "dark" }),
        ..users::with_email("u1", "alice", "alice@example.com")
    };
    users::insert(&stores, new).await;
    users::insert(&stores, users::new_user("u2", "bob")).await;
    for update in [
        UserUpdate::default(),
        UserUpdate { is_active: Some(false), ..UserUpdate::default() },
        UserUpdate { username: Some(Username::new("carol").unwrap()), ..UserUpdate::default() },
    ] {
        let updated = users::update(&stores, "u1", update).await;
        assert_eq!(format!("{:?}", user().await.unwrap()), format!("{updated:?}"));
    }
    stores.users.raise_epoch(&owner).await.unwrap();
    assert_eq!(user().await.unwrap().auth_epoch, users::get(&stores, "u1").await.unwrap().auth_epoch);

    users::admin(&stores).remove(&owner).await.unwrap();
    assert!(user().await.is_none());
    stores.sessions.remove(&key(1)).await.unwrap();
    assert!(both.session_and_user(&key(1), at(0)).await.unwrap().is_none());
}

/// See the name.
pub async fn keys_that_differ_in_one_bit_are_different(stores: Stores) {
    insert(&stores, 1, "u1").await;
    for bit in 0..128 {
        let mut bytes = [1; 32];
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(stores.sessions.get(&SessionKey::new(bytes)).await.unwrap().is_none(), "bit {bit}");
    }
}

/// See the name.
pub async fn a_touch_moves_forward_and_never_back(stores: Stores) {
    insert(&stores, 1, "u1").await;
    for (touch, seen) in [(100, 100), (50, 100), (200, 200)] {
        stores.sessions.touch(&key(1), at(touch)).await.unwrap();
        assert_eq!(get(&stores, 1).await.unwrap().last_seen_at, at(seen));
        let listed = stores.sessions.list(&UserId::new("u1")).await.unwrap();
        assert_eq!(listed[0].last_seen_at, at(seen));
    }
}

/// See the name.
pub async fn a_touch_after_the_end_does_not_resurrect(stores: Stores) {
    insert(&stores, 1, "u1").await;
    assert!(stores.sessions.remove(&key(1)).await.unwrap());
    stores.sessions.touch(&key(1), at(100)).await.unwrap();
    assert!(get(&stores, 1).await.is_none() && list(&stores, "u1").await.is_empty());
}

/// See the name.
pub async fn removing_answers_whether_there_was_one(stores: Stores) {
    insert(&stores, 1, "u1").await;
    insert(&stores, 2, "u1").await;
    let won = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { stores.sessions.remove(&key(1)).await.unwrap() }
    })
    .await;
    assert_eq!(winners(&won), 1);
    assert_eq!(list(&stores, "u1").await, [2]);
}

/// See the name.
pub async fn a_list_holds_the_users_own_sessions_newest_first(stores: Stores) {
    for (n, user) in [(3, "u1"), (1, "u1"), (4, "u2"), (2, "u1"), (5, "U1")] {
        insert(&stores, n, user).await;
    }
    assert_eq!(list(&stores, "u1").await, [3, 2, 1]);
}

/// See the name.
pub async fn a_session_is_removed_by_handle_only_for_its_owner(stores: Stores) {
    insert(&stores, 1, "u1").await;
    insert(&stores, 2, "u1").await;
    assert!(!stores.sessions.remove_by_handle(&UserId::new("u2"), &handle(1)).await.unwrap());
    assert!(get(&stores, 1).await.is_some());
    assert!(stores.sessions.remove_by_handle(&UserId::new("u1"), &handle(1)).await.unwrap());
    assert!(!stores.sessions.remove_by_handle(&UserId::new("u1"), &handle(1)).await.unwrap());
    assert!(get(&stores, 1).await.is_none());
    assert_eq!(list(&stores, "u1").await, [2]);
}

/// See the name.
pub async fn all_sessions_but_one_end_together(stores: Stores) {
    for (n, user) in [(1, "u1"), (2, "u1"), (3, "u1"), (4, "u2")] {
        insert(&stores, n, user).await;
    }
    let mut ended = stores.sessions.remove_by_user(&UserId::new("u1"), Some(&handle(2))).await.unwrap();
    ended.sort();
    assert_eq!(ended, [handle(1), handle(3)]);
    assert_eq!((list(&stores, "u1").await, list(&stores, "u2").await), (vec![2], vec![4]));
    assert!(get(&stores, 1).await.is_none() && get(&stores, 3).await.is_none());
    assert!(get(&stores, 2).await.is_some() && get(&stores, 4).await.is_some());
}

/// See the name.
pub async fn all_sessions_end_together(stores: Stores) {
    for (n, user) in [(1, "u1"), (2, "u1"), (3, "u2")] {
        insert(&stores, n, user).await;
    }
    assert_eq!(stores.sessions.remove_by_user(&UserId::new("u1"), None).await.unwrap().len(), 2);
    assert!(stores.sessions.remove_by_user(&UserId::new("u1"), None).await.unwrap().is_empty());
    assert!(list(&stores, "u1").await.is_empty() && get(&stores, 1).await.is_none());
    insert(&stores, 1, "u1").await;
    assert_eq!(list(&stores, "u1").await, [1]);
}

/// See the name.
pub async fn the_oldest_make_room(stores: Stores) {
    insert(&stores, 200, "u2").await;
    for n in [5, 1, 4, 2, 3] {
        insert(&stores, n, "u1").await;
    }
    let push = async |n: u8, max| {
        let gone = stores.sessions.insert(&key(n), record(n, "u1"), NonZeroUsize::new(max)).await.unwrap();
        let mut gone: Vec<_> = (0..=u8::MAX).filter(|n| gone.contains(&record(*n, "u1").handle)).collect();
        gone.sort_unstable();
        gone
    };
    assert_eq!(push(6, 3).await, [1, 2, 3]);
    assert_eq!(list(&stores, "u1").await, [6, 5, 4]);
    assert_eq!(push(7, 1).await, [4, 5, 6]);
    assert_eq!(list(&stores, "u1").await, [7]);
    assert_eq!(list(&stores, "u2").await, [200]);
    assert!(get(&stores, 6).await.is_none());
}

/// See the name.
pub async fn the_maximum_holds_under_parallel_logins(stores: Stores) {
    all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        let n = 1 + i as u8;
        async move { stores.sessions.insert(&key(n), record(n, "u1"), NonZeroUsize::new(3)).await.unwrap() }
    })
    .await;
    assert_eq!(list(&stores, "u1").await.len(), 3);
    let mut alive = 0;
    for n in 1..=PARALLEL as u8 {
        alive += usize::from(get(&stores, n).await.is_some());
    }
    assert_eq!(alive, 3);
}

/// See the name.
pub async fn expired_and_idle_sessions_are_forgotten(stores: Stores) {
    for n in [1, 2, 3, 4] {
        insert(&stores, n, "u1").await;
    }
    let short = SessionRecord { expires_at: at(50), ..record(5, "u2") };
    stores.sessions.insert(&key(5), short, None).await.unwrap();
    stores.sessions.touch(&key(1), at(40)).await.unwrap();
    assert_eq!(stores.sessions.remove_expired(at(49), at(0)).await.unwrap(), 0);
    assert_eq!(stores.sessions.remove_expired(at(51), at(3)).await.unwrap(), 2);
    assert!(get(&stores, 2).await.is_none() && get(&stores, 5).await.is_none());
    assert_eq!(list(&stores, "u1").await, [4, 3, 1]);
    assert!(list(&stores, "u2").await.is_empty());
    assert_eq!(stores.sessions.remove_expired(at(20_000), at(0)).await.unwrap(), 3);
    assert!(list(&stores, "u1").await.is_empty());
}
