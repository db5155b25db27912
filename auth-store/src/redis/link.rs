//! The connection to Redis, and what becomes of it when Redis does not answer.
//!
//! All callers share one connection: what they ask goes out one behind the other without waiting for answers. One that is lost, hangs
//! or ends at a server that takes no writes any more (a former primary) is given up at once, and whoever asks next opens another one.
//! Attempts that fail are followed by a pause of a second at most, in which every call fails without waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use auth_core::error::StoreError;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo, SingleNodeRoutingInfo};
use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisFuture, RedisResult,
    ScriptInvocation, ServerErrorKind, Value,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::address::Address;
use super::options::Limits;

/// The pause after the first attempt that failed; it doubles with each.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How many commands of one call are under way at once.
const AT_ONCE: usize = 64;

/// The way to Redis. It connects when it is first asked.
pub(super) struct Link {
    name: String,
    is_cluster: bool,
    limits: Limits,
    open: ArcSwapOption<Opened>,
    door: Mutex<Door>,
}

/// A connection, and the how-manieth it is.
#[derive(Clone)]
struct Opened {
    connection: Connection,
    number: u64,
}

#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// A node that takes writes.
pub(super) enum Node {
    /// Where there is no Cluster.
    Only,
    /// Of a Cluster: its host and port.
    At(String, u16),
}

/// Where connections are opened, one at a time.
struct Door {
    address: Address,
    opened: u64,
    pause: Duration,
    closed_until: Instant,
}

impl Link {
    pub(super) fn new(address: Address, name: String, limits: Limits) -> Self {
        let is_cluster = matches!(address, Address::Cluster(_));
        let door = Door { address, opened: 0, pause: SHORTEST_PAUSE, closed_until: Instant::now() };
        Self { name, is_cluster, limits, open: ArcSwapOption::empty(), door: Mutex::new(door) }
    }

    /// What the server is called in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    /// The answer to a command that changes nothing. It is asked once more where the connection had been lost since the last call.
    pub(super) async fn read<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let Opened { mut connection, number } = self.opened().await?;
        match command.query_async(&mut connection).await {
            Err(error) if error.is_connection_dropped() => {
                self.give_up(number);
                // In a box, as is all that is rare: what a guard waits for stays small.
                Box::pin(self.query(command)).await
            }
            answer => self.settled(number, answer),
        }
    }

    /// The answer to a command.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let Opened { mut connection, number } = self.opened().await?;
        let answer = command.query_async(&mut connection).await;
        self.settled(number, answer)
    }

    /// The answers to several commands, in their order; each goes to the node that its key is on.
    pub(super) async fn each<T: FromRedisValue>(&self, commands: Vec<Cmd>) -> Result<Vec<T>, StoreError> {
        let answers = commands.into_iter().map(|command| async move { self.query(&command).await });
        stream::iter(answers).buffered(AT_ONCE).try_collect().await
    }

    /// What a script answers. The server is shown its text when it has none of that name.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let Opened { mut connection, number } = self.opened().await?;
        let answer = script.invoke_async(&mut connection).await;
        self.settled(number, answer)
    }

    /// What each node that takes writes answers.
    pub(super) async fn ask_all<T: FromRedisValue>(
        &self,
        command: Cmd,
    ) -> Result<Vec<(Node, T)>, StoreError> {
        let opened = self.opened().await?;
        let Connection::Cluster(mut cluster) = opened.connection else {
            return Ok(vec![(Node::Only, self.read(&command).await?)]);
        };
        let primaries = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let answers = cluster.route_command(command, primaries).await;
        let answers = answers.and_then(|answers| Ok(HashMap::<String, T>::from_redis_value(answers)?));
        let answers = self.settled(opened.number, answers)?;
        answers.into_iter().map(|(address, answer)| Ok((Node::at(&address)?, answer))).collect()
    }

    /// What one of these nodes answers.
    pub(super) async fn ask<T: FromRedisValue>(&self, node: &Node, command: Cmd) -> Result<T, StoreError> {
        let opened = self.opened().await?;
        let (Connection::Cluster(mut cluster), Node::At(host, port)) = (opened.connection, node) else {
            return self.read(&command).await;
        };
        let node = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
        let answer = cluster.route_command(command, RoutingInfo::SingleNode(node)).await;
        self.settled(opened.number, answer.and_then(|answer| Ok(T::from_redis_value(answer)?)))
    }

    async fn opened(&self) -> Result<Opened, StoreError> {
        match self.present() {
            Some(opened) => Ok(opened),
            None => Box::pin(self.open()).await,
        }
    }

    fn present(&self) -> Option<Opened> {
        self.open.load().as_deref().cloned()
    }

    /// Opens a connection, unless somebody else just did, or just failed to: who waited for that does not try again.
    async fn open(&self) -> Result<Opened, StoreError> {
        let mut door = timeout(self.limits.connect, self.door.lock()).await.map_err(|_| self.too_late())?;
        if let Some(opened) = self.present() {
            return Ok(opened);
        }
        if Instant::now() < door.closed_until {
            return Err(StoreError::unavailable(format!(
                "Redis at {} could not be reached a moment ago",
                self.name
            )));
        }
        let connection = match timeout(self.limits.connect, door.connect(self.limits)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(self.failed_to_open(&mut door, StoreError::unavailable(error))),
            Err(_) => return Err(self.failed_to_open(&mut door, self.too_late())),
        };
        door.opened += 1;
        door.pause = SHORTEST_PAUSE;
        let opened = Opened { connection, number: door.opened };
        self.open.store(Some(Arc::new(opened.clone())));
        Ok(opened)
    }

    fn failed_to_open(&self, door: &mut Door, error: StoreError) -> StoreError {
        tracing::warn!(?error, "Redis at {} cannot be reached", self.name);
        door.closed_until = Instant::now() + door.pause;
        door.pause = LONGEST_PAUSE.min(door.pause * 2);
        error
    }

    /// Gives up a connection that is of no use any more.
    fn settled<T>(&self, number: u64, answer: RedisResult<T>) -> Result<T, StoreError> {
        answer.map_err(|error| {
            if is_of_the_connection(&error) {
                tracing::warn!(%error, "the connection to Redis at {} is given up", self.name);
                self.give_up(number);
            }
            StoreError::unavailable(error)
        })
    }

    fn give_up(&self, number: u64) {
        let is_another = |opened: &Arc<Opened>| opened.number != number;
        self.open.rcu(|open| open.clone().filter(is_another));
    }

    fn too_late(&self) -> StoreError {
        StoreError::unavailable(format!("Redis at {} did not answer in time", self.name))
    }
}

/// Whether another connection may do better: this one is lost or hangs, or leads to a server that is no primary any more.
fn is_of_the_connection(error: &RedisError) -> bool {
    let no_primary = [ServerErrorKind::ReadOnly, ServerErrorKind::MasterDown].map(ErrorKind::Server);
    error.is_timeout() || error.is_unrecoverable_error() || no_primary.contains(&error.kind())
}

impl Node {
    fn at(address: &str) -> Result<Self, StoreError> {
        let parts = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) =
            parts.ok_or_else(|| StoreError::unavailable("a node of the Redis Cluster has no address"))?;
        Ok(Self::At(host.to_owned(), port))
    }

    /// What it is called in messages, where there are several.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Only => None,
            Self::At(host, port) => Some(format!("{host}:{port}")),
        }
    }
}

impl Door {
    async fn connect(&mut self, limits: Limits) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limits.connect))
            .set_response_timeout(Some(limits.command));
        Ok(match &mut self.address {
            Address::Single(client) => {
                Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Address::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
            Address::Sentinel(client) => {
                Connection::Single(client.get_async_connection_with_config(&config).await?)
            }
        })
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("name", &self.name).finish_non_exhaustive()
    }
}
