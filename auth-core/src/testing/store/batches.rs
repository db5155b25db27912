//! Cases of [`UserAdmin`](crate::user::UserAdmin) for many accounts at once: batches, lists, groups that come along.

use serde_json::json;

use crate::store::Stores;
use crate::user::{Group, Insertion, NewUser, User};

use super::users::{account, admin, found, get, hash, id, insert, new_user, texts, with_email};
use super::{PARALLEL, all_at_once, at};

/// See the name.
pub async fn a_batch_adds_what_does_not_clash_and_says_what_does(stores: Stores) {
    insert(&stores, with_email("u1", "alice", "alice@example.com")).await;
    let batch = vec![
        with_email("u2", "bob", "bob@example.com"),
        new_user("u1", "carol"),
        new_user("u3", "ALICE"),
        with_email("u4", "dave", "ALICE@example.com"),
        with_email("u1", "Alice", "alice@example.com"),
        with_email("u5", "Bob", "eve@example.com"),
        with_email("u5", "eve", "eve@example.com"),
        with_email("u6", "frank", "eve@example.com"),
    ];
    let outcomes = admin(&stores).insert_many(batch).await.unwrap();
    use Insertion::{Added, EmailTaken, IdTaken, UsernameTaken};
    let expected = [Added, IdTaken, UsernameTaken, EmailTaken, IdTaken, UsernameTaken, Added, EmailTaken];
    assert_eq!(outcomes, expected);
    assert_eq!(found(&stores, "bob").await.as_deref(), Some("u2"));
    assert_eq!(found(&stores, "eve@example.com").await.as_deref(), Some("u5"));
    assert_eq!(get(&stores, "u1").await.unwrap().username(), "alice");
    for nobody in ["u3", "u4", "u6"] {
        assert!(get(&stores, nobody).await.is_none());
    }
    assert!(admin(&stores).insert_many(Vec::new()).await.unwrap().is_empty());
}

/// See the name.
pub async fn an_account_of_a_batch_is_the_same_as_one_that_was_added_alone(stores: Stores) {
    admin(&stores).put_group("writers", &texts(&["x.c", "x.a"])).await.unwrap();
    let new = |user_id: &str, name: &str| NewUser {
        email_verified: true,
        password: Some(hash("a \"quoted\" $hash")),
        is_active: false,
        is_staff: true,
        is_superuser: true,
        groups: texts(&["writers", "new \"group\"", "writers"]),
        permissions: texts(&["x.d", "x.c", "x.d"]),
        last_login: Some(at(5)),
        attributes: json!({ "name": "Zo\u{eb} \u{1f600}", "list": [1, null, 2.5], "deep": { "x": true } }),
        ..with_email(user_id, name, &format!("{name}@b\u{fc}cher.example"))
    };
    let outcomes =
        admin(&stores).insert_many(vec![new("u1", "Zo\u{eb}"), new_user("u2", "bob")]).await.unwrap();
    assert_eq!(outcomes, [Insertion::Added; 2]);
    insert(&stores, new("u3", "alone")).await;
    let (batched, alone) = (account(&stores, "u1").await, account(&stores, "u3").await);
    assert_eq!(batched.password, alone.password);
    let named =
        User { id: alone.user.id.clone(), username: alone.user.username.clone(), ..(*batched.user).clone() };
    let named = User { email: alone.user.email.clone(), ..named };
    assert_eq!(format!("{named:?}"), format!("{:?}", alone.user));
    assert_eq!(batched.user.email.as_ref().map(|email| email.as_str()), Some("Zo\u{eb}@b\u{fc}cher.example"));
    assert_eq!(batched.user.permissions, ["x.a", "x.c", "x.d"]);
    assert_eq!((batched.user.is_active, batched.user.last_login), (false, Some(at(5))));
    let plain = get(&stores, "u2").await.unwrap();
    assert!(plain.is_active && plain.last_login.is_none() && plain.groups.is_empty());
    admin(&stores).put_group("writers", &texts(&["x.z"])).await.unwrap();
    assert_eq!(get(&stores, "u1").await.unwrap().permissions, ["x.c", "x.d", "x.z"]);
}

/// See the name.
pub async fn of_many_parallel_batches_each_name_is_added_once(stores: Stores) {
    let outcomes = all_at_once(PARALLEL, |i| {
        let stores = stores.clone();
        async move {
            let batch = (0..4).map(|n| new_user(&format!("u{i}-{n}"), &format!("name{n}"))).collect();
            admin(&stores).insert_many(batch).await.unwrap()
        }
    })
    .await;
    let added = outcomes.iter().flatten().filter(|outcome| **outcome == Insertion::Added).count();
    assert_eq!(added, 4);
}

/// See the name.
pub async fn a_walk_through_the_list_sees_every_account_once_in_order(stores: Stores) {
    assert!(admin(&stores).list(None, 10).await.unwrap().is_empty());
    let names = ["b", "a", "e", "d", "c"];
    let batch = names.iter().map(|name| NewUser { password: Some(hash(name)), ..new_user(name, name) });
    let outcomes = admin(&stores).insert_many(batch.collect()).await.unwrap();
    assert_eq!(outcomes, [Insertion::Added; 5]);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = admin(&stores).list(after.as_ref(), 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.user.id.clone());
        seen.extend(page.into_iter().map(|account| (account.user.id.clone(), account.password)));
    }
    let expected = ["a", "b", "c", "d", "e"].map(|name| (id(name), Some(hash(name))));
    assert_eq!(seen, expected);
}

/// See the name.
pub async fn a_group_is_added_only_where_there_is_none(stores: Stores) {
    insert(&stores, NewUser { groups: texts(&["writers"]), ..new_user("u1", "alice") }).await;
    assert!(!admin(&stores).add_group("writers", &texts(&["x.a"])).await.unwrap());
    assert!(get(&stores, "u1").await.unwrap().permissions.is_empty());
    assert!(admin(&stores).add_group("readers", &texts(&["x.b", "x.a", "x.b"])).await.unwrap());
    assert!(!admin(&stores).add_group("readers", &texts(&[])).await.unwrap());
    let reader = insert(&stores, NewUser { groups: texts(&["readers"]), ..new_user("u2", "bob") }).await;
    assert_eq!(reader.permissions, ["x.a", "x.b"]);
}

/// See the name.
pub async fn groups_are_listed_by_name(stores: Stores) {
    assert!(admin(&stores).groups().await.unwrap().is_empty());
    admin(&stores).put_group("writers", &texts(&["x.b", "x.a"])).await.unwrap();
    insert(&stores, NewUser { groups: texts(&["idle"]), ..new_user("u1", "alice") }).await;
    let expected = [Group::new("idle", Vec::new()), Group::new("writers", texts(&["x.a", "x.b"]))];
    assert_eq!(admin(&stores).groups().await.unwrap(), expected);
}
