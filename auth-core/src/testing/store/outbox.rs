//! Cases of [`OutboxStore`](crate::outbox::OutboxStore), and of what comes with a change of an account.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::provider::LinkedAccount;
use crate::store::Stores;
use crate::user::{
    AccountChange, Attachment, Email, Insertion, LetterId, LetterKind, NewUser, QueuedLetter, SignUpEvents,
    User, UserUpdate,
};

use super::linked_accounts;
use super::users::{account, admin, found, get, hash, id, insert, new_user, with_email};
use super::{PARALLEL, all_at_once, at, winners};

/// A letter that is due so many seconds after the start.
pub(super) fn letter(n: u8, due: i64) -> QueuedLetter {
    QueuedLetter {
        id: LetterId::new([n; 16]),
        kind: LetterKind::Mail,
        due_at: at(due),
        expires_at: at(1_000_000),
        attempts: 0,
        sealed: vec![0, n, 255],
    }
}

async fn post(stores: &Stores, letter: QueuedLetter) {
    stores.outbox.post(letter).await.unwrap();
}

/// The letters that are claimed, by the first byte of their names.
async fn claim(stores: &Stores, limit: usize, now: Timestamp, until: Timestamp) -> Vec<u8> {
    let claimed = stores.outbox.claim(LetterKind::Mail, limit, now, until).await.unwrap();
    claimed.iter().map(|letter| letter.id.as_bytes()[0]).collect()
}

/// The letters that wait, whenever they are due, in the order of their names.
pub(super) async fn waiting(stores: &Stores) -> Vec<u8> {
    let mut all = claim(stores, 100, Timestamp::FAR_FUTURE, at(0)).await;
    all.sort_unstable();
    all
}

async fn change(stores: &Stores, user: &str, change: AccountChange) -> Option<Arc<User>> {
    admin(stores).change(&id(user), change).await.unwrap()
}

/// See the name.
pub async fn a_letter_is_claimed_with_all_its_fields_and_one_attempt_more(stores: Stores) {
    post(&stores, letter(7, 5)).await;
    assert!(stores.outbox.claim(LetterKind::Mail, 10, at(4), at(60)).await.unwrap().is_empty());
    let claimed = stores.outbox.claim(LetterKind::Mail, 10, at(5), at(60)).await.unwrap();
    assert_eq!(claimed, [QueuedLetter { due_at: at(60), attempts: 1, ..letter(7, 5) }]);
    assert!(stores.outbox.claim(LetterKind::Mail, 10, at(59), at(90)).await.unwrap().is_empty());
    let again = stores.outbox.claim(LetterKind::Mail, 10, at(60), at(90)).await.unwrap();
    assert_eq!(again, [QueuedLetter { due_at: at(90), attempts: 2, ..letter(7, 5) }]);
}

/// See the name.
pub async fn letters_are_claimed_in_the_order_in_which_they_are_due(stores: Stores) {
    for (n, due) in [(1, 3), (2, 1), (3, 2), (4, 9)] {
        post(&stores, letter(n, due)).await;
    }
    assert_eq!(claim(&stores, 2, at(5), at(60)).await, [2, 3]);
    assert_eq!(claim(&stores, 2, at(5), at(60)).await, [1]);
}

/// See the name.
pub async fn letters_of_another_kind_are_left_as_they_are(stores: Stores) {
    let webhook = QueuedLetter { kind: LetterKind::Webhook, ..letter(1, 0) };
    post(&stores, webhook.clone()).await;
    post(&stores, letter(2, 1)).await;
    assert_eq!(claim(&stores, 10, at(5), at(60)).await, [2]);
    let claimed = stores.outbox.claim(LetterKind::Webhook, 10, at(5), at(60)).await.unwrap();
    assert_eq!(claimed, [QueuedLetter { due_at: at(60), attempts: 1, ..webhook }]);
}

/// See the name.
pub async fn a_letter_that_is_put_off_or_removed_is_not_claimed(stores: Stores) {
    post(&stores, letter(1, 0)).await;
    post(&stores, letter(2, 0)).await;
    stores.outbox.put_off(&LetterId::new([1; 16]), at(30)).await.unwrap();
    stores.outbox.remove(&LetterId::new([2; 16])).await.unwrap();
    assert!(claim(&stores, 10, at(29), at(60)).await.is_empty());
    assert_eq!(claim(&stores, 10, at(30), at(60)).await, [1]);
    // Neither minds what is not there.
    stores.outbox.put_off(&LetterId::new([9; 16]), at(0)).await.unwrap();
    stores.outbox.remove(&LetterId::new([9; 16])).await.unwrap();
    assert_eq!(waiting(&stores).await, [1]);
}

/// See the name.
pub async fn one_of_many_parallel_claims_gets_the_letter(stores: Stores) {
    post(&stores, letter(1, 0)).await;
    let claims = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { claim(&stores, 10, at(0), at(60)).await.len() == 1 }
    });
    assert_eq!(winners(&claims.await), 1);
}

/// See the name.
pub async fn somebody_signs_up_together_with_the_letter(stores: Stores) {
    let signed = admin(&stores)
        .sign_up(with_email("u1", "alice", "a@x.example"), letter(1, 0), SignUpEvents::default())
        .await;
    assert_eq!(signed.unwrap(), Insertion::Added);
    assert!(get(&stores, "u1").await.is_some());
    assert_eq!(waiting(&stores).await, [1]);
}

/// See the name.
pub async fn where_the_address_is_taken_the_letter_is_posted_alone(stores: Stores) {
    insert(&stores, with_email("u1", "alice", "a@x.example")).await;
    let signed = admin(&stores)
        .sign_up(with_email("u2", "bob", "A@X.example"), letter(1, 0), SignUpEvents::default())
        .await;
    assert_eq!(signed.unwrap(), Insertion::EmailTaken);
    assert!(get(&stores, "u2").await.is_none());
    assert_eq!(found(&stores, "bob").await, None);
    assert_eq!(waiting(&stores).await, [1]);
}

/// See the name.
pub async fn where_the_name_is_taken_nothing_is_posted(stores: Stores) {
    insert(&stores, with_email("u1", "alice", "a@x.example")).await;
    for address in ["b@x.example", "a@x.example"] {
        let signed = admin(&stores)
            .sign_up(with_email("u2", "Alice", address), letter(1, 0), SignUpEvents::default())
            .await;
        assert_eq!(signed.unwrap(), Insertion::UsernameTaken, "{address}");
    }
    assert!(waiting(&stores).await.is_empty());
    assert_eq!(found(&stores, "b@x.example").await, None);
}

/// See the name.
pub async fn of_many_parallel_sign_ups_with_one_address_one_gets_it(stores: Stores) {
    let signed = all_at_once(PARALLEL, |n| {
        let stores = stores.clone();
        async move {
            let new = with_email(&format!("u{n}"), &format!("name{n}"), "a@x.example");
            let letter = letter(u8::try_from(n).unwrap(), 0);
            admin(&stores).sign_up(new, letter, SignUpEvents::default()).await.unwrap() == Insertion::Added
        }
    });
    assert_eq!(winners(&signed.await), 1);
    assert_eq!(waiting(&stores).await.len(), PARALLEL, "everybody is told");
}

fn everything(user: Arc<User>) -> AccountChange {
    let proven = (Some(Email::new("a@x.example").unwrap()), true);
    AccountChange {
        update: UserUpdate { email: Some(proven), ..UserUpdate::default() },
        password: Some(Some(hash("new"))),
        ends_sessions: true,
        unlinks_all: true,
        attached: vec![Attachment::Letter(letter(1, 0))],
        ..AccountChange::of(user)
    }
}

/// An account with a password, an address that is not proven, and an account at a provider.
async fn squatted(stores: &Stores) -> Arc<User> {
    let new = NewUser { password: Some(hash("old")), ..with_email("u1", "alice", "a@x.example") };
    let linked = LinkedAccount { user: new.id.clone(), ..linked_accounts::account(1, "u1", "squatter") };
    linked_accounts::insert_user(stores, new, linked).await.unwrap()
}

/// See the name.
pub async fn a_change_is_there_with_all_that_comes_with_it(stores: Stores) {
    let alice = squatted(&stores).await;
    insert(&stores, new_user("u2", "bob")).await;
    let bobs = LinkedAccount { user: id("u2"), ..linked_accounts::account(2, "u2", "bob") };
    linked_accounts::link(&stores, bobs).await.unwrap();
    let changed = change(&stores, "u1", everything(alice)).await.unwrap();
    assert!(changed.email_verified && changed.auth_epoch == 1);
    let kept = account(&stores, "u1").await;
    assert!(kept.user.email_verified && kept.user.auth_epoch == 1);
    assert_eq!(kept.password, Some(hash("new")));
    assert!(stores.linked_accounts.list(&id("u1")).await.unwrap().is_empty());
    assert_eq!(stores.linked_accounts.list(&id("u2")).await.unwrap().len(), 1);
    assert_eq!(waiting(&stores).await, [1]);
}

/// See the name.
pub async fn a_password_is_taken_away_by_a_change(stores: Stores) {
    let alice = squatted(&stores).await;
    let without = AccountChange { password: Some(None), ..AccountChange::of(alice) };
    change(&stores, "u1", without).await.unwrap();
    assert_eq!(account(&stores, "u1").await.password, None);
}

/// See the name.
pub async fn a_change_of_what_is_not_as_it_was_read_changes_nothing(stores: Stores) {
    let alice = squatted(&stores).await;
    stores.users.raise_epoch(&id("u1")).await.unwrap();
    assert!(change(&stores, "u1", everything(alice)).await.is_none());
    let kept = account(&stores, "u1").await;
    assert!(!kept.user.email_verified && kept.user.auth_epoch == 1);
    assert_eq!(kept.password, Some(hash("old")));
    assert_eq!(stores.linked_accounts.list(&id("u1")).await.unwrap().len(), 1);
    assert!(waiting(&stores).await.is_empty());

    let now = get(&stores, "u1").await.unwrap();
    let moved = (Some(Email::new("b@x.example").unwrap()), false);
    let move_away = UserUpdate { email: Some(moved), ..UserUpdate::default() };
    admin(&stores).update(&id("u1"), move_away).await.unwrap();
    assert!(change(&stores, "u1", everything(now)).await.is_none());
    assert!(change(&stores, "nobody", AccountChange::default()).await.is_none());
}

/// See the name.
pub async fn a_change_that_clashes_leaves_no_letter(stores: Stores) {
    let alice = squatted(&stores).await;
    insert(&stores, with_email("u2", "bob", "b@x.example")).await;
    let taken = (Some(Email::new("b@x.example").unwrap()), true);
    let update = UserUpdate { email: Some(taken), ..UserUpdate::default() };
    let clash = AccountChange { update, ..everything(alice) };
    assert!(admin(&stores).change(&id("u1"), clash).await.unwrap_err().is_already_exists());
    assert_eq!(account(&stores, "u1").await.password, Some(hash("old")));
    assert!(waiting(&stores).await.is_empty());
}

/// See the name.
pub async fn a_change_takes_an_address_from_whoever_did_not_prove_it(stores: Stores) {
    let alice = insert(&stores, with_email("u1", "alice", "a@x.example")).await;
    insert(&stores, with_email("u2", "squatter", "B@x.example")).await;
    let address = || (Some(Email::new("b@x.example").unwrap()), true);
    let taking = || AccountChange {
        update: UserUpdate { email: Some(address()), ..UserUpdate::default() },
        takes_unproven_email: true,
        ..AccountChange::of(alice.clone())
    };
    let asking = AccountChange { takes_unproven_email: false, ..taking() };
    assert!(admin(&stores).change(&id("u1"), asking).await.unwrap_err().is_already_exists());
    assert!(change(&stores, "u1", taking()).await.is_some());
    assert_eq!(found(&stores, "b@x.example").await, Some("u1".to_owned()));
    assert_eq!(get(&stores, "u2").await.unwrap().email, None);
    assert!(change(&stores, "u1", taking()).await.is_none(), "it is not as it was read");

    let bob = insert(&stores, new_user("u3", "bob")).await;
    let from_owner = AccountChange { as_read: Some(bob), ..taking() };
    assert!(admin(&stores).change(&id("u3"), from_owner).await.unwrap_err().is_already_exists());
    assert!(get(&stores, "u1").await.unwrap().email_verified, "one that was proven stays");
}

/// See the name.
pub async fn one_of_many_parallel_changes_that_end_sessions_wins(stores: Stores) {
    let alice = squatted(&stores).await;
    let changes = all_at_once(PARALLEL, |n| {
        let (stores, alice) = (stores.clone(), alice.clone());
        async move {
            let attached = vec![Attachment::Letter(letter(u8::try_from(n).unwrap(), 0))];
            let change = AccountChange {
                password: Some(Some(hash(&n.to_string()))),
                ends_sessions: true,
                attached,
                ..AccountChange::of(alice)
            };
            admin(&stores).change(&id("u1"), change).await.unwrap().is_some()
        }
    });
    let changes = changes.await;
    let winner = changes.iter().position(|won| *won).expect("one of them");
    assert_eq!(winners(&changes), 1);
    assert_eq!(account(&stores, "u1").await.password, Some(hash(&winner.to_string())));
    assert_eq!(waiting(&stores).await, [u8::try_from(winner).unwrap()]);
}
