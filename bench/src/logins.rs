//! Logins beside the raw hash, the two taken in turn.

use std::io;
use std::slice;
use std::time::Duration;

use crate::client;
use crate::hash::{self, Hashing};
use crate::load::{self, Turn};
use crate::options::{Framework, Options};
use crate::program::{Database, Program};
use crate::table::{Row, median};

const CLIENTS: usize = 16;

/// Shorter turns would count the begin and the end of a queue of logins.
const LEAST_TURN: Duration = Duration::from_secs(4);

pub(crate) fn measure(framework: Framework, options: &Options) -> io::Result<Vec<Row>> {
    let example = Program::example(framework, Database::Memory, "EdDSA")?;
    let length = options.turn.max(LEAST_TURN);
    let mut turns: Vec<(Hashing, Turn)> = Vec::new();
    for round in 0..options.rounds {
        eprintln!("{framework}: logins, round {} of {}", round + 1, options.rounds);
        let raw = hash::turn(length)?;
        turns.push((raw, load::crowd(slice::from_ref(&example), &mut client::login(), CLIENTS, length)?));
    }
    let middle = |value: fn(&(Hashing, Turn)) -> f64| median(turns.iter().map(value).collect());
    let share = middle(|(raw, logins)| logins.rate() / raw.rate() * 100.0);
    let excess = middle(|(raw, logins)| (logins.cpu_micros() / 1e3 / raw.cpu_millis() - 1.0) * 100.0);
    Ok(vec![
        Row {
            what: format!("{framework}: logins, {CLIENTS} clients"),
            rate: Some(middle(|(_, logins)| logins.rate())),
            measured: format!("{:.1}/s", middle(|(_, logins)| logins.rate())),
            beside: format!("{:.1}/s", middle(|(raw, _)| raw.rate())),
            difference: format!("{share:.1} %"),
            bar: "at least 90 %".to_owned(),
            passes: Some(share >= 90.0),
        },
        Row {
            what: format!("{framework}: processor time of a login beside the raw hash"),
            rate: None,
            measured: format!("{:.2} ms", middle(|(_, logins)| logins.cpu_micros() / 1e3)),
            beside: format!("{:.2} ms", middle(|(raw, _)| raw.cpu_millis())),
            difference: format!("{excess:+.1} %"),
            bar: "+5 %".to_owned(),
            passes: Some(excess <= 5.0),
        },
    ])
}
