//! What guards cost: the example's processor time per request over its unguarded twin's.
//!
//! Each round starts every program anew, so that where each happens to lie in memory averages out. Within a round, example
//! and twin take short turns in the order twin, example, example, twin, so that whatever drifts falls on both; the median of
//! such differences is the round's, as a machine that is interrupted spoils a turn now and then. The median of the rounds is
//! printed, and behind it half the range of their middle half. A second start of the twin shows what the measurement makes of
//! no difference at all, and a guard as everybody writes it by hand what a peer costs in the same run. A virtual machine whose neighbours are busy runs everything slower for seconds, the difference too: so
//! that of each round's least disturbed turns is printed beside it, for whoever compares with another machine.

use std::io;

use peer::SESSION;

use crate::client;
use crate::cores::{self, Cores};
use crate::load::{self, Carousel, Turn};
use crate::options::{Framework, Options, Store};
use crate::program::{Database, Program};
use crate::table::{Row, half_spread, median};

/// Connections that are kept alive.
const CLIENTS: usize = 16;

/// How often a round takes the four turns of a case.
const REPEATS: usize = 10;

/// The algorithms of access tokens; the first is the default.
const ALGORITHMS: [&str; 4] = ["EdDSA", "ES256", "RS256", "HS256"];

/// What is measured beside the unguarded routes of the twin.
#[derive(Clone, Copy)]
enum Case {
    Twin,
    Peer,
    Open,
    Session(Database),
    Token(&'static str),
}

/// What one round came to: replies per second, and microseconds of processor time for each.
struct Round {
    rate: f64,
    measured: f64,
    twin: f64,
    difference: f64,
    /// Between the cheapest turn of each.
    undisturbed: f64,
}

/// Neighbouring turns, two of each.
struct Neighbours {
    measured: [Turn; 2],
    twin: [Turn; 2],
}

pub(crate) fn measure(framework: Framework, options: &Options) -> io::Result<Vec<Row>> {
    let cores = Cores::split()?;
    let mut cases: Vec<(Case, Vec<Round>)> = cases(options).map(|case| (case, Vec::new())).collect();
    for round in 0..options.rounds {
        eprintln!("{framework}: guards, round {} of {}", round + 1, options.rounds);
        let twin = cores::on(&cores.programs, || Program::twin(framework))?;
        for (case, rounds) in &mut cases {
            let program = cores::on(&cores.programs, || case.start(framework))?;
            rounds.push(cores::on(&cores.load, || case.round(&program, &twin, options))?);
        }
    }
    Ok(cases.iter().map(|(case, rounds)| case.row(framework, rounds)).collect())
}

/// Those of the stores that were asked for.
fn cases(options: &Options) -> impl Iterator<Item = Case> {
    let in_memory = [Case::Peer, Case::Open, Case::Session(Database::Memory)];
    let in_memory = in_memory.into_iter().chain(ALGORITHMS.map(Case::Token));
    let in_memory = in_memory.filter(|_| options.stores.contains(&Store::Memory));
    let in_sqlite = options.stores.contains(&Store::Sqlite).then_some(Case::Session(Database::SqliteFile));
    [Case::Twin].into_iter().chain(in_memory).chain(in_sqlite)
}

impl Case {
    fn start(self, framework: Framework) -> io::Result<Program> {
        match self {
            Self::Twin | Self::Peer => Program::twin(framework),
            Self::Open => Program::example(framework, Database::Memory, ALGORITHMS[0]),
            Self::Session(database) => Program::example(framework, database, ALGORITHMS[0]),
            Self::Token(algorithm) => Program::example(framework, Database::Memory, algorithm),
        }
    }

    /// The route, and the same one without a guard.
    fn paths(self) -> (&'static str, &'static str) {
        match self {
            Self::Twin | Self::Session(_) => ("/private", "/private"),
            Self::Peer => ("/peer", "/private"),
            Self::Open => ("/open", "/open"),
            Self::Token(_) => ("/api", "/api"),
        }
    }

    /// The header line with the credential that `program` gives.
    fn credential(self, program: &Program) -> io::Result<String> {
        match self {
            Self::Twin | Self::Peer => Ok(client::cookie(SESSION)),
            Self::Open | Self::Session(_) => {
                load::ask(program, &client::login(), |reply| reply.session_cookie().map(client::cookie))
            }
            Self::Token(_) => load::ask(program, &client::token(), |reply| {
                reply.access_token().map(|token| format!("Authorization: Bearer {token}"))
            }),
        }
    }

    fn round(self, program: &Program, twin: &Program, options: &Options) -> io::Result<Round> {
        let credential = self.credential(program)?;
        let (guarded, unguarded) = self.paths();
        let (mut request, mut request_of_twin) =
            (client::get(guarded, &credential), client::get(unguarded, &credential));
        let mut clients = Carousel::open(program, CLIENTS)?;
        let mut clients_of_twin = Carousel::open(twin, CLIENTS)?;
        let mut turns = Vec::new();
        for _ in 0..REPEATS {
            let first = clients_of_twin.turn(twin, &mut request_of_twin, options.turn)?;
            let second = clients.turn(program, &mut request, options.turn)?;
            let third = clients.turn(program, &mut request, options.turn)?;
            let fourth = clients_of_twin.turn(twin, &mut request_of_twin, options.turn)?;
            turns.push(Neighbours { measured: [second, third], twin: [first, fourth] });
        }
        Ok(Round::of(&turns))
    }

    fn name(self) -> String {
        match self {
            Self::Twin => "the twin, started a second time".to_owned(),
            Self::Peer => "session guard written by hand, in the twin".to_owned(),
            Self::Open => "route without a guard behind the layer".to_owned(),
            Self::Session(Database::Memory) => "session guard, memory".to_owned(),
            Self::Session(Database::SqliteFile) => "session guard, SQLite file".to_owned(),
            Self::Token(algorithm) => format!("token guard, seen before, {algorithm}"),
        }
    }

    /// What it may cost more than the twin, as a share of the twin's cost: a machine that is slower is slower at both.
    fn bar(self, framework: Framework) -> Option<f64> {
        match (self, framework) {
            (Self::Twin | Self::Peer | Self::Open, _) => None,
            (Self::Session(Database::SqliteFile), _) => Some(0.8),
            (Self::Session(Database::Memory), Framework::Rocket) => Some(0.20),
            (Self::Session(Database::Memory), _) => Some(0.25),
            (Self::Token(_), Framework::Rocket) => Some(0.25),
            (Self::Token(_), _) => Some(0.30),
        }
    }

    fn row(self, framework: Framework, rounds: &[Round]) -> Row {
        let middle = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
        let difference = middle(|round| round.difference);
        let undisturbed = middle(|round| round.undisturbed);
        let spread = half_spread(rounds.iter().map(|round| round.difference).collect());
        let share = middle(|round| round.difference / round.twin);
        let bar = self.bar(framework);
        Row {
            what: format!("{framework}: {}", self.name()),
            rate: Some(middle(|round| round.rate)),
            measured: format!("{:.2} µs", middle(|round| round.measured)),
            beside: format!("{:.2} µs", middle(|round| round.twin)),
            difference: format!(
                "{:+.1} %: {difference:+.2} ± {spread:.2} µs ({undisturbed:+.2} undisturbed)",
                share * 100.0
            ),
            bar: bar.map(|bar| format!("{:+.0} %", bar * 100.0)).unwrap_or_default(),
            passes: bar.map(|bar| share <= bar),
        }
    }
}

impl Round {
    fn of(turns: &[Neighbours]) -> Self {
        let middle = |value: fn(&Neighbours) -> f64| median(turns.iter().map(value).collect());
        let least = |pick: fn(&Neighbours) -> &[Turn; 2]| {
            turns.iter().flat_map(pick).map(Turn::cpu_micros).fold(f64::INFINITY, f64::min)
        };
        Self {
            rate: middle(|turns| mean(turns.measured, Turn::rate)),
            measured: middle(|turns| mean(turns.measured, Turn::cpu_micros)),
            twin: middle(|turns| mean(turns.twin, Turn::cpu_micros)),
            difference: middle(|turns| {
                mean(turns.measured, Turn::cpu_micros) - mean(turns.twin, Turn::cpu_micros)
            }),
            undisturbed: least(|turns| &turns.measured) - least(|turns| &turns.twin),
        }
    }
}

fn mean([one, other]: [Turn; 2], value: fn(&Turn) -> f64) -> f64 {
    f64::midpoint(value(&one), value(&other))
}
