//! Cases of unlinking, and of what comes with linking and unlinking.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::event::{AuditFilter, EventKind};
use crate::mfa::{FactorChange, FactorKind};
use crate::provider::{LinkedAccount, LinkedAccountId, Unlinked};
use crate::store::Stores;
use crate::user::{AccountChange, Attachment};

use super::audit::{event, listed};
use super::linked_accounts::{ISSUER, account, find, id, is_accepted, link, list, subjects, user};
use super::outbox::{letter, waiting};
use super::{PARALLEL, all_at_once, factors, users, winners};

pub(super) async fn unlink(
    stores: &Stores,
    owner: &str,
    n: u8,
    others: Option<&[LinkedAccountId]>,
) -> Unlinked {
    stores
        .linked_accounts
        .unlink(&user(owner), &id(n), others.map(|others| (others, &[][..])), Vec::new())
        .await
        .unwrap()
}

/// See the name.
pub async fn an_account_is_unlinked_only_for_its_owner(stores: Stores) {
    link(&stores, account(1, "u1", "s1")).await.unwrap();
    link(&stores, account(2, "u1", "s2")).await.unwrap();
    link(&stores, account(3, "u2", "s3")).await.unwrap();
    for others in [Some(&[id(2), id(3)][..]), None] {
        assert_eq!(unlink(&stores, "u2", 1, others).await, Unlinked::NotFound);
    }
    let others = [id(2)];
    assert_eq!(unlink(&stores, "u1", 1, Some(&others)).await, Unlinked::Removed);
    assert_eq!(unlink(&stores, "u1", 1, Some(&others)).await, Unlinked::NotFound);
    assert_eq!(find(&stores, ISSUER, "s1").await, None);
    assert_eq!((subjects(&stores, "u1").await, subjects(&stores, "u2").await.len()), (vec!["s2".into()], 1));
}

/// See the name.
pub async fn an_account_that_another_one_has_to_replace_goes_only_if_that_is_left(stores: Stores) {
    link(&stores, account(1, "u1", "s")).await.unwrap();
    link(&stores, account(2, "u2", "other")).await.unwrap();
    link(&stores, account(3, "u1", "of no use")).await.unwrap();
    // Nobody's, somebody else's, and itself; the user's third one is not among them.
    for others in [&[][..], &[id(9)], &[id(2)], &[id(1)], &[id(1), id(2), id(9)]] {
        assert_eq!(unlink(&stores, "u1", 1, Some(others)).await, Unlinked::Last);
        assert!(find(&stores, ISSUER, "s").await.is_some());
    }
    let others = [id(9), id(1), id(3)];
    assert_eq!(unlink(&stores, "u1", 1, Some(&others)).await, Unlinked::Removed);
    assert_eq!(unlink(&stores, "u1", 3, None).await, Unlinked::Removed);
    assert!(list(&stores, "u1").await.is_empty());
    link(&stores, account(1, "u3", "s")).await.unwrap();
}

/// An event and a letter.
fn told(n: u8) -> Vec<Attachment> {
    let event = event(n, 0, EventKind::ProviderUnlinked, Some("u1"));
    vec![Attachment::Event(Box::new(event)), Attachment::Letter(letter(n, 0))]
}

/// The events and the letters that are there.
async fn written(stores: &Stores) -> (Vec<u8>, Vec<u8>) {
    (listed(stores, &AuditFilter::default().oldest_first()).await, waiting(stores).await)
}

/// See the name.
pub async fn what_comes_with_a_link_is_there_if_and_only_if_that_is(stores: Stores) {
    let accounts = &stores.linked_accounts;
    accounts.link(account(1, "u1", "s1"), told(1)).await.unwrap();
    assert!(!is_accepted(accounts.link(account(2, "u2", "s1"), told(2)).await));
    let unknown = [told(3), vec![Attachment::Unknown]].concat();
    let refused = accounts.link(account(3, "u3", "s3"), unknown).await.unwrap_err();
    assert_eq!(Error::from(refused).kind(), ErrorKind::Configuration);
    assert_eq!(find(&stores, ISSUER, "s3").await, None);
    assert_eq!(written(&stores).await, (vec![1], vec![1]));
}

/// See the name.
pub async fn what_comes_with_unlinking_is_there_if_and_only_if_something_went(stores: Stores) {
    link(&stores, account(1, "u1", "s1")).await.unwrap();
    let accounts = &stores.linked_accounts;
    let unlink = |n, id_of: u8, owner: &str, others: Option<&'static [LinkedAccountId]>| {
        let (owner, accounts) = (user(owner), accounts.clone());
        async move {
            accounts
                .unlink(&owner, &id(id_of), others.map(|others| (others, &[][..])), told(n))
                .await
                .unwrap()
        }
    };
    assert_eq!(unlink(1, 1, "u2", None).await, Unlinked::NotFound);
    assert_eq!(unlink(2, 9, "u1", None).await, Unlinked::NotFound);
    assert_eq!(unlink(3, 1, "u1", Some(&[])).await, Unlinked::Last);
    let unknown = [told(4), vec![Attachment::Unknown]].concat();
    accounts.unlink(&user("u1"), &id(1), None, unknown).await.unwrap_err();
    assert_eq!(written(&stores).await, (vec![], vec![]));
    assert_eq!(unlink(5, 1, "u1", None).await, Unlinked::Removed);
    assert_eq!(unlink(6, 1, "u1", None).await, Unlinked::NotFound);
    assert_eq!(written(&stores).await, (vec![5], vec![5]));
}

/// See the name.
pub async fn parallel_unlinking_keeps_the_last_account(stores: Stores) {
    for n in 0..PARALLEL as u8 {
        link(&stores, account(n, "u1", &n.to_string())).await.unwrap();
    }
    let all: Arc<[_]> = (0..PARALLEL as u8).map(id).collect();
    let answers = all_at_once(PARALLEL, |i| {
        let (stores, all) = (stores.clone(), all.clone());
        let told = told(i as u8);
        async move {
            stores
                .linked_accounts
                .unlink(&user("u1"), &all[i], Some((&all[..], &[][..])), told)
                .await
                .unwrap()
        }
    })
    .await;
    let told =
        (0..PARALLEL).filter(|i| answers[*i] == Unlinked::Removed).map(|i| i as u8).collect::<Vec<_>>();
    assert_eq!(written(&stores).await, (told.clone(), told), "each that went, and no other");
    let last: Vec<_> =
        (0..PARALLEL).filter(|i| answers[*i] == Unlinked::Last).map(|i| i.to_string()).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Unlinked::Removed).count(), PARALLEL - 1);
    assert_eq!(subjects(&stores, "u1").await, last);
}

/// See the name.
pub async fn an_account_and_a_factor_that_count_on_each_other_do_not_both_go(stores: Stores) {
    for round in 0..5 {
        let name = format!("u{round}");
        let alice = users::insert(&stores, users::new_user(&name, &format!("alice{round}"))).await;
        let linked = account(round, &name, &round.to_string());
        link(&stores, LinkedAccount { user: alice.id.clone(), ..linked }).await.unwrap();
        factors::add(&stores, factors::factor(round, &name, FactorKind::Passkey)).await;
        let answers = all_at_once(PARALLEL, |i| {
            let (stores, alice, owner) = (stores.clone(), alice.clone(), alice.id.clone());
            async move {
                if i % 2 == 0 {
                    let (linked, passkey) = (id(round), [factors::id(round)]);
                    let others = (&[][..], &passkey[..]);
                    let unlinked = stores.linked_accounts.unlink(&owner, &linked, Some(others), Vec::new());
                    return unlinked.await.unwrap() == Unlinked::Removed;
                }
                let gone = FactorChange::Remove { user: owner.clone(), id: factors::id(round) };
                let removing = AccountChange {
                    ends_sessions: true,
                    needs_linked: Some(vec![id(round)]),
                    attached: vec![Attachment::Factor(Box::new(gone))],
                    ..AccountChange::of(alice)
                };
                users::admin(&stores).change(&owner, removing).await.unwrap().is_some()
            }
        })
        .await;
        assert_eq!(winners(&answers), 1);
        let linked = stores.linked_accounts.list(&alice.id).await.unwrap();
        let left = linked.len() + factors::listed(&stores, &name).await.len();
        assert_eq!(left, 1, "one of the two stays");
    }
}
