//! Connections to PostgreSQL, and what becomes of one whose answer does not come.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use auth_core::error::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Postgres, raw_sql};
use tokio::time::timeout;

use crate::sqlite::{store_error, too_late};

/// Connections at most for what guards read: each takes one for less than a millisecond.
const GUARD_CONNECTIONS: u32 = 6;

/// Connections at most for everything else. They are others, so that no guard waits behind a queue of logins, or behind a row that
/// Django keeps locked.
const OTHER_CONNECTIONS: u32 = 6;

/// The server, as many connections as are needed.
pub(super) struct Server {
    guards: PgPool,
    others: PgPool,
}

/// A connection on loan. It goes back to the others once what it was asked is answered to the end. One that is given up before that
/// (the answer took too long, somebody hung up, a transaction was not committed) is closed: waiting for the rest could take as
/// long as the server is silent, and ten such connections would be all that there are.
pub(super) struct Lent {
    connection: PoolConnection<Postgres>,
    is_settled: bool,
}

impl Server {
    /// Connects. The server itself gives up what takes longer than `limit`, so that nothing runs on that nobody waits for.
    pub(super) async fn connect(options: PgConnectOptions, limit: Duration) -> Result<Self, StoreError> {
        // Once without the pool, which tries until its time is over and does not say why in vain.
        let first = timeout(limit, PgConnection::connect_with(&options)).await.map_err(|_| too_late())?;
        first.map_err(store_error)?.close().await.map_err(store_error)?;
        let guards = Self::pool(options.clone(), limit, GUARD_CONNECTIONS);
        Ok(Self { guards, others: Self::pool(options, limit, OTHER_CONNECTIONS) })
    }

    fn pool(options: PgConnectOptions, limit: Duration, most: u32) -> PgPool {
        let setting = format!("SET statement_timeout = {}", limit.as_millis());
        PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(limit)
            .after_connect(move |connection, _| {
                let set = raw_sql(AssertSqlSafe(setting.clone()));
                Box::pin(async move { set.execute(connection).await.map(drop) })
            })
            .connect_lazy_with(options)
    }

    /// For what a guard reads.
    pub(super) async fn lend_to_guard(&self) -> Result<Lent, StoreError> {
        lend(&self.guards).await
    }

    pub(super) async fn lend(&self) -> Result<Lent, StoreError> {
        lend(&self.others).await
    }
}

async fn lend(pool: &PgPool) -> Result<Lent, StoreError> {
    let connection = pool.acquire().await.map_err(store_error)?;
    Ok(Lent { connection, is_settled: false })
}

impl Lent {
    /// Notes that nothing is under way on it any more.
    pub(super) fn settled(mut self) {
        self.is_settled = true;
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.is_settled {
            self.connection.close_on_drop();
        }
    }
}
