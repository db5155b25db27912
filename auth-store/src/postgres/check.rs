//! What is found out of a server when it is opened: whether it can be what it is needed for.

use std::io::ErrorKind;
use std::time::Duration;

use auth_core::error::{Error, StoreError};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Row as _};
use tokio::time::timeout;

use super::fault::code;
use super::url::{Address, place};

/// The oldest server that is taken: that of Debian 11, in whose words everything is written.
const OLDEST: i32 = 130_000;

const ASK: &str = "SELECT version(), current_setting('server_version_num')::int, \
     pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";

/// Connects once, without a pool, which would try until its time is over and not say why in vain. Answers whether the connection was
/// encrypted.
///
/// # Errors
/// `Configuration` for what has to be set in another way, `Unavailable` for what may pass; both name host and port.
pub(super) async fn connect_once(address: &Address, limit: Duration) -> Result<bool, Error> {
    let options = &address.options;
    let place = place(options);
    let late = || {
        unreachable(&place, &format!("it did not answer within {} ms as PostgreSQL would", limit.as_millis()))
    };
    let mut connection = timeout(limit, PgConnection::connect_with(options))
        .await
        .map_err(|_| late())?
        .map_err(|error| refusal(options, &place, error))?;
    timeout(limit, is_fit(&mut connection, &place)).await.map_err(|_| late())??;
    let is_shared = !address.is_behind_pooler
        && timeout(limit, is_shared(&mut connection, options)).await.map_err(|_| late())?;
    let is_encrypted = timeout(limit, is_encrypted(&mut connection)).await.map_err(|_| late())?;
    let _ = timeout(limit, connection.close()).await;
    match is_shared {
        true => Err(Error::configuration(format!(
            "{place} is a pooler that gives each transaction to another connection: put `statement-cache-capacity=0` behind the `?` of \
             the URL, or name the server itself"
        ))),
        false => Ok(is_encrypted),
    }
}

/// Whether TLS is spoken. Who cannot be told so takes it for spoken.
async fn is_encrypted(connection: &mut PgConnection) -> bool {
    let ask = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = sqlx::raw_sql(ask).fetch_one(connection).await;
    row.and_then(|row| row.try_get(0)).unwrap_or(true)
}

/// Whether a pooler gives the connection of whoever does nothing at the moment to others: then two that are open at once have one
/// process of the server. Where others are at work it may not show; a second connection that cannot be had says nothing.
async fn is_shared(connection: &mut PgConnection, options: &PgConnectOptions) -> bool {
    let Ok(mut other) = PgConnection::connect_with(options).await else { return false };
    let (one, two) = (process(connection).await, process(&mut other).await);
    let _ = other.close().await;
    one.is_some() && one == two
}

/// The server's process on the other end.
async fn process(connection: &mut PgConnection) -> Option<i32> {
    let row = sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(connection).await.ok()?;
    row.try_get(0).ok()
}

/// Whether it is PostgreSQL, new enough, and takes writes.
pub(super) async fn is_fit(connection: &mut PgConnection, place: &str) -> Result<(), Error> {
    let row = sqlx::raw_sql(ASK).fetch_one(connection).await.map_err(StoreError::unavailable)?;
    let read = |error: sqlx::Error| Error::from(StoreError::unavailable(error));
    let (name, is_read_only): (String, bool) = (row.try_get(0).map_err(read)?, row.try_get(2).map_err(read)?);
    let version: i32 = row.try_get(1).map_err(read)?;
    if !name.starts_with("PostgreSQL ") || version < OLDEST {
        return Err(Error::configuration(format!(
            "{place} is `{}`: PostgreSQL {} or newer is needed",
            name.chars().take(60).collect::<String>().escape_debug(),
            OLDEST / 10_000
        )));
    }
    if is_read_only {
        return Err(Error::configuration(format!(
            "{place} is a read-only replica: name the primary server in the URL"
        )));
    }
    Ok(())
}

/// Why there is no connection, and what to change.
fn refusal(options: &PgConnectOptions, place: &str, error: sqlx::Error) -> Error {
    let user = options.get_username();
    let advice = match (&error, code(&error).as_deref()) {
        // rustls says so, of a certificate.
        (sqlx::Error::Io(io), _) if io.kind() == ErrorKind::InvalidData => no_tls(),
        (sqlx::Error::Io(_), _) => return unreachable(place, &error.to_string()),
        // What speaks first, or in other words, is another product.
        (sqlx::Error::Protocol(_), _) => {
            "what answers there is no PostgreSQL: check host and port".to_owned()
        }
        (sqlx::Error::Tls(_) | sqlx::Error::Configuration(_), _) => no_tls(),
        (_, Some("28P01" | "28000")) => format!("it does not let in `{user}`: check user and password"),
        (_, Some("3D000")) => {
            "the database is not there: make it first (CREATE DATABASE), or name another".to_owned()
        }
        (_, Some("42501")) => format!("`{user}` may not connect: GRANT CONNECT ON DATABASE"),
        _ => return unreachable(place, &error.to_string()),
    };
    Error::configuration(format!("{place}: {advice}")).with_source(error)
}

fn no_tls() -> String {
    "no TLS as the URL asks for it: check sslmode and sslrootcert".to_owned()
}

fn unreachable(place: &str, why: &str) -> Error {
    StoreError::unavailable(format!("{place} cannot be reached: {why}")).into()
}
