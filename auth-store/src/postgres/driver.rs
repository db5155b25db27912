//! A PostgreSQL server: lines for what guards read, connections of sqlx for everything else.

use std::time::Duration;

use auth_core::error::{Error, StoreError};
use auth_core::session::Listener;
use sqlx::PgPool;

use crate::server::Server;
use crate::sql::migration::Migration;
use crate::sql::{Call, Decode, Dialect, Driver, decoded, too_late};

use super::check;
use super::lines::{Answer, Lines};
use super::product::OverSqlx;
use super::url::Address;

/// A server, open.
pub(crate) struct Postgres {
    server: Server<OverSqlx>,
    /// Where a guard may share a connection with others.
    lines: Option<Lines>,
}

impl Postgres {
    /// Connects, and looks whether the server is what is needed.
    pub(crate) async fn connect(address: Address, limit: Duration, most: u32) -> Result<Self, Error> {
        let is_encrypted = check::connect_once(&address, limit).await?;
        let how_many = match address.is_behind_pooler || is_encrypted {
            true => 0,
            false => Lines::fitting(most),
        };
        let options = address.options.clone();
        let server = OverSqlx::connections(address, limit, most - how_many);
        let lines = (how_many > 0).then(|| Lines::new(&options, how_many, limit, server.trust()));
        Ok(Self { server, lines })
    }

    /// Over an application's own connections.
    pub(crate) async fn over(pool: PgPool, limit: Duration) -> Result<Self, Error> {
        let server = Server::over(OverSqlx { is_behind_pooler: false }, pool, limit).await?;
        Ok(Self { server, lines: None })
    }
}

impl Driver for Postgres {
    type Begun = <Server<OverSqlx> as Driver>::Begun;

    fn dialect(&self) -> &'static dyn Dialect {
        self.server.dialect()
    }

    fn migrations(&self) -> &'static [Migration] {
        self.server.migrations()
    }

    /// By a line if one is open. What it cannot say is asked of a connection, which knows what to make of an error.
    async fn read<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        if let Some(lines) = &self.lines {
            match lines.ask(call).await {
                Answer::Rows(rows) => return decoded(&rows, decode),
                Answer::TooLate => return Err(too_late()),
                Answer::None => {}
            }
        }
        // What seldom happens lies apart: it would make the future of each guard as large as itself.
        Box::pin(self.server.read(call, decode)).await
    }

    async fn look_up<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.server.look_up(call, decode).await
    }

    async fn execute(&self, call: Call<'_>) -> Result<u64, StoreError> {
        self.server.execute(call).await
    }

    async fn change<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.server.change(call, decode).await
    }

    async fn begin(&self, limit: Duration) -> Result<Self::Begun, StoreError> {
        self.server.begin(limit).await
    }

    fn can_listen(&self) -> bool {
        self.server.can_listen()
    }

    async fn listen(&self, channel: &str) -> Result<Box<dyn Listener>, StoreError> {
        self.server.listen(channel).await
    }

    async fn plan(&self, statement: String) -> Result<Vec<String>, StoreError> {
        self.server.plan(statement).await
    }
}
