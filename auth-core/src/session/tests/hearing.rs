//! What servers with a cache tell each other, and what becomes of their copies when they cannot.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{pause, sleep};

use super::cache::{BOUND, lets_in};
use super::{Asked, log_in};
use crate::Auth;
use crate::error::StoreError;
use crate::http::SessionId;
use crate::session::change::Change;
use crate::session::{Broadcast, Listener};
use crate::store::{Backend as _, MemoryStore};
use crate::tests::{PASSWORD, System, builder};
use crate::user::UserUpdate;

/// A way between servers that can be cut, and that can lose what is sent without a word.
#[derive(Clone, Debug)]
struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    way: Arc<dyn Broadcast>,
    is_cut: watch::Sender<bool>,
    is_lossy: AtomicBool,
    sent: Mutex<Vec<String>>,
    /// How many ever listened, and how many do.
    listened: AtomicUsize,
    listening: AtomicUsize,
}

impl Wire {
    fn new(way: Arc<dyn Broadcast>) -> Self {
        Self(Arc::new(Inner {
            way,
            is_cut: watch::Sender::new(false),
            is_lossy: AtomicBool::new(false),
            sent: Mutex::default(),
            listened: AtomicUsize::new(0),
            listening: AtomicUsize::new(0),
        }))
    }

    fn cut(&self, is_cut: bool) {
        self.0.is_cut.send_replace(is_cut);
    }

    fn check(&self) -> Result<(), StoreError> {
        match *self.0.is_cut.borrow() {
            true => Err(StoreError::unavailable("cut by a test")),
            false => Ok(()),
        }
    }

    fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.0.sent.lock().unwrap())
    }

    fn listened(&self) -> usize {
        self.0.listened.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Broadcast for Wire {
    async fn send(&self, message: &str) -> Result<(), StoreError> {
        self.check()?;
        self.0.sent.lock().unwrap().push(message.to_owned());
        match self.0.is_lossy.load(Ordering::SeqCst) {
            true => Ok(()),
            false => self.0.way.send(message).await,
        }
    }

    async fn listen(&self) -> Result<Box<dyn Listener>, StoreError> {
        self.check()?;
        self.0.listened.fetch_add(1, Ordering::SeqCst);
        self.0.listening.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(End { way: self.0.way.listen().await?, wire: self.clone() }))
    }
}

/// Where somebody listens.
struct End {
    way: Box<dyn Listener>,
    wire: Wire,
}

#[async_trait]
impl Listener for End {
    async fn next(&mut self) -> Result<String, StoreError> {
        let mut is_cut = self.wire.0.is_cut.subscribe();
        tokio::select! {
            heard = self.way.next() => heard,
            _ = is_cut.wait_for(|is_cut| *is_cut) => Err(StoreError::unavailable("cut by a test")),
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.wire.0.listening.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Two servers over one store, each with a cache, and the way between them. The clock of the application stands still.
async fn two_servers() -> (System, Auth, Wire) {
    let stores = MemoryStore::new().stores();
    let wire = Wire::new(stores.broadcast.clone().unwrap());
    let stores = stores.with_broadcast(Arc::new(wire.clone()));
    let first = System::with(|builder| builder.stores(stores.clone()).cache_for(BOUND)).await;
    let second = builder().clock(first.clock.clone()).stores(stores).cache_for(BOUND).build().await.unwrap();
    others_go_on().await;
    assert_eq!(wire.listened(), 2);
    (first, second, wire)
}

/// Lets all who have something to do come to where they wait.
async fn others_go_on() {
    for _ in 0..100 {
        yield_now().await;
    }
}

/// Alice's session, of which both servers have a copy.
async fn known_to_both(first: &System, second: &Auth) -> String {
    let cookie = log_in(first, None).await;
    others_go_on().await;
    assert!(lets_in(&first.auth, &cookie).await && lets_in(second, &cookie).await);
    cookie
}

#[tokio::test]
async fn what_one_server_ends_the_other_forgets_before_its_copy_is_too_old() {
    let (first, second, _wire) = two_servers().await;
    let alice = &first.alice.id;

    let cookie = known_to_both(&first, &second).await;
    first.auth.sessions().revoke_others(alice, None).await.unwrap();
    others_go_on().await;
    assert!(!lets_in(&second, &cookie).await, "a session that was ended");

    let cookie = known_to_both(&first, &second).await;
    let context = first.auth.context();
    context.observe(&Asked(Some(cookie.clone())));
    context.logout().await.unwrap();
    others_go_on().await;
    assert!(!lets_in(&second, &cookie).await, "a logout");

    let cookie = known_to_both(&first, &second).await;
    let (context, asked) = (second.context(), Asked(Some(cookie.clone())));
    context.observe(&asked);
    let caller = context.identity().await.unwrap().unwrap();
    context.confirm(&asked, &caller, PASSWORD, None).await.unwrap();
    others_go_on().await;
    assert!(!lets_in(&first.auth, &cookie).await, "an id that was given up for another");

    let cookie = known_to_both(&first, &second).await;
    second.accounts().set_password(alice, "another good demo passphrase").await.unwrap();
    others_go_on().await;
    assert!(!lets_in(&first.auth, &cookie).await, "a new password");

    let cookie = known_to_both(&first, &second).await;
    let disable = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    second.users().update(alice, disable).await.unwrap();
    others_go_on().await;
    assert!(!lets_in(&first.auth, &cookie).await, "a disabled account");
}

#[tokio::test]
async fn a_message_names_a_session_by_its_keyed_hash_and_nothing_that_opens_it() {
    let (first, second, wire) = two_servers().await;
    let cookie = known_to_both(&first, &second).await;
    let id = SessionId::parse(cookie.split_once('=').unwrap().1).unwrap();
    let key = first.auth.sessions().key(&id).unwrap();
    wire.sent();
    let (context, asked) = (first.auth.context(), Asked(Some(cookie.clone())));
    context.observe(&asked);
    let caller = context.identity().await.unwrap().unwrap();
    context.confirm(&asked, &caller, PASSWORD, None).await.unwrap();
    context.logout().await.unwrap();
    let sent = wire.sent();
    let (session, user) = (Change::Session(key), &first.alice.id);
    assert_eq!(sent, [session.to_string(), format!("user {user}")]);
    let secret = cookie.split_once('=').unwrap().1;
    assert!(sent.iter().all(|message| !message.contains(secret) && !secret.contains(message.as_str())));
}

#[tokio::test]
async fn logins_and_last_uses_are_no_news_to_others() {
    let (first, second, wire) = two_servers().await;
    let cookie = known_to_both(&first, &second).await;
    first.advance(60);
    assert!(lets_in(&first.auth, &cookie).await);
    let _ = first.admit().await;
    others_go_on().await;
    assert_eq!(wire.sent(), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_missed_while_the_way_was_cut_is_forgotten_once_it_is_there_again() {
    let (first, second, wire) = two_servers().await;
    let cookie = known_to_both(&first, &second).await;
    pause();
    wire.cut(true);
    others_go_on().await;
    second.sessions().revoke_others(&first.alice.id, None).await.unwrap();
    assert!(lets_in(&first.auth, &cookie).await, "nobody has told it, and the bound holds");
    wire.cut(false);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(wire.listened(), 4);
    assert!(!lets_in(&first.auth, &cookie).await, "before its copy was too old");
}

#[tokio::test]
async fn a_copy_is_no_older_than_it_may_be_while_the_way_is_cut() {
    let (first, second, wire) = two_servers().await;
    let cookie = known_to_both(&first, &second).await;
    pause();
    wire.cut(true);
    second.sessions().revoke_others(&first.alice.id, None).await.unwrap();
    sleep(BOUND).await;
    assert!(!lets_in(&first.auth, &cookie).await);
    assert_eq!(wire.listened(), 2);
}

#[tokio::test]
async fn a_way_that_loses_everything_is_noticed_within_a_minute() {
    let (first, second, wire) = two_servers().await;
    let _cookie = known_to_both(&first, &second).await;
    pause();
    sleep(Duration::from_secs(600)).await;
    assert_eq!(wire.listened(), 2, "one on which nothing happens is good");
    assert!(wire.sent().iter().all(|message| message == "hello"));
    wire.0.is_lossy.store(true, Ordering::SeqCst);
    sleep(Duration::from_secs(60)).await;
    assert!(wire.listened() > 2);
}

#[tokio::test]
async fn nobody_listens_once_the_last_handle_is_gone() {
    let (first, second, wire) = two_servers().await;
    let another = first.auth.clone();
    drop((first, second));
    others_go_on().await;
    assert_eq!(wire.0.listening.load(Ordering::SeqCst), 1);
    drop(another);
    others_go_on().await;
    assert_eq!(wire.0.listening.load(Ordering::SeqCst), 0);
}
