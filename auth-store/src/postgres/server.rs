//! Connections to PostgreSQL, and what becomes of one whose answer does not come.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use auth_core::error::{BoxError, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Row as _, raw_sql};
use tokio::time::timeout;

use crate::sql::{Begun, Call, Columns, Decode, Dialect, Driver, Row, Value, store_error, too_late};

use super::dialect::PostgresDialect;

/// Connections at most for what guards read: each takes one for less than a millisecond.
const GUARD_CONNECTIONS: u32 = 6;

/// Connections at most for everything else. They are others, so that no guard waits behind a queue of logins, or behind a row that
/// Django keeps locked.
const OTHER_CONNECTIONS: u32 = 6;

/// The server, as many connections as are needed.
pub(crate) struct Server {
    guards: PgPool,
    others: PgPool,
    limit: Duration,
}

/// A connection on loan. It goes back to the others once what it was asked is answered to the end. One that is given up before that
/// (the answer took too long, somebody hung up, a transaction was not committed) is closed: waiting for the rest could take as
/// long as the server is silent, and ten such connections would be all that there are.
pub(crate) struct Lent {
    connection: PoolConnection<Postgres>,
    is_settled: bool,
}

impl Server {
    /// Connects. The server itself gives up what takes longer than `limit`, so that nothing runs on that nobody waits for.
    pub(crate) async fn connect(options: PgConnectOptions, limit: Duration) -> Result<Self, StoreError> {
        // Once without the pool, which tries until its time is over and does not say why in vain.
        let first = timeout(limit, PgConnection::connect_with(&options)).await.map_err(|_| too_late())?;
        first.map_err(store_error)?.close().await.map_err(store_error)?;
        let guards = Self::pool(options.clone(), limit, GUARD_CONNECTIONS);
        Ok(Self { guards, others: Self::pool(options, limit, OTHER_CONNECTIONS), limit })
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

    /// What does not come in time did not come.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        timeout(self.limit, work).await.map_err(|_| too_late())?
    }
}

impl Driver for Server {
    type Begun = Lent;

    fn dialect(&self) -> &'static dyn Dialect {
        &PostgresDialect
    }

    async fn read<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.in_time(read(&self.guards, call, decode)).await
    }

    async fn look_up<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.in_time(read(&self.others, call, decode)).await
    }

    async fn execute(&self, call: Call<'_>) -> Result<u64, StoreError> {
        let mut lent = lend(&self.others).await?;
        let changed = Begun::execute(&mut lent, call).await?;
        lent.settled();
        Ok(changed)
    }

    async fn change<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        read(&self.others, call, decode).await
    }

    async fn begin(&self) -> Result<Lent, StoreError> {
        let mut lent = lend(&self.others).await?;
        raw_sql("BEGIN").execute(&mut *lent).await.map_err(store_error)?;
        Ok(lent)
    }

    async fn plan(&self, statement: String) -> Result<Vec<String>, StoreError> {
        let mut lent = lend(&self.others).await?;
        raw_sql("SET enable_seqscan = off").execute(&mut *lent).await.map_err(store_error)?;
        let explain = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {statement}")));
        // The connection is not given back, and goes with its setting.
        explain.fetch_all(&mut *lent).await.map_err(store_error)
    }
}

impl Begun for Lent {
    async fn execute(&mut self, call: Call<'_>) -> Result<u64, StoreError> {
        let done = query(call)?.execute(&mut **self).await.map_err(store_error)?;
        Ok(done.rows_affected())
    }

    async fn rows<T: Send + 'static>(
        &mut self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query(call)?.fetch_all(&mut **self).await.map_err(store_error)?;
        decoded(&rows, decode)
    }

    async fn script(&mut self, text: String) -> Result<(), StoreError> {
        raw_sql(AssertSqlSafe(text)).execute(&mut **self).await.map(drop).map_err(store_error)
    }

    async fn commit(mut self) -> Result<(), StoreError> {
        raw_sql("COMMIT").execute(&mut *self).await.map_err(store_error)?;
        self.settled();
        Ok(())
    }
}

async fn read<T: Send + 'static>(
    pool: &PgPool,
    call: Call<'_>,
    decode: impl Decode<T>,
) -> Result<Vec<T>, StoreError> {
    let mut lent = lend(pool).await?;
    let rows = query(call)?.fetch_all(&mut *lent).await.map_err(store_error)?;
    lent.settled();
    decoded(&rows, decode)
}

fn decoded<T>(rows: &[PgRow], decode: impl Decode<T>) -> Result<Vec<T>, StoreError> {
    let decoded: Result<_, _> = rows.iter().map(|row| decode(&Row::new(row))).collect();
    decoded.map_err(StoreError::unavailable)
}

fn query(call: Call<'_>) -> Result<Query<'static, Postgres, PgArguments>, StoreError> {
    let query = sqlx::query(AssertSqlSafe(call.text().clone()));
    let bound = call.values().try_fold(query, |query, value| {
        Ok(match value? {
            Value::Blob(bytes) => query.bind(bytes.as_deref()),
            Value::Bool(flag) => query.bind(*flag),
            Value::Int(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.as_deref()),
        })
    });
    bound.map_err(|error: BoxError| StoreError::unavailable(error))
}

impl Columns for PgRow {
    fn int(&self, place: usize) -> Result<Option<i64>, BoxError> {
        Ok(self.try_get(place)?)
    }

    fn text(&self, place: usize) -> Result<Option<&str>, BoxError> {
        Ok(self.try_get(place)?)
    }

    fn blob(&self, place: usize) -> Result<Option<&[u8]>, BoxError> {
        Ok(self.try_get(place)?)
    }
}

async fn lend(pool: &PgPool) -> Result<Lent, StoreError> {
    let connection = pool.acquire().await.map_err(store_error)?;
    Ok(Lent { connection, is_settled: false })
}

impl Lent {
    /// Notes that nothing is under way on it any more.
    fn settled(mut self) {
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
