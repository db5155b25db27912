//! What the users' store is asked for by a login, whoever it is of.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::{ErrorKind, StoreError};
use crate::http::{AuthRequest, RequestBody, request};
use crate::login::Credentials;
use crate::password::PasswordHash;
use crate::short_lived::{Quota, ShortLivedStore};
use crate::store::{Backend as _, MemoryStore, Stores};
use crate::tests::{PASSWORD, System};
use crate::user::{Account, LoginName, User, UserId, UserStore};

/// Counts what it is asked for.
#[derive(Debug)]
struct Counting {
    stores: Stores,
    look_ups: AtomicUsize,
    /// What the limits were asked, reserved uses as `r` and given back ones as `b`, and what users were looked up by then: by id as
    /// `i`, else as `u`.
    order: Mutex<String>,
}

impl Counting {
    fn note(&self, what: char) {
        self.order.lock().unwrap().push(what);
    }

    fn look_up(&self, what: char) -> &dyn UserStore {
        self.look_ups.fetch_add(1, Ordering::Relaxed);
        self.note(what);
        &*self.stores.users
    }

    fn take_order(&self) -> String {
        mem::take(&mut *self.order.lock().unwrap())
    }
}

#[async_trait]
impl UserStore for Counting {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.look_up('i').get(id).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        self.look_up('u').find(login).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.look_up('u').account(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.stores.users.rehash_password(id, old, new).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.stores.users.set_password(id, old, new).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.stores.users.raise_epoch(id).await
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.stores.users.record_login(id, at).await
    }
}

/// The limits' store, which notes in the same order.
#[derive(Debug)]
struct Limits(Arc<Counting>);

#[async_trait]
impl ShortLivedStore for Limits {
    async fn put(
        &self,
        key: &str,
        value: &[u8],
        ttl: std::time::Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0.stores.short_lived.put(key, value, ttl, now).await
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.stores.short_lived.get(key, now).await
    }

    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.stores.short_lived.take(key, now).await
    }

    async fn insert_new(
        &self,
        key: &str,
        ttl: std::time::Duration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.0.stores.short_lived.insert_new(key, ttl, now).await
    }

    async fn reserve(
        &self,
        quotas: &[Quota],
        now: Timestamp,
    ) -> Result<Result<(), std::time::Duration>, StoreError> {
        let reserved = self.0.stores.short_lived.reserve(quotas, now).await?;
        self.0.note(if reserved.is_ok() { 'r' } else { 'x' });
        Ok(reserved)
    }

    async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError> {
        self.0.stores.short_lived.has_left(quotas, now).await
    }

    async fn refund(&self, quotas: &[Quota], taken_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.0.note('b');
        self.0.stores.short_lived.refund(quotas, taken_at, now).await
    }

    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        self.0.stores.short_lived.clear(quotas).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.0.stores.short_lived.remove_expired(now).await
    }
}

async fn counting() -> (System, Arc<Counting>) {
    let counting = Arc::new(Counting {
        stores: MemoryStore::new().stores(),
        look_ups: AtomicUsize::new(0),
        order: Mutex::default(),
    });
    let stores = Stores {
        users: counting.clone(),
        short_lived: Arc::new(Limits(counting.clone())),
        ..counting.stores.clone()
    };
    let system = System::with(|builder| builder.stores(stores)).await;
    (system, counting)
}

/// Each way of guessing at a name: by the route, over HTTP Basic, as the user who is logged in.
async fn guess(system: &System, way: usize, login: &str, password: &str) -> ErrorKind {
    let source = crate::throttle::Source::default();
    let refused = match way {
        0 => system.try_admit(login, password).await.unwrap_err(),
        1 => system.auth.basic().recognise(login, password, || (source, Arc::default())).await.unwrap_err(),
        _ => {
            let again = Credentials::PasswordOf { user: &system.alice, password };
            system.auth.admit(again, None).await.unwrap_err()
        }
    };
    refused.kind()
}

#[tokio::test]
async fn known_and_unknown_names_ask_the_same_of_the_stores_in_the_same_order() {
    for way in [0, 1] {
        let mut seen = Vec::new();
        for login in ["alice", "nobody"] {
            let (system, counting) = counting().await;
            // Long enough for the account's row of failures to be used up.
            for number in 0..110 {
                counting.order.lock().unwrap().clear();
                assert_eq!(
                    guess(&system, way, login, &format!("wrong {number}")).await,
                    ErrorKind::InvalidCredentials
                );
                // An account that takes no more is refused in its own counter first.
                let order = counting.order.lock().unwrap().replace("xr", "r");
                seen.push(order);
                system.advance(12 * 60 * 60);
            }
        }
        assert!(seen.iter().all(|order| order == "rur"), "{seen:?}");
    }
}

#[tokio::test]
async fn whoever_is_refused_by_a_limit_costs_the_users_store_nothing_on_any_way() {
    for way in 0..3 {
        for login in ["alice", "nobody"] {
            let (system, counting) = counting().await;
            for number in 0..25 {
                guess(&system, way, login, &format!("wrong {number}")).await;
            }
            let before = counting.look_ups.load(Ordering::Relaxed);
            for number in 25..50 {
                let told = guess(&system, way, login, &format!("wrong {number}")).await;
                assert_eq!(told, ErrorKind::TooManyAttempts);
            }
            assert_eq!(counting.look_ups.load(Ordering::Relaxed), before, "{way} {login}");
        }
    }
}

#[tokio::test]
async fn a_right_password_costs_one_look_up() {
    let (system, counting) = counting().await;
    for way in [0, 1] {
        let before = counting.look_ups.load(Ordering::Relaxed);
        match way {
            0 => drop(system.try_admit("alice", PASSWORD).await.unwrap()),
            _ => drop(system.auth.basic().recognise("alice", PASSWORD, Default::default).await.unwrap()),
        }
        assert_eq!(counting.look_ups.load(Ordering::Relaxed), before + 1);
    }
}

#[tokio::test]
async fn a_right_pair_that_is_remembered_is_asked_for_by_id_and_a_wrong_one_by_its_name() {
    let (system, counting) = counting().await;
    let basic = system.auth.basic();
    basic.recognise("alice", PASSWORD, Default::default).await.unwrap();
    counting.take_order();
    basic.recognise("alice", PASSWORD, Default::default).await.unwrap();
    assert_eq!(counting.take_order(), "i");
    // Whether or not somebody has the name, and once there is a turn for it.
    for login in ["alice", "nobody"] {
        assert_eq!(guess(&system, 1, login, "wrong").await, ErrorKind::InvalidCredentials);
        counting.take_order();
        assert_eq!(guess(&system, 1, login, "wrong").await, ErrorKind::InvalidCredentials);
        assert_eq!(counting.take_order(), "ru", "{login}");
    }
}

#[tokio::test]
async fn a_network_that_repeats_a_wrong_pair_is_told_to_wait_and_right_ones_go_on() {
    let (system, counting) = counting().await;
    let basic = system.auth.basic();
    let source = || (crate::throttle::Source::from(Some([192, 0, 2, 1].into())), Arc::default());
    let repeat = async |login: &str| basic.recognise(login, "wrong", source).await.unwrap_err().kind();
    basic.recognise("alice", PASSWORD, source).await.unwrap();
    // The first one of each name is checked and counted, the others take turns together.
    for login in ["alice", "nobody"] {
        assert_eq!(repeat(login).await, ErrorKind::InvalidCredentials);
    }
    for number in 0..100 {
        let login = ["alice", "nobody"][number % 2];
        assert_eq!(repeat(login).await, ErrorKind::InvalidCredentials, "{number}");
    }
    counting.take_order();
    for login in ["alice", "nobody"] {
        assert_eq!(repeat(login).await, ErrorKind::TooManyAttempts);
        assert_eq!(counting.take_order(), "x", "{login}");
    }
    basic.recognise("alice", PASSWORD, source).await.unwrap();
    assert_eq!(counting.take_order(), "i");
}

#[tokio::test]
async fn a_login_by_the_route_reads_the_account_once_and_tells_of_itself() {
    let (system, counting) = counting().await;
    let body = format!(r#"{{"username":"alice","password":"{PASSWORD}"}}"#);
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let view = request("POST", "/auth/login", &[]);
    let before = counting.look_ups.load(Ordering::Relaxed);
    let login = AuthRequest::new(&view, headers, RequestBody::Complete(body.into_bytes()));
    let reply = system.auth.handle(login).await;
    assert_eq!(counting.look_ups.load(Ordering::Relaxed), before + 1);
    let reply: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(reply["user"]["last_login"], crate::clock::Clock::now(&*system.clock).rfc3339());
}

#[tokio::test]
async fn a_login_before_a_later_one_moves_nothing_back() {
    let system = System::new().await;
    let later = system.admit().await.user().last_login;
    system.clock.set(crate::clock::Timestamp::from_unix_seconds(1_700_000_000));
    assert_eq!(system.admit().await.user().last_login, later);
}
