//! What a guard's two lookups cost on a SQLite file, and the note of a login without and with its event: `cargo bench -p auth-store`.
//!
//! Criterion shows the time of one lookup alone; before it, the CPU time of the whole process per pair of lookups is
//! printed, for one and for many requests in flight. That is the figure that says how many requests a machine serves.
#![expect(clippy::unwrap_used, reason = "a bench that fails has nothing to measure")]

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::event::{Event, EventId, EventKind};
use auth_core::session::{Amr, SessionHandle, SessionKey, SessionRecord};
use auth_core::store::{Backend, Stores};
use auth_core::user::{Attachment, Email, NewUser, UserId, Username};
use auth_store::SqlStore;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

const USERS: usize = 1000;
const SESSIONS: usize = 5000;
const PAIRS: usize = 100_000;
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// A key spread as keyed hashes are.
fn key(n: usize) -> SessionKey {
    let mut bytes = [0; 32];
    for (i, part) in bytes.chunks_exact_mut(8).enumerate() {
        let n = (n as u64 * 4 + i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        part.copy_from_slice(&(n ^ (n >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_le_bytes());
    }
    SessionKey::new(bytes)
}

fn user_id(n: usize) -> UserId {
    UserId::new(format!("0190b2c4-7d1e-7abc-8def-{n:012}"))
}

fn new_user(n: usize) -> NewUser {
    let mut new = NewUser::new(user_id(n), Username::new(&format!("user{n}")).unwrap(), NOW);
    new.email = Some(Email::new(&format!("user{n}@example.com")).unwrap());
    new.groups = vec!["writers".to_owned()];
    new
}

fn session(n: usize) -> SessionRecord {
    SessionRecord {
        handle: SessionHandle::new(*b"0123456789abcdef"),
        user: user_id(n % USERS),
        epoch: 0,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + Duration::from_secs(1_000_000),
        auth_time: NOW,
        amr: Amr::PWD,
        remember: true,
        ip: Some([203, 0, 113, 7].into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()),
        extra: None,
    }
}

async fn fill(stores: &Stores) {
    let admin = stores.user_admin.as_ref().unwrap();
    admin.put_group("writers", &["reports.view_report".to_owned()]).await.unwrap();
    for n in 0..USERS {
        admin.insert(new_user(n)).await.unwrap();
    }
    for n in 0..SESSIONS {
        stores.sessions.insert(&key(n), session(n), None).await.unwrap();
    }
}

/// What a session guard asks of the stores.
async fn look_up(stores: &Stores, n: usize) {
    let session = stores.sessions.get(&key(n % SESSIONS)).await.unwrap().unwrap();
    let user = stores.users.get(&session.user).await.unwrap().unwrap();
    assert_eq!(user.permissions.len(), 1);
}

/// The CPU time of this process, of all its threads, in the kernel's ticks of 10 ms.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

async fn in_flight<F, Fut>(tasks: usize, call: F)
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let each = PAIRS / tasks;
    let (cpu, wall) = (cpu_time(), Instant::now());
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let call = call.clone();
            tokio::spawn(async move {
                for i in 0..each {
                    call(task * 7919 + i * 31).await;
                }
            })
        })
        .collect();
    for task in running {
        task.await.unwrap();
    }
    let pairs = (each * tasks) as f64;
    let cpu = (cpu_time() - cpu).as_secs_f64() * 1e6 / pairs;
    let wall = wall.elapsed().as_secs_f64() * 1e6 / pairs;
    println!("session and user, {tasks:3} in flight: {cpu:.2} µs of CPU, {wall:.2} µs of time a pair");
}

fn lookups(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let dir = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}?mode=rwc", dir.path().join("bench.db").display());
    let stores = runtime.block_on(async {
        let store = SqlStore::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        let started = Instant::now();
        fill(&store.stores()).await;
        let each = started.elapsed().as_secs_f64() * 1e6 / (USERS + SESSIONS) as f64;
        println!("writing a session or a user: {each:.0} µs, synced to the disk");
        Arc::new(store.stores())
    });
    runtime.block_on(async {
        for tasks in [1, 32, 128] {
            let stores = stores.clone();
            in_flight(tasks, move |n| {
                let stores = stores.clone();
                async move { look_up(&stores, n).await }
            })
            .await;
        }
    });
    let mut n = 0;
    let mut group = criterion.benchmark_group("sqlite");
    group.bench_function("session_by_key", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            n += 31;
            let (stores, key) = (&stores, key(n % SESSIONS));
            async move { stores.sessions.get(&key).await.unwrap() }
        });
    });
    group.bench_function("user_by_id", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            n += 31;
            let (stores, id) = (&stores, user_id(n % USERS));
            async move { stores.users.get(&id).await.unwrap() }
        });
    });
    group.finish();
}

/// The event of a login is one row more in a transaction that is there anyway: the difference of the two, beside the tens of milliseconds
/// of its hash run, is what it costs (2 % are allowed for).
fn logins(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let dir = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}?mode=rwc", dir.path().join("bench.db").display());
    let admin = runtime.block_on(async {
        let store = SqlStore::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        fill(&store.stores()).await;
        store.stores().user_admin.unwrap()
    });
    let mut n = 0;
    let mut group = criterion.benchmark_group("sqlite_login");
    for (name, has_event) in [("noted", false), ("noted_with_its_event", true)] {
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| {
                n += 1;
                let (admin, at) = (&admin, NOW + Duration::from_secs(n as u64));
                let id = EventId::new((n as u128).to_be_bytes());
                async move {
                    let event = Event::new(id, at, EventKind::LoginSucceeded);
                    let attached =
                        if has_event { vec![Attachment::Event(Box::new(event))] } else { Vec::new() };
                    admin.record_login_with(&user_id(n % USERS), at, attached).await.unwrap();
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, lookups, logins);
criterion_main!(benches);
