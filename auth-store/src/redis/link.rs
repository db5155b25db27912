//! The connection to Redis, and what becomes of it when Redis does not answer.
//!
//! All callers share one connection: what they ask goes out one behind the other without waiting for answers. One that is lost, hangs
//! or ends at a server that takes no writes any more (a former primary) is given up at once, and whoever asks next opens another one.
//! What it leads to is looked at as at the start: a replica that is no primary yet, and a new primary that evicts, are not used before
//! that is over. Attempts that fail are followed by a pause of a second at most, in which every call fails without waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use auth_core::error::StoreError;
use auth_core::metric::{Began, store_call};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::aio::{ConnectionLike, MultiplexedConnection, PubSub};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo, SingleNodeRoutingInfo};
use redis::{
    AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline, RedisError, RedisFuture, RedisResult,
    ScriptInvocation, Value, cmd,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::address::Address;
use super::cluster;
use super::node::Node;
use super::options::Limits;
use super::refusal;
use super::server;

/// The pause after the first attempt that failed; it doubles with each.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a connection to a Cluster is given to find a lost node anew, before it is opened anew as a whole.
const TIME_TO_RECOVER: Duration = Duration::from_secs(2);

/// How many commands of one call are under way at once.
pub(super) const AT_ONCE: usize = 64;

/// The way to Redis. It connects when it is first asked.
pub(super) struct Link {
    name: String,
    is_cluster: bool,
    limits: Limits,
    open: ArcSwapOption<Opened>,
    door: Mutex<Door>,
}

/// A connection, the how-manieth it is, and since when.
#[derive(Clone)]
struct Opened {
    connection: Connection,
    number: u64,
    since: Instant,
}

#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    /// And how long it may take to answer.
    Cluster(ClusterConnection, Duration),
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
        let is_cluster = matches!(address, Address::Cluster(..));
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
        let began = Began::now();
        counted(READ, began, self.ask_twice(command).await)
    }

    async fn ask_twice<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let mut opened = self.opened().await?;
        match command.query_async(&mut opened.connection).await {
            Err(error) if error.is_connection_dropped() => {
                self.note(&opened, &error);
                // In a box, as is all that is rare: what a guard waits for stays small.
                Box::pin(self.ask_once(command)).await
            }
            answer => self.settled(&opened, answer),
        }
    }

    /// The answer to a command.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let began = Began::now();
        counted(WRITE, began, self.ask_once(command).await)
    }

    async fn ask_once<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let mut opened = self.opened().await?;
        let answer = command.query_async(&mut opened.connection).await;
        self.settled(&opened, answer)
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
        let began = Began::now();
        counted(WRITE, began, self.run_once(script).await)
    }

    async fn run_once<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        let mut opened = self.opened().await?;
        let answer = script.invoke_async(&mut opened.connection).await;
        self.settled(&opened, answer)
    }

    /// The same for a script that may run twice. It is asked once more where the connection had been lost since the last call.
    pub(super) async fn run_again<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let began = Began::now();
        counted(READ, began, self.run_twice(script).await)
    }

    async fn run_twice<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        let mut opened = self.opened().await?;
        match script.invoke_async(&mut opened.connection).await {
            Err(error) if error.is_connection_dropped() => {
                self.note(&opened, &error);
                Box::pin(self.run_once(script)).await
            }
            answer => self.settled(&opened, answer),
        }
    }

    /// What each node that takes writes answers.
    pub(super) async fn ask_all<T: FromRedisValue>(
        &self,
        command: Cmd,
    ) -> Result<Vec<(Node, T)>, StoreError> {
        let mut opened = self.opened().await?;
        let answers = match &mut opened.connection {
            Connection::Single(_) => return Ok(vec![(Node::Only, self.read(&command).await?)]),
            Connection::Cluster(cluster, _) => ask_primaries(cluster, command).await,
        };
        let answers = self.settled(&opened, answers)?;
        answers.into_iter().map(|(address, answer)| Ok((Node::at(&address)?, answer))).collect()
    }

    /// What one of these nodes answers.
    pub(super) async fn ask<T: FromRedisValue>(&self, node: &Node, command: Cmd) -> Result<T, StoreError> {
        let mut opened = self.opened().await?;
        let (Connection::Cluster(cluster, _), Node::At(host, port)) = (&mut opened.connection, node) else {
            return self.read(&command).await;
        };
        let node = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
        let answer = cluster.route_command(command, RoutingInfo::SingleNode(node)).await;
        self.settled(&opened, answer.and_then(|answer| Ok(T::from_redis_value(answer)?)))
    }

    /// A connection of its own that hears what is published on a channel.
    pub(super) async fn subscribed(&self, channel: &str) -> Result<PubSub, StoreError> {
        let subscribing = async {
            let client = self.door.lock().await.address.client().await?;
            let mut connection = client.get_async_pubsub().await?;
            connection.subscribe(channel).await?;
            Ok(connection)
        };
        let subscribed = timeout(self.limits.connect, subscribing).await.map_err(|_| self.too_late())?;
        subscribed.map_err(|error: RedisError| StoreError::unavailable(error))
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
        let connection = match timeout(self.limits.connect, self.connect(&mut door)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(self.failed_to_open(&mut door, error)),
            Err(_) => return Err(self.failed_to_open(&mut door, self.too_late())),
        };
        door.opened += 1;
        door.pause = SHORTEST_PAUSE;
        let opened = Opened { connection, number: door.opened, since: Instant::now() };
        self.open.store(Some(Arc::new(opened.clone())));
        Ok(opened)
    }

    /// Connects, and looks at what there is, unless that is done at the start.
    async fn connect(&self, door: &mut Door) -> Result<Connection, StoreError> {
        let mut connection = door.connect(self.limits).await.map_err(StoreError::unavailable)?;
        if door.opened > 0
            && let Some(objection) = connection.objection().await.map_err(StoreError::unavailable)?
        {
            return Err(StoreError::unavailable(format!("Redis at {} {objection}", self.name)));
        }
        Ok(connection)
    }

    fn failed_to_open(&self, door: &mut Door, error: StoreError) -> StoreError {
        tracing::warn!(?error, "Redis at {} cannot be reached", self.name);
        door.closed_until = Instant::now() + door.pause;
        door.pause = LONGEST_PAUSE.min(door.pause * 2);
        error
    }

    /// Gives up a connection that is of no use any more.
    fn settled<T>(&self, opened: &Opened, answer: RedisResult<T>) -> Result<T, StoreError> {
        answer.map_err(|error| {
            self.note(opened, &error);
            StoreError::unavailable(error)
        })
    }

    fn note(&self, opened: &Opened, error: &RedisError) {
        if opened.is_lost_by(error) {
            tracing::warn!(%error, "the connection to Redis at {} is given up", self.name);
            let is_another = |open: &Arc<Opened>| open.number != opened.number;
            self.open.rcu(|open| open.clone().filter(is_another));
        }
    }

    fn too_late(&self) -> StoreError {
        StoreError::unavailable(format!("Redis at {} did not answer in time", self.name))
    }
}

impl Opened {
    /// Whether another connection may do better: this one is lost or hangs, or leads to a server that is no primary any more. One to a
    /// Cluster finds lost nodes anew by itself, and is given some time for that.
    fn is_lost_by(&self, error: &RedisError) -> bool {
        let is_lost = match self.connection {
            Connection::Single(_) => error.is_unrecoverable_error(),
            Connection::Cluster(..) => {
                error.is_unrecoverable_error() && self.since.elapsed() > TIME_TO_RECOVER
            }
        };
        is_lost || error.is_timeout() || refusal::is_of_no_primary(error)
    }
}

/// What each node that takes writes answers.
async fn ask_primaries<T: FromRedisValue>(
    cluster: &mut ClusterConnection,
    command: Cmd,
) -> RedisResult<HashMap<String, T>> {
    let primaries = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
    Ok(HashMap::from_redis_value(cluster.route_command(command, primaries).await?)?)
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
            Address::Cluster(client, _) => {
                Connection::Cluster(client.get_async_connection().await?, limits.command)
            }
            Address::Sentinel(client) => {
                Connection::Single(client.get_async_connection_with_config(&config).await?)
            }
        })
    }
}

impl Connection {
    /// What is wrong with what it leads to, and what to change. Of a Cluster that is only told where all of its nodes answer: while one
    /// is away the others go on.
    async fn objection(&mut self) -> RedisResult<Option<String>> {
        match self {
            Self::Single(connection) => {
                let info: String = cmd("INFO").query_async(connection).await?;
                Ok(server::objection(&info, false))
            }
            Self::Cluster(cluster, _) => {
                let told = ask_primaries::<String>(cluster, cmd("INFO")).await.unwrap_or_default();
                Ok(told.values().find_map(|info| server::objection(info, true)))
            }
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(command),
            Self::Cluster(connection, longest) => Box::pin(cluster::ask(connection, command, *longest)),
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
            Self::Cluster(connection, _) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection, _) => connection.get_db(),
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What calls are counted as: what a guard waits for, and the rest.
const READ: &str = "read";
const WRITE: &str = "write";

/// Counts what a call took, and whether it was answered.
fn counted<T>(operation: &'static str, began: Began, answer: Result<T, StoreError>) -> Result<T, StoreError> {
    store_call("redis", operation, began, answer.is_ok());
    answer
}
