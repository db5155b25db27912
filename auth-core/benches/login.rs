//! What the hash pool costs beside raw Argon2 at the same parameters and threads, with 1, 2 and 16 logins at once.
//!
//! `cargo bench -p auth-core --bench login` prints the ratios itself: the two are measured in turn, so that a machine that
//! slows down does so for both. Then the same for hashes of other frameworks at their defaults, one at a time, beside the bare
//! primitive.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use auth_core::password::{Argon2Params, Password, PasswordConfig, PasswordHash, PasswordHasher, Verdict};
use auth_core::random::OsRandom;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const PASSWORD: &str = "correct horse battery staple";
const ROUNDS: usize = 7;
/// Hashes in one turn.
const TURN: usize = 64;
/// The pool's threads hash at this niceness (see `password::pool`).
const NICENESS: i32 = 10;

fn main() {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    let hasher =
        PasswordHasher::new(&PasswordConfig::default(), Arc::new(OsRandom)).expect("the threads start");
    let password = Password::new(PASSWORD).expect("a password");
    let stored = runtime.block_on(hasher.hash(&password)).expect("it hashes");
    let threads = thread::available_parallelism().map_or(1, usize::from);
    println!("| logins at once | pool | raw, as many threads | pool beside raw |\n|---|---:|---:|---:|");
    for parallel in [1, 2, 16] {
        let turns = (0..ROUNDS).map(|_| {
            let raw = raw_turn(parallel.min(threads));
            (verify_turn(&runtime, &hasher, &stored, parallel), raw)
        });
        let (pool, raw): (Vec<_>, Vec<_>) = turns.unzip();
        let ratios = pool.iter().zip(&raw).map(|(pool, raw)| pool / raw * 100.0).collect();
        let (pool, raw, ratio) = (median(pool), median(raw), median(ratios));
        println!("| {parallel} | {pool:.1}/s | {raw:.1}/s | {ratio:.1} % |");
    }
    foreign(&runtime);
}

/// What an import brings, and the bare primitive that it comes down to.
fn foreign(runtime: &Runtime) {
    let pbkdf2 = |output: &mut [u8]| {
        pbkdf2::pbkdf2_hmac::<sha2::Sha256>(PASSWORD.as_bytes(), b"salt", 1_000_000, output)
    };
    let scrypt = |output: &mut [u8]| {
        let params = scrypt::Params::new(15, 8, 1).expect("the parameters are possible");
        scrypt::scrypt(PASSWORD.as_bytes(), b"salt", &params, output).expect("it hashes");
    };
    let bcrypt = |output: &mut [u8]| {
        let key = [PASSWORD.as_bytes(), &[0]].concat();
        output.copy_from_slice(&bcrypt::bcrypt(12, [7; 16], &key)[..23]);
    };
    let base64 = "A".repeat(43);
    println!("\n| one foreign hash | pool | raw | pool beside raw |\n|---|---:|---:|---:|");
    foreign_row(runtime, &format!("pbkdf2_sha256$1000000$salt${base64}="), 32, &pbkdf2);
    foreign_row(runtime, &format!("scrypt:32768:8:1$salt${}", "0".repeat(128)), 64, &scrypt);
    foreign_row(runtime, &format!("$2b$12${}", ".".repeat(53)), 23, &bcrypt);
}

/// One line of the table: the time of a wrong password, which is that of a right one.
fn foreign_row(runtime: &Runtime, stored: &str, output_bytes: usize, raw: &(impl Fn(&mut [u8]) + Sync)) {
    let hasher =
        PasswordHasher::new(&PasswordConfig::default(), Arc::new(OsRandom)).expect("the threads start");
    let password = Password::new(PASSWORD).expect("a password");
    let stored = PasswordHash::from_encoded(stored);
    let verify = || {
        let start = Instant::now();
        let verdict = runtime.block_on(hasher.verify(&password, Some(&stored)));
        assert_eq!(verdict.expect("there is room in the queue"), Verdict::Invalid);
        start.elapsed().as_secs_f64()
    };
    let bare = || {
        let start = Instant::now();
        raw(&mut vec![0; output_bytes]);
        start.elapsed().as_secs_f64()
    };
    let (pool, raw): (Vec<_>, Vec<_>) = (0..ROUNDS).map(|_| (verify(), bare())).unzip();
    let ratios = pool.iter().zip(&raw).map(|(pool, raw)| pool / raw * 100.0).collect();
    let (pool, raw, ratio) = (median(pool) * 1e3, median(raw) * 1e3, median(ratios));
    println!("| {} | {pool:.1} ms | {raw:.1} ms | {ratio:.1} % |", stored.format());
}

/// Verifications per second by the pool, `parallel` of them at any time.
fn verify_turn(runtime: &Runtime, hasher: &PasswordHasher, stored: &PasswordHash, parallel: usize) -> f64 {
    let start = Instant::now();
    runtime.block_on(async {
        let mut clients = JoinSet::new();
        for _ in 0..parallel {
            let (hasher, stored) = (hasher.clone(), stored.clone());
            clients.spawn(async move {
                for _ in 0..TURN / parallel {
                    let password = Password::new(PASSWORD).expect("a password");
                    let verdict = hasher.verify(&password, Some(&stored)).await;
                    assert_eq!(verdict.expect("there is room in the queue"), Verdict::Valid);
                }
            });
        }
        while let Some(client) = clients.join_next().await {
            client.expect("no client fails");
        }
    });
    per_second(start.elapsed())
}

/// Hashes per second on bare threads with work areas that are there already.
fn raw_turn(threads: usize) -> f64 {
    let spent = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(move || raw_hashes(TURN / threads))).collect();
        workers.into_iter().map(|worker| worker.join().expect("no thread fails")).max()
    });
    per_second(spent.unwrap_or_default())
}

fn raw_hashes(count: usize) -> Duration {
    rustix::process::nice(NICENESS).expect("a thread may lower its priority");
    let owasp = Argon2Params::OWASP;
    let params = Params::new(owasp.memory_kib(), owasp.iterations(), owasp.parallelism(), Some(32))
        .expect("the parameters are possible");
    let mut area = vec![Block::new(); params.block_count()];
    let context = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = || {
        let mut output = [0; 32];
        context
            .hash_password_into_with_memory(PASSWORD.as_bytes(), &[7; 16], &mut output, &mut area)
            .expect("it hashes");
    };
    hash();
    let start = Instant::now();
    (0..count).for_each(|_| hash());
    start.elapsed()
}

fn per_second(spent: Duration) -> f64 {
    TURN as f64 / spent.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
