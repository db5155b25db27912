//! The conformance suite on a Redis Cluster of three nodes, and what a failover there does to calls.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use auth_core::session::SessionStore;
use auth_core::short_lived::ShortLivedStore;
use auth_core::store::{Backend as _, MemoryStore, Stores};
use redis::{Client, Connection, cmd};

use crate::home::{MINUTE, NOW, alice, connect, key, session};
use crate::own_server::{OwnServer, free_port, wait_for};
use crate::pack::Pack;
use crate::proxy::{Proxy, Way};

mod conformance {
    use super::on_cluster;

    auth_core::store_conformance!(run by on_cluster);
}

/// Accounts and keys are in memory, the rest in a Cluster that all cases share.
async fn on_cluster(case: impl AsyncFnOnce(Stores)) {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Some(cluster) = CLUSTER.get_or_init(|| Cluster::start(3, 0)) else { return };
    let prefix = format!("case{}:", NUMBER.fetch_add(1, Ordering::Relaxed));
    let store = connect(&cluster.url(), &prefix).await;
    case(store.beside(MemoryStore::new()).stores()).await;
}

/// Nodes of a Cluster, the primaries first, then a replica of each of the first primaries.
struct Cluster {
    nodes: Vec<(u16, u16)>,
    _pack: Pack,
}

impl Cluster {
    fn start(primaries: usize, replicas: usize) -> Option<Self> {
        let nodes: Vec<_> = (0..primaries + replicas).map(|_| (free_port(), free_port())).collect();
        let line = |(port, bus): &(u16, u16)| {
            format!(
                "--bind 127.0.0.1 --port {port} --save '' --appendonly no --cluster-enabled yes --cluster-port {bus} \
                 --cluster-config-file nodes-{port} --cluster-node-timeout 1000 --cluster-replica-validity-factor 0"
            )
        };
        let pack = Pack::start(&nodes.iter().map(line).collect::<Vec<_>>(), |_| ())?;
        let cluster = Self { nodes, _pack: pack };
        cluster.form(primaries);
        Some(cluster)
    }

    /// Gives each primary its share of the slots, and lets the nodes find each other.
    fn form(&self, primaries: usize) {
        let share = 16384_usize.div_ceil(primaries);
        for n in 0..self.nodes.len() {
            wait_for("a node", || Client::open(self.node(n)).unwrap().get_connection().is_ok());
            if n < primaries {
                let last = (share * (n + 1)).min(16384) - 1;
                cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(share * n).arg(last).exec(&mut self.raw(n)).unwrap();
            }
            let (port, bus) = self.nodes[n];
            cmd("CLUSTER").arg("MEET").arg("127.0.0.1").arg(port).arg(bus).exec(&mut self.raw(0)).unwrap();
        }
        wait_for("a Cluster of all nodes", || {
            self.all_say(&format!("cluster_known_nodes:{}", self.nodes.len()))
        });
        for n in primaries..self.nodes.len() {
            let id: String = cmd("CLUSTER").arg("MYID").query(&mut self.raw(n - primaries)).unwrap();
            cmd("CLUSTER").arg("REPLICATE").arg(id).exec(&mut self.raw(n)).unwrap();
            wait_for("a replica", || self.says(n, "REPLICATION", "master_link_status:up"));
        }
        wait_for("a Cluster that is ready", || self.all_say("cluster_state:ok"));
    }

    fn all_say(&self, what: &str) -> bool {
        (0..self.nodes.len()).all(|n| {
            let info: String = cmd("CLUSTER").arg("INFO").query(&mut self.raw(n)).unwrap();
            info.contains(what)
        })
    }

    fn says(&self, n: usize, section: &str, what: &str) -> bool {
        let info: String = cmd("INFO").arg(section).query(&mut self.raw(n)).unwrap();
        info.contains(what)
    }

    fn node(&self, n: usize) -> String {
        format!("redis://127.0.0.1:{}", self.nodes[n].0)
    }

    fn raw(&self, n: usize) -> Connection {
        Client::open(self.node(n)).unwrap().get_connection().unwrap()
    }

    /// Names the last node, and another one: the rest is for the client to find out.
    fn url(&self) -> String {
        let (first, last) = (self.nodes[0].0, self.nodes[self.nodes.len() - 1].0);
        format!("redis-cluster://127.0.0.1:{last}?node=127.0.0.1:{first}")
    }
}

/// Each listens to another node than the one before.
#[tokio::test]
async fn what_one_node_is_told_is_heard_at_every_node() {
    let Some(cluster) = Cluster::start(3, 0) else { return };
    let nodes = (0..3).map(|n| format!("node=127.0.0.1:{}", cluster.nodes[n].0)).collect::<Vec<_>>();
    let url = format!("redis-cluster://127.0.0.1:{}?{}", cluster.nodes[0].0, nodes[1..].join("&"));
    let store = connect(&url, "iam:").await;
    let broadcast = store.beside(MemoryStore::new()).stores().broadcast.unwrap();
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(broadcast.listen().await.unwrap());
    }
    for n in 0..3 {
        let channels: Vec<String> = cmd("PUBSUB").arg("CHANNELS").query(&mut cluster.raw(n)).unwrap();
        assert_eq!(channels, ["iam::changes"], "{n}");
    }
    broadcast.send("x").await.unwrap();
    for listener in &mut listeners {
        assert_eq!(listener.next().await.unwrap(), "x");
    }
}

/// What is lost with its connection may have been done: only whoever asked knows whether to ask again.
#[tokio::test]
async fn a_write_whose_answer_was_lost_is_not_sent_again() {
    let (announced, bus) = (free_port().to_string(), free_port().to_string());
    let cluster = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-announce-port", &announced];
    let Some(server) = OwnServer::start(&cluster) else { return };
    cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(0).arg(16383).exec(&mut server.raw()).unwrap();
    wait_for("a Cluster of one", || {
        cmd("CLUSTER").arg("INFO").query::<String>(&mut server.raw()).unwrap().contains("cluster_state:ok")
    });
    let proxy = Proxy::between(announced.parse().unwrap(), server.port);
    let store = connect(&format!("redis-cluster://127.0.0.1:{announced}"), "iam:").await;
    for name in ["first", "second"] {
        store.put(name, b"x", MINUTE, NOW).await.unwrap();
    }
    assert!(store.take("first", NOW).await.unwrap().is_some(), "the script is known from now on");
    proxy.set(Way::NextConnectionIsLost);
    assert!(store.take("second", NOW).await.is_err(), "no `none` of a second attempt");
    let began = Instant::now();
    let taken = loop {
        match store.take("second", NOW).await {
            Ok(taken) => break taken,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(5), "{error:?}"),
        }
    };
    assert!(taken.is_none(), "it had been taken");
}

/// A key that is on its way to another node is asked for there.
#[tokio::test]
async fn keys_that_are_being_moved_are_found() {
    let Some(cluster) = Cluster::start(2, 0) else { return };
    let store = connect(&cluster.url(), "iam:").await;
    store.put("first", b"x", MINUTE, NOW).await.unwrap();
    assert!(store.take("first", NOW).await.unwrap().is_some());
    let slot: u16 = cmd("CLUSTER").arg("KEYSLOT").arg("iam::value:key").query(&mut cluster.raw(0)).unwrap();
    let from = usize::from(slot >= 8192);
    let id = |n| cmd("CLUSTER").arg("MYID").query::<String>(&mut cluster.raw(n)).unwrap();
    let set = |n, state: &str, other| {
        cmd("CLUSTER").arg("SETSLOT").arg(slot).arg(state).arg(id(other)).exec(&mut cluster.raw(n)).unwrap();
    };
    set(1 - from, "IMPORTING", from);
    set(from, "MIGRATING", 1 - from);
    store.put("key", b"x", MINUTE, NOW).await.unwrap();
    let there = cmd("DBSIZE").query::<usize>(&mut cluster.raw(1 - from)).unwrap();
    assert_eq!(there, 1, "it is new, so it is there");
    assert!(store.take("key", NOW).await.unwrap().is_some());
    set(1 - from, "NODE", 1 - from);
    set(from, "NODE", 1 - from);
    store.put("key", b"y", MINUTE, NOW).await.unwrap();
    assert_eq!(ShortLivedStore::get(&store, "key", NOW).await.unwrap().unwrap(), b"y");
}

#[tokio::test]
async fn keys_are_spread_over_the_nodes() {
    let Some(cluster) = Cluster::start(3, 0) else { return };
    let store = connect(&cluster.url(), "iam:").await;
    for n in 0..100 {
        SessionStore::insert(&store, &key(n), session(n), None).await.unwrap();
    }
    let counts = [0, 1, 2].map(|n| cmd("DBSIZE").query::<usize>(&mut cluster.raw(n)).unwrap());
    assert!(counts.iter().sum::<usize>() == 101 && counts.iter().all(|count| *count > 10), "{counts:?}");
    assert_eq!(SessionStore::list(&store, &alice()).await.unwrap().len(), 100);
    assert_eq!(SessionStore::remove_by_user(&store, &alice(), None).await.unwrap().len(), 100);
    let counts = [0, 1, 2].map(|n| cmd("DBSIZE").query::<usize>(&mut cluster.raw(n)).unwrap());
    assert_eq!(counts, [0; 3]);
}

/// A primary dies, and its replica takes its place: until then calls for its keys fail in time, and then they work, by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_is_over_by_itself() {
    let Some(cluster) = Cluster::start(3, 1) else { return };
    let store = connect(&cluster.url(), "iam:").await;
    for n in 0..100 {
        SessionStore::insert(&store, &key(n), session(n), None).await.unwrap();
        store.put(&format!("key{n}"), b"x", MINUTE, NOW).await.unwrap();
    }
    wait_for("a replica that has it all", || {
        cmd("WAIT").arg(1).arg(1000).query::<i64>(&mut cluster.raw(0)).unwrap() == 1
    });
    let _ = cmd("SHUTDOWN").arg("NOSAVE").exec(&mut cluster.raw(0));
    let began = Instant::now();
    for n in 0..100 {
        loop {
            let asked = Instant::now();
            let answer = SessionStore::get(&store, &key(n)).await;
            assert!(asked.elapsed() < Duration::from_millis(4500), "{:?}", asked.elapsed());
            match answer {
                Ok(session) => break assert!(session.is_some(), "{n}"),
                Err(error) => assert!(began.elapsed() < Duration::from_secs(20), "{error:?}"),
            }
        }
    }
    for n in 0..100 {
        store.put(&format!("key{n}"), b"y", MINUTE, NOW).await.unwrap();
    }
    assert_eq!(SessionStore::list(&store, &alice()).await.unwrap().len(), 100);
}
