//! Keys of a test's own in a Redis that others use too, and a Redis of a test's own.

use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use auth_store::{RedisStore, RedisStoreOptions};
use redis::{Client, cmd};
use tempfile::TempDir;

use crate::software::skip;

/// A part of the Redis at `TEST_REDIS_URL`. Its keys go with it.
#[derive(Debug)]
pub struct RedisPart {
    url: String,
    prefix: String,
}

impl RedisPart {
    /// Where nobody else's keys are.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let url = env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL names a Redis");
        let started = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self { url, prefix: format!("test{}-{started}-{number}:", process::id()) }
    }

    /// The store over it.
    pub async fn connect(&self) -> RedisStore {
        let options = RedisStoreOptions::default().key_prefix(&self.prefix);
        RedisStore::connect_with(&self.url, &options).await.unwrap()
    }
}

impl Drop for RedisPart {
    fn drop(&mut self) {
        let mut connection = Client::open(self.url.as_str()).unwrap().get_connection().unwrap();
        let mut cursor = 0_u64;
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{}*", self.prefix)).arg("COUNT").arg(1000);
            let (next, keys): (u64, Vec<Vec<u8>>) = scan.query(&mut connection).unwrap();
            for key in keys {
                cmd("DEL").arg(key).exec(&mut connection).unwrap();
            }
            cursor = next;
            if cursor == 0 {
                return;
            }
        }
    }
}

/// A `redis-server` on a free port of loopback, which ends with this.
#[derive(Debug)]
pub struct RedisServer {
    /// Its URL.
    pub url: String,
    child: Child,
    _folder: TempDir,
}

impl RedisServer {
    /// Starts one; `None` where the program is missing, which is said loudly.
    pub fn start() -> Option<Self> {
        // Below those that outgoing connections are given, which would take it before the server does.
        let ports = 10_000 + u16::try_from(process::id() % 20_000).unwrap()..;
        let mut ports = ports.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
        let port = ports.next().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--dir"])
            .arg(folder.path());
        match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => {
                let server = Self { url: format!("redis://127.0.0.1:{port}"), child, _folder: folder };
                server.wait();
                Some(server)
            }
            Err(error) => {
                skip("redis-server", &error.to_string());
                None
            }
        }
    }

    fn wait(&self) {
        let (client, end) =
            (Client::open(self.url.as_str()).unwrap(), Instant::now() + Duration::from_secs(20));
        while client.get_connection().is_err() {
            assert!(Instant::now() < end, "redis-server does not answer");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
