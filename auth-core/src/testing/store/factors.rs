//! Cases of [`FactorStore`](crate::mfa::FactorStore), and of factors that come with a change of an account.

use std::sync::Arc;

use crate::error::StoreError;
use crate::mfa::{Factor, FactorChange, FactorId, FactorKind};
use crate::store::Stores;
use crate::user::{AccountChange, Attachment, User, UserId};

use super::outbox::{letter, waiting};
use super::users::{self, admin, get, insert, new_user};
use super::{PARALLEL, all_at_once, at, winners};

pub(super) fn id(n: u8) -> FactorId {
    FactorId::new([n; 16])
}

fn user(id: &str) -> UserId {
    users::id(id)
}

/// A factor that was added `n` seconds after the start, by the handle `[n]`.
pub(super) fn factor(n: u8, owner: &str, kind: FactorKind) -> Factor {
    Factor {
        id: id(n),
        user: user(owner),
        kind,
        handle: vec![n],
        name: None,
        data: Vec::new(),
        counter: 0,
        created_at: at(i64::from(n)),
        last_used_at: None,
        expires_at: None,
    }
}

fn code(n: u8, owner: &str) -> Factor {
    factor(n, owner, FactorKind::RecoveryCode)
}

pub(super) async fn add(stores: &Stores, factor: Factor) {
    stores.factors.apply(vec![FactorChange::Add(factor)]).await.unwrap();
}

/// The user's, by the first byte of their ids.
pub(super) async fn listed(stores: &Stores, owner: &str) -> Vec<u8> {
    let factors = stores.factors.list(&user(owner)).await.unwrap();
    factors.iter().map(|factor| factor.id.as_bytes()[0]).collect()
}

async fn found(stores: &Stores, kind: FactorKind, handle: &[u8]) -> Option<Factor> {
    stores.factors.find(kind, handle).await.unwrap()
}

fn remove(owner: &str, n: u8) -> FactorChange {
    FactorChange::Remove { user: user(owner), id: id(n) }
}

fn remove_all(owner: &str, kind: FactorKind) -> FactorChange {
    FactorChange::RemoveAll { user: user(owner), kind }
}

fn attached(changes: impl IntoIterator<Item = FactorChange>) -> Vec<Attachment> {
    changes.into_iter().map(|change| Attachment::Factor(Box::new(change))).collect()
}

async fn change(
    stores: &Stores,
    owner: &str,
    change: AccountChange,
) -> Result<Option<Arc<User>>, StoreError> {
    admin(stores).change(&user(owner), change).await
}

/// See the name.
pub async fn a_factor_is_found_with_all_its_fields(stores: Stores) {
    let full = Factor {
        handle: (0..=255).cycle().take(1023).collect(),
        name: Some("Zo\u{eb}'s telephone \u{1f600}".to_owned()),
        data: (0..=255).collect(),
        counter: u64::from(u32::MAX),
        last_used_at: Some(at(9)),
        expires_at: Some(at(99)),
        ..factor(1, "u1", FactorKind::Passkey)
    };
    let kinds = [FactorKind::RecoveryCode, FactorKind::Totp, FactorKind::TrustedDevice];
    let plain = (2..).zip(kinds).map(|(n, kind)| factor(n, "u1", kind));
    let all: Vec<_> = [full].into_iter().chain(plain).collect();
    for factor in all.iter().rev() {
        add(&stores, factor.clone()).await;
    }
    for factor in &all {
        assert_eq!(found(&stores, factor.kind, &factor.handle).await.as_ref(), Some(factor));
    }
    assert_eq!(stores.factors.list(&user("u1")).await.unwrap(), all, "oldest first");
    assert!(listed(&stores, "u2").await.is_empty());
}

/// See the name.
pub async fn an_unknown_factor_is_none_and_no_error(stores: Stores) {
    assert_eq!(found(&stores, FactorKind::Passkey, b"x").await, None);
    let factors = &stores.factors;
    assert!(!factors.advance(&id(1), 1, at(1)).await.unwrap());
    assert!(!factors.take(&user("u1"), FactorKind::RecoveryCode, b"x").await.unwrap());
    assert!(!factors.remove(&user("u1"), &id(1)).await.unwrap());
    assert!(!factors.rename(&user("u1"), &id(1), Some("x")).await.unwrap());
    assert!(!factors.write_data(&id(1), b"", b"x").await.unwrap());
    let since = FactorChange::RemoveSince { user: user("u1"), since: at(0) };
    factors.apply(vec![remove("u1", 1), remove_all("u1", FactorKind::Totp), since]).await.unwrap();
    assert!(listed(&stores, "u1").await.is_empty());
}

/// See the name.
pub async fn young_factors_go_with_a_change_and_older_ones_stay(stores: Stores) {
    let alice = insert(&stores, new_user("u1", "alice")).await;
    for new in [
        factor(1, "u1", FactorKind::Totp),
        code(2, "u1"),
        code(3, "u1"),
        factor(4, "u1", FactorKind::Passkey),
        factor(5, "u2", FactorKind::Passkey),
    ] {
        add(&stores, new).await;
    }
    let young = FactorChange::RemoveSince { user: alice.id.clone(), since: at(3) };
    let account = AccountChange { attached: attached([young]), ..AccountChange::of(alice) };
    assert!(change(&stores, "u1", account).await.unwrap().is_some());
    assert_eq!((listed(&stores, "u1").await, listed(&stores, "u2").await), (vec![1, 2], vec![5]));
}

/// See the name.
pub async fn a_handle_is_unique_within_its_kind_byte_by_byte(stores: Stores) {
    let with = |n, kind, handle: &[u8]| Factor { handle: handle.to_vec(), ..factor(n, "u1", kind) };
    let handles: [&[u8]; 6] = [b"a", b"A", b"a ", b"a\0", b"\xff", b"\0"];
    for (n, handle) in (1..).zip(handles) {
        add(&stores, with(n, FactorKind::Passkey, handle)).await;
    }
    add(&stores, with(7, FactorKind::Totp, b"a")).await;
    for (n, handle) in (1..).zip(handles) {
        assert_eq!(found(&stores, FactorKind::Passkey, handle).await.unwrap().id, id(n));
    }
    for taken in
        [Factor { user: user("u2"), ..with(8, FactorKind::Passkey, b"a") }, with(1, FactorKind::Totp, b"new")]
    {
        let changes = vec![FactorChange::Add(code(9, "u1")), FactorChange::Add(taken)];
        assert!(stores.factors.apply(changes).await.unwrap_err().is_already_exists());
        assert_eq!(listed(&stores, "u1").await, [1, 2, 3, 4, 5, 6, 7], "all of it or nothing");
    }
}

/// See the name.
pub async fn factors_of_everybody_are_walked_through_page_by_page(stores: Stores) {
    for n in [3, 1, 5, 2, 4] {
        add(&stores, code(n, &format!("u{}", n % 2))).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = stores.factors.page(after.as_ref(), 2).await.unwrap();
        assert!(page.len() <= 2);
        seen.extend(page.iter().map(|factor| factor.id.as_bytes()[0]));
        let Some(last) = page.last() else { break };
        after = Some(last.id);
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

/// See the name.
pub async fn a_counter_moves_forward_only(stores: Stores) {
    add(&stores, factor(1, "u1", FactorKind::Totp)).await;
    let uses = [(0, true), (0, true), (7, true), (7, false), (6, false), (0, false), (8, true)];
    for (second, (counter, moves)) in (1..).zip(uses) {
        let before = found(&stores, FactorKind::Totp, &[1]).await.unwrap();
        assert_eq!(stores.factors.advance(&id(1), counter, at(second)).await.unwrap(), moves, "{second}");
        let after = found(&stores, FactorKind::Totp, &[1]).await.unwrap();
        match moves {
            true => assert_eq!((after.counter, after.last_used_at), (counter, Some(at(second)))),
            false => assert_eq!(after, before, "{second}"),
        }
    }
}

/// See the name.
pub async fn one_of_many_parallel_uses_of_a_step_wins(stores: Stores) {
    add(&stores, factor(1, "u1", FactorKind::Totp)).await;
    for step in [1, 2] {
        let won = all_at_once(PARALLEL, |_| {
            let stores = stores.clone();
            async move { stores.factors.advance(&id(1), step, at(1)).await.unwrap() }
        });
        assert_eq!(winners(&won.await), 1, "step {step}");
    }
}

/// See the name.
pub async fn a_factor_is_taken_once_and_only_by_its_owner(stores: Stores) {
    add(&stores, code(1, "u1")).await;
    add(&stores, factor(2, "u1", FactorKind::Passkey)).await;
    let take = async |owner: &str, kind, handle: u8| {
        stores.factors.take(&user(owner), kind, &[handle]).await.unwrap()
    };
    assert!(!take("u2", FactorKind::RecoveryCode, 1).await);
    assert!(!take("u1", FactorKind::Passkey, 1).await);
    assert!(!take("u1", FactorKind::RecoveryCode, 2).await);
    assert!(take("u1", FactorKind::RecoveryCode, 1).await);
    assert!(!take("u1", FactorKind::RecoveryCode, 1).await);
    assert_eq!(listed(&stores, "u1").await, [2]);
}

/// See the name.
pub async fn one_of_many_parallel_takers_gets_the_factor(stores: Stores) {
    add(&stores, code(1, "u1")).await;
    let won = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { stores.factors.take(&user("u1"), FactorKind::RecoveryCode, &[1]).await.unwrap() }
    });
    assert_eq!(winners(&won.await), 1);
}

/// See the name.
pub async fn a_factor_is_renamed_and_removed_only_for_its_owner(stores: Stores) {
    add(&stores, factor(1, "u1", FactorKind::Passkey)).await;
    let factors = &stores.factors;
    assert!(!factors.rename(&user("u2"), &id(1), Some("stolen")).await.unwrap());
    assert!(!factors.remove(&user("u2"), &id(1)).await.unwrap());
    for name in [Some("Phone"), Some("Phone"), None] {
        assert!(factors.rename(&user("u1"), &id(1), name).await.unwrap());
        assert_eq!(found(&stores, FactorKind::Passkey, &[1]).await.unwrap().name.as_deref(), name);
    }
    assert!(factors.remove(&user("u1"), &id(1)).await.unwrap());
    assert!(!factors.remove(&user("u1"), &id(1)).await.unwrap());
    add(&stores, factor(1, "u2", FactorKind::Passkey)).await;
}

/// See the name.
pub async fn data_are_written_only_over_the_expected_ones(stores: Stores) {
    add(&stores, Factor { data: b"old".to_vec(), ..factor(1, "u1", FactorKind::Passkey) }).await;
    let factors = &stores.factors;
    assert!(!factors.write_data(&id(1), b"other", b"new").await.unwrap());
    assert!(factors.write_data(&id(1), b"old", b"new").await.unwrap());
    assert!(!factors.write_data(&id(1), b"old", b"newer").await.unwrap());
    assert_eq!(found(&stores, FactorKind::Passkey, &[1]).await.unwrap().data, b"new");
}

/// See the name.
pub async fn factors_that_have_ended_are_forgotten(stores: Stores) {
    for (n, end) in [(1, Some(at(10))), (2, Some(at(11))), (3, None)] {
        add(&stores, Factor { expires_at: end, ..factor(n, "u1", FactorKind::TrustedDevice) }).await;
    }
    assert_eq!(stores.factors.remove_expired(at(10)).await.unwrap(), 1);
    assert_eq!(listed(&stores, "u1").await, [2, 3]);
}

/// See the name.
pub async fn a_factor_takes_the_place_of_one_with_the_same_handle(stores: Stores) {
    let totp = |n| Factor { handle: b"u1".to_vec(), ..factor(n, "u1", FactorKind::Totp) };
    add(&stores, totp(1)).await;
    add(&stores, factor(2, "u1", FactorKind::Passkey)).await;
    assert!(stores.factors.apply(vec![FactorChange::Add(totp(3))]).await.unwrap_err().is_already_exists());
    let replaced = vec![remove_all("u1", FactorKind::Totp), FactorChange::Add(totp(3))];
    stores.factors.apply(replaced).await.unwrap();
    assert_eq!(found(&stores, FactorKind::Totp, b"u1").await.unwrap().id, id(3));
    assert_eq!(listed(&stores, "u1").await, [2, 3]);
    stores.factors.apply(vec![remove("u2", 3), remove("u1", 2)]).await.unwrap();
    assert_eq!(listed(&stores, "u1").await, [3], "nobody removes another one's");
}

/// See the name.
pub async fn factors_come_with_a_change_of_the_account_or_not_at_all(stores: Stores) {
    let alice = insert(&stores, new_user("u1", "alice")).await;
    add(&stores, code(9, "u1")).await;
    let changes = [FactorChange::Add(factor(1, "u1", FactorKind::Totp)), FactorChange::Add(code(2, "u1"))];
    let adding = || AccountChange {
        ends_sessions: true,
        attached: [
            attached([remove_all("u1", FactorKind::RecoveryCode)].into_iter().chain(changes.clone())),
            vec![Attachment::Letter(letter(1, 0))],
        ]
        .concat(),
        ..AccountChange::of(alice.clone())
    };
    assert_eq!(change(&stores, "u1", adding()).await.unwrap().unwrap().auth_epoch, 1);
    assert_eq!((listed(&stores, "u1").await, waiting(&stores).await), (vec![1, 2], vec![1]));
    // It is not as it was read any more.
    let late = AccountChange { attached: attached([remove("u1", 1)]), ..adding() };
    assert!(change(&stores, "u1", late).await.unwrap().is_none());
    // And what is taken leaves everything as it is.
    let now = get(&stores, "u1").await.unwrap();
    let clash = AccountChange {
        as_read: Some(now),
        attached: [attached(changes.clone()), vec![Attachment::Letter(letter(2, 0))]].concat(),
        ..adding()
    };
    assert!(change(&stores, "u1", clash).await.unwrap_err().is_already_exists());
    assert_eq!(get(&stores, "u1").await.unwrap().auth_epoch, 1);
    assert_eq!((listed(&stores, "u1").await, waiting(&stores).await), (vec![1, 2], vec![1]));
}

/// See the name.
pub async fn every_factor_goes_with_a_change_that_says_so(stores: Stores) {
    let alice = insert(&stores, new_user("u1", "alice")).await;
    insert(&stores, new_user("u2", "bob")).await;
    let kinds = [FactorKind::Passkey, FactorKind::Totp, FactorKind::TrustedDevice];
    for (n, kind) in (1..).zip(kinds) {
        add(&stores, factor(n, "u1", kind)).await;
    }
    add(&stores, code(4, "u2")).await;
    let removing = AccountChange { removes_factors: true, ..AccountChange::of(alice) };
    assert!(change(&stores, "u1", removing).await.unwrap().is_some());
    assert!(listed(&stores, "u1").await.is_empty());
    assert_eq!(listed(&stores, "u2").await, [4]);
}

/// See the name.
pub async fn one_of_many_parallel_first_factors_is_added(stores: Stores) {
    let alice = insert(&stores, new_user("u1", "alice")).await;
    let changes = all_at_once(PARALLEL, |n| {
        let (stores, alice) = (stores.clone(), alice.clone());
        async move {
            let first = factor(u8::try_from(n).unwrap(), "u1", FactorKind::Passkey);
            let adding = AccountChange {
                ends_sessions: true,
                attached: attached([FactorChange::Add(first)]),
                ..AccountChange::of(alice)
            };
            change(&stores, "u1", adding).await.unwrap().is_some()
        }
    });
    let changes = changes.await;
    let winner = changes.iter().position(|won| *won).expect("one of them");
    assert_eq!(winners(&changes), 1);
    assert_eq!(listed(&stores, "u1").await, [u8::try_from(winner).unwrap()]);
}

/// See the name.
pub async fn an_account_is_made_together_with_a_factor(stores: Stores) {
    let attached = || attached([FactorChange::Add(factor(1, "u1", FactorKind::Passkey))]);
    admin(&stores).insert_with(new_user("u1", "alice"), attached()).await.unwrap();
    assert_eq!(listed(&stores, "u1").await, [1]);
    let taken = admin(&stores).insert_with(new_user("u2", "bob"), attached()).await.unwrap_err();
    assert!(taken.is_already_exists());
    assert!(get(&stores, "u2").await.is_none());
}

/// See the name.
pub async fn factors_go_with_their_user(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    for n in 1..=3 {
        add(&stores, code(n, "u1")).await;
    }
    add(&stores, code(4, "u2")).await;
    assert!(admin(&stores).remove(&user("u1")).await.unwrap());
    assert!(listed(&stores, "u1").await.is_empty());
    assert_eq!(listed(&stores, "u2").await, [4]);
    add(&stores, code(1, "u3")).await;
}
