//! Files of settings that a variable names.

use std::fs;
use std::path::Path;

use auth_core::error::Error;
use serde::de::DeserializeOwned;

/// The line at fault, and what is wrong with it.
pub(crate) type Fault = (usize, String);

/// Reads the file that this variable names.
///
/// # Errors
/// `Configuration`, with the variable, the file and the line at fault, and never with what stands there: it may be a client secret.
pub(crate) fn read<T>(
    variable: &str,
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<T, Error> {
    let fault = |what: String| Error::configuration(format!("{variable}: {}{what}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| fault(format!(": {error}")))?;
    parse(&text).map_err(|(line, message)| fault(format!(", line {line}: {message}")))
}

/// What a TOML file says.
///
/// # Errors
/// The line at fault and what is wrong with it.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    toml::from_str(text).map_err(|error| {
        let before = &text[..error.span().map_or(0, |span| span.start)];
        (before.matches('\n').count() + 1, error.message().to_owned())
    })
}
