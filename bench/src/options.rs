//! The command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What to measure, and for how long.
pub(crate) struct Options {
    pub(crate) frameworks: Vec<Framework>,
    pub(crate) stores: Vec<Store>,
    parts: Vec<Part>,
    /// The length of one turn; some parts take longer ones.
    pub(crate) turn: Duration,
    /// How often everything has its turn; medians are printed.
    pub(crate) rounds: usize,
}

/// The frameworks that have an example.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Framework {
    Axum,
    Actix,
    Rocket,
}

/// Where the examples keep accounts and sessions.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Store {
    Memory,
    Sqlite,
    Postgres,
    /// Sessions in Redis, accounts in PostgreSQL.
    Redis,
}

/// The parts of the measurement.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    Alike,
    Guards,
    Import,
    Logins,
    Mails,
    Memory,
    Million,
    Refresh,
    Servers,
    Storm,
    Tokens,
}

impl Part {
    const ALL: [Self; 11] = [
        Self::Alike,
        Self::Guards,
        Self::Import,
        Self::Logins,
        Self::Mails,
        Self::Memory,
        Self::Million,
        Self::Refresh,
        Self::Servers,
        Self::Storm,
        Self::Tokens,
    ];

    /// The stores that it is measured on.
    fn stores(self) -> &'static [Store] {
        match self {
            Self::Guards => &[Store::Memory, Store::Sqlite, Store::Postgres, Store::Redis],
            Self::Logins | Self::Memory | Self::Storm | Self::Tokens => &[Store::Memory],
            Self::Alike | Self::Mails => &[Store::Sqlite],
            Self::Million => &[Store::Sqlite, Store::Postgres],
            Self::Servers => &[Store::Postgres, Store::Redis],
            Self::Import | Self::Refresh => &[Store::Postgres],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Alike => "alike",
            Self::Guards => "guards",
            Self::Import => "import",
            Self::Logins => "logins",
            Self::Mails => "mails",
            Self::Memory => "memory",
            Self::Million => "million",
            Self::Refresh => "refresh",
            Self::Servers => "servers",
            Self::Storm => "storm",
            Self::Tokens => "tokens",
        }
    }
}

pub(crate) const USAGE: &str = "\
usage: cargo run --release -p bench -- [options]
  --framework axum|actix|rocket          only this one; may be repeated
  --store memory|sqlite|postgres|redis   only this one; may be repeated; memory and sqlite by default. postgres takes the server at
                                         TEST_POSTGRES_URL, redis that at TEST_REDIS_URL beside it
  --only guards|logins|storm|memory|tokens|refresh|servers|million|import|alike|mails
                                         only this part; may be repeated; by default all but million, alike and mails, of those stores that
                                         have it
  --seconds N                            length of a turn at a guard, 0.05 by default; what waits for a server or a hash takes
                                         longer whatever it is
  --rounds N                             turns of each, 3 by default";

impl Options {
    /// Reads the arguments.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            frameworks: Vec::new(),
            stores: Vec::new(),
            parts: Vec::new(),
            turn: Duration::from_millis(50),
            rounds: 3,
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(USAGE)?;
            match name.as_str() {
                "--framework" => options.frameworks.push(value.parse()?),
                "--store" => options.stores.push(value.parse()?),
                "--only" => options.parts.push(value.parse()?),
                "--seconds" => options.turn = Duration::from_secs_f64(number(&value, 0.01, 60.0)?),
                "--rounds" => options.rounds = number(&value, 1.0, 1000.0)? as usize,
                _ => return Err(USAGE.to_owned()),
            }
        }
        if options.frameworks.is_empty() {
            options.frameworks = vec![Framework::Axum, Framework::Actix, Framework::Rocket];
        }
        if options.stores.is_empty() {
            options.stores = vec![Store::Memory, Store::Sqlite];
        }
        if options.parts.is_empty() {
            let is_long = |part| matches!(part, Part::Alike | Part::Mails | Part::Million);
            options.parts = Part::ALL.into_iter().filter(|&part| !is_long(part)).collect();
        }
        Ok(options)
    }

    /// Those of the stores on which this part is to be measured.
    pub(crate) fn stores_of(&self, part: Part) -> Vec<Store> {
        let is_asked_for = self.parts.contains(&part);
        let stores = part.stores().iter().copied();
        stores.filter(|store| is_asked_for && self.stores.contains(store)).collect()
    }

    pub(crate) fn has(&self, part: Part) -> bool {
        !self.stores_of(part).is_empty()
    }

    /// Whether anything is measured on programs.
    pub(crate) fn needs_programs(&self) -> bool {
        Part::ALL.into_iter().any(|part| self.has(part) && !matches!(part, Part::Memory | Part::Tokens))
    }
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{text} is no number from {least} to {most}"))
}

impl FromStr for Framework {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "axum" => Ok(Self::Axum),
            "actix" => Ok(Self::Actix),
            "rocket" => Ok(Self::Rocket),
            _ => Err(USAGE),
        }
    }
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Rocket => "rocket",
        })
    }
}

impl FromStr for Store {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "memory" => Ok(Self::Memory),
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            "redis" => Ok(Self::Redis),
            _ => Err(USAGE),
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        })
    }
}

impl FromStr for Part {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|part| part.name() == text).ok_or(USAGE)
    }
}
