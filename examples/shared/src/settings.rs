//! The environment.

use std::path::PathBuf;

use auth_core::error::Error;
use auth_core::http::TrustedProxies;
use auth_core::key::SigningAlgorithm;

/// What the environment says about the app.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where browsers find the app: scheme, host and port.
    pub base_url: String,
    /// Where accounts and sessions live.
    pub database: Database,
    /// How access tokens are signed.
    pub algorithm: SigningAlgorithm,
    /// Whether attempts are limited. Without limits passwords can be guessed: for load measurements only.
    pub is_throttled: bool,
    /// The proxies whose word on the client's address counts.
    pub trusted_proxies: Option<TrustedProxies>,
}

/// Where accounts and sessions live.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Database {
    /// In this process: gone when it ends.
    Memory,
    /// In a SQLite file, by its URL.
    Sqlite(String),
}

/// What this version of the examples cannot do yet. Better to refuse than to run without it.
const NOT_YET: [&str; 4] = ["REDIS_URL", "MAIL_DIR", "AUTH_PROVIDERS", "AUTH_CLIENTS"];

const DEFAULT_DATABASE: &str = "sqlite:auth-demo.db?mode=rwc";

impl Settings {
    /// The settings of a demo in memory on this port.
    pub fn in_memory(port: u16) -> Self {
        Self {
            base_url: format!("http://localhost:{port}"),
            database: Database::Memory,
            algorithm: SigningAlgorithm::EdDsa,
            is_throttled: true,
            trusted_proxies: None,
        }
    }

    /// Reads the environment. The port is the one that was taken.
    ///
    /// # Errors
    /// `Configuration`, with the variable at fault and what to set it to.
    pub fn from_env(port: u16) -> Result<Self, Error> {
        Self::read(port, |name| std::env::var(name).ok())
    }

    fn read(port: u16, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(name) = NOT_YET.into_iter().find(|name| variable(name).is_some()) {
            return Err(Error::configuration(format!("{name} is not supported yet: unset it")));
        }
        let defaults = Self::in_memory(port);
        Ok(Self {
            base_url: variable("AUTH_BASE_URL").unwrap_or(defaults.base_url),
            database: Database::parse(variable("DATABASE_URL").as_deref().unwrap_or(DEFAULT_DATABASE))?,
            algorithm: variable("AUTH_JWT_ALG").map_or(Ok(defaults.algorithm), |name| parse_algorithm(&name))?,
            is_throttled: parse_throttle(variable("AUTH_THROTTLE").as_deref())?,
            trusted_proxies: variable("AUTH_TRUSTED_PROXIES").map(|list| TrustedProxies::parse(&list)).transpose()?,
        })
    }
}

impl Database {
    fn parse(url: &str) -> Result<Self, Error> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", _)) => Ok(Self::Sqlite(url.to_owned())),
            Some(("postgres" | "postgresql" | "mysql" | "mariadb", _)) => Err(Error::configuration(
                "DATABASE_URL names a database that is not supported yet: use sqlite:FILE?mode=rwc or memory:",
            )),
            _ => Err(Error::configuration("DATABASE_URL must be sqlite:FILE?mode=rwc or memory:")),
        }
    }

    /// The database's own file, if it has one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let Self::Sqlite(url) = self else { return None };
        let path = url.trim_start_matches("sqlite:");
        let path = path.strip_prefix("//").unwrap_or(path).split('?').next()?;
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }
}

fn parse_algorithm(name: &str) -> Result<SigningAlgorithm, Error> {
    SigningAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name() == name)
        .ok_or_else(|| Error::configuration("AUTH_JWT_ALG must be EdDSA, ES256, RS256 or HS256"))
}

fn parse_throttle(value: Option<&str>) -> Result<bool, Error> {
    match value {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(Error::configuration("AUTH_THROTTLE must be on or off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Error> {
        Settings::read(3000, |name| {
            variables.iter().find(|(held, _)| *held == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_empty_environment_gives_the_documented_defaults() {
        let settings = read(&[("AUTH_THROTTLE", "")]).unwrap();
        assert_eq!(settings.base_url, "http://localhost:3000");
        assert_eq!(settings.database, Database::Sqlite(DEFAULT_DATABASE.to_owned()));
        assert_eq!(settings.algorithm, SigningAlgorithm::EdDsa);
        assert!(settings.is_throttled && settings.trusted_proxies.is_none());
    }

    #[test]
    fn every_variable_is_heard() {
        let settings = read(&[
            ("AUTH_BASE_URL", "https://app.example"),
            ("DATABASE_URL", "memory:"),
            ("AUTH_JWT_ALG", "ES256"),
            ("AUTH_THROTTLE", "off"),
            ("AUTH_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ])
        .unwrap();
        assert_eq!(settings.base_url, "https://app.example");
        assert_eq!(settings.database, Database::Memory);
        assert_eq!(settings.algorithm, SigningAlgorithm::Es256);
        assert!(!settings.is_throttled && settings.trusted_proxies.is_some());
    }

    #[test]
    fn what_is_misspelt_or_not_supported_is_refused_by_name() {
        for (name, value) in [
            ("DATABASE_URL", "postgres://localhost/x"),
            ("DATABASE_URL", "mysql://localhost/x"),
            ("DATABASE_URL", "oracle:x"),
            ("DATABASE_URL", "memory"),
            ("AUTH_JWT_ALG", "none"),
            ("AUTH_JWT_ALG", "eddsa"),
            ("AUTH_THROTTLE", "no"),
            ("REDIS_URL", "redis://localhost"),
            ("MAIL_DIR", "/tmp"),
            ("AUTH_PROVIDERS", "providers.toml"),
            ("AUTH_CLIENTS", "clients.toml"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(message.contains(name), "{name}: {message}");
        }
        assert!(read(&[("AUTH_TRUSTED_PROXIES", "everybody")]).is_err());
    }

    #[test]
    fn the_file_of_a_database_is_found_in_its_url() {
        let file = |url: &str| Database::parse(url).unwrap().file();
        assert_eq!(file("sqlite:a.db?mode=rwc"), Some(PathBuf::from("a.db")));
        assert_eq!(file("sqlite:///var/a.db"), Some(PathBuf::from("/var/a.db")));
        assert_eq!(file("sqlite://a.db"), Some(PathBuf::from("a.db")));
        assert_eq!(file("sqlite::memory:"), None);
        assert_eq!(file("memory:"), None);
    }
}
