//! The command line.

/// How long, and with how many.
pub(crate) struct Options {
    pub(crate) seconds: u64,
    pub(crate) visitors: usize,
}

const USAGE: &str = "\
usage: cargo run -p soak -- [options]
  --seconds N     how long the load lasts, 300 by default
  --visitors N    how many go about at once, 24 by default";

impl Options {
    /// Reads the arguments.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let mut options = Self { seconds: 300, visitors: 24 };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(USAGE)?;
            match name.as_str() {
                "--seconds" => options.seconds = value.parse().map_err(|_| USAGE)?,
                "--visitors" => options.visitors = value.parse().map_err(|_| USAGE)?,
                _ => return Err(USAGE),
            }
        }
        Ok(options)
    }
}
