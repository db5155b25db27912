//! The load program: `cargo run --release -p bench`.
//!
//! It starts each release example and a twin of the same framework on loopback, unguarded or with a store that it asks by hand, loads
//! them in turns, and prints one table. Processor time is the server process's own, all its threads', over the requests that it
//! answered: the steady figure on a noisy machine. Every figure is the median of the rounds, every difference one between
//! neighbouring turns.
//!
//! Linux only: it reads `/proc`.

mod alike;
mod bare;
mod client;
mod cores;
mod first_sight;
mod guards;
mod hash;
mod import;
mod load;
mod logins;
mod mails;
mod million;
mod options;
mod prober;
mod program;
mod servers;
mod sessions;
mod stores;
mod storm;
mod table;
mod turns;

use std::error::Error;

use self::options::{Options, Part, Store};
use self::table::Row;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let mut rows = Vec::new();
    if options.has(Part::Memory) {
        // First, while this process has freed nothing that sessions could take instead.
        rows.push(sessions::measure()?);
    }
    if options.has(Part::Tokens) {
        rows.extend(first_sight::measure(&options)?);
    }
    if options.needs_programs() {
        program::build()?;
        rows.extend(on_programs(&options)?);
    }
    print!("{}", table::markdown(&rows));
    Ok(())
}

fn on_programs(options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for framework in options.frameworks.iter().copied() {
        let guards = options.stores_of(Part::Guards);
        if guards.iter().any(|store| matches!(store, Store::Memory | Store::Sqlite)) {
            rows.extend(guards::measure(framework, options)?);
        }
        for store in guards.into_iter().filter(|store| matches!(store, Store::Postgres | Store::Redis)) {
            rows.push(bare::guard(framework, store, options)?);
        }
        if options.has(Part::Refresh) {
            rows.push(bare::refresh(framework, options)?);
        }
        for store in options.stores_of(Part::Servers) {
            rows.push(servers::measure(framework, store, options)?);
        }
        if options.has(Part::Logins) {
            rows.extend(logins::measure(framework, options)?);
        }
        if options.has(Part::Alike) {
            rows.extend(alike::measure(framework)?);
        }
        if options.has(Part::Mails) {
            rows.push(mails::measure(framework, options)?);
        }
        if options.has(Part::Storm) {
            rows.extend(storm::measure(framework, options)?);
        }
    }
    for store in options.stores_of(Part::Million) {
        rows.extend(million::measure(store, options)?);
    }
    if options.has(Part::Import) {
        rows.push(import::measure(options)?);
    }
    Ok(rows)
}
