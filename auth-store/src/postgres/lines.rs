//! Connections for what guards read, each shared by whoever asks at the moment.
//!
//! A connection of sqlx is one request's until its answer is there. A line is everybody's: what is asked goes out at once and is
//! answered in that order (pipelining, <https://www.postgresql.org/docs/current/libpq-pipeline-mode.html>), so that one system call and
//! one turn of a thread serve many. With it a guard costs half of the processor time.
//!
//! Nothing depends on a line. Where none is open (the first requests, a server that restarts or that failed over, one that said
//! nothing for long), or what it answers is an error, the same is asked of a connection of sqlx's, which knows what to make of that;
//! a line is opened in the background, one attempt after the other.
//!
//! They speak no TLS: on an encrypted connection, behind a pooler and on an application's own pool there are none.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, Row};

use crate::server::Trust;
use crate::sql::Call;

use super::line::{Failure, Line};

/// Between two attempts at opening a line there is this at least, and what one may take.
const PAUSE: Duration = Duration::from_secs(1);

/// The lines to a server.
pub(super) struct Lines {
    lanes: Box<[Arc<Lane>]>,
    next: AtomicUsize,
    trust: Arc<Trust>,
    limit: Duration,
}

/// The place of a line, whether one is open or not.
struct Lane {
    config: Config,
    limit: Duration,
    line: ArcSwapOption<Line>,
    /// When the last attempt at opening one began.
    tried: Mutex<Option<Instant>>,
}

/// What the lines say to a call.
pub(super) enum Answer {
    Rows(Vec<Row>),
    /// The time for it is over.
    TooLate,
    /// Nothing that could be relied on.
    None,
}

impl Lines {
    /// How many there are where there may be `most` connections: one for each processor that asks, as each has a process of the
    /// server's to itself, and no more than leaves connections to everything else.
    pub(super) fn fitting(most: u32) -> u32 {
        let cores = available_parallelism().map_or(1, NonZero::get);
        u32::try_from(cores).unwrap_or(u32::MAX).min(most / 4)
    }

    pub(super) fn new(options: &PgConnectOptions, how_many: u32, limit: Duration, trust: Arc<Trust>) -> Self {
        let config = config(options);
        let lane = |_| {
            let (line, tried) = (ArcSwapOption::empty(), Mutex::default());
            Arc::new(Lane { config: config.clone(), limit, line, tried })
        };
        Self { lanes: (0..how_many).map(lane).collect(), next: AtomicUsize::default(), trust, limit }
    }

    /// Asks one of them, if it is open.
    pub(super) async fn ask(&self, call: Call<'_>) -> Answer {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(lane) = self.lanes.get(turn % self.lanes.len().max(1)) else { return Answer::None };
        let Some(line) = lane.open_line(&self.trust) else { return Answer::None };
        let began = Instant::now();
        match timeout(self.limit, Box::pin(line.ask(call))).await {
            Ok(Ok(rows)) => Answer::Rows(rows),
            Ok(Err(Failure::Statement)) => Answer::None,
            Ok(Err(Failure::Line(fault))) => {
                self.trust.note(fault);
                lane.close(&line);
                Answer::None
            }
            Err(_) => {
                self.trust.note_silence(began.elapsed());
                lane.close(&line);
                Answer::TooLate
            }
        }
    }
}

impl Lane {
    /// The line, if it may be asked; if not, one is opened for those who come later.
    fn open_line(self: &Arc<Self>, trust: &Trust) -> Option<Arc<Line>> {
        let line = self.line.load_full().filter(|line| line.is_fit(trust));
        if line.is_none() && self.may_try() {
            let lane = self.clone();
            tokio::spawn(async move {
                let line = Line::open(&lane.config, lane.limit).await;
                lane.line.store(line.map(Arc::new));
            });
        }
        line
    }

    fn may_try(&self) -> bool {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let may = tried.is_none_or(|tried| tried.elapsed() >= PAUSE.max(self.limit));
        if may {
            *tried = Some(Instant::now());
        }
        may
    }

    /// Lets go of it, unless another is there already. What is asked on it still gets its answer.
    fn close(&self, line: &Arc<Line>) {
        self.line.compare_and_swap(line, None);
    }
}

/// Where the server is and who we are, as sqlx has it: what stands in the environment or a password file is in there.
fn config(options: &PgConnectOptions) -> Config {
    let mut config = Config::new();
    match options.get_socket() {
        Some(folder) => config.host_path(folder),
        None => config.host(options.get_host()),
    };
    config.port(options.get_port()).user(options.get_username()).ssl_mode(SslMode::Disable);
    if let Some(password) = options.to_url_lossy().password() {
        config.password(percent_encoding::percent_decode_str(password).collect::<Vec<u8>>());
    }
    if let Some(name) = options.get_database() {
        config.dbname(name);
    }
    if let Some(name) = options.get_application_name() {
        config.application_name(name);
    }
    if let Some(settings) = options.get_options() {
        config.options(settings);
    }
    config
}
