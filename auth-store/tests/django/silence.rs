//! Databases that do not answer, and what is left of that once they do.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use auth_core::error::StoreError;
use auth_core::password::PasswordHash;
use auth_core::user::{LoginName, UserId, UserStore as _};
use auth_store::DjangoStore;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use crate::home::{Home, options};

/// What a call may take here, and a moment more than that.
const LIMIT: Duration = Duration::from_millis(400);
const AND_A_MOMENT: Duration = Duration::from_secs(4);

/// In which a store has to be at its work again once the server answers.
const SOON: Duration = Duration::from_secs(5);

const ID: &str = "00000000-0000-7000-8000-000000000001";

fn id() -> UserId {
    UserId::new(ID)
}

async fn add_user(home: &Home) {
    let key = home.key(&id());
    home.run(&format!(
        "INSERT INTO accounts_person (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, \
         date_joined) VALUES ('{key}', 'md5$salt$hash', false, 'alice', '', '', '', false, true, '2023-11-14 22:13:20')"
    ))
    .await;
}

async fn connect(url: &str) -> DjangoStore {
    let store = DjangoStore::connect(url, options().timeout(LIMIT)).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// More readers at once than there are connections, and a writer: each of them fails, and in time.
async fn all_fail_in_time(store: &DjangoStore) {
    let began = Instant::now();
    let calls: Vec<_> = (0..24)
        .map(|i| {
            let store = store.clone();
            tokio::spawn(async move {
                match i {
                    0 => store.raise_epoch(&id()).await.map(drop),
                    _ => store.get(&id()).await.map(drop),
                }
            })
        })
        .collect();
    for call in calls {
        let answer: Result<(), StoreError> = call.await.unwrap();
        assert!(answer.is_err());
    }
    assert!(began.elapsed() < LIMIT + AND_A_MOMENT, "{:?}", began.elapsed());
}

async fn all_is_well(store: &DjangoStore) {
    assert_eq!(store.get(&id()).await.unwrap().unwrap().username(), "alice");
    assert!(store.raise_epoch(&id()).await.unwrap().is_some());
}

/// A new connection may take longer than a call may, on a busy machine.
async fn all_is_well_soon(store: &DjangoStore) {
    let began = Instant::now();
    while store.get(&id()).await.is_err() || store.raise_epoch(&id()).await.is_err() {
        assert!(began.elapsed() < SOON, "the store does not recover");
    }
    all_is_well(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_file_that_django_has_locked() {
    let home = Home::sqlite().await.unwrap();
    add_user(&home).await;
    let store = connect(&home.url).await;
    let django = rusqlite::Connection::open(home.url.strip_prefix("sqlite:").unwrap()).unwrap();
    django.execute_batch("BEGIN EXCLUSIVE").unwrap();
    all_fail_in_time(&store).await;
    django.execute_batch("COMMIT").unwrap();
    all_is_well(&store).await;
}

/// What a full disk makes SQLite do: the transaction is over, whatever the program that began it believes.
#[tokio::test]
async fn a_transaction_that_sqlite_ended_by_itself_is_the_last_that_fails() {
    let home = Home::sqlite().await.unwrap();
    add_user(&home).await;
    let store = connect(&home.url).await;
    home.run(
        "CREATE TRIGGER full_disk BEFORE INSERT ON iam_django_users BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END",
    )
    .await;
    let new = PasswordHash::from_encoded("md5$salt$another");
    for _ in 0..3 {
        let error = store.set_password(&id(), None, &new).await.unwrap_err();
        assert!(format!("{error:?}").contains("the disk is full"), "{error:?}");
    }
    home.run("DROP TRIGGER full_disk").await;
    assert!(store.set_password(&id(), None, &new).await.unwrap().is_some());
    all_is_well(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_table_that_django_has_locked() {
    let Some(home) = Home::postgres().await else { return };
    add_user(&home).await;
    let store = connect(&home.url).await;
    let mut django = PgConnection::connect(&home.url).await.unwrap();
    django.execute("BEGIN; LOCK TABLE accounts_person IN ACCESS EXCLUSIVE MODE").await.unwrap();
    all_fail_in_time(&store).await;
    // What was given up here ends there too.
    let (began, mut watcher) = (Instant::now(), PgConnection::connect(&home.url).await.unwrap());
    while waiting_for_locks(&mut watcher).await > 0 {
        assert!(began.elapsed() < LIMIT + AND_A_MOMENT, "statements go on");
    }
    django.execute("ROLLBACK").await.unwrap();
    all_is_well_soon(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_server_that_fell_silent() {
    let Some(home) = Home::postgres().await else { return };
    add_user(&home).await;
    let wire = Wire::to(&home.url);
    let store = connect(&wire.url).await;
    all_is_well_soon(&store).await;
    wire.cut();
    all_fail_in_time(&store).await;
    wire.mend();
    all_is_well_soon(&store).await;
}

/// Every connection is in use when the server falls silent, and whoever waits for them hangs up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_in_use_when_the_server_fell_silent() {
    let Some(home) = Home::postgres().await else { return };
    add_user(&home).await;
    let wire = Wire::to(&home.url);
    let store = DjangoStore::connect(&wire.url, options()).await.unwrap();
    store.migrate().await.unwrap();
    let mut django = PgConnection::connect(&home.url).await.unwrap();
    django.execute("BEGIN; LOCK TABLE accounts_person IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let mut watcher = PgConnection::connect(&home.url).await.unwrap();
    let mut calls = Vec::new();
    // Those of guards, and the others.
    while waiting_for_locks(&mut watcher).await < 6 + 6 {
        assert!(calls.len() < 10_000, "so many connections never come about");
        let store = store.clone();
        let is_guard = calls.len() % 2 == 0;
        calls.push(tokio::spawn(async move {
            match is_guard {
                true => store.get(&id()).await.map(drop),
                false => store.find(&LoginName::parse("alice")).await.map(drop),
            }
        }));
    }
    wire.cut();
    for call in calls {
        call.abort();
        let _ = call.await;
    }
    django.execute("ROLLBACK").await.unwrap();
    wire.mend();
    all_is_well_soon(&store).await;
}

/// How many statements wait for a lock, as somebody outside of any transaction sees it.
async fn waiting_for_locks(watcher: &mut PgConnection) -> i64 {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    watcher.fetch_one(count).await.unwrap().get(0)
}

/// A way to the server that can be cut. What is connected by then, or before it is mended, stays without an answer for ever.
struct Wire {
    url: String,
    /// Raised by each cut, to an odd number, and by each repair.
    age: Arc<AtomicUsize>,
}

impl Wire {
    fn to(url: &str) -> Self {
        let (rest, name) = url.rsplit_once('/').unwrap();
        let (user, server) = rest.rsplit_once('@').unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (server, age) = (server.to_owned(), Arc::new(AtomicUsize::new(0)));
        let present = age.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                pass_on(&client, &server, &present);
                pass_on(&server, &client, &present);
            }
        });
        Self { url: format!("{user}@127.0.0.1:{port}/{name}"), age }
    }

    fn cut(&self) {
        self.age.fetch_add(1, Ordering::SeqCst);
    }

    fn mend(&self) {
        self.age.fetch_add(1, Ordering::SeqCst);
    }
}

/// Passes bytes on for as long as the way is what it is now, and whole. What comes after that is swallowed.
fn pass_on(from: &TcpStream, to: &TcpStream, present: &Arc<AtomicUsize>) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let (present, age) = (present.clone(), present.load(Ordering::SeqCst));
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            let is_whole = age % 2 == 0 && present.load(Ordering::SeqCst) == age;
            if is_whole && to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
