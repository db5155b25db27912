//! Whether three servers over the same stores do the work of three.
//!
//! A machine that is too small for three servers shows it by the processor time of a request: three of them do as much more than one as
//! a request of theirs costs less than three times one of the one. What a server would have to know of the others, or wait for, would
//! make it dearer. Each has as many clients as the one alone.

use std::io;
use std::time::Duration;

use crate::client;
use crate::load::{self, Turn};
use crate::options::{Framework, Options, Store};
use crate::program::Program;
use crate::stores::OwnStores;
use crate::table::{Row, half_spread, median};
use crate::turns::{self, Side};

const SERVERS: usize = 3;

/// How much more they do than one, at least.
const BAR: f64 = 2.5;

/// The clients of each server.
const CLIENTS: usize = 16;

/// Shorter turns would count how the clients connect.
const LEAST_TURN: Duration = Duration::from_millis(400);

/// How often a round takes the turns.
const REPEATS: usize = 6;

pub(crate) fn measure(framework: Framework, store: Store, options: &Options) -> io::Result<Row> {
    let own = OwnStores::make(store)?;
    let what = format!("{framework}: session guards on {SERVERS} servers beside one, {store}");
    let mut rounds = Vec::new();
    for round in 0..options.rounds {
        eprintln!("{what}, round {} of {}", round + 1, options.rounds);
        rounds.push(Round::measure(framework, &own, options)?);
    }
    let middle = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let times = middle(Round::times);
    let spread = half_spread(rounds.iter().map(Round::times).collect());
    Ok(Row {
        what,
        rate: Some(middle(|round| round.rate)),
        measured: format!("{:.2} µs", middle(|round| round.of_three)),
        beside: format!("{:.2} µs", middle(|round| round.of_one)),
        difference: format!("{times:.2} ± {spread:.2} times"),
        bar: format!("at least {BAR} times"),
        passes: Some(times >= BAR),
    })
}

/// Requests a second of all servers, and microseconds of processor time for one.
struct Round {
    rate: f64,
    of_three: f64,
    of_one: f64,
}

impl Round {
    fn measure(framework: Framework, own: &OwnStores, options: &Options) -> io::Result<Self> {
        let stores = own.urls();
        let one = Program::over(framework, &stores)?;
        let session = load::ask(&one, &client::login(), |reply| reply.session_cookie().map(client::cookie))?;
        let three =
            (0..SERVERS).map(|_| Program::over(framework, &stores)).collect::<io::Result<Vec<_>>>()?;
        let (mut request, mut same) = (client::get("/private", &session), client::get("/private", &session));
        let mut sides = [
            Side { programs: vec![one], requests: &mut request },
            Side { programs: three, requests: &mut same },
        ];
        let turns = turns::take(&mut sides, CLIENTS, REPEATS, options.turn.max(LEAST_TURN))?;
        let middle = |side: usize, value: fn(&Turn) -> f64| median(turns[side].iter().map(value).collect());
        Ok(Self {
            rate: middle(1, Turn::rate),
            of_three: middle(1, Turn::cpu_micros),
            of_one: middle(0, Turn::cpu_micros),
        })
    }

    /// How much more all of them do than one.
    fn times(&self) -> f64 {
        SERVERS as f64 * self.of_one / self.of_three
    }
}
