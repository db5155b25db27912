//! What goes wrong on a connection, and what that means for it.

use std::borrow::Cow;

use sqlx::Error;

use crate::server::Fault;

pub(super) fn fault(error: &Error) -> Fault {
    match (error, code(error)) {
        (Error::Io(_) | Error::Protocol(_) | Error::Tls(_), _) => Fault::Broken,
        (_, Some(code)) => told(&code),
        _ => Fault::Connection,
    }
}

/// What the server's own word for it means.
pub(super) fn told(code: &str) -> Fault {
    match code {
        // "Read-only transaction".
        "25006" => Fault::ReadOnly,
        // A prepared statement that is not there, or is there already; "cached plan must not change result type".
        "26000" | "42P05" | "0A000" => Fault::Prepared,
        // "Shutdown", "crash shutdown", "cannot connect now", connection exceptions.
        "57P01" | "57P02" | "57P03" => Fault::Broken,
        _ if code.starts_with("08") => Fault::Broken,
        _ => Fault::Statement,
    }
}

/// The SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(super) fn code(error: &Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(|error| error.code())
}
