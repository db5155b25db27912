//! A storm of parallel logins: what it takes of memory, and what a guarded request feels of it.

use std::io;
use std::slice;
use std::time::Duration;

use crate::client;
use crate::hash;
use crate::load;
use crate::options::{Framework, Options};
use crate::prober::Prober;
use crate::program::{Database, Program};
use crate::table::{Row, median, millis};

const CLIENTS: usize = 200;

/// Long enough that every client logs in more than once, and that there are replies enough for a 99th percentile.
const LEAST_TURN: Duration = Duration::from_secs(5);

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
        let request = client::get("/private", &client::cookie(&session));
        let calm = Prober::start(example.port(), request.clone())?.for_a_while(length)?;
        let prober = Prober::start(example.port(), request)?;
        let storm = load::crowd(slice::from_ref(&example), &mut client::login(), CLIENTS, length)?;
        let stormy = prober.finish()?;
        Ok(Self { idle, peak: example.memory()?.peak, logins: storm.rate(), calm, stormy })
    }

    fn taken(&self) -> f64 {
        mebibytes(self.peak) - mebibytes(self.idle)
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
