//! Asking a Cluster: again where the answer says that nothing was done, and never where nobody knows.
//!
//! The client library would send a command once more whose answer was lost, a write too: a value that is taken twice looks used, a
//! session that is given a new id twice ends. So it sends everything once here, and what it leaves is done here: a key that has moved,
//! a node that is busy or no primary any more. Connections that were lost, and slots that have moved, it finds anew by itself.

use std::io;
use std::time::Duration;

use redis::aio::ConnectionLike as _;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::SingleNodeRoutingInfo;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value};
use tokio::time::{sleep, timeout};

use super::node::Node;

/// How long to wait before each further attempt: what the library looks for meanwhile it finds within milliseconds.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(160),
];

/// What to do about an error.
enum Next {
    /// Nothing: the command may have been done, or will not be.
    Pass,
    Again,
    /// The key is on its way to this node, which has to be asked in two words.
    AskThere(Node),
}

/// The answer to a command, which takes no longer than `longest`.
pub(super) async fn ask(
    cluster: &mut ClusterConnection,
    command: &Cmd,
    longest: Duration,
) -> RedisResult<Value> {
    timeout(longest, ask_patiently(cluster, command)).await.unwrap_or_else(|_| {
        Err(RedisError::from(io::Error::new(io::ErrorKind::TimedOut, "the Cluster did not answer in time")))
    })
}

async fn ask_patiently(cluster: &mut ClusterConnection, command: &Cmd) -> RedisResult<Value> {
    let mut answer = cluster.req_packed_command(command).await;
    for pause in PAUSES {
        let Err(error) = &answer else { break };
        answer = match next(error) {
            Next::Pass => break,
            Next::Again => {
                sleep(pause).await;
                cluster.req_packed_command(command).await
            }
            Next::AskThere(node) => ask_there(cluster, command, &node).await,
        };
    }
    answer
}

fn next(error: &RedisError) -> Next {
    match error.kind() {
        ErrorKind::ClusterConnectionNotFound => Next::Again,
        ErrorKind::Server(ServerErrorKind::Ask) => {
            let node = error.redirect_node().and_then(|(address, _)| Node::at(address).ok());
            node.map_or(Next::Again, Next::AskThere)
        }
        ErrorKind::Server(
            ServerErrorKind::Moved
            | ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::BusyLoading
            | ServerErrorKind::ReadOnly,
        ) => Next::Again,
        _ => Next::Pass,
    }
}

async fn ask_there(cluster: &mut ClusterConnection, command: &Cmd, node: &Node) -> RedisResult<Value> {
    let Node::At(host, port) = node else { return cluster.req_packed_command(command).await };
    let mut both = Pipeline::with_capacity(2);
    both.cmd("ASKING").add_command(command.clone());
    let node = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
    let mut answers = cluster.route_pipeline(both, 0, 2, node).await?;
    answers.pop().unwrap_or(Value::Nil).extract_error()
}
