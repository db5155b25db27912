//! A part of a Redis of each test's own.

use std::env;
use std::io::{self, Write as _};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use auth_core::clock::Timestamp;
use auth_core::session::{Amr, SessionHandle, SessionKey, SessionRecord};
use auth_core::token::{FamilyKey, RefreshFamily, Rotation};
use auth_core::user::UserId;
use auth_store::{RedisStore, RedisStoreOptions};
use redis::{Client, Connection, cmd};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A store whose keys go when it is dropped.
pub(crate) struct Home {
    pub(crate) store: RedisStore,
    pub(crate) url: String,
    pub(crate) prefix: String,
}

impl Home {
    /// At `TEST_REDIS_URL`.
    pub(crate) async fn new() -> Option<Self> {
        match env::var("TEST_REDIS_URL") {
            Ok(url) => Some(Self::at(url).await),
            Err(_) => {
                skip("TEST_REDIS_URL names no Redis");
                None
            }
        }
    }

    pub(crate) async fn at(url: String) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let started = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("test{}-{started}-{number}:", process::id());
        Self { store: connect(&url, &prefix).await, url, prefix }
    }

    /// The same keys over a connection of its own, as another server has it.
    pub(crate) async fn another_server(&self) -> RedisStore {
        connect(&self.url, &self.prefix).await
    }

    /// The server as another program sees it.
    pub(crate) fn raw(&self) -> Connection {
        Client::open(self.url.as_str()).unwrap().get_connection().unwrap()
    }

    /// Every key but the receipts of reservations, which go by themselves.
    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        let mut keys = self.all_keys();
        keys.retain(|key| !key.windows(9).any(|part| part == b"-receipt:"));
        keys
    }

    fn all_keys(&self) -> Vec<Vec<u8>> {
        let (mut raw, mut keys, mut cursor) = (self.raw(), Vec::new(), 0_u64);
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{}*", self.prefix)).arg("COUNT").arg(1000);
            let (next, mut some): (u64, Vec<Vec<u8>>) = scan.query(&mut raw).unwrap();
            keys.append(&mut some);
            cursor = next;
            if cursor == 0 {
                keys.sort_unstable();
                keys.dedup();
                return keys;
            }
        }
    }

    /// The only key whose name has this in it.
    pub(crate) fn key(&self, part: &str) -> Vec<u8> {
        let mut keys = self.keys();
        keys.retain(|key| String::from_utf8_lossy(key).contains(part));
        assert_eq!(keys.len(), 1, "{part}");
        keys.remove(0)
    }

    /// Every key with what it holds.
    pub(crate) fn everything(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut raw = self.raw();
        let held = |key: Vec<u8>| {
            let held: Option<Vec<u8>> = cmd("DUMP").arg(&key).query(&mut raw).unwrap();
            Some((key, held?))
        };
        self.keys().into_iter().filter_map(held).collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        for key in self.all_keys() {
            let _: i64 = cmd("DEL").arg(key).query(&mut self.raw()).unwrap();
        }
    }
}

pub(crate) async fn connect(url: &str, prefix: &str) -> RedisStore {
    let options = RedisStoreOptions::default().key_prefix(prefix);
    RedisStore::connect_with(url, &options).await.unwrap()
}

pub(crate) fn skip(reason: &str) {
    assert!(env::var_os("CI").is_none(), "{reason}");
    // Not through the macro, whose output the test harness keeps to itself.
    let _ = writeln!(io::stderr(), "\nSKIPPED, because {reason}");
}

pub(crate) fn alice() -> UserId {
    UserId::new("0190b2c4-7d1e-7abc-8def-000000000001")
}

pub(crate) fn key(n: u8) -> SessionKey {
    SessionKey::new([n; 32])
}

pub(crate) fn handle(n: u8) -> SessionHandle {
    SessionHandle::new([n; 16])
}

pub(crate) fn session(n: u8) -> SessionRecord {
    SessionRecord {
        handle: handle(n),
        user: alice(),
        epoch: 0,
        created_at: NOW + Duration::from_secs(n.into()),
        last_seen_at: NOW + Duration::from_secs(n.into()),
        expires_at: NOW + MINUTE * 1000,
        auth_time: NOW,
        amr: Amr::PWD,
        remember: true,
        ip: Some([203, 0, 113, 7].into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()),
        extra: None,
    }
}

pub(crate) fn family_key(n: u8) -> FamilyKey {
    FamilyKey::new([n; 32])
}

pub(crate) fn family(n: u8) -> RefreshFamily {
    RefreshFamily {
        sid: handle(n),
        client_id: "app".into(),
        user: alice(),
        epoch: 0,
        scope: "reports:read".to_owned(),
        session: Some(handle(7)),
        resource: None,
        jkt: None,
        auth_time: NOW,
        amr: Amr::PWD,
        created_at: NOW,
        expires_at: NOW + MINUTE * 1000,
        rotation: Rotation { current: [n; 32], rotated_at: NOW, previous: None },
    }
}

pub(crate) fn rotation(n: u8) -> Rotation {
    Rotation { current: [n; 32], rotated_at: NOW, previous: None }
}
