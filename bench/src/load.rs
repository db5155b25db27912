//! Load: a number of clients, each asking again as soon as it is answered.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::client::{Connection, Reply};
use crate::program::Program;

/// How often each client asks before the turn is timed.
const WARM_UP: usize = 20;

/// The clients, all on one thread: the other cores are the server's.
pub(crate) struct Load(Runtime);

/// What a turn came to.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    answered: u64,
    elapsed: Duration,
    cpu: Duration,
}

impl Turn {
    /// Replies per second.
    pub(crate) fn rate(&self) -> f64 {
        self.answered as f64 / self.elapsed.as_secs_f64()
    }

    /// The server's processor time for each reply, in microseconds.
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.answered as f64
    }
}

impl Load {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Builder::new_current_thread().enable_io().enable_time().build()?))
    }

    /// Runs anything else on the same thread.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.block_on(work)
    }

    /// Asks once, and answers what `read` finds in the reply.
    pub(crate) fn ask(
        &self,
        program: &Program,
        request: &[u8],
        read: impl Fn(&Reply<'_>) -> Option<String>,
    ) -> io::Result<String> {
        self.0.block_on(async {
            let mut connection = Connection::open(program.port()).await?;
            let reply = connection.ask(request).await?;
            read(&reply).ok_or_else(|| io::Error::other("the reply is not as expected"))
        })
    }

    /// Has `clients` clients send the request for `length`, after a short warm-up. Requests under way at the end count.
    pub(crate) fn turn(
        &self,
        program: &Program,
        request: &[u8],
        clients: usize,
        length: Duration,
    ) -> io::Result<Turn> {
        self.0.block_on(run(program, request.into(), clients, WARM_UP, length))
    }

    /// The same without a warm-up, for requests that take long.
    pub(crate) fn cold_turn(
        &self,
        program: &Program,
        request: &[u8],
        clients: usize,
        length: Duration,
    ) -> io::Result<Turn> {
        self.0.block_on(run(program, request.into(), clients, 0, length))
    }
}

async fn run(
    program: &Program,
    request: Arc<[u8]>,
    clients: usize,
    warm_up: usize,
    length: Duration,
) -> io::Result<Turn> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(program.port()).await?);
    }
    for connection in &mut connections {
        for _ in 0..warm_up {
            connection.ask(&request).await?;
        }
    }
    let (start, cpu_before) = (Instant::now(), program.cpu()?);
    let mut tasks = JoinSet::new();
    for connection in connections {
        tasks.spawn(ask_until(connection, request.clone(), start + length));
    }
    let mut answered = 0;
    while let Some(outcome) = tasks.join_next().await {
        answered += outcome??;
    }
    Ok(Turn { answered, elapsed: start.elapsed(), cpu: program.cpu()?.saturating_sub(cpu_before) })
}

async fn ask_until(mut connection: Connection, request: Arc<[u8]>, end: Instant) -> io::Result<u64> {
    let mut answered = 0;
    while Instant::now() < end {
        connection.ask(&request).await?;
        answered += 1;
    }
    Ok(answered)
}
