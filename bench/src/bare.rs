//! A guard and a refresh on a server's store, beside a twin that asks the same of the same store by hand, with nothing around it.
//!
//! Example and twins share the machine with the store and with the load, and take turns. Compared is how many requests are answered a
//! second: it has the store's own work in it, of which a guard shall cause no more than what is asked by hand. The processor time of the
//! server alone stands beside it.

use std::io;
use std::time::Duration;

use crate::client::{self, Reply};
use crate::load::{self, OneEach, Requests, Turn};
use crate::options::{Framework, Options, Store};
use crate::program::{Program, Stores};
use crate::stores::OwnStores;
use crate::table::{Row, half_spread, median};
use crate::turns::{self, Side};

/// Connections that are kept alive: more than the stores have, so that those are all in use.
const CLIENTS: usize = 32;

/// Shorter turns would count how the clients connect.
const LEAST_TURN: Duration = Duration::from_millis(400);

/// How often a round takes the turns.
const REPEATS: usize = 6;

/// The drivers for PostgreSQL.
const DRIVERS: [&str; 2] = ["sqlx", "tokio-postgres"];

/// A session guard beside one bare look-up.
pub(crate) fn guard(framework: Framework, store: Store, options: &Options) -> io::Result<Row> {
    let own = OwnStores::make(store)?;
    let stores = own.urls();
    let session = {
        let example = Program::over(framework, &stores)?;
        load::ask(&example, &client::login(), |reply| reply.session_cookie().map(str::to_owned))?
    };
    let keys = match &own.redis {
        Some(redis) => redis.keys("iam::session:*")?,
        None => own.postgres.bytes("SELECT session_key FROM iam_sessions")?,
    };
    let key = keys.first().ok_or_else(|| io::Error::other("the login left no session"))?;
    let guarded = client::get("/private", &client::cookie(&session));
    let by_hand = client::get("/bare", &cookie_of(key));
    let drivers: &[_] = if own.redis.is_some() { &["redis"] } else { &DRIVERS };
    let what = format!("{framework}: session guard, {store}");
    Comparison::new(what, guarded, drivers, by_hand, 0.7).measure(framework, &stores, options)
}

/// A rotating refresh beside a bare transaction of two statements.
pub(crate) fn refresh(framework: Framework, options: &Options) -> io::Result<Row> {
    let own = OwnStores::make(Store::Postgres)?;
    let stores = own.urls();
    let tokens: Vec<String> = {
        let example = Program::over(framework, &stores)?;
        let token =
            || load::ask(&example, &client::token(), |reply| reply.refresh_token().map(str::to_owned));
        (0..2 * CLIENTS).map(|_| token()).collect::<io::Result<_>>()?
    };
    // The families of the first half are the example's to rotate, those of the second the twins'.
    let refreshes = Refreshes(tokens.iter().take(CLIENTS).map(|token| client::refresh(token)).collect());
    let keys = own.postgres.bytes("SELECT family_key FROM iam_refresh_families ORDER BY created_at")?;
    let keys = keys.iter().skip(CLIENTS);
    let by_hand = OneEach(keys.map(|key| client::post("/bare", Some(&cookie_of(key)), "")).collect());
    let what = format!("{framework}: rotating refresh, PostgreSQL");
    Comparison::new(what, refreshes, &DRIVERS, by_hand, 0.5).measure(framework, &stores, options)
}

/// The header line with a key that a twin takes.
fn cookie_of(key: &[u8]) -> String {
    client::cookie(&base16ct::lower::encode_string(key))
}

/// Each client's refresh of the token that its last one was answered.
struct Refreshes(Vec<Vec<u8>>);

impl Requests for Refreshes {
    fn next(&mut self, client: usize) -> &[u8] {
        &self.0[client]
    }

    fn answered(&mut self, client: usize, reply: &Reply<'_>) -> io::Result<()> {
        let token = reply.refresh_token().ok_or_else(|| io::Error::other("a refresh without a successor"))?;
        self.0[client] = client::refresh(token);
        Ok(())
    }
}

/// The example and the twins, with what each is asked.
struct Comparison {
    what: String,
    /// The example's, then those of the drivers in their order.
    requests: Vec<Box<dyn Requests>>,
    drivers: &'static [&'static str],
    /// The least share of the best rate by hand.
    bar: f64,
}

/// What a round came to of the example, or of a twin.
#[derive(Clone, Copy)]
struct Figures {
    rate: f64,
    cpu_micros: f64,
}

impl Comparison {
    fn new(
        what: String,
        example: impl Requests + 'static,
        drivers: &'static [&'static str],
        by_hand: impl Requests + Clone + 'static,
        bar: f64,
    ) -> Self {
        let by_hand = drivers.iter().map(|_| Box::new(by_hand.clone()) as Box<dyn Requests>);
        let requests = [Box::new(example) as Box<dyn Requests>].into_iter().chain(by_hand).collect();
        Self { what, requests, drivers, bar }
    }

    fn measure(mut self, framework: Framework, stores: &Stores, options: &Options) -> io::Result<Row> {
        let mut rounds = Vec::new();
        for round in 0..options.rounds {
            eprintln!("{}, round {} of {}", self.what, round + 1, options.rounds);
            rounds.push(self.round(framework, stores, options)?);
        }
        Ok(self.row(&rounds))
    }

    /// The figures of the example, then of the twins. All of them are started anew, so that where each happens to lie in memory averages
    /// out.
    fn round(
        &mut self,
        framework: Framework,
        stores: &Stores,
        options: &Options,
    ) -> io::Result<Vec<Figures>> {
        let twins = self.drivers.iter().map(|driver| {
            let url = stores.redis.as_ref().unwrap_or(&stores.database);
            Program::twin_over(framework, driver, url)
        });
        let programs = [Program::over(framework, stores)].into_iter().chain(twins);
        let mut sides = Vec::new();
        for (program, requests) in programs.zip(&mut self.requests) {
            sides.push(Side { programs: vec![program?], requests: &mut **requests });
        }
        let turns = turns::take(&mut sides, CLIENTS, REPEATS, options.turn.max(LEAST_TURN))?;
        Ok(turns.iter().map(|turns| Figures::of(turns)).collect())
    }

    fn row(self, rounds: &[Vec<Figures>]) -> Row {
        let middle =
            |value: &dyn Fn(&[Figures]) -> f64| median(rounds.iter().map(|round| value(round)).collect());
        let by_hand = self.drivers.iter().zip(1..).map(|(driver, place)| {
            let (rate, cpu) = (middle(&|round| round[place].rate), middle(&|round| round[place].cpu_micros));
            format!("{driver}: {rate:.0}/s, {cpu:.1} µs")
        });
        let beside: Vec<_> = by_hand.collect();
        let share = middle(&share_of);
        let spread = half_spread(rounds.iter().map(|round| share_of(round)).collect());
        Row {
            what: self.what,
            rate: Some(middle(&|round| round[0].rate)),
            measured: format!("{:.1} µs", middle(&|round| round[0].cpu_micros)),
            beside: beside.join(" · "),
            difference: format!("{:.1} ± {:.1} %", share * 100.0, spread * 100.0),
            bar: format!("at least {:.0} %", self.bar * 100.0),
            passes: Some(share >= self.bar),
        }
    }
}

impl Figures {
    fn of(turns: &[Turn]) -> Self {
        let middle = |value: fn(&Turn) -> f64| median(turns.iter().map(value).collect());
        Self { rate: middle(Turn::rate), cpu_micros: middle(Turn::cpu_micros) }
    }
}

/// The example's share of the best rate by hand.
fn share_of(round: &[Figures]) -> f64 {
    let best = round[1..].iter().map(|figures| figures.rate).fold(f64::NAN, f64::max);
    round[0].rate / best
}
