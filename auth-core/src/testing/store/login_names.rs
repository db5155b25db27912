//! Cases of [`UserAdmin`](crate::user::UserAdmin) for further login names: those that an account had elsewhere.

use crate::store::Stores;
use crate::user::{Email, Insertion, LoginName, NewUser, UserUpdate, Username};

use super::users::{admin, found, get, id, insert, is_refused, new_user, texts, update, with_email};
use super::{PARALLEL, all_at_once, winners};

fn login_names(names: &[&str]) -> Vec<LoginName> {
    names.iter().map(|name| LoginName::parse(name)).collect()
}

fn with_names(new: NewUser, names: &[&str]) -> NewUser {
    NewUser { login_names: login_names(names), ..new }
}

async fn names_of(stores: &Stores, user: &str) -> Vec<String> {
    let names = admin(stores).login_names(&id(user)).await.unwrap();
    names.iter().map(|name| name.as_str().to_owned()).collect()
}

fn renamed(names: &[&str]) -> UserUpdate {
    UserUpdate { login_names: Some(login_names(names)), ..UserUpdate::default() }
}

/// See the name.
pub async fn an_account_is_found_by_its_further_names_in_any_case(stores: Stores) {
    let new = with_email("u1", "old_at_x.example", "new@x.example");
    insert(&stores, with_names(new, &["Old@X.example", "tag@x", "a:b", "OLD@x.example"])).await;
    for login in
        ["old@x.example", "OLD@X.EXAMPLE", "new@x.example", "old_at_x.example", "TAG@x", "a:b", "\u{ff21}:B"]
    {
        assert_eq!(found(&stores, login).await.as_deref(), Some("u1"), "{login}");
    }
    assert_eq!(names_of(&stores, "u1").await, ["a:b", "Old@X.example", "tag@x"]);
    assert!(names_of(&stores, "u2").await.is_empty());
}

/// See the name.
pub async fn a_further_name_that_is_an_address_is_not_the_accounts_address(stores: Stores) {
    let new = NewUser { email_verified: true, ..with_email("u1", "old", "new@x.example") };
    insert(&stores, with_names(new, &["old@x.example"])).await;
    insert(&stores, with_names(new_user("u2", "bare"), &["bare@x.example"])).await;
    let user = get(&stores, "u1").await.unwrap();
    assert_eq!((user.email.as_ref().map(Email::as_str), user.email_verified), (Some("new@x.example"), true));
    let user = get(&stores, "u2").await.unwrap();
    assert!(user.email.is_none() && !user.email_verified);
}

/// See the name.
pub async fn a_further_name_and_an_address_never_answer_for_each_other(stores: Stores) {
    insert(&stores, with_names(new_user("u1", "one"), &["alice@example.com"])).await;
    insert(&stores, with_names(new_user("u2", "two"), &["alice\u{ff20}example.com"])).await;
    assert_eq!(found(&stores, "alice@example.com").await.as_deref(), Some("u1"));
    assert_eq!(found(&stores, "alice\u{ff20}example.com").await.as_deref(), Some("u2"));
}

/// See the name.
pub async fn a_further_name_takes_names_and_addresses_from_others(stores: Stores) {
    insert(&stores, with_names(with_email("u1", "one", "one@x.example"), &["nick", "nick@x.example"])).await;
    for new in [
        new_user("u2", "NICK"),
        with_email("u2", "two", "NICK@x.example"),
        with_names(new_user("u2", "two"), &["nick"]),
        with_names(new_user("u2", "two"), &["nick@x.example"]),
        with_names(new_user("u2", "two"), &["free", "one"]),
        with_names(new_user("u2", "two"), &["free", "one@x.example"]),
    ] {
        assert!(is_refused(&stores, new.clone()).await, "{new:?}");
        assert!(get(&stores, "u2").await.is_none() && found(&stores, "free").await.is_none());
    }
    insert(&stores, with_names(new_user("u2", "two"), &["two", "free"])).await;
}

/// See the name.
pub async fn further_names_are_replaced_whole_or_left_alone(stores: Stores) {
    insert(&stores, with_names(with_email("u1", "one", "one@x.example"), &["nick", "old@x.example"])).await;
    insert(&stores, with_names(new_user("u2", "two"), &["second"])).await;
    let email = UserUpdate { email: Some((None, false)), ..UserUpdate::default() };
    update(&stores, "u1", email).await;
    assert_eq!(names_of(&stores, "u1").await, ["nick", "old@x.example"]);
    for taken in ["second", "two"] {
        let refused = admin(&stores).update(&id("u1"), renamed(&["third", taken])).await.unwrap_err();
        assert!(refused.is_already_exists(), "{taken}");
    }
    let named = UserUpdate { username: Some(Username::new("second").unwrap()), ..UserUpdate::default() };
    assert!(admin(&stores).update(&id("u1"), named).await.unwrap_err().is_already_exists());
    assert_eq!(names_of(&stores, "u1").await, ["nick", "old@x.example"]);
    update(&stores, "u1", renamed(&["third"])).await;
    assert_eq!(names_of(&stores, "u1").await, ["third"]);
    assert!(found(&stores, "nick").await.is_none() && found(&stores, "old@x.example").await.is_none());
    insert(&stores, with_names(new_user("u3", "nick"), &["old@x.example"])).await;
}

/// See the name.
pub async fn further_names_go_with_their_account(stores: Stores) {
    insert(&stores, with_names(new_user("u1", "one"), &["nick"])).await;
    assert!(admin(&stores).remove(&id("u1")).await.unwrap());
    assert!(found(&stores, "nick").await.is_none() && names_of(&stores, "u1").await.is_empty());
    insert(&stores, new_user("u2", "nick")).await;
}

/// See the name.
pub async fn a_batch_says_whose_further_names_are_taken(stores: Stores) {
    insert(&stores, with_names(with_email("u1", "one", "one@x.example"), &["nick", "nick@x.example"])).await;
    let batch = vec![
        with_names(new_user("u2", "two"), &["two@x.example", "second"]),
        new_user("u3", "NICK"),
        with_email("u4", "four", "nick@x.example"),
        with_names(new_user("u5", "five"), &["one"]),
        with_names(new_user("u6", "six"), &["ONE@x.example"]),
        with_names(new_user("u7", "seven"), &["second"]),
        with_email("u8", "eight", "two@x.example"),
        new_user("u9", "second"),
        with_names(with_email("ua", "ten", "ten@x.example"), &["TEN", "free@x.example"]),
    ];
    let outcomes = admin(&stores).insert_many(batch).await.unwrap();
    use Insertion::{Added, EmailTaken, LoginNameTaken, UsernameTaken};
    let expected = [
        Added,
        UsernameTaken,
        EmailTaken,
        LoginNameTaken,
        LoginNameTaken,
        LoginNameTaken,
        EmailTaken,
        UsernameTaken,
        Added,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(names_of(&stores, "u2").await, texts(&["second", "two@x.example"]));
    assert_eq!(found(&stores, "free@x.example").await.as_deref(), Some("ua"));
}

/// See the name.
pub async fn one_of_many_parallel_takers_gets_the_further_name(stores: Stores) {
    let won = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        let user = format!("u{i}");
        let new = match i % 3 {
            0 => with_names(new_user(&user, &format!("name{i}")), &["nick@x.example"]),
            1 => with_email(&user, &format!("name{i}"), "nick@x.example"),
            _ => with_names(new_user(&user, &format!("name{i}")), &["NICK@x.example", "own"]),
        };
        async move { !is_refused(&stores, new).await }
    })
    .await;
    assert_eq!(winners(&won), 1);
}
