//! Cases of [`LinkedAccountStore`](crate::provider::LinkedAccountStore).

use std::sync::Arc;

use crate::error::{Error, ErrorKind, StoreError};
use crate::provider::{LinkedAccount, LinkedAccountId, Unlinked};
use crate::store::Stores;
use crate::user::{Attachment, Email, NewUser, User, UserAdmin, UserId, Username};

use super::unlinking::unlink;
use super::{PARALLEL, all_at_once, at, winners};

pub(super) const ISSUER: &str = "https://id.example";

pub(super) fn id(n: u8) -> LinkedAccountId {
    LinkedAccountId::new([n; 16])
}

pub(super) fn user(id: &str) -> UserId {
    UserId::new(id)
}

/// An account that was linked `n` seconds after the start.
pub(super) fn account(n: u8, owner: &str, subject: &str) -> LinkedAccount {
    LinkedAccount {
        id: id(n),
        provider: "work".to_owned(),
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        user: user(owner),
        email: None,
        name: None,
        created_at: at(i64::from(n)),
        last_login_at: None,
        tokens: None,
        tokens_version: 0,
    }
}

pub(super) fn new_user(id: &str, name: &str) -> NewUser {
    NewUser::new(user(id), Username::new(name).unwrap(), at(0))
}

fn admin(stores: &Stores) -> &Arc<dyn UserAdmin> {
    stores.user_admin.as_ref().expect("the suite is for backends that make accounts")
}

pub(super) async fn insert_user(
    stores: &Stores,
    new: NewUser,
    account: LinkedAccount,
) -> Result<Arc<User>, StoreError> {
    admin(stores).insert_with(new, vec![Attachment::LinkedAccount(account)]).await
}

/// The first one is linked a second after the start, the second one a second later.
fn attachments(owner: &str, subjects: [&str; 2]) -> Vec<Attachment> {
    (1..).zip(subjects).map(|(n, subject)| Attachment::LinkedAccount(account(n, owner, subject))).collect()
}

pub(super) async fn link(stores: &Stores, account: LinkedAccount) -> Result<(), StoreError> {
    stores.linked_accounts.link(account, Vec::new()).await
}

pub(super) async fn find(stores: &Stores, issuer: &str, subject: &str) -> Option<LinkedAccount> {
    stores.linked_accounts.find(issuer, subject).await.unwrap()
}

pub(super) async fn list(stores: &Stores, owner: &str) -> Vec<LinkedAccount> {
    stores.linked_accounts.list(&user(owner)).await.unwrap()
}

pub(super) async fn subjects(stores: &Stores, owner: &str) -> Vec<String> {
    list(stores, owner).await.into_iter().map(|account| account.subject).collect()
}

/// True for a yes, false for "that is taken"; anything else fails the test.
pub(super) fn is_accepted<T>(answer: Result<T, StoreError>) -> bool {
    match answer {
        Ok(_) => true,
        Err(error) => {
            assert!(error.is_already_exists(), "{error:?}");
            false
        }
    }
}

/// See the name.
pub async fn a_linked_account_is_found_with_all_its_fields(stores: Stores) {
    let full = LinkedAccount {
        email: Some("zo\u{eb}@id.example".to_owned()),
        name: Some("Zo\u{eb} \u{1f600}".to_owned()),
        last_login_at: Some(at(9)),
        tokens: Some((0..=255).collect()),
        tokens_version: 7,
        ..account(1, "u1", "s-\u{e9}")
    };
    for account in [full, account(2, "u1", "s2")] {
        link(&stores, account.clone()).await.unwrap();
        assert_eq!(find(&stores, ISSUER, &account.subject).await, Some(account));
    }
    assert_eq!(list(&stores, "u1").await[1], account(2, "u1", "s2"));
}

/// See the name.
pub async fn an_unknown_account_is_none_and_no_error(stores: Stores) {
    assert_eq!(find(&stores, ISSUER, "s").await, None);
    assert!(list(&stores, "u1").await.is_empty());
    let accounts = &stores.linked_accounts;
    assert_eq!(unlink(&stores, "u1", 1, None).await, Unlinked::NotFound);
    accounts.record_login(&id(1), at(1), None, None).await.unwrap();
    assert!(!accounts.write_tokens(&id(1), 0, Some(vec![1])).await.unwrap());
    assert_eq!(find(&stores, ISSUER, "s").await, None);
}

/// See the name.
pub async fn an_identity_is_issuer_and_subject_byte_by_byte(stores: Stores) {
    let identities = [
        (ISSUER, "alice"),
        (ISSUER, "Alice"),
        (ISSUER, "alice "),
        (ISSUER, "ali\u{301}ce"),
        (ISSUER, "al\u{ed}ce"),
        (ISSUER, "1"),
        (ISSUER, "01"),
        (ISSUER, ""),
        ("https://id.example/", "alice"),
        ("https://ID.example", "alice"),
        ("https://id.examplea", "lice"),
        ("", "https://id.examplealice"),
    ];
    for (n, (issuer, subject)) in (0..).zip(identities) {
        let owner = format!("u{n}");
        let account = LinkedAccount { issuer: issuer.to_owned(), ..account(n, &owner, subject) };
        link(&stores, account).await.unwrap();
    }
    for (n, (issuer, subject)) in (0..).zip(identities) {
        let found = find(&stores, issuer, subject).await.unwrap();
        assert_eq!((found.user, found.id), (user(&format!("u{n}")), id(n)), "{issuer} {subject}");
    }
    assert_eq!(find(&stores, ISSUER, "ALICE").await, None);
}

/// See the name.
pub async fn a_taken_identity_or_id_changes_nothing(stores: Stores) {
    link(&stores, account(1, "u1", "s")).await.unwrap();
    assert!(!is_accepted(link(&stores, account(2, "u2", "s")).await));
    assert!(!is_accepted(link(&stores, account(2, "u1", "s")).await));
    assert!(!is_accepted(link(&stores, account(1, "u2", "other")).await));
    assert_eq!(find(&stores, ISSUER, "s").await, Some(account(1, "u1", "s")));
    assert_eq!(find(&stores, ISSUER, "other").await, None);
    assert!(list(&stores, "u2").await.is_empty());
}

/// See the name.
pub async fn one_of_many_parallel_links_gets_the_identity(stores: Stores) {
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        async move { is_accepted(link(&stores, account(i as u8, &format!("u{i}"), "s")).await) }
    })
    .await;
    assert_eq!(winners(&won), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(find(&stores, ISSUER, "s").await.unwrap().user, user(&format!("u{winner}")));
    for i in 0..PARALLEL {
        assert_eq!(list(&stores, &format!("u{i}")).await.len(), usize::from(i == winner));
    }
}

/// See the name.
pub async fn a_user_is_added_together_with_the_first_account(stores: Stores) {
    let new = NewUser {
        email: Some(Email::new("alice@example.com").unwrap()),
        email_verified: true,
        groups: vec!["writers".to_owned()],
        ..new_user("u1", "alice")
    };
    admin(&stores).put_group("writers", &["x.a".to_owned()]).await.unwrap();
    let inserted = insert_user(&stores, new, account(1, "u1", "s")).await.unwrap();
    let read = stores.users.get(&user("u1")).await.unwrap().unwrap();
    assert_eq!(format!("{inserted:?}"), format!("{read:?}"));
    assert!(read.email_verified && read.has_permission("x.a"));
    assert_eq!(stores.users.account(&user("u1")).await.unwrap().unwrap().password, None);
    assert_eq!(find(&stores, ISSUER, "s").await, Some(account(1, "u1", "s")));
}

/// See the name.
pub async fn a_taken_user_name_leaves_no_account(stores: Stores) {
    admin(&stores).insert(new_user("u1", "alice")).await.unwrap();
    assert!(!is_accepted(insert_user(&stores, new_user("u2", "ALICE"), account(2, "u2", "s")).await));
    assert!(!is_accepted(insert_user(&stores, new_user("u1", "bob"), account(3, "u1", "s")).await));
    assert_eq!(find(&stores, ISSUER, "s").await, None);
    assert!(stores.users.get(&user("u2")).await.unwrap().is_none());
    assert!(list(&stores, "u1").await.is_empty() && list(&stores, "u2").await.is_empty());
}

/// See the name.
pub async fn a_taken_identity_leaves_no_user(stores: Stores) {
    link(&stores, account(1, "u1", "s")).await.unwrap();
    assert!(!is_accepted(insert_user(&stores, new_user("u2", "bob"), account(2, "u2", "s")).await));
    assert!(stores.users.get(&user("u2")).await.unwrap().is_none());
    admin(&stores).insert(new_user("u3", "bob")).await.unwrap();
}

/// See the name.
pub async fn of_several_attachments_all_are_added_or_none(stores: Stores) {
    link(&stores, account(9, "u9", "taken")).await.unwrap();
    for subjects in [["s1", "taken"], ["s1", "s1"]] {
        let attached = attachments("u1", subjects);
        assert!(!is_accepted(admin(&stores).insert_with(new_user("u1", "alice"), attached).await));
        assert!(stores.users.get(&user("u1")).await.unwrap().is_none());
        assert_eq!(find(&stores, ISSUER, "s1").await, None);
    }
    let attached = attachments("u1", ["s1", "s2"]);
    admin(&stores).insert_with(new_user("u1", "alice"), attached).await.unwrap();
    assert_eq!(subjects(&stores, "u1").await, ["s1", "s2"]);
}

/// See the name.
pub async fn an_attachment_of_an_unknown_kind_is_unsupported_and_adds_nobody(stores: Stores) {
    let attached = vec![Attachment::LinkedAccount(account(1, "u1", "s")), Attachment::Unknown];
    let refused = admin(&stores).insert_with(new_user("u1", "alice"), attached).await.unwrap_err();
    assert_eq!(Error::from(refused).kind(), ErrorKind::Configuration);
    assert!(stores.users.get(&user("u1")).await.unwrap().is_none());
    assert_eq!(find(&stores, ISSUER, "s").await, None);
}

/// See the name.
pub async fn one_of_many_parallel_first_logins_makes_the_user(stores: Stores) {
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        let owner = format!("u{i}");
        let new = new_user(&owner, &format!("alice{i}"));
        async move { is_accepted(insert_user(&stores, new, account(i as u8, &owner, "s")).await) }
    })
    .await;
    assert_eq!(winners(&won), 1);
    let owner = find(&stores, ISSUER, "s").await.unwrap().user;
    for i in 0..PARALLEL {
        let id = user(&format!("u{i}"));
        assert_eq!(stores.users.get(&id).await.unwrap().is_some(), id == owner);
    }
}

/// See the name.
pub async fn accounts_are_listed_oldest_first_and_of_their_user_only(stores: Stores) {
    for (n, owner) in [(3, "u1"), (1, "u1"), (4, "u2"), (2, "u1"), (5, "U1")] {
        link(&stores, account(n, owner, &n.to_string())).await.unwrap();
    }
    let twin = LinkedAccount { created_at: at(3), ..account(0, "u1", "twin") };
    link(&stores, twin).await.unwrap();
    assert_eq!(subjects(&stores, "u1").await, ["1", "2", "twin", "3"]);
    assert_eq!(subjects(&stores, "u2").await, ["4"]);
}

/// See the name.
pub async fn accounts_of_everybody_are_walked_through_page_by_page(stores: Stores) {
    for (n, owner) in [(3, "alice"), (0, "bob"), (255, "alice"), (128, "carol"), (1, "bob")] {
        link(&stores, account(n, owner, &n.to_string())).await.unwrap();
    }
    let page = async |after: Option<u8>, limit| {
        let after = after.map(id);
        let page = stores.linked_accounts.page(after.as_ref(), limit).await.unwrap();
        page.into_iter().map(|account| account.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 10).await, [0, 1, 3, 128, 255].map(id));
    assert_eq!(page(None, 2).await, [0, 1].map(id));
    assert_eq!(page(Some(1), 2).await, [3, 128].map(id));
    assert_eq!(page(Some(200), 2).await, [255].map(id));
    assert!(page(Some(255), 2).await.is_empty());
}

/// See the name.
pub async fn accounts_go_with_their_user(stores: Stores) {
    insert_user(&stores, new_user("u1", "alice"), account(1, "u1", "s1")).await.unwrap();
    link(&stores, account(2, "u1", "s2")).await.unwrap();
    insert_user(&stores, new_user("u2", "bob"), account(3, "u2", "s3")).await.unwrap();
    assert!(admin(&stores).remove(&user("u1")).await.unwrap());
    assert_eq!(find(&stores, ISSUER, "s1").await, None);
    assert_eq!(find(&stores, ISSUER, "s2").await, None);
    assert!(list(&stores, "u1").await.is_empty());
    assert_eq!(subjects(&stores, "u2").await, ["s3"]);
    insert_user(&stores, new_user("u3", "alice"), account(1, "u3", "s1")).await.unwrap();
}

/// See the name.
pub async fn a_login_is_noted_and_never_moves_back(stores: Stores) {
    link(&stores, account(1, "u1", "s")).await.unwrap();
    let accounts = &stores.linked_accounts;
    for (login, email, name, last, shown) in [
        (10, Some("a@x.example"), Some("A"), 10, ("a@x.example", "A")),
        (20, Some("b@x.example"), None, 20, ("b@x.example", "A")),
        (15, Some("late@x.example"), Some("late"), 20, ("b@x.example", "A")),
        (20, None, Some("B"), 20, ("b@x.example", "B")),
    ] {
        accounts.record_login(&id(1), at(login), email, name).await.unwrap();
        let read = find(&stores, ISSUER, "s").await.unwrap();
        assert_eq!(read.last_login_at, Some(at(last)));
        assert_eq!((read.email.as_deref().unwrap(), read.name.as_deref().unwrap()), shown);
        assert_eq!((read.user, read.tokens_version), (user("u1"), 0));
    }
}

/// See the name.
pub async fn tokens_are_written_only_over_the_expected_version(stores: Stores) {
    link(&stores, account(1, "u1", "s")).await.unwrap();
    let accounts = &stores.linked_accounts;
    for (expected, tokens, is_written) in [
        (1, Some(b"early".to_vec()), false),
        (0, Some(b"one".to_vec()), true),
        (0, Some(b"late".to_vec()), false),
        (1, None, true),
        (2, Some(b"three".to_vec()), true),
    ] {
        let before = find(&stores, ISSUER, "s").await.unwrap();
        assert_eq!(accounts.write_tokens(&id(1), expected, tokens.clone()).await.unwrap(), is_written);
        let after = find(&stores, ISSUER, "s").await.unwrap();
        if is_written {
            assert_eq!((after.tokens, after.tokens_version), (tokens, expected + 1));
        } else {
            assert_eq!(after, before);
        }
    }
    assert_eq!(unlink(&stores, "u1", 1, None).await, Unlinked::Removed);
    assert!(!accounts.write_tokens(&id(1), 3, None).await.unwrap());
    assert_eq!(find(&stores, ISSUER, "s").await, None);
}

/// See the name.
pub async fn one_of_many_parallel_token_writes_wins(stores: Stores) {
    link(&stores, account(1, "u1", "s")).await.unwrap();
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        async move { stores.linked_accounts.write_tokens(&id(1), 0, Some(vec![i as u8])).await.unwrap() }
    })
    .await;
    assert_eq!(winners(&won), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(find(&stores, ISSUER, "s").await.unwrap().tokens, Some(vec![winner as u8]));
}
