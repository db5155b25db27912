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

/// What clients ask, who are numbered from 0.
pub(crate) trait Requests {
    /// The next request of a client.
    fn next(&mut self, client: usize) -> &[u8];

    /// Takes from its answer what the next request needs.
    ///
    /// # Errors
    /// When the answer is not as expected.
    fn answered(&mut self, client: usize, reply: &Reply<'_>) -> io::Result<()> {
        let _ = (client, reply);
        Ok(())
    }
}

/// The same request from everybody.
impl Requests for Vec<u8> {
    fn next(&mut self, _: usize) -> &[u8] {
        self
    }
}

/// One request after the other, whoever asks, and after the last one the first again.
pub(crate) struct InTurn {
    requests: Vec<Vec<u8>>,
    asked: usize,
}

impl InTurn {
    pub(crate) fn new(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, asked: 0 }
    }
}

impl Requests for InTurn {
    fn next(&mut self, _: usize) -> &[u8] {
        self.asked += 1;
        &self.requests[self.asked % self.requests.len()]
    }
}

/// To each client its own request.
#[derive(Clone)]
pub(crate) struct OneEach(pub(crate) Vec<Vec<u8>>);

impl Requests for OneEach {
    fn next(&mut self, client: usize) -> &[u8] {
        &self.0[client]
    }
}

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

    /// Has the clients ask for `length`, after a short warm-up.
    pub(crate) fn turn(
        &mut self,
        program: &Program,
        requests: &mut dyn Requests,
        length: Duration,
    ) -> io::Result<Turn> {
        self.go_round(requests, |rounds| rounds < WARM_UP)?;
        thread::sleep(TO_REST);
        let (start, cpu_before) = (Instant::now(), program.cpu()?);
        let answered = self.go_round(requests, |_| start.elapsed() < length)?;
        let elapsed = start.elapsed();
        thread::sleep(TO_REST);
        Ok(Turn { answered, elapsed, cpu: program.cpu()?.saturating_sub(cpu_before) })
    }

    /// Keeps a request of each client under way while `goes_on`, and answers how many replies came.
    fn go_round(&mut self, requests: &mut dyn Requests, goes_on: impl Fn(usize) -> bool) -> io::Result<u64> {
        let clients = &mut self.0;
        clients.iter_mut().enumerate().try_for_each(|(number, client)| client.send(requests.next(number)))?;
        let mut rounds = 1;
        while goes_on(rounds) {
            for (number, client) in clients.iter_mut().enumerate() {
                requests.answered(number, &client.receive()?)?;
                client.send(requests.next(number))?;
            }
            rounds += 1;
        }
        for (number, client) in clients.iter_mut().enumerate() {
            requests.answered(number, &client.receive()?)?;
        }
        Ok((rounds * clients.len()) as u64)
    }
}

/// A client of a crowd.
struct Member {
    number: usize,
    connection: Connection,
}

/// Has `clients` clients of each program ask for `length`. For requests that take long, or that the program waits for others with: one
/// thread serves them all, and sleeps until any is answered, so that the cores are the servers'. Requests under way at the end count.
pub(crate) fn crowd(
    programs: &[Program],
    requests: &mut dyn Requests,
    clients: usize,
    length: Duration,
) -> io::Result<Turn> {
    let mut waiting = Vec::new();
    for program in (0..clients).flat_map(|_| programs) {
        let connection = Connection::open_awake(program.port())?;
        waiting.push(Member { number: waiting.len(), connection });
    }
    let cpu = || programs.iter().map(Program::cpu).sum::<io::Result<Duration>>();
    let (start, cpu_before) = (Instant::now(), cpu()?);
    for Member { number, connection } in &mut waiting {
        connection.send(requests.next(*number))?;
    }
    let mut answered = 0;
    while !waiting.is_empty() {
        for index in answered_ones(&waiting)? {
            let Member { number, connection } = &mut waiting[index];
            requests.answered(*number, &connection.receive()?)?;
            answered += 1;
            if start.elapsed() < length {
                connection.send(requests.next(*number))?;
            } else {
                waiting.swap_remove(index);
            }
        }
    }
    Ok(Turn { answered, elapsed: start.elapsed(), cpu: cpu()?.saturating_sub(cpu_before) })
}

/// Sleeps until replies arrive, and answers whose, the last first: so any may be removed on the way.
fn answered_ones(waiting: &[Member]) -> io::Result<Vec<usize>> {
    let mut polled: Vec<_> =
        waiting.iter().map(|member| PollFd::new(&member.connection, PollFlags::IN)).collect();
    poll(&mut polled, None)?;
    let answered = polled.iter().enumerate().filter(|(_, client)| !client.revents().is_empty());
    Ok(answered.map(|(index, _)| index).rev().collect())
}
