//! How fast the outbox is emptied into an SMTP server.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{self, Connection};
use crate::options::{Framework, Options};
use crate::program::{self, Program, Stores};
use crate::table::{Row, median};

const MAILS: usize = 2_000;

/// Mails a second, at least.
const BAR: f64 = 200.0;

/// When nothing more is expected.
const LONGEST: Duration = Duration::from_secs(120);

const PACE: Duration = Duration::from_millis(5);

pub(crate) fn measure(framework: Framework, options: &Options) -> io::Result<Row> {
    let folder = tempfile::tempdir()?;
    let users = folder.path().join("users.csv");
    fs::write(&users, addresses())?;
    let mut rates = Vec::new();
    for round in 0..options.rounds {
        eprintln!("{framework}: mails, round {} of {}", round + 1, options.rounds);
        let database = format!("sqlite:{}?mode=rwc", folder.path().join(format!("{round}.db")).display());
        program::auth(&database, &["migrate"])?;
        program::auth(&database, &["import", "csv", &users.display().to_string()])?;
        rates.push(MAILS as f64 / emptied(framework, database)?.as_secs_f64());
    }
    let rate = median(rates);
    Ok(Row {
        what: format!(
            "{framework}: {MAILS} forgotten passwords on SQLite, to the last mail at an SMTP server"
        ),
        rate: Some(rate),
        measured: format!("{:.1} s", MAILS as f64 / rate),
        beside: String::new(),
        difference: String::new(),
        bar: format!("{BAR}/s"),
        passes: Some(rate >= BAR),
    })
}

/// How long it took from the first request to the last mail.
fn emptied(framework: Framework, database: String) -> io::Result<Duration> {
    let server = Sink::start()?;
    let smtp = format!("smtp://127.0.0.1:{}", server.port);
    let example = Program::mailing(framework, &Stores { database, redis: None }, &smtp)?;
    let mut connection = Connection::open(example.port())?;
    let began = Instant::now();
    for n in 0..MAILS {
        let request = client::post("/auth/password/forgot", None, &format!("email=user{n}@example.com"));
        connection.ask_for(&request, "202")?;
    }
    while server.taken.load(Ordering::Relaxed) < MAILS {
        if began.elapsed() > LONGEST {
            return Err(io::Error::other("the mails did not arrive"));
        }
        thread::sleep(PACE);
    }
    Ok(began.elapsed())
}

fn addresses() -> String {
    let mut csv = "id,username,email,email_verified,date_joined\n".to_owned();
    for n in 0..MAILS {
        let _ = writeln!(csv, "{n},user{n},user{n}@example.com,true,2023-11-14T22:13:20Z");
    }
    csv
}

/// An SMTP server that takes every mail, and counts them.
struct Sink {
    port: u16,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, taken) = (listener.local_addr()?.port(), Arc::<AtomicUsize>::default());
        let counter = taken.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let counter = counter.clone();
                thread::spawn(move || converse(&stream, &counter));
            }
        });
        Ok(Self { port, taken })
    }
}

/// A conversation (RFC 5321 section 4.1).
fn converse(mut stream: &TcpStream, taken: &AtomicUsize) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(b"220 sink\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                while lines.next().transpose()?.is_some_and(|line| line != ".") {}
                taken.fetch_add(1, Ordering::Relaxed);
                stream.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n"),
            _ => stream.write_all(b"250 yes\r\n")?,
        }
    }
    Ok(())
}
