//! What a session takes of the memory backend, all in: measured on the process itself, allocator overhead included.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a failed measurement is a failed test")]

use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::session::{Amr, SessionHandle, SessionKey, SessionRecord};
use auth_core::store::{Backend, MemoryStore, Stores};
use auth_core::user::UserId;

/// The bar that the project sets itself, in bytes.
const BAR: usize = 250;
const SESSIONS: usize = 120_000;
/// Hash tables double when seven eighths full, so the dearest moments are not known beforehand: it looks often.
const FIRST_LOOK: usize = 50_000;
const LOOK_EVERY: usize = 500;

fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size()
}

/// A number that is spread over all bits, as keyed hashes are (the finaliser of SplitMix64).
fn spread(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn key(n: u64) -> SessionKey {
    let mut bytes = [0; 32];
    for (i, part) in bytes.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&spread(n * 4 + i as u64 + 1).to_le_bytes());
    }
    SessionKey::new(bytes)
}

fn record(n: u64, user: UserId) -> SessionRecord {
    let now = Timestamp::from_unix_seconds(1_700_000_000);
    let browser = format!("Mozilla/5.0 (X11; Linux x86_64; rv:1{}.0) Gecko/20100101 Firefox", n % 50);
    SessionRecord {
        handle: SessionHandle::new(u128::from(spread(n)).to_le_bytes()),
        user,
        epoch: 0,
        created_at: now,
        last_seen_at: now,
        expires_at: now,
        auth_time: now,
        amr: Amr::PWD,
        remember: true,
        ip: Some([203, 0, 113, 7].into()),
        user_agent: Some(Arc::from(browser)),
        extra: None,
    }
}

/// Bytes per session at the dearest of the looks.
async fn measure(stores: &Stores, users: &[UserId]) -> usize {
    let before = resident_bytes();
    let mut dearest = 0;
    for n in 1..=SESSIONS {
        let user = users[n % users.len()].clone();
        stores.sessions.insert(&key(n as u64), record(n as u64, user), None).await.unwrap();
        if n >= FIRST_LOOK && n % LOOK_EVERY == 0 {
            dearest = dearest.max((resident_bytes() - before) / n);
        }
    }
    dearest
}

#[tokio::test]
async fn a_session_takes_no_more_than_its_share() {
    // An account's id is the account's, and shared with its sessions.
    let users: Vec<_> =
        (0..SESSIONS).map(|n| UserId::new(format!("0190b2c4-7d1e-7abc-8def-{n:012}"))).collect();
    let mut kept = Vec::new();
    for users_in_use in [SESSIONS, SESSIONS / 2, SESSIONS / 3, SESSIONS / 10, 1000] {
        let stores = MemoryStore::new().stores();
        let bytes = measure(&stores, &users[..users_in_use]).await;
        println!("{users_in_use} users: {bytes} bytes per session");
        assert!(bytes <= BAR, "{users_in_use} users: {bytes} bytes per session");
        // What one round frees would make the next one look cheaper.
        kept.push(stores);
    }
}
