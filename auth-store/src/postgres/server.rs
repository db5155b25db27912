//! Connections to PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use auth_core::error::{Error, StoreError};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, raw_sql};
use tokio::time::timeout;

use crate::sql::migration::Migration;
use crate::sql::{Call, Decode, Dialect, Driver, Param, Statement, Writer, decoded, store_error, too_late};

use super::check;
use super::dialect::PostgresDialect;
use super::fault;
use super::lent::Lent;
use super::migrations::MIGRATIONS;
use super::trust::Trust;
use super::url::{Address, place};

/// Statements that are kept prepared on each connection: more than there are.
const STATEMENTS: usize = 128;

/// The server, as many connections as are needed.
pub(crate) struct Server {
    /// For what guards read: each takes one for less than a millisecond.
    guards: PgPool,
    /// For everything else. They are others, so that no guard waits behind a queue of logins, or behind a row that somebody keeps
    /// locked.
    others: PgPool,
    trust: Arc<Trust>,
    limit: Duration,
    /// Whether each statement is a transaction, because a pooler may send what is outside of one anywhere.
    is_behind_pooler: bool,
}

impl Server {
    /// Connects, and looks whether the server is what is needed.
    pub(crate) async fn connect(address: Address, limit: Duration, most: u32) -> Result<Self, Error> {
        let Address { options, is_behind_pooler } = address;
        check::connect_once(&options, limit).await?;
        let options = match is_behind_pooler {
            true => options,
            false => options.statement_cache_capacity(STATEMENTS),
        };
        let trust = Arc::new(Trust::new(limit));
        let pool = |most| pool(options.clone(), limit, most, &trust, is_behind_pooler);
        Ok(Self { guards: pool(most / 2), others: pool(most - most / 2), trust, limit, is_behind_pooler })
    }

    /// Over connections of the application's own, which also do for guards. How many there are, and what is set on them, is the
    /// application's.
    pub(crate) async fn over(pool: PgPool, limit: Duration) -> Result<Self, Error> {
        let place = place(&pool.connect_options());
        let check = async {
            let mut connection = pool.acquire().await.map_err(store_error)?;
            check::is_fit(&mut connection, &place).await
        };
        timeout(limit, check).await.map_err(|_| too_late())??;
        let trust = Arc::new(Trust::new(limit));
        Ok(Self { guards: pool.clone(), others: pool, trust, limit, is_behind_pooler: false })
    }

    /// The rows of what changes nothing. Asked again, once, where the connection turned out to be broken: those of its age are no
    /// longer trusted then.
    async fn read(&self, pool: &PgPool, call: Call<'_>) -> Result<Vec<PgRow>, StoreError> {
        let reading = async {
            match self.ask(pool, call).await {
                Err(error) if fault::is_broken(&error) => self.ask(pool, call).await,
                answer => answer,
            }
        };
        timeout(self.limit, reading).await.map_err(|_| too_late())?.map_err(store_error)
    }

    async fn ask(&self, pool: &PgPool, call: Call<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut lent = self.lend(pool).await?;
        let rows = lent.fetch(call).await?;
        self.give_back(lent).await?;
        Ok(rows)
    }

    async fn begun(&self, limit: Duration) -> Result<Lent, sqlx::Error> {
        let mut lent = Lent::from(&self.others, &self.trust).await?;
        lent.begin(limit).await?;
        Ok(lent)
    }

    /// A connection for one statement.
    async fn lend(&self, pool: &PgPool) -> Result<Lent, sqlx::Error> {
        let mut lent = Lent::from(pool, &self.trust).await?;
        if self.is_behind_pooler {
            lent.begin(self.limit).await?;
        }
        Ok(lent)
    }

    async fn give_back(&self, lent: Lent) -> Result<(), sqlx::Error> {
        match self.is_behind_pooler {
            true => lent.end().await,
            false => Ok(()),
        }
    }
}

/// Connections that are made as they are needed. The server itself gives up what takes longer than `limit`; behind a pooler, where
/// a setting of a session may be anybody's, that stands in each transaction.
fn pool(
    options: PgConnectOptions,
    limit: Duration,
    most: u32,
    trust: &Arc<Trust>,
    is_behind_pooler: bool,
) -> PgPool {
    let setting = format!("SET statement_timeout = {}", Trust::server_limit(limit).as_millis());
    let trust = trust.clone();
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(limit)
        // Asking before each use costs more than what is asked for then.
        .test_before_acquire(false)
        .before_acquire(move |connection, of| {
            let trust = trust.clone();
            Box::pin(async move { trust.test(connection, of).await })
        })
        .after_connect(move |connection, _| {
            let set = (!is_behind_pooler).then(|| raw_sql(AssertSqlSafe(setting.clone())));
            Box::pin(async move {
                match set {
                    Some(set) => set.execute(connection).await.map(drop),
                    None => Ok(()),
                }
            })
        })
        .connect_lazy_with(options)
}

impl Driver for Server {
    type Begun = Lent;

    fn dialect(&self) -> &'static dyn Dialect {
        &PostgresDialect
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn read<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.read(&self.guards, call).await?, decode)
    }

    async fn look_up<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.read(&self.others, call).await?, decode)
    }

    async fn execute(&self, call: Call<'_>) -> Result<u64, StoreError> {
        let work = async {
            let mut lent = self.lend(&self.others).await?;
            let changed = lent.change(call).await?;
            self.give_back(lent).await?;
            Ok(changed)
        };
        work.await.map_err(store_error)
    }

    async fn change<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.ask(&self.others, call).await.map_err(store_error)?, decode)
    }

    async fn begin(&self, limit: Duration) -> Result<Lent, StoreError> {
        let work = async {
            match self.begun(limit).await {
                // Nothing was asked yet.
                Err(error) if fault::is_broken(&error) => self.begun(limit).await,
                answer => answer,
            }
        };
        work.await.map_err(store_error)
    }

    async fn plan(&self, statement: String) -> Result<Vec<String>, StoreError> {
        let mut lent = self.begin(self.limit).await?;
        lent.run("SET LOCAL enable_seqscan = off".to_owned()).await.map_err(store_error)?;
        let explain = explain(&statement);
        let no_tenant = crate::sql::Value::Int(None);
        let no_params: [Param<'_>; 0] = [];
        let rows = lent.fetch(Call::new(&explain.steps()[0], &no_tenant, &no_params)).await;
        decoded(&rows.map_err(store_error)?, |row| Ok(row.string(0)?.to_owned()))
    }
}

fn explain(statement: &str) -> Statement {
    Writer { dialect: &PostgresDialect, prefix: "" }.statement(format!("EXPLAIN {statement}"))
}
