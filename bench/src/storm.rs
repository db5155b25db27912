//! A storm of parallel logins: what it takes of memory, and what a guarded request feels of it.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client;
use crate::hash;
use crate::load;
use crate::options::{Framework, Options};
use crate::program::{Database, Program};
use crate::table::{Row, median};

const CLIENTS: usize = 200;

/// Long enough that every client logs in more than once, and that there are replies enough for a 99th percentile.
const LEAST_TURN: Duration = Duration::from_secs(5);

/// How often the guarded route is asked.
const PACE: Duration = Duration::from_millis(2);

/// What may be taken beyond the work areas, in bytes.
const SLACK: u64 = 16 << 20;

/// In a storm, a p99 up to this is fine, however fast the calm was.
const FINE: Duration = Duration::from_millis(2);

pub(crate) fn measure(framework: Framework, options: &Options) -> io::Result<Vec<Row>> {
    let length = options.turn.max(LEAST_TURN);
    let mut rounds = Vec::new();
    for round in 0..options.rounds {
        eprintln!("{framework}: storm, round {} of {}", round + 1, options.rounds);
        rounds.push(Round::measure(framework, length)?);
    }
    let middle = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let taken = middle(Round::taken);
    let allowed = hash::threads() as u64 * hash::work_area() + SLACK;
    let (calm, stormy) = (middle(|round| millis(round.calm)), middle(|round| millis(round.stormy)));
    let bar = (2.0 * calm).max(millis(FINE));
    Ok(vec![
        Row {
            what: format!("{framework}: memory in a storm of {CLIENTS} logins, over idle"),
            rate: Some(middle(|round| round.logins)),
            measured: format!("{:.1} MiB", middle(|round| mebibytes(round.peak))),
            beside: format!("{:.1} MiB", middle(|round| mebibytes(round.idle))),
            difference: format!("{taken:+.1} MiB"),
            bar: format!("{:.0} MiB", mebibytes(allowed)),
            passes: Some(taken <= mebibytes(allowed)),
        },
        Row {
            what: format!("{framework}: p99 of /private in that storm, beside calm"),
            rate: None,
            measured: format!("{stormy:.2} ms"),
            beside: format!("{calm:.2} ms"),
            difference: format!("{:+.2} ms", stormy - calm),
            bar: format!("{bar:.2} ms"),
            passes: Some(stormy <= bar),
        },
    ])
}

/// A calm and a storm of a program that was just started.
struct Round {
    idle: u64,
    peak: u64,
    logins: f64,
    calm: Duration,
    stormy: Duration,
}

impl Round {
    fn measure(framework: Framework, length: Duration) -> io::Result<Self> {
        let example = Program::example(framework, Database::Memory, "EdDSA")?;
        let idle = example.memory()?.now;
        let session =
            load::ask(&example, &client::login(), |reply| reply.session_cookie().map(str::to_owned))?;
        let request = client::get("/private", &format!("Cookie: session={session}"));
        let calm = Prober::start(example.port(), request.clone())?.for_a_while(length)?;
        let prober = Prober::start(example.port(), request)?;
        let storm = load::crowd(&example, &client::login(), CLIENTS, length)?;
        let stormy = prober.finish()?;
        Ok(Self { idle, peak: example.memory()?.peak, logins: storm.rate(), calm, stormy })
    }

    fn taken(&self) -> f64 {
        mebibytes(self.peak) - mebibytes(self.idle)
    }
}

/// Asks for a guarded route at a steady pace, from a thread of its own with a connection of its own.
struct Prober {
    is_over: Arc<AtomicBool>,
    thread: thread::JoinHandle<io::Result<Vec<Duration>>>,
}

impl Prober {
    fn start(port: u16, request: Vec<u8>) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let until = is_over.clone();
        Ok(Self { is_over, thread: thread::spawn(move || probe(stream, &request, &until)) })
    }

    /// The 99th percentile of what replies took until now.
    fn finish(self) -> io::Result<Duration> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut times = self.thread.join().map_err(|_| io::Error::other("the prober panicked"))??;
        times.sort_unstable();
        times.get(times.len() * 99 / 100).copied().ok_or_else(|| io::Error::other("nothing was answered"))
    }

    fn for_a_while(self, length: Duration) -> io::Result<Duration> {
        thread::sleep(length);
        self.finish()
    }
}

fn probe(mut stream: TcpStream, request: &[u8], is_over: &AtomicBool) -> io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    let mut reply = [0; 4096];
    while !is_over.load(Ordering::Relaxed) {
        let start = Instant::now();
        stream.write_all(request)?;
        let mut filled = 0;
        // The only reply that this route has for alice ends so.
        while !reply[..filled].ends_with(b"hello alice") {
            match stream.read(&mut reply[filled..])? {
                0 => return Err(io::Error::other("the guarded route answered something else")),
                read => filled += read,
            }
        }
        times.push(start.elapsed());
        thread::sleep(PACE.saturating_sub(start.elapsed()));
    }
    Ok(times)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
