//! What is MySQL's own among the servers.

use std::time::Duration;

use auth_core::error::Error;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlPool, MySqlQueryResult, MySqlRow};
use sqlx::{AssertSqlSafe, raw_sql};

use crate::server::{Fault, Product, QUIET, Server, server_limit};
use crate::sql::migration::Migration;
use crate::sql::{Call, Dialect, over_sqlx};

use super::check;
use super::dialect::{ALREADY_THERE, MySqlDialect};
use super::fault::fault;
use super::migrations::MIGRATIONS;
use super::url::{Address, place};

/// What every connection of ours goes by. What does not fit is an error, whatever the server's default is.
const SQL_MODE: &str =
    "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

pub(crate) struct MySql {
    /// What a connection is told when it is made, or was told by the application.
    limit: Duration,
}

impl MySql {
    /// Connects, and looks whether the server is what is needed.
    pub(crate) async fn connect(address: Address, limit: Duration, most: u32) -> Result<Server<Self>, Error> {
        check::connect_once(&address.options, limit).await?;
        Ok(Server::at(Self { limit: server_limit(limit) }, &address.options, limit, most))
    }

    /// Over an application's own connections.
    pub(crate) async fn over(pool: MySqlPool, limit: Duration) -> Result<Server<Self>, Error> {
        Server::over(Self { limit: server_limit(limit) }, pool, limit).await
    }
}

/// How long a list may be that is put together from rows, in bytes: as long as the server lets it be.
const LONGEST_LIST: u32 = u32::MAX;

/// Has the server give up what takes longer, or waits longer for a lock, and a transaction in which nothing happens for so long.
/// Locks are waited for in whole seconds. The comments are commands to MariaDB and to MySQL alone.
fn limits(limit: Duration) -> String {
    let (seconds, millis) = (limit.as_secs().max(1), limit.as_millis());
    format!(
        "SET SESSION innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds} \
         /*M! , max_statement_time = {:.3}, idle_transaction_timeout = {seconds} */ /*!80000 , max_execution_time = {millis} */",
        limit.as_secs_f64()
    )
}

/// How many rows a statement changed. An insert says by this mark that its row was there.
fn changed(done: &MySqlQueryResult) -> u64 {
    match done.last_insert_id() {
        ALREADY_THERE => 0,
        _ => done.rows_affected(),
    }
}

// Texts that are compared are binary here: they are read without asking for their type, and checked to be UTF-8.
over_sqlx!(sqlx::MySql, MySqlRow, try_get_unchecked);

impl Product for MySql {
    type Database = sqlx::MySql;
    type Row = MySqlRow;

    fn dialect(&self) -> &'static dyn Dialect {
        &MySqlDialect
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    /// A connection that nobody uses is closed by the server after a minute: with it goes whatever somebody kept locked who is gone
    /// without a word. Before that it is [asked](QUIET) whether it is still there.
    fn greeting(&self, limit: Duration) -> Option<String> {
        let idle = QUIET.as_secs() * 2;
        Some(format!(
            "SET SESSION sql_mode = '{SQL_MODE}', wait_timeout = {idle}, autocommit = 1, group_concat_max_len = {LONGEST_LIST}; {}; \
             SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
            limits(limit)
        ))
    }

    fn begin(&self, limit: Duration) -> String {
        let limits = if self.is_changed_by(limit) { limits(limit) + "; " } else { String::new() };
        format!("{limits}SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION")
    }

    /// What a session is told stays so.
    fn is_changed_by(&self, limit: Duration) -> bool {
        limit > self.limit
    }

    /// Turns are the connection's, not the transaction's.
    fn commit(&self) -> &'static str {
        "COMMIT; DO RELEASE_ALL_LOCKS()"
    }

    fn roll_back(&self) -> &'static str {
        "ROLLBACK; DO RELEASE_ALL_LOCKS()"
    }

    fn explain(&self) -> &'static str {
        "EXPLAIN FORMAT=JSON"
    }

    fn fault(error: &sqlx::Error) -> Fault {
        fault(error)
    }

    async fn is_fit(connection: &mut MySqlConnection, options: &MySqlConnectOptions) -> Result<(), Error> {
        let place = place(options);
        check::is_fit(connection, &place).await?.check(&place)
    }

    async fn fetch(
        &self,
        connection: &mut MySqlConnection,
        call: Call<'_>,
    ) -> Result<Vec<MySqlRow>, sqlx::Error> {
        query(call)?.fetch_all(connection).await
    }

    async fn change(&self, connection: &mut MySqlConnection, call: Call<'_>) -> Result<u64, sqlx::Error> {
        Ok(changed(&query(call)?.execute(connection).await?))
    }

    async fn run(connection: &mut MySqlConnection, script: String) -> Result<(), sqlx::Error> {
        raw_sql(AssertSqlSafe(script)).execute(connection).await.map(drop)
    }
}
