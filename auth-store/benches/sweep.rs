//! What guards notice of a sweep of 100 000 expired sessions: `cargo bench -p auth-store --features postgres --bench sweep`.
//!
//! Guards come at a steady pace, as from users who do not wait for each other, first alone and then beside a sweep. Printed are their
//! times in both, on a SQLite file and, where `TEST_POSTGRES_URL` names a server, on PostgreSQL. No more than 2 ms may the 99th of a
//! hundred take longer beside it.
#![expect(clippy::unwrap_used, reason = "a bench that fails has nothing to measure")]

use std::process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::session::{Amr, SessionHandle, SessionKey, SessionRecord};
use auth_core::store::{Backend as _, Stores};
use auth_core::user::{NewUser, UserId, Username};
use auth_store::SqlStore;
use auth_store::sqlx::postgres::PgConnection;
use auth_store::sqlx::{AssertSqlSafe, Connection as _, raw_sql};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

const EXPIRED: u32 = 100_000;
const LIVING: u16 = 1000;
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// Guards: so many at once, and each of them again after so long.
const GUARDS: u16 = 8;
const PACE: Duration = Duration::from_millis(10);

/// How long they are watched alone.
const ALONE: Duration = Duration::from_secs(8);

fn key(n: u16) -> SessionKey {
    let mut key = [0xab; 32];
    key[..2].copy_from_slice(&n.wrapping_mul(40_503).to_be_bytes());
    SessionKey::new(key)
}

fn session(n: u16) -> SessionRecord {
    let mut handle = [1; 16];
    handle[..2].copy_from_slice(&n.to_be_bytes());
    SessionRecord {
        handle: SessionHandle::new(handle),
        user: UserId::new("u1"),
        epoch: 0,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + Duration::from_secs(1_000_000),
        auth_time: NOW,
        amr: Amr::PWD,
        remember: true,
        ip: None,
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()),
        extra: None,
    }
}

async fn fill(stores: &Stores) {
    let new = NewUser::new(UserId::new("u1"), Username::new("alice").unwrap(), NOW);
    stores.user_admin.as_ref().unwrap().insert(new).await.unwrap();
    for n in 0..LIVING {
        stores.sessions.insert(&key(n), session(n), None).await.unwrap();
    }
}

/// Sessions that have ended, among the living ones; in the words of one database each.
fn expired(numbers: &str, random: &str) -> String {
    format!(
        "INSERT INTO iam_sessions (tenant, session_key, handle, user_id, epoch, created_at, last_seen_at, expires_at, auth_time, amr, \
         remember, ip, user_agent, data, data_version) SELECT '', {random}, {random}, 'u1', 0, 0, 0, 1, 0, 1, {no}, NULL, 'curl', NULL, 0 \
         FROM {numbers}",
        no = if random.starts_with("random") { "0" } else { "false" }
    )
}

/// The times of guards that come at their pace until the work is over.
async fn watch(stores: &Stores, work: impl Future<Output = ()>) -> Vec<Duration> {
    let mut guards = JoinSet::new();
    let is_over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for guard in 0..GUARDS {
        let (stores, is_over) = (stores.clone(), is_over.clone());
        guards.spawn(async move {
            let (mut times, mut n) = (Vec::new(), guard);
            let mut pace = interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                // Its time counts from when it was due: whoever waits in a queue waits too.
                let due = pace.tick().await;
                let found =
                    stores.session_users().unwrap().session_and_user(&key(n % LIVING), NOW).await.unwrap();
                assert!(found.is_some());
                times.push(due.elapsed());
                n = n.wrapping_add(GUARDS);
            }
            times
        });
    }
    work.await;
    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    guards.join_all().await.concat()
}

fn print(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "  {what:<14} {:>6} guards: p50 {:>8.1?}, p99 {:>8.1?}, worst {:>8.1?}",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    at(0.99)
}

async fn measure(name: &str, store: &SqlStore) {
    println!("{name}");
    let stores = store.stores();
    let alone = watch(&stores, tokio::time::sleep(ALONE)).await;
    let (mut removed, mut took) = (0, Duration::ZERO);
    let beside = watch(&stores, async {
        let began = Instant::now();
        removed = stores.sessions.remove_expired(NOW, Timestamp::from_unix_millis(i64::MIN)).await.unwrap();
        took = began.elapsed();
    })
    .await;
    assert_eq!(removed, u64::from(EXPIRED));
    let alone = print("alone", alone);
    let beside = print("beside a sweep", beside);
    println!("  swept in {took:.1?}; p99 moved by {:.1?}", beside.saturating_sub(alone));
}

async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let store = SqlStore::connect(&format!("sqlite:{}?mode=rwc", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    fill(&store.stores()).await;
    let numbers = format!(
        "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {EXPIRED}) SELECT n FROM numbers)"
    );
    rusqlite::Connection::open(file).unwrap().execute_batch(&expired(&numbers, "randomblob(32)")).unwrap();
    measure("SQLite", &store).await;
}

async fn on_postgres(server: &str) {
    let name = format!("auth_bench_{}", process::id());
    let mut admin = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let url = format!("{server}/{name}");
    {
        let store = SqlStore::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        fill(&store.stores()).await;
        let numbers = format!("generate_series(1, {EXPIRED}) AS n");
        let random = "decode(md5(n::text) || md5((n + 1)::text), 'hex')";
        let mut filler = PgConnection::connect(&url).await.unwrap();
        let sql = format!("{}; ANALYZE iam_sessions", expired(&numbers, random));
        raw_sql(AssertSqlSafe(sql)).execute(&mut filler).await.unwrap();
        measure("PostgreSQL", &store).await;
    }
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    raw_sql(AssertSqlSafe(drop)).execute(&mut admin).await.unwrap();
}

fn main() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(on_sqlite());
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(server) => runtime.block_on(on_postgres(&server)),
        Err(_) => println!("PostgreSQL: skipped, TEST_POSTGRES_URL is not set"),
    }
}
