//! What a variable of the environment says.

use std::ffi::OsString;

use crate::error::Error;
use crate::key::ApplicationSecrets;

/// What is wrong with a variable.
pub(super) fn fault(name: &str, what: &dyn std::fmt::Display) -> Error {
    Error::configuration(format!("{name}: {what}"))
}

/// The application's secrets, as the variable holds them.
pub(super) fn secret_of(variable: &str, value: Option<OsString>) -> Result<ApplicationSecrets, Error> {
    let value = value.ok_or_else(|| {
        fault(
            variable,
            &"the variable is not set: give it 32 random bytes in base64, \
        for instance by `openssl rand -base64 32`",
        )
    })?;
    let text = value.into_string().map_err(|_| fault(variable, &"its value is not UTF-8"))?;
    ApplicationSecrets::from_text(&text).map_err(|error| fault(variable, &error))
}
