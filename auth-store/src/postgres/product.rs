//! What is PostgreSQL's own among the servers, by sqlx.

use std::time::Duration;

use auth_core::error::{Error, StoreError};
use auth_core::session::Listener;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, raw_sql};

use crate::server::{Fault, Product, Server};
use crate::sql::migration::Migration;
use crate::sql::{Call, Dialect, over_sqlx, store_error};

use super::check;
use super::dialect::PostgresDialect;
use super::fault::fault;
use super::listener::PostgresListener;
use super::migrations::MIGRATIONS;
use super::url::{Address, place};

/// Statements that are kept prepared on each connection: more than there are.
const STATEMENTS: usize = 128;

pub(crate) struct OverSqlx {
    pub(super) is_behind_pooler: bool,
}

impl OverSqlx {
    /// As many connections as are needed, `most` at most.
    pub(super) fn connections(address: Address, limit: Duration, most: u32) -> Server<Self> {
        let Address { options, is_behind_pooler } = address;
        let options = match is_behind_pooler {
            true => options,
            false => options.statement_cache_capacity(STATEMENTS),
        };
        Server::at(Self { is_behind_pooler }, &options, limit, most)
    }
}

/// As PostgreSQL's time limits are written.
pub(super) fn millis(limit: Duration) -> i32 {
    i32::try_from(limit.as_millis()).unwrap_or(i32::MAX)
}

over_sqlx!(sqlx::Postgres, PgRow, try_get);

impl Product for OverSqlx {
    type Database = sqlx::Postgres;
    type Row = PgRow;

    fn dialect(&self) -> &'static dyn Dialect {
        &PostgresDialect
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    fn is_behind_pooler(&self) -> bool {
        self.is_behind_pooler
    }

    /// Behind a pooler, where a setting of a session may be anybody's, that stands in each transaction.
    fn greeting(&self, limit: Duration) -> Option<String> {
        (!self.is_behind_pooler).then(|| format!("SET statement_timeout = {}", millis(limit)))
    }

    fn begin(&self, limit: Duration) -> String {
        let millis = millis(limit);
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = {millis}; \
             SET LOCAL idle_in_transaction_session_timeout = {millis}"
        )
    }

    /// It reads a small table whatever there is.
    fn before_explain(&self) -> Option<&'static str> {
        Some("SET LOCAL enable_seqscan = off")
    }

    /// A pooler gives the connection that listens to somebody else.
    fn can_listen(&self) -> bool {
        !self.is_behind_pooler
    }

    async fn listen(options: PgConnectOptions, channel: &str) -> Result<Box<dyn Listener>, StoreError> {
        Ok(Box::new(PostgresListener::begin(options, channel).await.map_err(store_error)?))
    }

    fn fault(error: &sqlx::Error) -> Fault {
        fault(error)
    }

    async fn is_fit(connection: &mut PgConnection, options: &PgConnectOptions) -> Result<(), Error> {
        check::is_fit(connection, &place(options)).await
    }

    /// Behind a pooler a statement has no name, under which the server would keep it for whoever comes next.
    async fn fetch(&self, connection: &mut PgConnection, call: Call<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        query(call)?.persistent(!self.is_behind_pooler).fetch_all(connection).await
    }

    async fn change(&self, connection: &mut PgConnection, call: Call<'_>) -> Result<u64, sqlx::Error> {
        let query = query(call)?.persistent(!self.is_behind_pooler);
        Ok(query.execute(connection).await?.rows_affected())
    }

    async fn run(connection: &mut PgConnection, script: String) -> Result<(), sqlx::Error> {
        raw_sql(AssertSqlSafe(script)).execute(connection).await.map(drop)
    }
}
