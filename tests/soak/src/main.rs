//! Three servers, one of each framework, over one PostgreSQL and one Redis: visitors log in on one, are guarded on another and log out
//! on the third, while the stores restart, pause and fill up and servers are killed. Each visitor keeps a ledger of what it was told,
//! and says aloud what contradicts it: a session that nobody should have, a one-time value that was taken twice, an acknowledged
//! write that is lost, a right password that is refused, an answer that is none of the contract's or comes too late.
//!
//! ```sh
//! cargo run -p soak -- --seconds 300
//! ```
//!
//! With `--other-release` the first of the three is an example that another release was built from, as in the middle of a rolling
//! upgrade: this release has migrated the database.
//!
//! It needs the programs of PostgreSQL and `redis-server`, of which it starts its own on free ports of loopback. It ends with a table,
//! and with an exit code other than 0 if anything was contradicted.

mod conductor;
mod ledger;
mod options;
mod postgres;
mod process;
mod redis;
mod servers;
mod visitor;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::Auth;
use auth_store::{RedisStore, SqlStore};

use self::conductor::Conductor;
use self::ledger::Ledger;
use self::options::Options;
use self::servers::Servers;
use self::visitor::Visitor;

/// What the servers sign and seal with. Nothing of this run outlives it.
const SECRET: &str = "yVMzD3DjSj+UqFpcE1XvjUemRRDZM7bz9o1xG6Tf+Fw=";

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    // Ended by hand, it stops what it started as it does at the end.
    let outcome = tokio::select! {
        outcome = run(&options) => outcome,
        _ = tokio::signal::ctrl_c() => Err(io::Error::other("interrupted")),
    };
    match outcome {
        Ok(ledger) => {
            println!("{ledger}");
            if ledger.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> io::Result<Arc<Ledger>> {
    servers::build()?;
    let postgres = postgres::Postgres::start()?;
    let redis = redis::Redis::start()?;
    make_accounts(&postgres.url(), &redis.url(), options.visitors).await?;
    let servers = Arc::new(Servers::start(&postgres.url(), &redis.url(), options.other_release.as_deref())?);
    let ledger = Arc::new(Ledger::new());
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let visitors: Vec<_> = (0..options.visitors)
        .map(|number| {
            let visitor = Visitor::new(number, servers.clone(), ledger.clone());
            tokio::spawn(visitor.stay_until(end))
        })
        .collect();
    let mut conductor = Conductor::new(postgres, redis, servers.clone(), ledger.clone());
    conductor.play_until(end).await?;
    let mut at_the_end = Vec::new();
    for visitor in visitors {
        let visitor = visitor.await.map_err(io::Error::other)?;
        at_the_end.push(tokio::spawn(visitor.settle_up()));
    }
    for settled in at_the_end {
        settled.await.map_err(io::Error::other)?;
    }
    Ok(ledger)
}

/// The name of a visitor's account.
fn account(number: usize) -> String {
    format!("visitor{number}")
}

/// The password of a visitor's account before its first change.
fn first_password(number: usize) -> String {
    format!("quiet harbour lantern {number} copper")
}

/// The visitors' accounts, made as an application makes them.
async fn make_accounts(database: &str, redis: &str, count: usize) -> io::Result<()> {
    let sql = SqlStore::connect(database).await.map_err(io::Error::other)?;
    let redis = RedisStore::connect(redis).await.map_err(io::Error::other)?;
    let auth = Auth::builder()
        .base_url(servers::BASE_URL)
        .secret_text(SECRET)
        .store(redis.beside(sql))
        .build()
        .await
        .map_err(io::Error::other)?;
    auth.migrate().await.map_err(io::Error::other)?;
    for number in 0..count {
        let users = auth.users();
        let new = users.new_user(&account(number)).map_err(io::Error::other)?;
        users.create(new, &first_password(number)).await.map_err(io::Error::other)?;
    }
    Ok(())
}
