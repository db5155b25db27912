//! What a guard's look-up costs in Redis, of a session alone and of one with its user, beside one bare `GET` of the session's bytes over
//! the same client:
//! `TEST_REDIS_URL=redis://… cargo bench -p auth-store --features redis --bench redis`.
//!
//! Both run in turns, with many requests in flight, and the best of the turns count: what else the machine does makes each slower. The
//! figures are the processor time of this process and the calls a second, and how the latter compare. Criterion then shows the time of
//! one look-up alone, which is a round trip.
#![expect(clippy::unwrap_used, reason = "a bench that fails has nothing to measure")]

use std::env;
use std::future::Future;
use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::session::{Amr, SessionHandle, SessionKey, SessionRecord, SessionStore};
use auth_core::store::{Backend as _, MemoryStore, Stores};
use auth_core::user::{NewUser, UserId, Username};
use auth_store::{RedisStore, RedisStoreOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use redis::aio::MultiplexedConnection;
use redis::{Client, cmd};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const SESSIONS: u64 = 1000;
const CALLS: u64 = 100_000;
const IN_FLIGHT: u64 = 32;
const TURNS: usize = 5;
const PREFIX: &str = "bench-of-auth-store:";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

fn key(n: u64) -> SessionKey {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(n % SESSIONS).to_le_bytes());
    SessionKey::new(bytes)
}

fn session(n: u64) -> SessionRecord {
    SessionRecord {
        handle: SessionHandle::new(*b"0123456789abcdef"),
        user: UserId::new(format!("0190b2c4-7d1e-7abc-8def-{n:012}")),
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

/// Both ways to the same sessions.
struct Ways {
    store: RedisStore,
    /// Users are in memory.
    stores: Stores,
    bare: MultiplexedConnection,
    names: Vec<Vec<u8>>,
}

impl Ways {
    async fn open() -> Self {
        let url = env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL names a Redis");
        let options = RedisStoreOptions::default().key_prefix(PREFIX);
        let store = RedisStore::connect_with(&url, &options).await.unwrap();
        let client = Client::open(url).unwrap();
        let bare = client.get_multiplexed_async_connection().await.unwrap();
        let stores = store.beside(MemoryStore::new()).stores();
        let ways = Self { store, stores, bare, names: Vec::new() };
        ways.clear().await;
        for n in 0..SESSIONS {
            ways.store.insert(&key(n), session(n), None).await.unwrap();
            let name = Username::new(&format!("user{n}")).unwrap();
            let user = NewUser::new(session(n).user, name, NOW);
            ways.stores.user_admin.as_ref().unwrap().insert(user).await.unwrap();
        }
        let names = ways.names(":session:").await;
        assert_eq!(names.len() as u64, SESSIONS);
        Self { names, ..ways }
    }

    /// The names of ours that have this in them.
    async fn names(&self, part: &str) -> Vec<Vec<u8>> {
        cmd("KEYS").arg(format!("{PREFIX}*{part}*")).query_async(&mut self.bare.clone()).await.unwrap()
    }

    async fn clear(&self) {
        for name in self.names("").await {
            cmd("DEL").arg(name).exec_async(&mut self.bare.clone()).await.unwrap();
        }
    }

    async fn by_store(&self, n: u64) {
        assert!(self.store.get(&key(n)).await.unwrap().is_some());
    }

    async fn with_user(&self, n: u64) {
        let both = self.stores.session_users().unwrap();
        let (_, user) = both.session_and_user(&key(n), NOW).await.unwrap().unwrap();
        assert!(user.is_some());
    }

    async fn by_get(&self, n: u64) {
        let mut bare = self.bare.clone();
        let name = &self.names[usize::try_from(n % SESSIONS).unwrap()];
        let held: Option<Vec<u8>> = cmd("GET").arg(name).query_async(&mut bare).await.unwrap();
        assert!(held.is_some());
    }
}

/// The processor time of this process, of all its threads, in the kernel's ticks of 10 ms.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = |field: usize| after_name.split(' ').nth(field).and_then(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis((ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) * 10)
}

/// Calls a second, and microseconds of processor time for each.
fn measure<F>(runtime: &Runtime, call: impl Fn(u64) -> F + Copy + Send + 'static) -> (f64, f64)
where
    F: Future<Output = ()> + Send,
{
    let (began, cpu) = (Instant::now(), cpu_time());
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..IN_FLIGHT {
            tasks.spawn(async move {
                for n in 0..CALLS / IN_FLIGHT {
                    call(task + n * IN_FLIGHT).await;
                }
            });
        }
        tasks.join_all().await;
    });
    let calls = CALLS as f64;
    (calls / began.elapsed().as_secs_f64(), (cpu_time() - cpu).as_secs_f64() * 1e6 / calls)
}

fn compare(runtime: &Runtime, ways: &'static Ways) {
    let (mut both, mut store, mut get) = ((0.0, f64::MAX), (0.0, f64::MAX), (0.0, f64::MAX));
    let better = |best: (f64, f64), new: (f64, f64)| (best.0.max(new.0), best.1.min(new.1));
    for _ in 0..TURNS {
        get = better(get, measure(runtime, |n| ways.by_get(n)));
        store = better(store, measure(runtime, |n| ways.by_store(n)));
        both = better(both, measure(runtime, |n| ways.with_user(n)));
    }
    println!("bare GET: {:.0} a second, {:.1} µs of processor time each", get.0, get.1);
    for (what, (rate, cpu)) in [("session", store), ("session and user", both)] {
        let ratio = rate / get.0 * 100.0;
        println!(
            "{what} through the store: {rate:.0} a second, {cpu:.1} µs each, {ratio:.0} % of the bare GET"
        );
    }
}

fn look_ups(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let ways: &Ways = Box::leak(Box::new(runtime.block_on(Ways::open())));
    compare(&runtime, ways);
    criterion.bench_function("redis: bare GET", |bencher| bencher.to_async(&runtime).iter(|| ways.by_get(7)));
    criterion.bench_function("redis: session by key", |bencher| {
        bencher.to_async(&runtime).iter(|| ways.by_store(7))
    });
    criterion.bench_function("redis: session and user by key", |bencher| {
        bencher.to_async(&runtime).iter(|| ways.with_user(7))
    });
    runtime.block_on(ways.clear());
}

criterion_group!(benches, look_ups);
criterion_main!(benches);
