//! From a URL to a database.

use auth_core::error::Error;

use crate::database::{Any, Database};
use crate::options::SqlStoreOptions;

/// Opens the database that a URL names, by its scheme.
///
/// # Errors
/// `Configuration` for a scheme that there is none of, or that is behind a feature which is off; else as the database says.
pub(crate) async fn open(url: &str, options: &SqlStoreOptions) -> Result<Database, Error> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let any = match scheme {
        "sqlite" => open_sqlite(url, options).await?,
        "mysql" | "mariadb" => open_mysql(url, options).await?,
        "postgres" | "postgresql" => open_postgres(url, options).await?,
        _ => return Err(no_such_scheme(url)),
    };
    Ok(Database::new(any, options.time_limit()))
}

#[cfg(feature = "sqlite")]
async fn open_sqlite(url: &str, options: &SqlStoreOptions) -> Result<Any, Error> {
    use crate::sqlite::{Sqlite, parse_url};

    Ok(Any::Sqlite(Sqlite::open(parse_url(url)?, options.time_limit()).await?))
}

#[cfg(not(feature = "sqlite"))]
async fn open_sqlite(_: &str, _: &SqlStoreOptions) -> Result<Any, Error> {
    Err(needs_feature("sqlite:", "sqlite"))
}

#[cfg(feature = "postgres")]
pub(crate) async fn open_postgres(url: &str, options: &SqlStoreOptions) -> Result<Any, Error> {
    use crate::postgres::{Address, Postgres};

    let server = Postgres::connect(Address::parse(url)?, options.time_limit(), options.connections()).await?;
    Ok(Any::Postgres(server))
}

#[cfg(not(feature = "postgres"))]
pub(crate) async fn open_postgres(_: &str, _: &SqlStoreOptions) -> Result<Any, Error> {
    Err(needs_feature("postgres:", "postgres"))
}

#[cfg(feature = "mysql")]
pub(crate) async fn open_mysql(url: &str, options: &SqlStoreOptions) -> Result<Any, Error> {
    use crate::mysql::{Address, MySql};

    let server = MySql::connect(Address::parse(url)?, options.time_limit(), options.connections()).await?;
    Ok(Any::MySql(server))
}

#[cfg(not(feature = "mysql"))]
pub(crate) async fn open_mysql(_: &str, _: &SqlStoreOptions) -> Result<Any, Error> {
    Err(needs_feature("mysql:", "mysql"))
}

#[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
fn needs_feature(scheme: &str, feature: &str) -> Error {
    Error::configuration(format!("a `{scheme}` URL needs the feature `{feature}` of auth-store"))
}

fn no_such_scheme(url: &str) -> Error {
    // Not the whole text: a URL has a password in it.
    let begins = match url.split_once(':') {
        Some((scheme, _)) => format!("`{}:…`", scheme.chars().take(20).collect::<String>().escape_debug()),
        None => "that".to_owned(),
    };
    Error::configuration(format!(
        "{begins} begins no URL of a database: use one like sqlite:app.db?mode=rwc, postgres://user@host/name or mysql://user@host/name"
    ))
}
