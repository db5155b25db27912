//! What a guard's two lookups, and a check of the limits, cost on the memory backend: `cargo bench -p auth-core --bench memory_store`.
#![expect(clippy::unwrap_used, reason = "a bench that fails has nothing to measure")]

use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::session::{Amr, SessionHandle, SessionKey, SessionRecord};
use auth_core::short_lived::Quota;
use auth_core::store::{Backend, MemoryStore, Stores};
use auth_core::user::{NewUser, UserId, Username};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

const USERS: u64 = 1000;
const SESSIONS: u64 = 100_000;
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// A key spread as keyed hashes are.
fn key(n: u64) -> SessionKey {
    let mut bytes = [0; 32];
    for (i, part) in bytes.chunks_exact_mut(8).enumerate() {
        let n = (n * 4 + i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        part.copy_from_slice(&(n ^ (n >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_le_bytes());
    }
    SessionKey::new(bytes)
}

fn user_id(n: u64) -> UserId {
    UserId::new(format!("0190b2c4-7d1e-7abc-8def-{n:012}"))
}

fn session(n: u64) -> SessionRecord {
    SessionRecord {
        handle: SessionHandle::new(u128::from(n).to_le_bytes()),
        user: user_id(n % USERS),
        epoch: 0,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + Duration::from_secs(1_000_000),
        auth_time: NOW,
        amr: Amr::PWD,
        remember: true,
        ip: None,
        user_agent: None,
        extra: None,
    }
}

async fn filled() -> Stores {
    let stores = MemoryStore::new().stores();
    let admin = stores.user_admin.as_ref().unwrap();
    for n in 0..USERS {
        let name = Username::new(&format!("user{n}")).unwrap();
        admin.insert(NewUser::new(user_id(n), name, NOW)).await.unwrap();
    }
    for n in 0..SESSIONS {
        stores.sessions.insert(&key(n), session(n), None).await.unwrap();
    }
    stores
}

fn lookups(criterion: &mut Criterion) {
    let runtime: Runtime = Builder::new_current_thread().build().unwrap();
    let stores = runtime.block_on(filled());
    let keys: Vec<_> = (0..SESSIONS).map(|n| key(n * 31 % SESSIONS)).collect();
    let mut next = keys.iter().cycle();
    let mut group = criterion.benchmark_group("memory");
    group.bench_function("session_in_cache", |bencher| {
        bencher.to_async(&runtime).iter(|| stores.sessions.get(&keys[7]));
    });
    // Another session each time: what this takes longer is the machine fetching memory that no cache holds.
    group.bench_function("session_by_key", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let (stores, key) = (&stores, next.next().unwrap());
            async move { stores.sessions.get(key).await.unwrap() }
        });
    });
    let id = user_id(7);
    group.bench_function("user_by_id", |bencher| {
        bencher.to_async(&runtime).iter(|| stores.users.get(&id));
    });
    group.bench_function("session_and_user", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let (stores, key) = (&stores, next.next().unwrap());
            async move {
                let session = stores.sessions.get(key).await.unwrap().unwrap();
                stores.users.get(&session.user).await.unwrap()
            }
        });
    });
    group.finish();
}

/// What a login asks of the limits: three windows of its name, two of its network, one of passwords. 2 µs are allowed for.
fn limits(criterion: &mut Criterion) {
    let runtime: Runtime = Builder::new_current_thread().build().unwrap();
    let store = MemoryStore::new().stores().short_lived;
    let windows = [300, 3600, 86_400, 60, 3600, 60];
    let quotas = |n: u64| {
        let window = |(tier, seconds): (usize, &u64)| Quota {
            key: ((tier as u64 + 1) << 56) | (n % (1 << 18)),
            limit: u32::MAX,
            window: Duration::from_secs(*seconds),
        };
        windows.iter().enumerate().map(window).collect::<Vec<_>>()
    };
    let asked: Vec<_> = (0..1024).map(|n| quotas(n * 31)).collect();
    let mut next = asked.iter().cycle();
    let mut group = criterion.benchmark_group("limits");
    group.bench_function("check", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let (store, quotas) = (&store, next.next().unwrap());
            async move { store.reserve(quotas, NOW).await.unwrap().unwrap() }
        });
    });
    group.bench_function("look", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let (store, quotas) = (&store, next.next().unwrap());
            async move { store.has_left(quotas, NOW).await.unwrap() }
        });
    });
    group.finish();
}

criterion_group!(benches, lookups, limits);
criterion_main!(benches);
