//! What a request feels of what goes on beside it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Connection;
use crate::load::Requests;

/// How often it asks.
const PACE: Duration = Duration::from_millis(2);

/// Asks at a steady pace, from a thread of its own over a connection of its own.
pub(crate) struct Prober {
    is_over: Arc<AtomicBool>,
    thread: thread::JoinHandle<io::Result<Vec<Duration>>>,
}

impl Prober {
    pub(crate) fn start(port: u16, requests: impl Requests + Send + 'static) -> io::Result<Self> {
        let connection = Connection::open(port)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let until = is_over.clone();
        Ok(Self { is_over, thread: thread::spawn(move || probe(connection, requests, &until)) })
    }

    /// The 99th percentile of what replies took until now.
    pub(crate) fn finish(self) -> io::Result<Duration> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut times = self.thread.join().map_err(|_| io::Error::other("the prober panicked"))??;
        times.sort_unstable();
        times.get(times.len() * 99 / 100).copied().ok_or_else(|| io::Error::other("nothing was answered"))
    }

    pub(crate) fn for_a_while(self, length: Duration) -> io::Result<Duration> {
        thread::sleep(length);
        self.finish()
    }
}

fn probe(
    mut connection: Connection,
    mut requests: impl Requests,
    is_over: &AtomicBool,
) -> io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let start = Instant::now();
        connection.ask(requests.next(0))?;
        times.push(start.elapsed());
        thread::sleep(PACE.saturating_sub(start.elapsed()));
    }
    Ok(times)
}
