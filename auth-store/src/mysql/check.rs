//! What is found out of a server when it is opened: whether it can be what it is needed for.

use std::io::ErrorKind;
use std::time::Duration;

use auth_core::error::{Error, StoreError};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::{Connection as _, Row as _};
use tokio::time::timeout;

use super::fault::number;
use super::url::place;

/// The oldest servers that are taken, by major and minor version. `JSON_TABLE`, in which rows travel, is there from then on.
const OLDEST_MYSQL: (u32, u32) = (8, 0);
const OLDEST_MARIADB: (u32, u32) = (10, 6);

/// How long a list may be that is put together from rows, in bytes. MariaDB cuts off a longer one in the middle, JSON as well
/// (`group_concat_max_len`); this is what it allows by itself.
const LEAST_LIST: u64 = 1 << 20;

const ASK: &str = "SELECT version(), CAST(@@global.read_only AS CHAR) NOT IN ('0', 'OFF') OR @@innodb_read_only = 1, @@sql_mode, \
                   @@autocommit = 1, CAST(@@group_concat_max_len AS UNSIGNED)";

/// What a connection is told, as far as it is needed to be so.
pub(super) struct Settings {
    sql_mode: String,
    is_committed: bool,
    longest_list: u64,
    is_mariadb: bool,
}

/// Connects once, without a pool, which would try until its time is over and not say why in vain.
///
/// # Errors
/// `Configuration` for what has to be set in another way, `Unavailable` for what may pass; both name host and port.
pub(super) async fn connect_once(options: &MySqlConnectOptions, limit: Duration) -> Result<(), Error> {
    let place = place(options);
    let late =
        || unreachable(&place, &format!("it did not answer within {} ms as MySQL would", limit.as_millis()));
    let mut connection = timeout(limit, MySqlConnection::connect_with(options))
        .await
        .map_err(|_| late())?
        .map_err(|error| refusal(options, &place, error))?;
    timeout(limit, is_fit(&mut connection, &place)).await.map_err(|_| late())??;
    let _ = timeout(limit, connection.close()).await;
    Ok(())
}

/// Whether it is MySQL or MariaDB, new enough, and takes writes; what it is told on this connection.
pub(super) async fn is_fit(connection: &mut MySqlConnection, place: &str) -> Result<Settings, Error> {
    let row = sqlx::raw_sql(ASK).fetch_one(connection).await.map_err(StoreError::unavailable)?;
    let read = |error: sqlx::Error| Error::from(StoreError::unavailable(error));
    let (version, is_read_only): (String, bool) =
        (row.try_get(0).map_err(read)?, row.try_get(1).map_err(read)?);
    if !is_new_enough(&version) {
        return Err(Error::configuration(format!(
            "{place} is `{}`: MySQL {}.{} or MariaDB {}.{} or newer is needed",
            version.chars().take(60).collect::<String>().escape_debug(),
            OLDEST_MYSQL.0,
            OLDEST_MYSQL.1,
            OLDEST_MARIADB.0,
            OLDEST_MARIADB.1
        )));
    }
    if is_read_only {
        return Err(Error::configuration(format!(
            "{place} is a read-only replica: name the primary server in the URL"
        )));
    }
    Ok(Settings {
        sql_mode: row.try_get(2).map_err(read)?,
        is_committed: row.try_get(3).map_err(read)?,
        longest_list: row.try_get(4).map_err(read)?,
        is_mariadb: version.contains("MariaDB"),
    })
}

impl Settings {
    /// Whether an application's own connection keeps what it is given: a value that does not fit is an error, no list is cut off, and
    /// a statement that stands alone is there to stay.
    pub(super) fn check(&self, place: &str) -> Result<(), Error> {
        let is_strict = |mode: &str| mode == "STRICT_TRANS_TABLES" || mode == "STRICT_ALL_TABLES";
        let fault = if !self.sql_mode.split(',').any(is_strict) {
            "cuts off what does not fit: add STRICT_TRANS_TABLES to the sql_mode"
        } else if self.is_mariadb && self.longest_list < LEAST_LIST {
            "cuts off lists: set group_concat_max_len to 1048576 or more"
        } else if !self.is_committed {
            "keeps nothing of a statement that stands alone: set autocommit to 1"
        } else {
            return Ok(());
        };
        Err(Error::configuration(format!("{place} {fault} of the pool's connections")))
    }
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let version_number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let oldest = if version.contains("MariaDB") { OLDEST_MARIADB } else { OLDEST_MYSQL };
    version_number >= oldest
}

/// Why there is no connection, and what to change.
fn refusal(options: &MySqlConnectOptions, place: &str, error: sqlx::Error) -> Error {
    let user = options.get_username();
    let advice = match (&error, number(&error)) {
        // rustls says so, of a certificate.
        (sqlx::Error::Io(io), _) if io.kind() == ErrorKind::InvalidData => no_tls(),
        (sqlx::Error::Io(_), _) => return unreachable(place, &error.to_string()),
        (sqlx::Error::Protocol(what), _) if what.contains("authentication plugin") => {
            format!(
                "`{user}` is known by a plugin that is not spoken here: use caching_sha2_password or mysql_native_password"
            )
        }
        // What speaks first in other words is another product.
        (sqlx::Error::Protocol(_), _) => {
            "what answers there is neither MySQL nor MariaDB: check host and port".to_owned()
        }
        (sqlx::Error::Tls(_), _) => no_tls(),
        // Only this is said so by a server that lets in by a password and has no TLS, and that has not seen the user since it started.
        (sqlx::Error::Configuration(why), _) if why.to_string().contains("RSA") => {
            "a password by caching_sha2_password needs TLS: turn it on in the server".to_owned()
        }
        (sqlx::Error::Configuration(_), _) => no_tls(),
        (_, Some(1045 | 1130 | 1524 | 1698)) => {
            format!("it does not let in `{user}`: check user and password, and from which hosts it may come")
        }
        (_, Some(1049)) => {
            "the database is not there: make it first (CREATE DATABASE), or name another".to_owned()
        }
        (_, Some(1044)) => format!("`{user}` may not use the database: GRANT ALL ON the database"),
        _ => return unreachable(place, &error.to_string()),
    };
    Error::configuration(format!("{place}: {advice}")).with_source(error)
}

fn no_tls() -> String {
    "no TLS as the URL asks for it: check ssl-mode and ssl-ca".to_owned()
}

fn unreachable(place: &str, why: &str) -> Error {
    StoreError::unavailable(format!("{place} cannot be reached: {why}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_are_too_old_are_told_by_their_versions() {
        for new in [
            "8.0.36",
            "8.4.0-commercial",
            "9.1.0",
            "10.6.0-MariaDB",
            "10.11.6-MariaDB-0+deb12u1-log",
            "11.4.2-MariaDB",
        ] {
            assert!(is_new_enough(new), "{new}");
        }
        for old in ["5.7.44-log", "10.5.21-MariaDB", "5.5.68-MariaDB", "", "7", "x.y"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn connections_that_cut_off_what_does_not_fit_are_refused() {
        let sound = || Settings {
            sql_mode: "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES".to_owned(),
            is_committed: true,
            longest_list: LEAST_LIST,
            is_mariadb: true,
        };
        assert!(sound().check("MySQL").is_ok());
        assert!(Settings { longest_list: 1024, is_mariadb: false, ..sound() }.check("MySQL").is_ok());
        for (settings, word) in [
            (Settings { sql_mode: "NO_ENGINE_SUBSTITUTION".to_owned(), ..sound() }, "STRICT_TRANS_TABLES"),
            (Settings { longest_list: 1024, ..sound() }, "group_concat_max_len"),
            (Settings { is_committed: false, ..sound() }, "autocommit"),
        ] {
            let told = settings.check("MySQL at db:3306").unwrap_err().to_string();
            assert!(told.starts_with("MySQL at db:3306 ") && told.contains(word), "{told}");
        }
    }
}
