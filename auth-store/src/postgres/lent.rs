//! A connection on loan.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::error::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{AssertSqlSafe, Postgres, raw_sql};
use tokio::time::timeout;

use crate::sql::{Begun, Call, Decode, decoded, over_sqlx, store_error};

use super::fault;
use super::trust::Trust;

/// How long giving a transaction up may take. One that takes longer goes with its connection.
const ROLLBACK: Duration = Duration::from_secs(1);

/// A connection on loan. It goes back to the others once what it was asked is answered to the end, and its transaction is over. One
/// that is given up in between (the answer took too long, somebody hung up) is closed: waiting for the rest could take as long as
/// the server is silent, and a dozen such connections would be all that there are.
pub(crate) struct Lent {
    /// Always there, until it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    trust: Arc<Trust>,
    /// Since when an answer is awaited.
    asked: Option<Instant>,
    is_in_transaction: bool,
}

over_sqlx!(Postgres, PgRow);

impl Lent {
    pub(super) async fn from(pool: &PgPool, trust: &Arc<Trust>) -> Result<Self, sqlx::Error> {
        let connection = pool.acquire().await.inspect_err(|error| trust.note(error))?;
        Ok(Self { connection: Some(connection), trust: trust.clone(), asked: None, is_in_transaction: false })
    }

    /// Begins a transaction in which the server itself gives up what takes longer than `limit`, so that nothing runs on, and
    /// nothing stays locked, for which nobody waits. Whatever the database's defaults are, the statements are written for READ COMMITTED.
    pub(super) async fn begin(&mut self, limit: Duration) -> Result<(), sqlx::Error> {
        let millis = i32::try_from(Trust::server_limit(limit).as_millis()).unwrap_or(i32::MAX);
        self.is_in_transaction = true;
        self.run(format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = {millis}; \
             SET LOCAL idle_in_transaction_session_timeout = {millis}"
        ))
        .await
    }

    pub(super) async fn end(mut self) -> Result<(), sqlx::Error> {
        self.run("COMMIT".to_owned()).await?;
        self.is_in_transaction = false;
        Ok(())
    }

    pub(super) async fn fetch(&mut self, call: Call<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        let query = query(call)?;
        let answer = query.fetch_all(&mut **self.asked()?).await;
        self.answered(answer)
    }

    pub(super) async fn change(&mut self, call: Call<'_>) -> Result<u64, sqlx::Error> {
        let query = query(call)?;
        let answer = query.execute(&mut **self.asked()?).await;
        self.answered(answer.map(|done| done.rows_affected()))
    }

    pub(super) async fn run(&mut self, script: String) -> Result<(), sqlx::Error> {
        let answer = raw_sql(AssertSqlSafe(script)).execute(&mut **self.asked()?).await;
        self.answered(answer.map(drop))
    }

    /// Notes that an answer is awaited on it from now on.
    fn asked(&mut self) -> Result<&mut PoolConnection<Postgres>, sqlx::Error> {
        self.asked = Some(Instant::now());
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Notes what that answer says of the connection.
    fn answered<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match &answer {
            Err(error) if !fault::is_of_the_statement(error) => self.trust.note(error),
            _ => self.asked = None,
        }
        answer
    }
}

impl Begun for Lent {
    async fn execute(&mut self, call: Call<'_>) -> Result<u64, StoreError> {
        self.change(call).await.map_err(store_error)
    }

    async fn rows<T: Send + 'static>(
        &mut self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.fetch(call).await.map_err(store_error)?, decode)
    }

    async fn script(&mut self, text: String) -> Result<(), StoreError> {
        self.run(text).await.map_err(store_error)
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.end().await.map_err(store_error)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if let Some(asked) = self.asked {
            self.trust.note_silence(asked.elapsed());
            hang_up(connection);
        } else if self.is_in_transaction {
            tokio::spawn(roll_back(connection));
        }
    }
}

async fn roll_back(mut connection: PoolConnection<Postgres>) {
    let done = timeout(ROLLBACK, raw_sql("ROLLBACK").execute(&mut *connection)).await;
    if !matches!(done, Ok(Ok(_))) {
        hang_up(connection);
    }
}

/// Closes a connection without a word: with one, TLS would wait for the server's.
fn hang_up(connection: PoolConnection<Postgres>) {
    drop(connection.detach());
}
