//! What a guard, a login and a sweep cost where there are a million users with a million sessions, beside where there are a thousand.
//!
//! Guards come from a hundred thousand sessions in an order without order, so that no row was read shortly before. On SQLite their
//! cost is the server's processor time, on PostgreSQL the time of the whole machine, as a login's is on both.

mod home;

use std::io;
use std::time::Duration;

use crate::client;
use crate::cores::{self, Cores};
use crate::load::{Carousel, InTurn, Turn};
use crate::options::{Framework, Options, Store};
use crate::prober::Prober;
use crate::program::{self, Program};
use crate::table::{Row, half_spread, median, millis};
use crate::turns::{self, Side};

use self::home::Home;

const FEW: usize = 1000;
const MANY: usize = 1_000_000;

/// How much dearer many may be.
const BAR: f64 = 1.3;

/// Sessions that a sweep removes, and how much longer it may make the 99th of a hundred guards.
const EXPIRED: usize = 100_000;
const MOST_LONGER: Duration = Duration::from_millis(2);

/// How long guards are watched alone.
const ALONE: Duration = Duration::from_secs(4);

/// Users who log in.
const LOGINS: usize = 1000;

const CLIENTS: usize = 16;

/// Shorter turns would count how the clients connect, or the begin and the end of a queue of logins.
const GUARDS_TURN: Duration = Duration::from_millis(400);
const LOGINS_TURN: Duration = Duration::from_secs(2);

/// How often a round takes the turns.
const REPEATS: usize = 6;

pub(crate) fn measure(store: Store, options: &Options) -> io::Result<Vec<Row>> {
    eprintln!("{store}: filling in {MANY} users and sessions");
    let make = |people| Home::make(options.frameworks[0], store, people);
    let homes = [make(FEW)?, make(MANY)?];
    let mut rows = Vec::new();
    for framework in options.frameworks.iter().copied() {
        let case = Case { store, framework, homes: &homes, options };
        rows.push(case.compare("session guard", Case::guards)?);
        rows.push(case.compare("login", Case::logins)?);
        rows.push(case.sweep()?);
    }
    Ok(rows)
}

/// A framework on a store with a thousand users, and on one with a million.
#[derive(Clone, Copy)]
struct Case<'a> {
    store: Store,
    framework: Framework,
    homes: &'a [Home; 2],
    options: &'a Options,
}

/// What one costs with few and with many, in microseconds.
struct Costs([f64; 2]);

impl Case<'_> {
    fn compare(self, what: &str, round: impl Fn(Self) -> io::Result<Costs>) -> io::Result<Row> {
        let what = format!("{}: {what} with a million users, {}", self.framework, self.store);
        let mut rounds = Vec::new();
        for number in 0..self.options.rounds {
            eprintln!("{what}, round {} of {}", number + 1, self.options.rounds);
            rounds.push(round(self)?);
        }
        let middle = |value: fn(&Costs) -> f64| median(rounds.iter().map(value).collect());
        let times = middle(Costs::times);
        let spread = half_spread(rounds.iter().map(Costs::times).collect());
        Ok(Row {
            what,
            rate: None,
            measured: format!("{:.1} µs", middle(|costs| costs.0[1])),
            beside: format!("{:.1} µs", middle(|costs| costs.0[0])),
            difference: format!("{times:.2} ± {spread:.2} times"),
            bar: format!("at most {BAR} times"),
            passes: Some(times <= BAR),
        })
    }

    fn guards(self) -> io::Result<Costs> {
        let length = self.options.turn;
        if self.store == Store::Sqlite {
            return self.guards_awake(length);
        }
        let guards = |home: &Home| InTurn::new(home.guards());
        self.turns(guards, length.max(GUARDS_TURN))
    }

    fn logins(self) -> io::Result<Costs> {
        let logins = |home: &Home| {
            let users = home.some_users(LOGINS);
            InTurn::new(users.map(|name| client::login_of(&name)).collect())
        };
        self.turns(logins, self.options.turn.max(LOGINS_TURN))
    }

    /// By the time of the whole machine.
    fn turns(self, requests: impl Fn(&Home) -> InTurn, length: Duration) -> io::Result<Costs> {
        let mut requests = self.homes.each_ref().map(requests);
        let mut sides = Vec::new();
        for (home, requests) in self.homes.iter().zip(&mut requests) {
            sides.push(Side { programs: vec![Program::over(self.framework, &home.stores())?], requests });
        }
        let turns = turns::take(&mut sides, CLIENTS, REPEATS, length)?;
        let cost = |side: usize| 1e6 / median(turns[side].iter().map(Turn::rate).collect());
        Ok(Costs([cost(0), cost(1)]))
    }

    /// By the processor time of a server that never waits for the next request.
    fn guards_awake(self, length: Duration) -> io::Result<Costs> {
        let cores = Cores::split()?;
        let mut cost = [Vec::new(), Vec::new()];
        let mut programs = Vec::new();
        for home in self.homes {
            programs.push(cores::on(&cores.programs, || Program::over(self.framework, &home.stores()))?);
        }
        let mut requests = self.homes.each_ref().map(|home| InTurn::new(home.guards()));
        cores::on(&cores.load, || {
            for _ in 0..REPEATS {
                for (side, program) in programs.iter().enumerate() {
                    let turn =
                        Carousel::open(program, CLIENTS)?.turn(program, &mut requests[side], length)?;
                    cost[side].push(turn.cpu_micros());
                }
            }
            Ok(())
        })?;
        Ok(Costs(cost.map(median)))
    }

    /// What guards feel of a sweep by the command of the operator.
    fn sweep(self) -> io::Result<Row> {
        let [_, many] = self.homes;
        let what =
            format!("{}: p99 of a guard in a sweep of {EXPIRED} sessions, {}", self.framework, self.store);
        let mut longer = Vec::new();
        let (mut alone, mut beside) = (Vec::new(), Vec::new());
        for number in 0..self.options.rounds {
            eprintln!("{what}, round {} of {}", number + 1, self.options.rounds);
            let program = Program::over(self.framework, &many.stores())?;
            many.add_expired(EXPIRED)?;
            let prober = || Prober::start(program.port(), InTurn::new(many.guards()));
            let calm = prober()?.for_a_while(ALONE)?;
            let prober = prober()?;
            program::auth(&many.stores().database, &["sessions", "clear-expired"])?;
            let swept = prober.finish()?;
            alone.push(millis(calm));
            beside.push(millis(swept));
            longer.push(millis(swept) - millis(calm));
        }
        let difference = median(longer);
        Ok(Row {
            what,
            rate: None,
            measured: format!("{:.2} ms", median(beside)),
            beside: format!("{:.2} ms", median(alone)),
            difference: format!("{difference:+.2} ms"),
            bar: format!("{:+.0} ms", millis(MOST_LONGER)),
            passes: Some(difference <= millis(MOST_LONGER)),
        })
    }
}

impl Costs {
    fn times(&self) -> f64 {
        self.0[1] / self.0[0]
    }
}
