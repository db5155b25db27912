//! Cases of two tenants in one database: the same ids, names, keys and tokens in both, and nothing crosses.

use std::num::NonZeroUsize;

use crate::provider::Unlinked;
use crate::server::StoredClient;
use crate::session::SessionHandle;
use crate::store::Stores;
use crate::user::{Group, Insertion, LoginName, NewUser, UserId, UserUpdate, Username};

use super::users::{account, admin, found, get, hash, id, insert, new_user, texts, update, with_email};
use super::{at, broadcast, clients, factors, keys, linked_accounts, refresh, secs, sessions, short_lived};

/// The same account in both, each with a password of its own.
async fn insert_alice(both: &[Stores; 2]) {
    for (stores, password) in both.iter().zip(["one", "other"]) {
        let login_names = vec![LoginName::parse("nick"), LoginName::parse("nick@x.example")];
        let alice = with_email("u1", "alice", "alice@x.example");
        insert(stores, NewUser { password: Some(hash(password)), login_names, ..alice }).await;
    }
}

/// See the name.
pub async fn the_same_accounts_stand_in_both(both: [Stores; 2]) {
    insert_alice(&both).await;
    let [one, other] = &both;
    let renamed = UserUpdate {
        username: Some(Username::new("bob").unwrap()),
        email: Some((None, false)),
        login_names: Some(Vec::new()),
        is_active: Some(false),
        ..UserUpdate::default()
    };
    assert_eq!(one.users.set_password(&id("u1"), None, &hash("new")).await.unwrap(), Some(1));
    assert!(!one.users.rehash_password(&id("u1"), &hash("other"), &hash("stolen")).await.unwrap());
    one.users.raise_epoch(&id("u1")).await.unwrap();
    one.users.record_login(&id("u1"), at(9)).await.unwrap();
    update(one, "u1", renamed).await;
    for login in ["alice", "alice@x.example", "nick", "nick@x.example"] {
        assert_eq!(found(one, login).await, None, "{login}");
        assert_eq!(found(other, login).await.as_deref(), Some("u1"), "{login}");
    }
    let kept = account(other, "u1").await;
    assert_eq!((kept.password, kept.user.auth_epoch, kept.user.last_login), (Some(hash("other")), 0, None));
    assert!(kept.user.is_active && admin(other).login_names(&id("u1")).await.unwrap().len() == 2);
    insert(one, with_email("u2", "alice", "nick@x.example")).await;
    assert!(get(other, "u2").await.is_none());
    assert_eq!(admin(other).list(None, 10).await.unwrap().len(), 1);
}

/// See the name.
pub async fn a_removed_account_stays_in_the_other(both: [Stores; 2]) {
    insert_alice(&both).await;
    let [one, other] = &both;
    assert!(admin(one).remove(&id("u1")).await.unwrap());
    assert!(get(one, "u1").await.is_none() && get(other, "u1").await.is_some());
    assert_eq!(found(other, "nick").await.as_deref(), Some("u1"));
    assert!(!admin(one).remove(&id("u1")).await.unwrap());
    assert!(admin(other).remove(&id("u1")).await.unwrap());
}

/// See the name.
pub async fn a_batch_clashes_with_its_own_tenant_only(both: [Stores; 2]) {
    let nick = || vec![LoginName::parse("nick")];
    let batch = || {
        let bob = NewUser { login_names: nick(), groups: texts(&["writers"]), ..new_user("u2", "bob") };
        vec![with_email("u1", "alice", "alice@x.example"), bob]
    };
    let [one, other] = &both;
    admin(one).put_group("writers", &texts(&["x.a"])).await.unwrap();
    for stores in &both {
        assert_eq!(admin(stores).insert_many(batch()).await.unwrap(), [Insertion::Added; 2]);
        assert_eq!(admin(stores).insert_many(batch()).await.unwrap(), [Insertion::IdTaken; 2]);
    }
    assert_eq!(get(one, "u2").await.unwrap().permissions, ["x.a"]);
    assert!(get(other, "u2").await.unwrap().permissions.is_empty());
}

/// See the name.
pub async fn groups_give_what_they_give_in_their_tenant(both: [Stores; 2]) {
    let [one, other] = &both;
    for (stores, permission) in [(one, "x.one"), (other, "x.other")] {
        admin(stores).put_group("writers", &texts(&[permission])).await.unwrap();
        insert(stores, NewUser { groups: texts(&["writers"]), ..new_user("u1", "alice") }).await;
        assert_eq!(get(stores, "u1").await.unwrap().permissions, [permission]);
    }
    admin(one).put_group("writers", &texts(&["x.new"])).await.unwrap();
    assert_eq!(get(one, "u1").await.unwrap().permissions, ["x.new"]);
    assert_eq!(get(other, "u1").await.unwrap().permissions, ["x.other"]);
    assert!(admin(one).add_group("readers", &[]).await.unwrap());
    assert_eq!(admin(other).groups().await.unwrap(), [Group::new("writers", texts(&["x.other"]))]);
    update(one, "u1", UserUpdate { groups: Some(Vec::new()), ..UserUpdate::default() }).await;
    assert!(get(other, "u1").await.unwrap().is_in_group("writers"));
}

/// See the name.
pub async fn sessions_with_the_same_key_end_apart(both: [Stores; 2]) {
    let [one, other] = &both;
    for stores in &both {
        for n in 1..=5 {
            sessions::insert(stores, n, "u1").await;
        }
    }
    let (user, key) = (UserId::new("u1"), sessions::key);
    one.sessions.touch(&key(1), at(99)).await.unwrap();
    assert!(one.sessions.remove(&key(1)).await.unwrap());
    assert!(one.sessions.replace(&key(2), &key(9), sessions::record(9, "u1")).await.unwrap());
    assert!(one.sessions.remove_by_handle(&user, &SessionHandle::new([3; 16])).await.unwrap());
    let two = NonZeroUsize::new(2);
    one.sessions.insert(&key(8), sessions::record(8, "u1"), two).await.unwrap();
    assert_eq!(sessions::list(one, "u1").await, [9, 8]);
    assert_eq!(sessions::list(other, "u1").await, [5, 4, 3, 2, 1]);
    assert_eq!(sessions::get(other, 1).await.unwrap().last_seen_at, at(1));
    assert_eq!(one.sessions.remove_by_user(&user, None).await.unwrap().len(), 2);
    assert_eq!(sessions::list(other, "u1").await.len(), 5);
}

/// See the name.
pub async fn what_expires_in_one_is_no_business_of_the_other(both: [Stores; 2]) {
    let [one, other] = &both;
    for stores in &both {
        sessions::insert(stores, 1, "u1").await;
        refresh::insert(stores, 1, "u1", None).await;
        short_lived::put(stores, "key", b"x", 60).await;
        short_lived::use_up(stores, short_lived::quota(1, 1), 0).await;
    }
    let late = at(20_000);
    assert_eq!(one.sessions.remove_expired(late, at(0)).await.unwrap(), 1);
    assert_eq!(one.refresh.remove_expired(late, at(0)).await.unwrap(), 1);
    assert_eq!(one.short_lived.remove_expired(late).await.unwrap(), 2);
    assert!(sessions::get(other, 1).await.is_some() && refresh::exists(other, 1).await);
    assert!(short_lived::get(other, "key", 0).await.is_some());
    assert!(short_lived::reserve(other, &[short_lived::quota(1, 1)], 0).await.is_err());
}

/// See the name.
pub async fn families_with_the_same_key_rotate_and_end_apart(both: [Stores; 2]) {
    let [one, other] = &both;
    for stores in &both {
        for n in 1..=3 {
            refresh::insert(stores, n, "u1", Some(7)).await;
        }
    }
    let key = refresh::key;
    assert!(one.refresh.rotate(&key(1), &[1; 32], refresh::rotation(50, 10)).await.unwrap());
    assert_eq!(other.refresh.get(&key(1)).await.unwrap().unwrap().rotation.current, [1; 32]);
    assert!(one.refresh.remove(&key(2)).await.unwrap().is_some());
    assert_eq!(one.refresh.remove_by_session(&SessionHandle::new([7; 16])).await.unwrap().len(), 2);
    assert!(one.refresh.remove_by_user(&UserId::new("u1")).await.unwrap().is_empty());
    assert_eq!(other.refresh.list(&UserId::new("u1")).await.unwrap().len(), 3);
    assert_eq!(other.refresh.remove_by_user(&UserId::new("u1")).await.unwrap().len(), 3);
}

/// See the name.
pub async fn values_and_quotas_are_used_up_apart(both: [Stores; 2]) {
    let [one, other] = &both;
    short_lived::put(one, "key", b"one", 60).await;
    assert_eq!(short_lived::get(other, "key", 0).await, None);
    assert!(other.short_lived.insert_new("key", secs(60), at(0)).await.unwrap());
    short_lived::put(other, "key", b"other", 60).await;
    assert_eq!(short_lived::get(one, "key", 0).await, Some(b"one".to_vec()));
    assert_eq!(one.short_lived.take("key", at(1)).await.unwrap(), Some(b"one".to_vec()));
    assert_eq!(other.short_lived.take("key", at(1)).await.unwrap(), Some(b"other".to_vec()));
    let quota = short_lived::quota(1, 2);
    for stores in &both {
        short_lived::use_up(stores, quota, 0).await;
    }
    one.short_lived.refund(&[quota], at(0), at(0)).await.unwrap();
    assert!(short_lived::reserve(other, &[quota], 0).await.is_err());
    one.short_lived.clear(&[quota]).await.unwrap();
    assert!(short_lived::reserve(other, &[quota], 0).await.is_err());
}

/// See the name.
pub async fn each_has_clients_of_its_own(both: [Stores; 2]) {
    let [one, other] = &both;
    for stores in &both {
        assert!(clients::insert(stores, clients::client("shop")).await);
    }
    let disabled = StoredClient { disabled_at: Some(at(9)), version: 2, ..clients::client("shop") };
    assert!(one.clients.update(disabled, 1).await.unwrap());
    assert_eq!(clients::get(other, "shop").await, Some(clients::client("shop")));
    assert!(one.clients.remove("shop").await.unwrap());
    assert_eq!((one.clients.list().await.unwrap().len(), other.clients.list().await.unwrap().len()), (0, 1));
}

/// See the name.
pub async fn each_has_signing_keys_of_its_own(both: [Stores; 2]) {
    let [one, other] = &both;
    for stores in &both {
        assert!(keys::rotate(stores, None, keys::key("a", 0)).await);
    }
    assert!(keys::rotate(one, Some("a"), keys::key("b", 1)).await);
    assert_eq!(keys::kids(other).await, ["a"]);
    assert_eq!(other.keys.list().await.unwrap()[0].gone_from, None);
    assert_eq!(one.keys.remove_gone(at(2000)).await.unwrap(), 1);
    assert_eq!((keys::kids(one).await, keys::kids(other).await), (texts(&["b"]), texts(&["a"])));
}

/// See the name.
pub async fn the_same_identity_is_linked_in_both(both: [Stores; 2]) {
    use linked_accounts::{ISSUER, find, id, insert_user, link, new_user, subjects, user};

    let [one, other] = &both;
    let account = |n| linked_accounts::account(n, "u1", &format!("s{n}"));
    for stores in &both {
        insert_user(stores, new_user("u1", "alice"), account(1)).await.unwrap();
        link(stores, account(2)).await.unwrap();
    }
    one.linked_accounts.record_login(&id(1), at(9), Some("new@x.example"), None).await.unwrap();
    assert!(one.linked_accounts.write_tokens(&id(1), 0, Some(vec![1])).await.unwrap());
    assert_eq!(find(other, ISSUER, "s1").await, Some(account(1)));
    let others = [id(2)];
    let unlinked = one
        .linked_accounts
        .unlink(&user("u1"), &id(1), Some((&others[..], &[][..])), Vec::new())
        .await
        .unwrap();
    assert_eq!(unlinked, Unlinked::Removed);
    assert_eq!(subjects(other, "u1").await, ["s1", "s2"]);
    assert!(admin(one).remove(&user("u1")).await.unwrap());
    assert!(subjects(one, "u1").await.is_empty());
    assert_eq!(subjects(other, "u1").await, ["s1", "s2"]);
}

/// See the name.
pub async fn the_same_factors_stand_in_both(both: [Stores; 2]) {
    use crate::mfa::{FactorChange, FactorKind};
    use factors::{add, factor, id, listed};

    let [one, other] = &both;
    for stores in &both {
        insert(stores, new_user("u1", "alice")).await;
        add(stores, factor(1, "u1", FactorKind::Totp)).await;
        add(stores, factor(2, "u1", FactorKind::RecoveryCode)).await;
    }
    let user = super::users::id("u1");
    assert!(one.factors.advance(&id(1), 5, at(1)).await.unwrap());
    assert!(one.factors.rename(&user, &id(1), Some("x")).await.unwrap());
    assert!(one.factors.write_data(&id(1), b"", b"x").await.unwrap());
    let kept = other.factors.find(FactorKind::Totp, &[1]).await.unwrap();
    assert_eq!(kept, Some(factor(1, "u1", FactorKind::Totp)));
    assert!(one.factors.take(&user, FactorKind::RecoveryCode, &[2]).await.unwrap());
    let all = FactorChange::RemoveAll { user: user.clone(), kind: FactorKind::Totp };
    one.factors.apply(vec![all]).await.unwrap();
    assert_eq!(one.factors.page(None, 10).await.unwrap(), []);
    assert_eq!(listed(other, "u1").await, [1, 2]);
    assert!(admin(one).remove(&user).await.unwrap());
    assert_eq!(listed(other, "u1").await, [1, 2]);
}

/// See the name.
pub async fn the_same_consents_stand_in_both(both: [Stores; 2]) {
    use super::consents::{consent, get, put};

    let [one, other] = &both;
    for stores in &both {
        insert(stores, new_user("u1", "alice")).await;
        put(stores, consent("u1", "shop", "openid", 0)).await;
    }
    put(one, consent("u1", "shop", "openid email", 1)).await;
    let user = super::users::id("u1");
    assert!(one.consents.remove(&user, "shop", Vec::new()).await.unwrap());
    assert!(admin(one).remove(&user).await.unwrap());
    assert_eq!(get(other, "u1", "shop").await, Some(consent("u1", "shop", "openid", 0)));
}

/// See the name.
pub async fn what_is_sent_in_one_is_not_heard_in_the_other(both: [Stores; 2]) {
    let [Some(one), Some(other)] = both.map(|stores| stores.broadcast) else { return };
    let mut listener = one.listen().await.unwrap();
    other.send("of the other").await.unwrap();
    one.send("of its own").await.unwrap();
    assert_eq!(broadcast::heard(&mut *listener, 1).await, ["of its own"]);
}

/// See the name.
pub async fn what_happened_in_one_is_not_told_in_the_other(stores: [Stores; 2]) {
    use super::audit::{event, listed};
    use crate::event::{AuditFilter, EventId, EventKind};
    use crate::user::Attachment;

    let [one, other] = stores;
    for (n, stores) in [(1, &one), (2, &other)] {
        let told = event(n, i64::from(n), EventKind::Logout, Some("u1"));
        stores.audit.record(vec![Attachment::Event(Box::new(told))]).await.unwrap();
    }
    one.audit.pseudonymise(&id("u1"), &id("x")).await.unwrap();
    assert_eq!(listed(&other, &AuditFilter::default().of_user(&id("u1"))).await, [2]);
    assert_eq!(one.audit.remove_before(EventId::LAST).await.unwrap(), 1);
    assert_eq!(listed(&other, &AuditFilter::default()).await, [2]);
}
