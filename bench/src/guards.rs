//! What guards cost: the example's processor time per request over its unguarded twin's, the two taken in turn.

use std::io;

use crate::client;
use crate::load::{Load, Turn};
use crate::options::{Framework, Options};
use crate::program::{Database, Program};
use crate::table::{Row, median};

/// Connections that are kept alive.
const CLIENTS: usize = 16;

/// The algorithms of access tokens; the first is the default.
const ALGORITHMS: [&str; 4] = ["EdDSA", "ES256", "RS256", "HS256"];

/// A route that is measured.
struct Case {
    what: String,
    /// Which of the started examples answers it.
    example: usize,
    request: Vec<u8>,
    /// In microseconds.
    bar: Option<f64>,
    turns: Vec<Pair>,
}

/// One turn of each.
struct Pair {
    guarded: Turn,
    twin: Turn,
}

pub(crate) fn measure(framework: Framework, options: &Options, load: &Load) -> io::Result<Vec<Row>> {
    let twin = Program::twin(framework)?;
    let mut examples = Vec::new();
    let mut cases = Vec::new();
    for (database, name) in [(Database::Memory, "memory"), (Database::SqliteFile, "SQLite file")] {
        let example = Program::example(framework, database, ALGORITHMS[0])?;
        cases.extend(session_cases(framework, database, name, examples.len(), &example, load)?);
        examples.push(example);
    }
    for algorithm in ALGORITHMS {
        let example = Program::example(framework, Database::Memory, algorithm)?;
        cases.push(token_case(framework, algorithm, examples.len(), &example, load)?);
        examples.push(example);
    }
    for round in 0..options.rounds {
        eprintln!("{framework}: guards, round {} of {}", round + 1, options.rounds);
        for case in &mut cases {
            let turn = |program| load.turn(program, &case.request, CLIENTS, options.turn);
            let pair = Pair { twin: turn(&twin)?, guarded: turn(&examples[case.example])? };
            case.turns.push(pair);
        }
    }
    Ok(cases.iter().map(Case::row).collect())
}

fn session_cases(
    framework: Framework,
    database: Database,
    name: &str,
    example: usize,
    program: &Program,
    load: &Load,
) -> io::Result<Vec<Case>> {
    let session = load.ask(program, &client::login(), |reply| reply.session_cookie().map(str::to_owned))?;
    let cookie = format!("Cookie: session={session}");
    let bar = match (database, framework) {
        (Database::SqliteFile, _) => 20.0,
        (Database::Memory, Framework::Rocket) => 2.5,
        (Database::Memory, _) => 1.5,
    };
    let mut cases = vec![Case {
        what: format!("{framework}: session guard, {name}"),
        example,
        request: client::get("/private", &cookie),
        bar: Some(bar),
        turns: Vec::new(),
    }];
    if let Database::Memory = database {
        cases.push(Case {
            what: format!("{framework}: route without a guard behind the layer"),
            example,
            request: client::get("/open", &cookie),
            bar: None,
            turns: Vec::new(),
        });
    }
    Ok(cases)
}

fn token_case(
    framework: Framework,
    algorithm: &str,
    example: usize,
    program: &Program,
    load: &Load,
) -> io::Result<Case> {
    let token = load.ask(program, &client::token(), |reply| reply.access_token().map(str::to_owned))?;
    Ok(Case {
        what: format!("{framework}: token guard, seen before, {algorithm}"),
        example,
        request: client::get("/api", &format!("Authorization: Bearer {token}")),
        bar: Some(2.0),
        turns: Vec::new(),
    })
}

impl Case {
    fn row(&self) -> Row {
        let middle = |value: fn(&Pair) -> f64| median(self.turns.iter().map(value).collect());
        let difference = middle(|pair| pair.guarded.cpu_micros() - pair.twin.cpu_micros());
        Row {
            what: self.what.clone(),
            rate: Some(middle(|pair| pair.guarded.rate())),
            measured: format!("{:.2} µs", middle(|pair| pair.guarded.cpu_micros())),
            beside: format!("{:.2} µs", middle(|pair| pair.twin.cpu_micros())),
            difference: format!("{difference:+.2} µs"),
            bar: self.bar.map(|bar| format!("{bar} µs")).unwrap_or_default(),
            passes: self.bar.map(|bar| difference <= bar),
        }
    }
}
