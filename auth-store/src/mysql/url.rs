//! The address of a MySQL or MariaDB server.

use std::str::FromStr as _;

use auth_core::error::Error;
use sqlx::mysql::MySqlConnectOptions;

/// What a URL may say behind its `?`. sqlx passes over what it does not know: a misspelt `ssl-mode` would mean no TLS. What else sqlx
/// knows is not to be chosen: the character set is always `utf8mb4`.
const KNOWN: &[&str] =
    &["ssl-ca", "ssl-cert", "ssl-key", "ssl-mode", "sslca", "sslcert", "sslkey", "sslmode", "socket"];

/// Statements that are kept prepared on each connection: more than there are.
const STATEMENTS: usize = 128;

/// A server, and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Address {
    pub(super) options: MySqlConnectOptions,
}

impl Address {
    /// Reads a `mysql:` or `mariadb:` URL.
    ///
    /// # Errors
    /// `Configuration`, without anything of the URL that could be a password.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let example = "that is no address of a MySQL database: use one like mysql://user@host/name";
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        if let Some(wrong) = names.find(|name| !name.is_empty() && !KNOWN.contains(name)) {
            let wrong = if is_word(wrong) && !query.contains('@') { wrong } else { "…" };
            return Err(Error::configuration(format!(
                "`{wrong}` is no parameter of a MySQL URL (in a password, `?` is written %3F and `&` %26): {} are",
                KNOWN.join(", ")
            )));
        }
        let options = MySqlConnectOptions::from_str(url)
            .map_err(|error| Error::configuration(example).with_source(error))?;
        if options.get_database().is_none() {
            return Err(Error::configuration(format!("the URL names no database: {example}")));
        }
        Ok(Self { options: options.charset("utf8mb4").statement_cache_capacity(STATEMENTS) })
    }
}

/// What is no word may be a part of a password in which a `?` or `&` was left as it is.
fn is_word(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-')
}

/// Where a server is, for messages.
pub(super) fn place(options: &MySqlConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => format!("MySQL at {}", socket.display()),
        None => format!("MySQL at {}:{}", options.get_host(), options.get_port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_parameter_is_refused_and_no_value_is_repeated() {
        for (url, wrong) in [
            ("mysql://app:hunter2@db/app?ssl-mod=VERIFY_IDENTITY", "ssl-mod"),
            ("mysql://app@db/app?charset=utf8", "charset"),
            ("mariadb://app@db/app?sslmode=required&hunter2", "…"),
            ("mysql://app:hun?ter2@db/app", "…"),
            ("mysql://app:hun?ter@db/app", "…"),
        ] {
            let told = Address::parse(url).unwrap_err().to_string();
            assert!(told.starts_with(&format!("`{wrong}` is no parameter of a MySQL URL")), "{told}");
        }
        for url in [
            "mysql://app:hunter2@db:none/app",
            "mysql://app@db/app?sslmode=hunter2",
            "mysql://app:hunter2@db",
        ] {
            let told = Address::parse(url).unwrap_err().to_string();
            assert!(told.contains("mysql://user@host/name") && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_server_is_named_by_host_and_port_or_by_its_socket() {
        let place = |url: &str| place(&Address::parse(url).unwrap().options);
        assert_eq!(place("mariadb://app@db/app"), "MySQL at db:3306");
        assert_eq!(place("mysql://app@localhost/app?socket=/run/mysqld.sock"), "MySQL at /run/mysqld.sock");
    }
}
