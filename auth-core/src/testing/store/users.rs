//! Cases of [`UserStore`](crate::user::UserStore) and [`UserAdmin`].

use std::sync::Arc;

use serde_json::json;

use crate::password::PasswordHash;
use crate::store::Stores;
use crate::user::{
    Account, Email, LanguageTag, LoginName, NewUser, PersonName, User, UserAdmin, UserId, UserUpdate,
    Username,
};

use super::{PARALLEL, all_at_once, at, winners};

/// Some tables take UUIDs only, so that is what the short ids of the cases are spelled as.
pub(super) fn id(id: &str) -> UserId {
    let digits: String = id.bytes().map(|byte| format!("{byte:02x}")).collect();
    UserId::new(format!("00000000-0000-7000-8000-{digits:0>12}"))
}

/// A hash in the spelling that Django's tables take too. Nobody verifies it.
pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_encoded(format!("argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${text}"))
}

pub(super) fn new_user(user_id: &str, name: &str) -> NewUser {
    NewUser::new(id(user_id), Username::new(name).unwrap(), at(0))
}

pub(super) fn with_email(user_id: &str, name: &str, email: &str) -> NewUser {
    NewUser { email: Some(Email::new(email).unwrap()), ..new_user(user_id, name) }
}

pub(super) fn admin(stores: &Stores) -> &Arc<dyn UserAdmin> {
    stores.user_admin.as_ref().expect("the suite is for backends that make accounts")
}

pub(super) async fn insert(stores: &Stores, new: NewUser) -> Arc<User> {
    admin(stores).insert(new).await.unwrap()
}

pub(super) async fn update(stores: &Stores, user: &str, update: UserUpdate) -> Arc<User> {
    admin(stores).update(&id(user), update).await.unwrap().unwrap()
}

pub(super) async fn get(stores: &Stores, user: &str) -> Option<Arc<User>> {
    stores.users.get(&id(user)).await.unwrap()
}

pub(super) async fn account(stores: &Stores, user: &str) -> Account {
    stores.users.account(&id(user)).await.unwrap().unwrap()
}

pub(super) async fn found(stores: &Stores, login: &str) -> Option<String> {
    let account = stores.users.find(&LoginName::parse(login)).await.unwrap()?;
    let digits = account.user.id.as_str().rsplit('-').next().unwrap().trim_start_matches('0');
    let bytes = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    Some(bytes.map(|pair| char::from(u8::from_str_radix(pair, 16).unwrap())).collect())
}

pub(super) async fn is_refused(stores: &Stores, new: NewUser) -> bool {
    matches!(admin(stores).insert(new).await, Err(error) if error.is_already_exists())
}

pub(super) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// See the name.
pub async fn an_inserted_account_is_found_by_id_name_and_address(stores: Stores) {
    insert(&stores, with_email("u1", "Alice", "Alice@Example.com")).await;
    assert_eq!(get(&stores, "u1").await.unwrap().username(), "Alice");
    for login in ["Alice", "aLICE", "\u{ff21}lice", "alice@example.com", "ALICE@EXAMPLE.COM"] {
        assert_eq!(found(&stores, login).await.as_deref(), Some("u1"), "{login}");
    }
    assert_eq!(account(&stores, "u1").await.user.id, id("u1"));
}

/// See the name.
pub async fn an_unknown_account_is_none_and_no_error(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    assert!(get(&stores, "U1").await.is_none());
    assert!(stores.users.get(&UserId::new("")).await.unwrap().is_none());
    assert!(stores.users.get(&UserId::new("u1")).await.unwrap().is_none());
    assert!(stores.users.account(&id("u2")).await.unwrap().is_none());
    for login in ["bob", "", "alice%", "alice\u{0}", "bob@example.com", "' OR 1=1 --"] {
        assert_eq!(found(&stores, login).await, None, "{login:?}");
    }
    assert_eq!(stores.users.set_password(&id("u2"), None, &hash("x")).await.unwrap(), None);
    assert_eq!(stores.users.raise_epoch(&id("u2")).await.unwrap(), None);
    assert!(!stores.users.rehash_password(&id("u2"), &hash("x"), &hash("y")).await.unwrap());
    stores.users.record_login(&id("u2"), at(0)).await.unwrap();
    assert!(get(&stores, "u2").await.is_none());
}

/// See the name.
pub async fn the_language_of_an_account_is_kept_and_changed(stores: Stores) {
    let language = |user: Arc<User>| user.language.as_ref().map(|tag| tag.as_str().to_owned());
    let new = NewUser { language: LanguageTag::new("zh-Hant-TW"), ..new_user("u1", "alice") };
    assert_eq!(language(insert(&stores, new).await).as_deref(), Some("zh-Hant-TW"));
    assert_eq!(language(get(&stores, "u1").await.unwrap()).as_deref(), Some("zh-Hant-TW"));
    let korean = UserUpdate { language: Some(LanguageTag::new("ko")), ..UserUpdate::default() };
    assert_eq!(language(update(&stores, "u1", korean).await).as_deref(), Some("ko"));
    insert(&stores, new_user("u2", "bob")).await;
    assert_eq!(language(get(&stores, "u2").await.unwrap()), None);
}

/// See the name.
pub async fn every_field_survives_the_store(stores: Stores) {
    let new = NewUser {
        email_verified: true,
        password: Some(hash("secret")),
        first_name: PersonName::new("Zo\u{eb} \u{1f338}").unwrap(),
        last_name: PersonName::new(&"\u{20ac}".repeat(150)).unwrap(),
        is_staff: true,
        is_superuser: true,
        groups: texts(&["writers", "a \"quoted\" group"]),
        permissions: texts(&["app.do_it"]),
        attributes: json!({ "name": "Zo\u{eb} \u{1f600}", "list": [1, null, 2.5], "deep": { "x": true } }),
        ..with_email("u1", "Zo\u{eb}", "zoe@b\u{fc}cher.example")
    };
    let inserted = insert(&stores, new).await;
    let read = get(&stores, "u1").await.unwrap();
    assert_eq!(format!("{inserted:?}"), format!("{read:?}"));
    assert_eq!(read.username(), "Zo\u{eb}");
    assert_eq!(
        (read.first_name.as_str(), read.last_name.as_str().chars().count()),
        ("Zo\u{eb} \u{1f338}", 150)
    );
    assert_eq!(read.email.as_ref().unwrap().as_str(), "zoe@b\u{fc}cher.example");
    assert!(read.email_verified && read.is_staff && read.is_superuser && read.is_active);
    assert_eq!(read.groups, ["a \"quoted\" group", "writers"]);
    assert_eq!(read.direct_permissions, ["app.do_it"]);
    assert_eq!((read.date_joined, read.last_login, read.auth_epoch), (at(0), None, 0));
    assert_eq!(read.attributes["name"], "Zo\u{eb} \u{1f600}");
    assert_eq!(read.attributes["list"], json!([1, null, 2.5]));
    let account = account(&stores, "u1").await;
    assert_eq!(account.password, Some(hash("secret")));
    assert_eq!(format!("{:?}", account.user), format!("{read:?}"));
}

/// See the name.
pub async fn names_that_differ_in_case_width_or_composition_clash(stores: Stores) {
    insert(&stores, new_user("u1", "Alice")).await;
    insert(&stores, new_user("u2", "re\u{301}mi")).await;
    for name in ["alice", "ALICE", "\u{ff21}lice", "R\u{c9}MI", "r\u{e9}mi"] {
        assert!(is_refused(&stores, new_user("u3", name)).await, "{name}");
    }
}

/// See the name.
pub async fn addresses_that_differ_in_case_or_domain_form_clash(stores: Stores) {
    insert(&stores, with_email("u1", "one", "One@B\u{fc}cher.example")).await;
    for email in ["one@b\u{fc}cher.example", "ONE@XN--BCHER-KVA.example", "one@bu\u{308}cher.EXAMPLE"] {
        assert!(is_refused(&stores, with_email("u2", "two", email)).await, "{email}");
    }
    insert(&stores, new_user("u2", "two")).await;
    insert(&stores, new_user("u3", "three")).await;
}

/// See the name.
pub async fn canonical_forms_are_compared_byte_by_byte(stores: Stores) {
    for (i, name) in
        ["victim", "v\u{131}ctim", "victim\u{301}", "stra\u{df}e", "strasse"].into_iter().enumerate()
    {
        insert(&stores, new_user(&format!("u{i}"), name)).await;
        assert_eq!(found(&stores, name).await, Some(format!("u{i}")));
    }
}

/// See the name.
pub async fn a_name_and_an_address_never_answer_for_each_other(stores: Stores) {
    insert(&stores, with_email("u1", "one", "alice@example.com")).await;
    let lookalike = LoginName::parse("alice\u{ff20}example.com");
    assert_eq!(lookalike.username(), Some("alice@example.com"));
    assert!(stores.users.find(&lookalike).await.unwrap().is_none());
}

/// See the name.
pub async fn a_taken_name_changes_nothing(stores: Stores) {
    insert(&stores, with_email("u1", "alice", "alice@example.com")).await;
    insert(&stores, with_email("u2", "bob", "bob@example.com")).await;
    assert!(is_refused(&stores, with_email("u3", "carol", "ALICE@example.com")).await);
    assert!(get(&stores, "u3").await.is_none() && found(&stores, "carol").await.is_none());
    let taken = UserUpdate {
        username: Some(Username::new("ALICE").unwrap()),
        email: Some((Some(Email::new("new@example.com").unwrap()), true)),
        is_active: Some(false),
        ..UserUpdate::default()
    };
    assert!(admin(&stores).update(&id("u2"), taken).await.unwrap_err().is_already_exists());
    let bob = get(&stores, "u2").await.unwrap();
    assert!(bob.is_active && bob.auth_epoch == 0 && bob.username() == "bob");
    assert_eq!(found(&stores, "bob@example.com").await.as_deref(), Some("u2"));
    assert_eq!(found(&stores, "new@example.com").await, None);
    assert_eq!(found(&stores, "alice").await.as_deref(), Some("u1"));
}

/// See the name.
pub async fn one_of_many_parallel_inserts_gets_the_name(stores: Stores) {
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        let name = if i % 2 == 0 { "Alice" } else { "alice" };
        async move {
            match admin(&stores).insert(new_user(&format!("u{i}"), name)).await {
                Ok(_) => true,
                Err(error) => {
                    assert!(error.is_already_exists(), "{error:?}");
                    false
                }
            }
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// See the name.
pub async fn an_id_is_never_taken_twice(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    assert!(is_refused(&stores, new_user("u1", "bob")).await);
    assert_eq!(get(&stores, "u1").await.unwrap().username(), "alice");
    assert_eq!(found(&stores, "bob").await, None);
}

/// See the name.
pub async fn an_account_may_change_the_writing_of_its_own_name(stores: Stores) {
    insert(&stores, with_email("u1", "alice", "alice@example.com")).await;
    let changed = UserUpdate {
        username: Some(Username::new("ALICE").unwrap()),
        email: Some((Some(Email::new("Alice@example.com").unwrap()), false)),
        ..UserUpdate::default()
    };
    assert_eq!(update(&stores, "u1", changed).await.username(), "ALICE");
    assert_eq!(found(&stores, "alice").await.as_deref(), Some("u1"));
    assert_eq!(found(&stores, "alice@example.com").await.as_deref(), Some("u1"));
}

/// See the name.
pub async fn a_renamed_account_frees_its_old_name(stores: Stores) {
    insert(&stores, with_email("u1", "alice", "alice@example.com")).await;
    let changed = UserUpdate {
        username: Some(Username::new("carol").unwrap()),
        email: Some((None, true)),
        ..UserUpdate::default()
    };
    let user = update(&stores, "u1", changed).await;
    assert!(user.email.is_none() && !user.email_verified, "no address, nothing proven");
    insert(&stores, with_email("u2", "Alice", "alice@example.com")).await;
    assert_eq!(found(&stores, "alice").await.as_deref(), Some("u2"));
    assert_eq!(found(&stores, "carol").await.as_deref(), Some("u1"));
}

/// See the name.
pub async fn an_update_leaves_what_it_does_not_name(stores: Stores) {
    let new = NewUser {
        email_verified: true,
        password: Some(hash("secret")),
        groups: texts(&["writers"]),
        permissions: texts(&["app.do_it"]),
        attributes: json!({ "a": 1 }),
        ..with_email("u1", "alice", "alice@example.com")
    };
    let before = insert(&stores, new).await;
    assert_eq!(format!("{:?}", update(&stores, "u1", UserUpdate::default()).await), format!("{before:?}"));
    let staff =
        UserUpdate { is_staff: Some(true), attributes: Some(json!({ "b": 2 })), ..UserUpdate::default() };
    let after = update(&stores, "u1", staff).await;
    assert_eq!((after.is_staff, after.auth_epoch, &after.attributes), (true, 0, &json!({ "b": 2 })));
    assert_eq!(after.permissions, before.permissions);
    assert_eq!(format!("{:?}", get(&stores, "u1").await.unwrap()), format!("{after:?}"));
    assert_eq!(account(&stores, "u1").await.password, Some(hash("secret")));
}

/// See the name.
pub async fn an_update_of_nobody_is_none(stores: Stores) {
    let changed = UserUpdate { username: Some(Username::new("alice").unwrap()), ..UserUpdate::default() };
    assert!(admin(&stores).update(&id("u1"), changed).await.unwrap().is_none());
    assert_eq!(found(&stores, "alice").await, None);
}

/// See the name.
pub async fn switching_off_raises_the_epoch_once(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    let switch = |on| UserUpdate { is_active: Some(on), ..UserUpdate::default() };
    assert_eq!(update(&stores, "u1", switch(true)).await.auth_epoch, 0);
    let off = update(&stores, "u1", switch(false)).await;
    assert!(!off.is_active && off.auth_epoch == 1);
    assert_eq!(update(&stores, "u1", switch(false)).await.auth_epoch, 1);
    assert_eq!(update(&stores, "u1", switch(true)).await.auth_epoch, 1);
    assert_eq!(get(&stores, "u1").await.unwrap().auth_epoch, 1);
}

/// See the name.
pub async fn a_removed_account_is_gone_and_its_name_free(stores: Stores) {
    insert(&stores, with_email("u1", "alice", "alice@example.com")).await;
    assert!(admin(&stores).remove(&id("u1")).await.unwrap());
    assert!(!admin(&stores).remove(&id("u1")).await.unwrap());
    assert!(get(&stores, "u1").await.is_none() && found(&stores, "alice").await.is_none());
    insert(&stores, with_email("u2", "alice", "alice@example.com")).await;
}

/// See the name.
pub async fn permissions_are_effective_sorted_and_without_repetition(stores: Stores) {
    admin(&stores).put_group("b", &texts(&["x.c", "x.a", "x.a"])).await.unwrap();
    let new = NewUser {
        groups: texts(&["c", "b", "b"]),
        permissions: texts(&["x.d", "x.c", "x.d"]),
        ..new_user("u1", "alice")
    };
    let user = insert(&stores, new).await;
    for user in [user, get(&stores, "u1").await.unwrap()] {
        assert_eq!(user.groups, ["b", "c"]);
        assert_eq!(user.direct_permissions, ["x.c", "x.d"]);
        assert_eq!(user.permissions, ["x.a", "x.c", "x.d"]);
        assert!(user.has_permission("x.a") && !user.has_permission("x.b") && user.is_in_group("c"));
    }
}

/// See the name.
pub async fn a_group_change_is_visible_at_the_next_look(stores: Stores) {
    insert(&stores, NewUser { groups: texts(&["writers"]), ..new_user("u1", "alice") }).await;
    insert(&stores, new_user("u2", "bob")).await;
    for permissions in [texts(&["x.a", "x.b"]), texts(&["x.b"]), texts(&[])] {
        admin(&stores).put_group("writers", &permissions).await.unwrap();
        assert_eq!(get(&stores, "u1").await.unwrap().permissions, permissions);
        assert_eq!(account(&stores, "u1").await.user.permissions, permissions);
        assert!(get(&stores, "u2").await.unwrap().permissions.is_empty());
    }
}

/// See the name.
pub async fn leaving_a_group_takes_its_permissions_away(stores: Stores) {
    admin(&stores).put_group("writers", &texts(&["x.a", "x.b"])).await.unwrap();
    let new = NewUser {
        groups: texts(&["writers"]),
        permissions: texts(&["x.b", "x.c"]),
        ..new_user("u1", "alice")
    };
    assert_eq!(insert(&stores, new).await.permissions, ["x.a", "x.b", "x.c"]);
    let leave = UserUpdate { groups: Some(Vec::new()), ..UserUpdate::default() };
    assert_eq!(update(&stores, "u1", leave).await.permissions, ["x.b", "x.c"]);
    let strip = UserUpdate { permissions: Some(texts(&["x.z"])), ..UserUpdate::default() };
    update(&stores, "u1", strip).await;
    assert_eq!(get(&stores, "u1").await.unwrap().permissions, ["x.z"]);
    admin(&stores).put_group("writers", &texts(&["x.q"])).await.unwrap();
    assert_eq!(get(&stores, "u1").await.unwrap().permissions, ["x.z"]);
}

/// See the name.
pub async fn a_password_is_set_with_the_epoch_raised(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    assert_eq!(account(&stores, "u1").await.password, None);
    assert_eq!(stores.users.set_password(&id("u1"), None, &hash("one")).await.unwrap(), Some(1));
    assert_eq!(stores.users.set_password(&id("u1"), None, &hash("two")).await.unwrap(), Some(2));
    let account = account(&stores, "u1").await;
    assert_eq!((account.password, account.user.auth_epoch), (Some(hash("two")), 2));
}

/// See the name.
pub async fn a_password_is_set_only_over_the_expected_one(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    let old = hash("old");
    assert_eq!(stores.users.set_password(&id("u1"), Some(&old), &hash("new")).await.unwrap(), None);
    assert_eq!(stores.users.set_password(&id("u1"), None, &old).await.unwrap(), Some(1));
    assert_eq!(stores.users.set_password(&id("u1"), Some(&hash("OLD")), &hash("new")).await.unwrap(), None);
    assert_eq!(stores.users.set_password(&id("u1"), Some(&old), &hash("new")).await.unwrap(), Some(2));
    assert_eq!(account(&stores, "u1").await.password, Some(hash("new")));
}

/// See the name.
pub async fn one_of_many_parallel_password_changes_wins(stores: Stores) {
    insert(&stores, NewUser { password: Some(hash("old")), ..new_user("u1", "alice") }).await;
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        async move {
            let new = hash(&format!("new{i}"));
            stores.users.set_password(&id("u1"), Some(&hash("old")), &new).await.unwrap().is_some()
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let account = account(&stores, "u1").await;
    assert_eq!(account.password, Some(hash(&format!("new{winner}"))));
    assert_eq!(account.user.auth_epoch, 1);
}

/// See the name.
pub async fn a_rehash_keeps_the_epoch_and_loses_against_a_change(stores: Stores) {
    insert(&stores, NewUser { password: Some(hash("old")), ..new_user("u1", "alice") }).await;
    assert!(stores.users.rehash_password(&id("u1"), &hash("old"), &hash("better")).await.unwrap());
    assert!(!stores.users.rehash_password(&id("u1"), &hash("old"), &hash("late")).await.unwrap());
    let account = account(&stores, "u1").await;
    assert_eq!((account.password, account.user.auth_epoch), (Some(hash("better")), 0));
}

/// See the name.
pub async fn every_parallel_raise_of_the_epoch_counts(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    let mut epochs = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { stores.users.raise_epoch(&id("u1")).await.unwrap().unwrap() }
    })
    .await;
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=PARALLEL as u64).collect::<Vec<_>>());
    assert_eq!(get(&stores, "u1").await.unwrap().auth_epoch, PARALLEL as u64);
}

/// See the name.
pub async fn the_last_login_never_moves_back(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    for (login, last) in [(10, 10), (5, 10), (20, 20)] {
        stores.users.record_login(&id("u1"), at(login)).await.unwrap();
        assert_eq!(get(&stores, "u1").await.unwrap().last_login, Some(at(last)));
    }
}
