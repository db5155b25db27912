//! What the demo itself reads of the environment. The rest is the builder's, see `AuthBuilder::from_env`.

use std::path::PathBuf;

use auth_core::account::{EmailVerification, Registration};
use auth_core::error::Error;
use auth_core::server::ClientRegistration;

/// Where the demo is reached, and where it keeps things.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where browsers find the app: scheme, host and port.
    pub base_url: String,
    /// Where accounts live, and all that nothing else is named for.
    pub database: Database,
    /// Where sessions, refresh families and everything short-lived live instead, if not in the database: a Redis, by its URL.
    pub redis: Option<String>,
    /// The file of the login providers, if there are any.
    pub providers: Option<PathBuf>,
    /// The file of the OAuth clients, if others log in here.
    pub clients: Option<PathBuf>,
    /// Who registers OAuth clients by the route for it.
    pub client_registration: ClientRegistration,
    /// Whether the login page is the demo's own.
    pub has_own_login_page: bool,
    /// Where mails go.
    pub mails: Mails,
    /// Who makes an account of their own.
    pub registration: Registration,
    /// When an address has to be proven.
    pub email_verification: EmailVerification,
}

/// Where mails go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mails {
    /// To the standard output.
    Console,
    /// Into this directory, a file each.
    Directory(PathBuf),
    /// To the SMTP server of this URL.
    Smtp(String),
}

/// Where accounts and sessions live.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Database {
    /// In this process: gone when it ends.
    Memory,
    /// In a SQLite file, in PostgreSQL or in MySQL, by its URL.
    Sql(String),
}

const DEFAULT_DATABASE: &str = "sqlite:auth-demo.db?mode=rwc";

impl Settings {
    /// The settings of a demo in memory on this port.
    pub fn in_memory(port: u16) -> Self {
        let base_url = format!("http://localhost:{port}");
        Self {
            base_url,
            database: Database::Memory,
            redis: None,
            providers: None,
            clients: None,
            client_registration: ClientRegistration::Off,
            has_own_login_page: false,
            mails: Mails::Console,
            registration: Registration::Open,
            email_verification: EmailVerification::Optional,
        }
    }

    /// Reads `AUTH_BASE_URL`, `DATABASE_URL`, `REDIS_URL`, `AUTH_PROVIDERS`, `AUTH_CLIENTS`, `AUTH_REGISTER_CLIENTS` (`off`, `open`, or an initial
    /// access token), `LOGIN_PAGE` (`own` for the demo's own), `MAIL_DIR`,
    /// `AUTH_SMTP`, `AUTH_REGISTRATION` (`open`, `invite`, `closed`) and `AUTH_VERIFIED_EMAIL` (`optional`, `login`). The port is the one that was
    /// taken.
    ///
    /// # Errors
    /// `Configuration`, with the variable at fault and what to set it to.
    pub fn from_env(port: u16) -> Result<Self, Error> {
        Self::read(port, |name| std::env::var(name).ok())
    }

    /// Whether the app is reached by a name, and not at an address.
    pub(crate) fn has_a_name(&self) -> bool {
        let host = self.base_url.split("://").nth(1).unwrap_or_default();
        host.starts_with(|first: char| first.is_ascii_alphabetic())
    }

    fn read(port: u16, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let defaults = Self::in_memory(port);
        Ok(Self {
            base_url: variable("AUTH_BASE_URL").unwrap_or(defaults.base_url),
            database: Database::parse(variable("DATABASE_URL").as_deref().unwrap_or(DEFAULT_DATABASE)),
            redis: variable("REDIS_URL"),
            providers: variable("AUTH_PROVIDERS").map(PathBuf::from),
            clients: variable("AUTH_CLIENTS").map(PathBuf::from),
            client_registration: registration_of(variable("AUTH_REGISTER_CLIENTS").as_deref()),
            has_own_login_page: is_own("LOGIN_PAGE", variable("LOGIN_PAGE").as_deref())?,
            mails: match (variable("AUTH_SMTP"), variable("MAIL_DIR")) {
                (Some(url), _) => Mails::Smtp(url),
                (None, Some(directory)) => Mails::Directory(directory.into()),
                (None, None) => Mails::Console,
            },
            registration: one_of(
                "AUTH_REGISTRATION",
                variable("AUTH_REGISTRATION").as_deref(),
                [
                    ("open", Registration::Open),
                    ("invite", Registration::ByInvitation),
                    ("closed", Registration::Closed),
                ],
            )?,
            email_verification: one_of(
                "AUTH_VERIFIED_EMAIL",
                variable("AUTH_VERIFIED_EMAIL").as_deref(),
                [("optional", EmailVerification::Optional), ("login", EmailVerification::BeforeLogin)],
            )?,
        })
    }
}

fn is_own(name: &str, value: Option<&str>) -> Result<bool, Error> {
    match value {
        None => Ok(false),
        Some("own") => Ok(true),
        Some(value) => Err(Error::configuration(format!(
            "{name}: `{}` is not `own`, by which the demo shows a page of its own",
            value.escape_debug()
        ))),
    }
}

/// What is neither of the words is the initial access token, whose strength the builder judges.
fn registration_of(value: Option<&str>) -> ClientRegistration {
    match value {
        None | Some("off") => ClientRegistration::Off,
        Some("open") => ClientRegistration::Open,
        Some(token) => ClientRegistration::InitialAccessToken(token.into()),
    }
}

/// What the value says; the first of them where nothing is set.
fn one_of<T: Copy, const N: usize>(name: &str, value: Option<&str>, all: [(&str, T); N]) -> Result<T, Error> {
    let meant =
        all.iter().find(|(word, _)| value.is_none_or(|value| *word == value)).map(|(_, meant)| *meant);
    meant.ok_or_else(|| {
        let (value, words) =
            (value.unwrap_or_default().escape_debug(), all.map(|(word, _)| format!("`{word}`")));
        Error::configuration(format!("{name}: `{value}` is none of {}", words.join(", ")))
    })
}

impl Database {
    /// What is no URL, the store says when it is opened.
    fn parse(url: &str) -> Self {
        match url {
            "memory:" => Self::Memory,
            _ => Self::Sql(url.to_owned()),
        }
    }

    /// The database's own file, if it has one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let Self::Sql(url) = self else { return None };
        let path = url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path).split('?').next()?;
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
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
        let settings = read(&[("DATABASE_URL", "")]).unwrap();
        assert_eq!(settings.base_url, "http://localhost:3000");
        assert_eq!(settings.database, Database::Sql(DEFAULT_DATABASE.to_owned()));
        assert_eq!(settings.redis, None);
        assert!(!settings.has_own_login_page);
    }

    #[test]
    fn every_variable_is_heard() {
        let settings = read(&[
            ("AUTH_BASE_URL", "https://app.example"),
            ("DATABASE_URL", "memory:"),
            ("REDIS_URL", "redis://localhost"),
            ("AUTH_PROVIDERS", "providers.toml"),
            ("AUTH_CLIENTS", "clients.toml"),
            ("AUTH_REGISTER_CLIENTS", "open"),
            ("LOGIN_PAGE", "own"),
            ("MAIL_DIR", "mails"),
            ("AUTH_REGISTRATION", "closed"),
            ("AUTH_VERIFIED_EMAIL", "login"),
        ])
        .unwrap();
        assert_eq!(settings.base_url, "https://app.example");
        assert_eq!(settings.database, Database::Memory);
        assert_eq!(settings.registration, Registration::Closed);
        assert_eq!(
            read(&[("AUTH_REGISTRATION", "invite")]).unwrap().registration,
            Registration::ByInvitation
        );
        assert_eq!(settings.redis.as_deref(), Some("redis://localhost"));
        assert_eq!(settings.providers, Some(PathBuf::from("providers.toml")));
        assert_eq!(settings.clients, Some(PathBuf::from("clients.toml")));
        assert!(matches!(settings.client_registration, ClientRegistration::Open));
        assert!(settings.has_own_login_page);
        assert_eq!(settings.mails, Mails::Directory(PathBuf::from("mails")));
        assert_eq!(settings.registration, Registration::Closed);
        assert_eq!(settings.email_verification, EmailVerification::BeforeLogin);
        let both = read(&[("MAIL_DIR", "mails"), ("AUTH_SMTP", "smtp://localhost:1025")]).unwrap();
        assert_eq!(both.mails, Mails::Smtp("smtp://localhost:1025".to_owned()));
    }

    #[test]
    fn clients_register_by_a_token_where_it_is_no_word() {
        for off in ["", "off"] {
            let settings = read(&[("AUTH_REGISTER_CLIENTS", off)]).unwrap();
            assert!(matches!(settings.client_registration, ClientRegistration::Off), "{off}");
        }
        let settings = read(&[("AUTH_REGISTER_CLIENTS", "0f5c1d7a9b3e4826")]).unwrap();
        assert!(matches!(settings.client_registration, ClientRegistration::InitialAccessToken(_)));
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        for (name, value, sentence) in [
            ("AUTH_REGISTRATION", "on", "AUTH_REGISTRATION: `on` is none of `open`, `invite`, `closed`"),
            ("AUTH_VERIFIED_EMAIL", "no", "AUTH_VERIFIED_EMAIL: `no` is none of `optional`, `login`"),
            ("LOGIN_PAGE", "on", "LOGIN_PAGE: `on` is not `own`, by which the demo shows a page of its own"),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn the_file_of_a_database_is_found_in_its_url() {
        let file = |url: &str| Database::parse(url).file();
        assert_eq!(file("sqlite:a.db?mode=rwc"), Some(PathBuf::from("a.db")));
        assert_eq!(file("sqlite:///var/a.db"), Some(PathBuf::from("/var/a.db")));
        assert_eq!(file("sqlite://a.db"), Some(PathBuf::from("a.db")));
        assert_eq!(file("sqlite::memory:"), None);
        assert_eq!(file("memory:"), None);
        assert_eq!(file("postgres://app@localhost/shop"), None);
    }
}
