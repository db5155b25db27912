//! The address of a PostgreSQL server.

use std::str::FromStr as _;

use auth_core::error::Error;
use sqlx::postgres::PgConnectOptions;

/// What a URL may say behind its `?`. sqlx passes over what it does not know: a misspelt `sslmode` would mean no TLS, and a misspelt
/// `password` would stand in the log.
const KNOWN: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// A server, and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Address {
    pub(super) options: PgConnectOptions,
    /// Whether no statement is kept between two transactions, because a pooler may give each to another connection.
    pub(super) is_behind_pooler: bool,
}

impl Address {
    /// Reads a `postgres:` URL.
    ///
    /// # Errors
    /// `Configuration`, without anything of the URL that could be a password.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let example = "that is no address of a PostgreSQL database: use one like postgres://user@host/name";
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        let is_known = |name: &str| name.is_empty() || name.starts_with("options[") || KNOWN.contains(&name);
        if let Some(wrong) = names.find(|name| !is_known(name)) {
            let wrong = if is_word(wrong) && !query.contains('@') { wrong } else { "…" };
            return Err(Error::configuration(format!(
                "`{wrong}` is no parameter of a PostgreSQL URL (in a password, `?` is written %3F and `&` %26): {} are",
                KNOWN.join(", ")
            )));
        }
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| Error::configuration(example).with_source(error))?;
        Ok(Self {
            // What sqlx asks for by default is what older poolers refuse to hear; every server since PostgreSQL 12 does it anyway.
            options: options.extra_float_digits(None),
            is_behind_pooler: query.split('&').any(|pair| pair == "statement-cache-capacity=0"),
        })
    }
}

/// What is no word may be a part of a password in which a `?` or `&` was left as it is.
fn is_word(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-')
}

/// Where a server is, for messages.
pub(super) fn place(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => format!("PostgreSQL at {} (port {})", socket.display(), options.get_port()),
        None => format!("PostgreSQL at {}:{}", options.get_host(), options.get_port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_parameter_is_refused_and_no_value_is_repeated() {
        for (url, wrong) in [
            ("postgres://app:hunter2@db/app?sslmod=verify-full", "sslmod"),
            ("postgres://app@db/app?pasword=hunter2", "pasword"),
            ("postgres://app@db/app?sslmode=require&hunter2", "…"),
            ("postgres://app:hun?ter2@db/app", "…"),
            ("postgres://app:hun?ter@db/app", "…"),
        ] {
            let told = Address::parse(url).unwrap_err().to_string();
            assert!(told.starts_with(&format!("`{wrong}` is no parameter of a PostgreSQL URL")), "{told}");
        }
        for url in [
            "postgres://app:hunter2@db:none/app",
            "postgres://app@db/app?port=hunter2",
            "postgresql://app@db/app?sslmode=hunter2",
        ] {
            let told = Address::parse(url).unwrap_err().to_string();
            assert!(told.contains("postgres://user@host/name") && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_pooler_is_announced_by_the_cache_that_it_does_without() {
        let is_behind = |url: &str| Address::parse(url).unwrap().is_behind_pooler;
        assert!(!is_behind("postgres://app@db/app?statement-cache-capacity=64"));
        assert!(is_behind("postgres://app@db/app?sslmode=require&statement-cache-capacity=0"));
    }
}
