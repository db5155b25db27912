//! The command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What to measure, and for how long.
pub(crate) struct Options {
    pub(crate) frameworks: Vec<Framework>,
    pub(crate) parts: Vec<Part>,
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

/// The parts of the measurement.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    Guards,
    Logins,
    Storm,
    Memory,
    Tokens,
}

impl Part {
    /// Whether it is measured on the examples and their twins.
    pub(crate) fn needs_programs(self) -> bool {
        matches!(self, Self::Guards | Self::Logins | Self::Storm)
    }
}

pub(crate) const USAGE: &str = "\
usage: cargo run --release -p bench -- [options]
  --framework axum|actix|rocket          only this one; may be repeated
  --only guards|logins|storm|memory|tokens
                                         only this part; may be repeated
  --seconds N                            length of a turn at a guard, 0.05 by default; logins and the storm take
                                         seconds whatever it is
  --rounds N                             turns of each, 3 by default";

impl Options {
    /// Reads the arguments.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options =
            Self { frameworks: Vec::new(), parts: Vec::new(), turn: Duration::from_millis(50), rounds: 3 };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(USAGE)?;
            match name.as_str() {
                "--framework" => options.frameworks.push(value.parse()?),
                "--only" => options.parts.push(value.parse()?),
                "--seconds" => options.turn = Duration::from_secs_f64(number(&value, 0.01, 60.0)?),
                "--rounds" => options.rounds = number(&value, 1.0, 1000.0)? as usize,
                _ => return Err(USAGE.to_owned()),
            }
        }
        if options.frameworks.is_empty() {
            options.frameworks = vec![Framework::Axum, Framework::Actix, Framework::Rocket];
        }
        if options.parts.is_empty() {
            options.parts = vec![Part::Guards, Part::Logins, Part::Storm, Part::Memory, Part::Tokens];
        }
        Ok(options)
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

impl FromStr for Part {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "guards" => Ok(Self::Guards),
            "logins" => Ok(Self::Logins),
            "storm" => Ok(Self::Storm),
            "memory" => Ok(Self::Memory),
            "tokens" => Ok(Self::Tokens),
            _ => Err(USAGE),
        }
    }
}
