//! The load program: `cargo run --release -p bench`.
//!
//! It starts each release example and an unguarded twin of the same framework on loopback, loads them in turns, and prints one
//! table. Processor time is the server process's own, all its threads', over the requests that it answered: the steady
//! figure on a noisy machine. Every figure is the median of the rounds, every difference one between neighbouring turns.
//!
//! Linux only: it reads `/proc`.

mod client;
mod cores;
mod first_sight;
mod guards;
mod hash;
mod load;
mod logins;
mod options;
mod program;
mod sessions;
mod storm;
mod table;

use std::error::Error;

use self::options::{Options, Part};

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let mut rows = Vec::new();
    if options.parts.contains(&Part::Memory) {
        // First, while this process has freed nothing that sessions could take instead.
        rows.push(sessions::measure()?);
    }
    if options.parts.contains(&Part::Tokens) {
        rows.extend(first_sight::measure(&options)?);
    }
    if options.parts.iter().any(|part| part.needs_programs()) {
        program::build(&options.frameworks)?;
    }
    for framework in options.frameworks.iter().copied() {
        for part in &options.parts {
            match part {
                Part::Guards => rows.extend(guards::measure(framework, &options)?),
                Part::Logins => rows.extend(logins::measure(framework, &options)?),
                Part::Storm => rows.extend(storm::measure(framework, &options)?),
                Part::Memory | Part::Tokens => {}
            }
        }
    }
    print!("{}", table::markdown(&rows));
    Ok(())
}
