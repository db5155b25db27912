//! What guards read of users: copies in Redis, and how old they may be.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::password::PasswordHash;
use auth_core::store::{Backend, MemoryStore, Stores};
use auth_core::user::{Account, LoginName, NewUser, User, UserId, UserStore, UserUpdate, Username};
use auth_store::RedisStore;
use redis::cmd;
use tokio::sync::oneshot;

use crate::home::{Home, MINUTE, NOW, alice, key, session};
use crate::own_server::OwnServer;

/// Users in memory, whose readers are counted, and held up after they read where a test wants it.
#[derive(Clone, Debug)]
struct Read {
    stores: Stores,
    count: Arc<AtomicUsize>,
    gate: Arc<Mutex<Option<Gate>>>,
}

/// Who is told that somebody has read, and what that waits for.
type Gate = (oneshot::Sender<()>, oneshot::Receiver<()>);

impl Read {
    async fn new() -> Self {
        let read = Self { stores: MemoryStore::new().stores(), count: Arc::default(), gate: Arc::default() };
        let mut new = NewUser::new(alice(), Username::new("alice").unwrap(), NOW);
        new.groups = vec!["writers".to_owned()];
        read.admin().insert(new).await.unwrap();
        read
    }

    /// The users as another program changes them.
    fn admin(&self) -> &dyn auth_core::user::UserAdmin {
        &**self.stores.user_admin.as_ref().unwrap()
    }

    fn reads(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Holds up the next reader: until it has read, and until it may go on.
    fn hold(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((announce, read), (open, opened)) = (oneshot::channel(), oneshot::channel());
        *self.gate.lock().unwrap() = Some((announce, opened));
        (read, open)
    }
}

#[async_trait]
impl UserStore for Read {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.count.fetch_add(1, Ordering::SeqCst);
        let user = self.stores.users.get(id).await;
        let gate = self.gate.lock().unwrap().take();
        if let Some((announce, opened)) = gate {
            announce.send(()).unwrap();
            opened.await.unwrap();
        }
        user
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        self.stores.users.find(login).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.stores.users.account(id).await
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

#[async_trait]
impl Backend for Read {
    fn stores(&self) -> Stores {
        let mut stores = self.stores.clone();
        stores.users = Arc::new(self.clone());
        stores
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(true)
    }
}

/// alice in memory, and her session in Redis.
async fn begin(redis: &RedisStore) -> (Read, Stores) {
    let read = Read::new().await;
    let stores = redis.beside(read.clone()).stores();
    stores.sessions.insert(&key(1), session(1), None).await.unwrap();
    (read, stores)
}

/// The user whom a guard sees.
async fn seen(stores: &Stores) -> Option<Arc<User>> {
    seen_at(stores, NOW).await
}

/// The same by another clock.
async fn seen_at(stores: &Stores, now: Timestamp) -> Option<Arc<User>> {
    let found = stores.session_users().unwrap().session_and_user(&key(1), now).await.unwrap();
    let (session, user) = found.unwrap();
    assert_eq!(session.handle, crate::home::handle(1));
    user
}

/// What is different after a change of alice.
async fn epoch(stores: &Stores) -> u64 {
    seen(stores).await.unwrap().auth_epoch
}

async fn rename(users: &dyn auth_core::user::UserAdmin, name: &str) {
    let mut update = UserUpdate::default();
    update.username = Some(Username::new(name).unwrap());
    users.update(&alice(), update).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_guard_is_one_script_and_no_query() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let redis = RedisStore::connect(&server.url()).await.unwrap();
    let (read, stores) = begin(&redis).await;
    assert_eq!(seen(&stores).await.unwrap().groups, ["writers"]);
    assert_eq!(read.reads(), 1, "there was no copy");
    cmd("CONFIG").arg("RESETSTAT").exec(&mut server.raw()).unwrap();
    for _ in 0..10 {
        let user = seen(&stores).await.unwrap();
        assert!(user.username() == "alice" && user.groups == ["writers"] && user.id == alice());
    }
    assert_eq!(read.reads(), 1);
    let stats: String = cmd("INFO").arg("commandstats").query(&mut server.raw()).unwrap();
    let calls = |name: &str| stats.lines().find_map(|line| line.strip_prefix(name)?.split(',').next());
    assert_eq!(calls("cmdstat_evalsha:calls="), Some("10"), "{stats}");
    assert_eq!(calls("cmdstat_set:calls="), None, "a guard only reads");
}

/// 5 seconds, counted by Redis from before the copy was read. Time is moved by ending the copy, as Redis does then.
#[tokio::test]
async fn what_another_program_changes_is_seen_within_five_seconds() {
    let Some(home) = Home::new().await else { return };
    let (read, stores) = begin(&home.store).await;
    assert_eq!(stores.session_users().unwrap().longest_lag(), Duration::from_secs(5));
    rename(read.admin(), "alicia").await;
    assert_eq!(seen(&stores).await.unwrap().username(), "alicia", "at once where there is no copy");
    let copy = home.key(":user:");
    let left: i64 = cmd("PTTL").arg(&copy).query(&mut home.raw()).unwrap();
    assert!((1..=5000).contains(&left), "{left}");
    rename(read.admin(), "alina").await;
    assert_eq!(seen(&stores).await.unwrap().username(), "alicia");
    let _: i64 = cmd("PEXPIRE").arg(&copy).arg(2000).query(&mut home.raw()).unwrap();
    assert_eq!(seen(&stores).await.unwrap().username(), "alicia");
    assert!(cmd("PTTL").arg(&copy).query::<i64>(&mut home.raw()).unwrap() <= 2000, "no guard prolongs it");
    let _: i64 = cmd("PEXPIREAT").arg(&copy).arg(1).query(&mut home.raw()).unwrap();
    assert_eq!(seen(&stores).await.unwrap().username(), "alina");
}

/// Redis's clock is set back: it keeps what it should have forgotten. For the test it keeps it for good.
#[tokio::test]
async fn a_copy_that_redis_keeps_for_too_long_is_not_gone_by() {
    const SECOND: Duration = Duration::from_secs(1);
    let Some(home) = Home::new().await else { return };
    let (read, stores) = begin(&home.store).await;
    for (now, is_gone_by) in [
        (NOW + 4 * SECOND, true),
        (NOW + 5 * SECOND, false),
        (NOW + MINUTE, false),
        // A server whose clock is a little behind, and one for which it is of the future.
        (NOW - 2 * SECOND, true),
        (NOW - 3 * SECOND, false),
    ] {
        seen(&stores).await.unwrap();
        let copy = home.key(":user:");
        let _: i64 = cmd("PERSIST").arg(&copy).query(&mut home.raw()).unwrap();
        let before = read.reads();
        seen_at(&stores, now).await.unwrap();
        assert_eq!(read.reads() == before, is_gone_by, "{now:?}");
        assert_eq!(home.keys().contains(&copy), is_gone_by, "what is too old is removed");
        let _: i64 = cmd("DEL").arg(&copy).query(&mut home.raw()).unwrap();
    }
}

#[tokio::test]
async fn what_is_changed_here_is_seen_at_once_on_every_server() {
    let Some(home) = Home::new().await else { return };
    let (read, stores) = begin(&home.store).await;
    let elsewhere = home.another_server().await.beside(read.clone()).stores();
    let admin = stores.user_admin.clone().unwrap();
    for stores in [&stores, &elsewhere] {
        assert_eq!(epoch(stores).await, 0);
    }
    let raised = stores.users.raise_epoch(&alice()).await.unwrap().unwrap();
    assert_eq!(epoch(&elsewhere).await, raised);
    rename(&*admin, "alicia").await;
    assert_eq!(seen(&elsewhere).await.unwrap().username(), "alicia");
    stores.users.record_login(&alice(), NOW + MINUTE).await.unwrap();
    assert_eq!(seen(&elsewhere).await.unwrap().last_login, Some(NOW + MINUTE));
    admin.put_group("writers", &["books.write".to_owned()]).await.unwrap();
    assert_eq!(seen(&elsewhere).await.unwrap().permissions, ["books.write"]);
    let hash = PasswordHash::from_encoded("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA");
    let raised = stores.users.set_password(&alice(), None, &hash).await.unwrap().unwrap();
    assert_eq!(epoch(&elsewhere).await, raised);
    assert!(admin.remove(&alice()).await.unwrap());
    assert!(seen(&elsewhere).await.is_none());
}

/// What was read before a change is not kept after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_a_change_overtakes_keeps_nothing() {
    let Some(home) = Home::new().await else { return };
    let (read, stores) = begin(&home.store).await;
    let (has_read, go_on) = read.hold();
    let reader = {
        let stores = stores.clone();
        tokio::spawn(async move { epoch(&stores).await })
    };
    has_read.await.unwrap();
    let raised = stores.users.raise_epoch(&alice()).await.unwrap().unwrap();
    go_on.send(()).unwrap();
    assert_eq!(reader.await.unwrap(), 0, "it asked before");
    assert_eq!(epoch(&stores).await, raised);
}

#[tokio::test]
async fn while_one_reads_others_read_too_and_only_the_first_keeps_it() {
    let Some(home) = Home::new().await else { return };
    let (read, stores) = begin(&home.store).await;
    let (has_read, go_on) = read.hold();
    let (first, ()) = tokio::join!(epoch(&stores), async {
        has_read.await.unwrap();
        assert_eq!(epoch(&stores).await, 0);
        assert_eq!(read.reads(), 2);
        go_on.send(()).unwrap();
    });
    assert_eq!((first, epoch(&stores).await, read.reads()), (0, 0, 2));
}

#[tokio::test]
async fn a_copy_that_cannot_be_read_is_no_answer() {
    let Some(home) = Home::new().await else { return };
    let (read, stores) = begin(&home.store).await;
    epoch(&stores).await;
    for odd in [&b"\x02 of a newer program"[..], b"", b"\x01"] {
        let _: () =
            cmd("SET").arg(home.key(":user:")).arg(odd).arg("KEEPTTL").query(&mut home.raw()).unwrap();
        let before = read.reads();
        assert_eq!(seen(&stores).await.unwrap().username(), "alice");
        assert_eq!(read.reads(), before + 1);
    }
}

#[tokio::test]
async fn while_redis_is_away_no_user_is_changed() {
    let Some(mut server) = OwnServer::start(&[]) else { return };
    let redis = RedisStore::connect(&server.url()).await.unwrap();
    let (read, stores) = begin(&redis).await;
    server.stop();
    assert!(stores.users.raise_epoch(&alice()).await.is_err());
    assert!(stores.user_admin.as_ref().unwrap().put_group("writers", &["a.b_c".to_owned()]).await.is_err());
    stores.users.record_login(&alice(), NOW + MINUTE).await.unwrap();
    let user = read.stores.users.get(&alice()).await.unwrap().unwrap();
    assert!(user.auth_epoch == 0 && user.permissions.is_empty() && user.last_login == Some(NOW + MINUTE));
}

#[tokio::test]
async fn a_redis_that_is_full_answers_guards_and_keeps_no_copy() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let redis = RedisStore::connect(&server.url()).await.unwrap();
    let (read, stores) = begin(&redis).await;
    cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").exec(&mut server.raw()).unwrap();
    for reads in 1..=3 {
        assert_eq!(seen(&stores).await.unwrap().username(), "alice");
        assert_eq!(read.reads(), reads);
    }
}

#[tokio::test]
async fn a_user_who_is_gone_is_nobody_and_costs_no_copy() {
    let Some(home) = Home::new().await else { return };
    let (read, stores) = begin(&home.store).await;
    assert!(read.admin().remove(&alice()).await.unwrap());
    assert!(seen(&stores).await.is_none() && seen(&stores).await.is_none());
    let both = stores.session_users().unwrap();
    assert!(both.session_and_user(&key(9), NOW).await.unwrap().is_none());
}
