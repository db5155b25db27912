//! Load: a number of clients, each asking again as soon as it is answered.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use crate::client::{Connection, Reply};
use crate::program::Program;

/// How often each client asks before a turn is timed.
const WARM_UP: usize = 20;

/// How long a server gets to fall asleep, so that the scheduler's count of its time is up to date.
const TO_REST: Duration = Duration::from_millis(1);

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

/// Asks once, and answers what `read` finds in the reply.
pub(crate) fn ask(
    program: &Program,
    request: &[u8],
    read: impl Fn(&Reply<'_>) -> Option<String>,
) -> io::Result<String> {
    let mut connection = Connection::open(program.port())?;
    let reply = connection.ask(request)?;
    read(&reply).ok_or_else(|| io::Error::other("the reply is not as expected"))
}

/// Clients that are served one after the other by one thread, which never sleeps. For requests that take microseconds: the
/// server always has the next one waiting, and never has to wake anybody.
pub(crate) struct Carousel(Vec<Connection>);

impl Carousel {
    pub(crate) fn open(program: &Program, clients: usize) -> io::Result<Self> {
        let connections = (0..clients).map(|_| Connection::open_awake(program.port()));
        Ok(Self(connections.collect::<io::Result<_>>()?))
    }

    /// Has the clients send the request for `length`, after a short warm-up.
    pub(crate) fn turn(&mut self, program: &Program, request: &[u8], length: Duration) -> io::Result<Turn> {
        self.go_round(request, |rounds| rounds < WARM_UP)?;
        thread::sleep(TO_REST);
        let (start, cpu_before) = (Instant::now(), program.cpu()?);
        let answered = self.go_round(request, |_| start.elapsed() < length)?;
        let elapsed = start.elapsed();
        thread::sleep(TO_REST);
        Ok(Turn { answered, elapsed, cpu: program.cpu()?.saturating_sub(cpu_before) })
    }

    /// Keeps a request of each client under way while `goes_on`, and answers how many replies came.
    fn go_round(&mut self, request: &[u8], goes_on: impl Fn(usize) -> bool) -> io::Result<u64> {
        let Self(clients) = self;
        clients.iter_mut().try_for_each(|client| client.send(request))?;
        let mut rounds = 1;
        while goes_on(rounds) {
            for client in &mut *clients {
                client.receive()?;
                client.send(request)?;
            }
            rounds += 1;
        }
        clients.iter_mut().try_for_each(|client| client.receive().map(drop))?;
        Ok((rounds * clients.len()) as u64)
    }
}

/// Has `clients` clients send the request for `length`. For requests that take milliseconds: one thread serves them all, and
/// sleeps until any is answered, so that the cores are the server's. Requests under way at the end count.
pub(crate) fn crowd(program: &Program, request: &[u8], clients: usize, length: Duration) -> io::Result<Turn> {
    let connections = (0..clients).map(|_| Connection::open_awake(program.port()));
    let mut waiting = connections.collect::<io::Result<Vec<_>>>()?;
    let (start, cpu_before) = (Instant::now(), program.cpu()?);
    waiting.iter_mut().try_for_each(|client| client.send(request))?;
    let mut answered = 0;
    while !waiting.is_empty() {
        for index in answered_ones(&waiting)? {
            waiting[index].receive()?;
            answered += 1;
            if start.elapsed() < length {
                waiting[index].send(request)?;
            } else {
                waiting.swap_remove(index);
            }
        }
    }
    Ok(Turn { answered, elapsed: start.elapsed(), cpu: program.cpu()?.saturating_sub(cpu_before) })
}

/// Sleeps until replies arrive, and answers whose, the last first: so any may be removed on the way.
fn answered_ones(waiting: &[Connection]) -> io::Result<Vec<usize>> {
    let mut polled: Vec<_> = waiting.iter().map(|client| PollFd::new(client, PollFlags::IN)).collect();
    poll(&mut polled, None)?;
    let answered = polled.iter().enumerate().filter(|(_, client)| !client.revents().is_empty());
    Ok(answered.map(|(index, _)| index).rev().collect())
}
