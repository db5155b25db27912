//! A primary, its replica, and three Sentinels that watch over them.

use std::fs;
use std::time::{Duration, Instant};

use auth_core::session::SessionStore;
use auth_core::short_lived::ShortLivedStore;
use auth_core::store::{Backend as _, MemoryStore};
use redis::{Client, Connection, RedisResult, cmd};

use crate::home::{MINUTE, NOW, connect, key, session};
use crate::own_server::{free_port, wait_for};
use crate::pack::Pack;

struct Watched {
    servers: [u16; 2],
    sentinels: [u16; 3],
    _pack: Pack,
}

impl Watched {
    fn start() -> Option<Self> {
        let (servers, sentinels) = ([free_port(), free_port()], [free_port(), free_port(), free_port()]);
        let server = |port: u16| format!("--bind 127.0.0.1 --port {port} --save '' --appendonly no");
        let replica = format!("{} --replicaof 127.0.0.1 {}", server(servers[1]), servers[0]);
        let mut lines = vec![server(servers[0]), replica];
        lines.extend(sentinels.iter().map(|port| format!("sentinel-{port} --sentinel")));
        let pack = Pack::start(&lines, |folder| {
            for port in sentinels {
                let settings = format!(
                    "bind 127.0.0.1\nport {port}\nsentinel monitor mymaster 127.0.0.1 {} 2\n\
                     sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 4000\n",
                    servers[0]
                );
                fs::write(folder.join(format!("sentinel-{port}")), settings).unwrap();
            }
        })?;
        let watched = Self { servers, sentinels, _pack: pack };
        wait_for("three Sentinels that know each other and the replica", || {
            watched.sentinels.iter().all(|port| watched.is_ready(*port).unwrap_or(false))
        });
        wait_for("a replica that follows", || {
            info(servers[1]).is_ok_and(|info| info.contains("master_link_status:up"))
        });
        Some(watched)
    }

    fn is_ready(&self, sentinel: u16) -> RedisResult<bool> {
        let master: Vec<String> = cmd("SENTINEL").arg("MASTER").arg("mymaster").query(&mut raw(sentinel)?)?;
        let says = |name: &str, value: &str| master.chunks(2).any(|pair| pair == [name, value]);
        Ok(says("num-slaves", "1") && says("num-other-sentinels", "2"))
    }

    fn url(&self) -> String {
        let [one, two, three] = self.sentinels;
        format!(
            "redis-sentinel://127.0.0.1:{one}?node=127.0.0.1:{two}&node=127.0.0.1:{three}&sentinelServiceName=mymaster"
        )
    }
}

fn raw(port: u16) -> RedisResult<Connection> {
    Client::open(format!("redis://127.0.0.1:{port}"))?.get_connection()
}

fn info(port: u16) -> RedisResult<String> {
    cmd("INFO").arg("REPLICATION").query(&mut raw(port)?)
}

/// The primary dies, the Sentinels make the replica one, and calls go there, by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failover_calls_go_to_the_new_primary() {
    let Some(watched) = Watched::start() else { return };
    let store = connect(&watched.url(), "iam:").await;
    SessionStore::insert(&store, &key(1), session(1), None).await.unwrap();
    let broadcast = store.beside(MemoryStore::new()).stores().broadcast.unwrap();
    let mut listener = broadcast.listen().await.unwrap();
    let replicated =
        || cmd("WAIT").arg(1).arg(1000).query::<i64>(&mut raw(watched.servers[0]).unwrap()).unwrap();
    wait_for("a replica that has it", || replicated() == 1);
    let _ = cmd("SHUTDOWN").arg("NOSAVE").exec(&mut raw(watched.servers[0]).unwrap());
    let began = Instant::now();
    while let Err(error) = store.put("key", b"x", MINUTE, NOW).await {
        assert!(began.elapsed() < Duration::from_secs(30), "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(SessionStore::get(&store, &key(1)).await.unwrap().is_some());
    assert!(info(watched.servers[1]).unwrap().contains("role:master"));
    assert!(listener.next().await.is_err());
    let mut listener = broadcast.listen().await.unwrap();
    broadcast.send("x").await.unwrap();
    assert_eq!(listener.next().await.unwrap(), "x");
}
