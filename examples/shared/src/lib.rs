//! What the three example apps share: reading the environment, making the demo users, the home page.
//!
//! Nothing here knows a framework. An application of its own has no such crate: it calls the builder in its `main`.

mod clients;
mod docs;
mod echo;
mod file;
mod login_page;
mod page;
mod providers;
mod secret;
mod settings;
mod users;

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};

use auth_core::account::ProfilePolicy;
use auth_core::error::{Error, ErrorKind};
use auth_core::key::ApplicationSecrets;
use auth_core::mail::{ConsoleMailer, DirectoryMailer, SmtpMailer};
use auth_core::mfa::MfaConfig;
use auth_core::passkey::PasskeyConfig;
use auth_core::store::{Backend, MemoryStore};
use auth_core::{Auth, AuthBuilder};
use auth_store::{RedisStore, SqlStore};

pub use self::docs::{DocsReply, docs};
pub use self::echo::{BODY_LIMIT, echo};
pub use self::page::home;
pub use self::settings::{Database, Mails, Settings};
pub use self::users::{DEMO_USERS, DemoUser, ReportScopes, seed};

use self::login_page::OwnPages;

/// What the demo reads itself, of the variables that begin as those of the builder do.
const OWN_VARIABLES: [&str; 6] = [
    "AUTH_CLIENTS",
    "AUTH_PROVIDERS",
    "AUTH_REGISTER_CLIENTS",
    "AUTH_REGISTRATION",
    "AUTH_SMTP",
    "AUTH_VERIFIED_EMAIL",
];

/// Whom the demo's mails come from.
const MAIL_FROM: &str = "accounts@demo.example";

/// Reads the environment, takes a port, builds `Auth` over a migrated store with the demo users in it, and says on the
/// standard output what to try.
///
/// # Errors
/// When a variable makes no sense, the port is taken or the store cannot be opened: in a sentence for whoever started it.
pub async fn start() -> Result<(Auth, TcpListener), Error> {
    log_to_stderr()?;
    let (listener, port) = listen(std::env::var("PORT").ok().as_deref())?;
    let settings = Settings::from_env(port)?;
    let secrets = secret::application_secrets(std::env::var("AUTH_SECRET").ok(), &settings.database)?;
    let builder = builder(&settings, secrets).await?.own_variables(OWN_VARIABLES);
    let auth = builder.from_env()?.build().await?;
    auth.migrate().await?;
    seed(&auth).await?;
    auth.start_housekeeping();
    print!("{}", page::introduction(&settings.base_url));
    Ok((auth, listener))
}

/// What announces that the app can be called: one line, `listening on http://localhost:PORT`.
///
/// # Errors
/// When the listener has no address.
pub fn ready_line(listener: &TcpListener) -> Result<impl FnOnce() + Send + Sync + use<>, Error> {
    let port = listener.local_addr().map_err(stopped)?.port();
    Ok(move || {
        println!("listening on http://localhost:{port}");
        // Who waits for the line may read it through a pipe. That nobody reads it at all is no reason to stop.
        let _ = io::stdout().flush();
    })
}

/// Why the server is not there, or no longer: for the `main` that answers it.
pub fn stopped(error: io::Error) -> Error {
    Error::configuration("the server cannot go on").with_source(error)
}

/// The builder as the demo wants it. A test replaces what it needs to: clock, randomness, store,
/// password parameters.
///
/// # Errors
/// When the store cannot be opened, or the file of the login providers makes no sense.
pub async fn builder(settings: &Settings, secrets: ApplicationSecrets) -> Result<AuthBuilder, Error> {
    let builder = Auth::builder()
        .base_url(&settings.base_url)
        .app_name("Demo")
        .secrets(secrets)
        .password_grant(true)
        .health_routes(true)
        .scope_policy(ReportScopes)
        .registration(settings.registration)
        .profile_policy(ProfilePolicy::default().username())
        .email_verification(settings.email_verification)
        .magic_links(true)
        .mfa(MfaConfig::default().mailed_codes(true));
    // Browsers make them for a name only, and the demo may be asked for at an address.
    let builder = match settings.has_a_name() {
        true => builder.passkeys(PasskeyConfig::default()),
        false => builder,
    };
    let builder = match &settings.mails {
        Mails::Console => builder.mailer(ConsoleMailer::new(), MAIL_FROM),
        Mails::Directory(directory) => builder.mailer(DirectoryMailer::new(directory)?, MAIL_FROM),
        Mails::Smtp(url) => builder.mailer(smtp(url)?, MAIL_FROM),
    };
    let builder = if settings.has_own_login_page { builder.pages(OwnPages) } else { builder };
    let builder = match clients::read(settings)? {
        Some(server) => builder.server(server),
        None => builder,
    };
    let builder = match &settings.providers {
        Some(file) => builder.providers(providers::read(file)?),
        None => builder,
    };
    let redis = match &settings.redis {
        Some(url) => Some(redis(url).await?),
        None => None,
    };
    Ok(match &settings.database {
        Database::Memory => store(builder, MemoryStore::new(), redis),
        Database::Sql(url) => store(builder, sql(url).await?, redis),
    })
}

/// All in one backend, or what is hot in Redis beside it.
fn store(builder: AuthBuilder, lasting: impl Backend + 'static, redis: Option<RedisStore>) -> AuthBuilder {
    match redis {
        Some(redis) => builder.store(redis.beside(lasting)),
        None => builder.store(lasting),
    }
}

async fn sql(url: &str) -> Result<SqlStore, Error> {
    SqlStore::connect(url).await.map_err(|error| named("DATABASE_URL", error))
}

fn smtp(url: &str) -> Result<SmtpMailer, Error> {
    SmtpMailer::new(url).map_err(|error| named("AUTH_SMTP", error))
}

async fn redis(url: &str) -> Result<RedisStore, Error> {
    RedisStore::connect(url).await.map_err(|error| named("REDIS_URL", error))
}

/// What has to be changed, with the variable in which it stands.
fn named(variable: &str, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Configuration => Error::configuration(format!("{variable}: {error}")),
        _ => error,
    }
}

/// What this workspace logs, on the standard error output. The frameworks log through another door, which stays closed: a
/// line for each request would be most of what a request costs.
fn log_to_stderr() -> Result<(), Error> {
    let colours = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(colours).finish();
    tracing::subscriber::set_global_default(log)
        .map_err(|error| Error::configuration("something else writes the log already").with_source(error))
}

/// Takes the port before anything is built, because the base URL names it; 0 is any free one.
fn listen(port: Option<&str>) -> Result<(TcpListener, u16), Error> {
    let port: u16 = match port.filter(|port| !port.is_empty()) {
        None => 3000,
        Some(port) => port.parse().map_err(|_| {
            Error::configuration(format!("PORT: `{}` is no number from 0 to 65535", port.escape_debug()))
        })?,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        Error::configuration(format!(
            "port {port} cannot be opened ({error}): set PORT to another one, or to 0"
        ))
    })?;
    listener.set_nonblocking(true).map_err(stopped)?;
    let port = listener.local_addr().map_err(stopped)?.port();
    Ok((listener, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_cannot_be_is_told_by_the_variable_that_names_it() {
        for url in [
            "oracle:x",
            "memory",
            "app:hunter2@db",
            "postgres://app:hunter2@db/app?sslmod=require",
            "mysql://app:hunter2@db/app?sslmod=required",
        ] {
            let told = sql(url).await.unwrap_err().to_string();
            assert!(told.starts_with("DATABASE_URL: ") && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_port_that_cannot_be_is_told() {
        let told = |port: &str| format!("{:?}", listen(Some(port)).unwrap_err());
        assert_eq!(told("http"), "PORT: `http` is no number from 0 to 65535");
        assert_eq!(told("65536"), "PORT: `65536` is no number from 0 to 65535");
        let (_taken, port) = listen(Some("0")).unwrap();
        let told = told(&port.to_string());
        assert!(told.starts_with(&format!("port {port} cannot be opened (")), "{told}");
        assert!(told.ends_with("): set PORT to another one, or to 0"), "{told}");
    }
}
