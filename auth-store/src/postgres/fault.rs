//! What goes wrong on a connection, and what that means for it.

use std::borrow::Cow;

use sqlx::Error;

/// Whether the connection goes on as if nothing had been asked: the server said no to a statement, and to nothing else.
pub(super) fn is_of_the_statement(error: &Error) -> bool {
    match error {
        Error::Database(_) => !is_of_the_server(error) && !is_of_what_was_prepared(error),
        _ => false,
    }
}

/// Whether the server, or the way to it, is not what it was when the connection was made: it shuts down, it fell, or it became a
/// read-only replica. No connection of that age is any better.
pub(super) fn is_of_the_server(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Protocol(_) | Error::Tls(_) => true,
        // Connection exceptions, "read-only transaction", "shutdown", "crash shutdown", "cannot connect now".
        _ => code(error).is_some_and(|code| {
            code.starts_with("08") || ["25006", "57P01", "57P02", "57P03"].contains(&code.as_ref())
        }),
    }
}

/// Whether nothing was answered because the connection broke: what only reads may ask again.
pub(super) fn is_broken(error: &Error) -> bool {
    is_of_the_server(error) && code(error).as_deref() != Some("25006") || is_of_what_was_prepared(error)
}

/// Whether a statement is not there that was prepared, or one that nobody prepared: a pooler gave the connection to somebody else in
/// between, or the tables were changed meanwhile ("cached plan must not change result type").
pub(super) fn is_of_what_was_prepared(error: &Error) -> bool {
    code(error).is_some_and(|code| ["26000", "42P05", "0A000"].contains(&code.as_ref()))
}

/// The SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(super) fn code(error: &Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(|error| error.code())
}
