//! What a session takes of the memory backend, all in.

use std::io;
use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::random::{OsRandom, random_bytes};
use auth_core::session::{Amr, SessionHandle, SessionKey, SessionRecord};
use auth_core::store::{Backend as _, MemoryStore};
use auth_core::user::UserId;

use crate::table::Row;

const SESSIONS: usize = 200_000;

/// In bytes.
const BAR: usize = 250;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn measure() -> io::Result<Row> {
    // An account's id is the account's, and shared with its sessions.
    let users: Vec<_> =
        (0..SESSIONS).map(|n| UserId::new(format!("0190b2c4-7d1e-7abc-8def-{n:012}"))).collect();
    let stores = MemoryStore::new().stores();
    let before = resident()?;
    for user in users.iter().cloned() {
        let key = SessionKey::new(random_bytes(&OsRandom));
        stores.sessions.insert(&key, record(user), None).await.map_err(io::Error::other)?;
    }
    let each = resident()?.saturating_sub(before) / SESSIONS;
    Ok(Row {
        what: format!("memory backend: bytes per session, {SESSIONS} sessions of as many users"),
        rate: None,
        measured: each.to_string(),
        beside: String::new(),
        difference: String::new(),
        bar: BAR.to_string(),
        passes: Some(each <= BAR),
    })
}

fn record(user: UserId) -> SessionRecord {
    let now = Timestamp::from_unix_seconds(1_700_000_000);
    SessionRecord {
        handle: SessionHandle::new(random_bytes(&OsRandom)),
        user,
        epoch: 0,
        created_at: now,
        last_seen_at: now,
        expires_at: now,
        auth_time: now,
        amr: Amr::PWD,
        remember: true,
        ip: Some([203, 0, 113, 7].into()),
        user_agent: Some(Arc::from("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")),
        extra: None,
    }
}

/// This process's resident memory in bytes.
fn resident() -> io::Result<usize> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: Option<usize> = text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok());
    pages.map(|pages| pages * rustix::param::page_size()).ok_or_else(|| io::Error::other("no memory figures"))
}
