//! Opening the database that a Django project has.

use std::time::Duration;

use auth_core::error::Error;

use crate::database::{Any, Database};
use crate::open::{open_mysql, open_postgres};
use crate::options::SqlStoreOptions;

/// Opens a database that is there: nothing is made.
pub(super) async fn open(url: &str, options: &SqlStoreOptions) -> Result<Database, Error> {
    let timeout = options.time_limit();
    let any = match url.split_once(':').map_or("", |(scheme, _)| scheme) {
        "mysql" | "mariadb" => open_mysql(url, options).await?,
        "postgres" | "postgresql" => open_postgres(url, options).await?,
        _ => open_file(url, timeout).await?,
    };
    Ok(Database::new(any, timeout))
}

#[cfg(feature = "sqlite")]
async fn open_file(url: &str, timeout: Duration) -> Result<Any, Error> {
    use std::str::FromStr as _;

    use crate::sqlite::{Sqlite, is_in_memory};
    use sqlx::sqlite::SqliteConnectOptions;

    let path = url.strip_prefix("sqlite:").ok_or_else(not_a_url)?;
    if is_in_memory(path) {
        return Err(Error::configuration("a Django database in memory is nobody else's: give its file"));
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|error| not_a_url().with_source(error))?;
    let options = options.create_if_missing(false).foreign_keys(true);
    Ok(Any::Sqlite(Sqlite::open(options, timeout).await?))
}

#[cfg(not(feature = "sqlite"))]
async fn open_file(url: &str, _: Duration) -> Result<Any, Error> {
    match url.starts_with("sqlite:") {
        true => {
            Err(Error::configuration("a Django database in SQLite needs the feature `sqlite` of auth-store"))
        }
        false => Err(not_a_url()),
    }
}

fn not_a_url() -> Error {
    Error::configuration(
        "that is no address of a Django database: use one like postgres://user@host/name, mysql://user@host/name or sqlite:db.sqlite3",
    )
}
