//! The command line.

use std::path::PathBuf;

/// How long, with how many, and beside what.
pub(crate) struct Options {
    pub(crate) seconds: u64,
    pub(crate) visitors: usize,
    /// A server of another release, which takes the place of the first of the three.
    pub(crate) other_release: Option<PathBuf>,
}

const USAGE: &str = "\
usage: cargo run -p soak -- [options]
  --seconds N              how long the load lasts, 300 by default
  --visitors N             how many go about at once, 24 by default
  --other-release PROGRAM  an example of another release, by absolute path, in the place of the first server: a rolling upgrade";

impl Options {
    /// Reads the arguments.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let mut options = Self { seconds: 300, visitors: 24, other_release: None };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(USAGE)?;
            match name.as_str() {
                "--seconds" => options.seconds = value.parse().map_err(|_| USAGE)?,
                "--visitors" => options.visitors = value.parse().map_err(|_| USAGE)?,
                "--other-release" => options.other_release = Some(value.into()),
                _ => return Err(USAGE),
            }
        }
        Ok(options)
    }
}
