//! What goes wrong on a connection, and what that means for it.

use sqlx::Error;
use sqlx::mysql::MySqlDatabaseError;

use crate::server::Fault;

pub(super) fn fault(error: &Error) -> Fault {
    match (error, number(error)) {
        (Error::Io(_) | Error::Protocol(_) | Error::Tls(_), _) => Fault::Broken,
        // `read_only` is on, a transaction that only reads, `innodb_read_only`.
        (_, Some(1290 | 1792 | 1836)) => Fault::ReadOnly,
        // A prepared statement that is not there, or that is prepared again and again in vain.
        (_, Some(1243 | 1615)) => Fault::Prepared,
        // The server shuts down, a node of a cluster that is none at the moment, the connection was cut, or was idle for too long.
        (_, Some(1053 | 1047 | 1152 | 1158..=1161 | 1184 | 1927 | 4031)) => Fault::Broken,
        (Error::Database(_), _) => Fault::Statement,
        _ => Fault::Connection,
    }
}

/// The server's number (<https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>,
/// <https://mariadb.com/kb/en/mariadb-error-code-reference/>): the SQLSTATE is `HY000` for most of what matters.
pub(super) fn number(error: &Error) -> Option<u16> {
    let error = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(error.number())
}
