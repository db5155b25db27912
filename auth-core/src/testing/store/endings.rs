//! Cases of accounts that go by themselves.

use std::sync::Arc;

use crate::store::Stores;
use crate::user::{Ending, EndingCause, NewUser, User, UserUpdate};

use super::users::{admin, found, get, id, insert, new_user, update, with_email};
use super::{PARALLEL, all_at_once, at, secs, winners};

fn ends(cause: EndingCause, seconds: i64) -> Option<Ending> {
    Some(Ending { cause, at: at(seconds) })
}

async fn inserted(stores: &Stores, user: &str, cause: EndingCause, seconds: i64) -> Arc<User> {
    let new = with_email(user, &format!("name-{user}"), &format!("{user}@x.example"));
    insert(stores, NewUser { ending: ends(cause, seconds), ..new }).await
}

async fn close(stores: &Stores, user: &str, seconds: i64) -> Arc<User> {
    let ending = Some(ends(EndingCause::Closed, seconds));
    update(stores, user, UserUpdate { is_active: Some(false), ending, ..UserUpdate::default() }).await
}

async fn remove_ended(stores: &Stores, user: &str, seconds: i64) -> bool {
    admin(stores).remove_ended(&id(user), at(seconds), None).await.unwrap()
}

/// See the name.
pub async fn an_ending_stands_in_the_account_until_it_is_taken_back(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    assert_eq!(get(&stores, "u1").await.unwrap().ending, None);
    assert_eq!(close(&stores, "u1", 60).await.ending, ends(EndingCause::Closed, 60));
    let closed = get(&stores, "u1").await.unwrap();
    assert_eq!(
        (closed.ending, closed.is_active, closed.auth_epoch),
        (ends(EndingCause::Closed, 60), false, 1)
    );
    let on = UserUpdate { is_active: Some(true), ..UserUpdate::default() };
    assert_eq!(update(&stores, "u1", on).await.ending, None);
    assert_eq!(get(&stores, "u1").await.unwrap().ending, None);
}

/// See the name.
pub async fn accounts_are_listed_once_their_ending_has_come(stores: Stores) {
    for (user, cause, seconds) in
        [("u1", EndingCause::Guest, 30), ("u2", EndingCause::Closed, 10), ("u3", EndingCause::Unproven, 20)]
    {
        inserted(&stores, user, cause, seconds).await;
    }
    insert(&stores, new_user("u4", "alice")).await;
    let ended = async |seconds, limit| admin(&stores).ended(at(seconds), limit).await.unwrap();
    assert!(ended(9, 10).await.is_empty());
    assert_eq!(ended(10, 10).await, [id("u2")]);
    assert_eq!(ended(30, 10).await, [id("u2"), id("u3"), id("u1")]);
    assert_eq!(ended(30, 2).await, [id("u2"), id("u3")]);
}

/// See the name.
pub async fn an_account_is_removed_only_while_it_is_to_go(stores: Stores) {
    inserted(&stores, "u1", EndingCause::Guest, 30).await;
    insert(&stores, new_user("u2", "alice")).await;
    assert!(!remove_ended(&stores, "u1", 29).await && !remove_ended(&stores, "u2", 99).await);
    assert!(!remove_ended(&stores, "u3", 99).await, "nobody");
    assert!(get(&stores, "u1").await.is_some() && get(&stores, "u2").await.is_some());
    assert!(remove_ended(&stores, "u1", 30).await);
    assert!(get(&stores, "u1").await.is_none());
    assert_eq!((found(&stores, "name-u1").await, found(&stores, "u1@x.example").await), (None, None));
    insert(&stores, with_email("u5", "name-u1", "u1@x.example")).await;
}

/// See the name.
pub async fn an_account_that_somebody_uses_is_no_mere_registration(stores: Stores) {
    for user in ["u1", "u2", "u3"] {
        inserted(&stores, user, EndingCause::Unproven, 30).await;
    }
    stores.users.record_login(&id("u1"), at(5)).await.unwrap();
    let address = get(&stores, "u2").await.unwrap().email.clone();
    let proven = UserUpdate { email: Some((address, true)), ..UserUpdate::default() };
    assert_eq!(update(&stores, "u2", proven).await.ending, None);
    assert!(!remove_ended(&stores, "u1", 99).await && !remove_ended(&stores, "u2", 99).await);
    assert!(remove_ended(&stores, "u3", 99).await);
}

/// See the name.
pub async fn who_was_logged_in_by_signing_up_has_to_come_back(stores: Stores) {
    for user in ["u1", "u2"] {
        let new = inserted(&stores, user, EndingCause::UnprovenEntered, 30).await;
        assert_eq!(new.ending, ends(EndingCause::UnprovenEntered, 30));
        stores.users.record_login(&id(user), new.date_joined + secs(1)).await.unwrap();
    }
    assert_eq!(get(&stores, "u1").await.unwrap().ending, ends(EndingCause::UnprovenEntered, 30));
    let day = secs(24 * 60 * 60);
    let joined = get(&stores, "u2").await.unwrap().date_joined;
    stores.users.record_login(&id("u2"), joined + day).await.unwrap();
    assert!(remove_ended(&stores, "u1", 99).await && !remove_ended(&stores, "u2", 99).await);
}

/// See the name.
pub async fn who_was_switched_off_or_belongs_to_the_staff_does_not_go(stores: Stores) {
    for user in ["u1", "u2", "u3"] {
        inserted(&stores, user, EndingCause::Guest, 30).await;
    }
    update(&stores, "u1", UserUpdate { is_active: Some(false), ..UserUpdate::default() }).await;
    let staff = UserUpdate { is_staff: Some(true), ..UserUpdate::default() };
    assert_eq!(update(&stores, "u2", staff).await.ending, None);
    let off = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    close(&stores, "u3", 30).await;
    assert_eq!(update(&stores, "u3", off).await.ending, ends(EndingCause::ClosedInactive, 30));
    assert_eq!(get(&stores, "u3").await.unwrap().ending, ends(EndingCause::ClosedInactive, 30));
    assert!(!remove_ended(&stores, "u1", 99).await && !remove_ended(&stores, "u2", 99).await);
    assert!(remove_ended(&stores, "u3", 99).await);
}

/// See the name.
pub async fn one_of_many_parallel_removals_erases_the_account(stores: Stores) {
    inserted(&stores, "u1", EndingCause::Guest, 30).await;
    let removals = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { remove_ended(&stores, "u1", 30).await }
    });
    assert_eq!(winners(&removals.await), 1);
}

/// See the name.
pub async fn an_account_is_opened_again_or_removed_and_never_both(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    close(&stores, "u1", 30).await;
    let won = all_at_once(PARALLEL, |n| {
        let stores = stores.clone();
        async move {
            if n % 2 == 0 {
                return remove_ended(&stores, "u1", 30).await;
            }
            let on = UserUpdate { is_active: Some(true), ..UserUpdate::default() };
            admin(&stores).update(&id("u1"), on).await.unwrap().is_some()
        }
    });
    let (won, there) = (won.await, get(&stores, "u1").await);
    let erased = won.iter().step_by(2).any(|won| *won);
    assert_eq!(there.is_none(), erased);
    assert!(there.is_none_or(|user| user.is_active && user.ending.is_none()));
}
