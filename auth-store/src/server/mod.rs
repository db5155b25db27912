//! Connections to the server of a database, whichever product it is: lent and given back, trusted or given up, asked again where
//! they turned out to be broken. What a product does in its own way is a [`Product`].

mod connections;
mod lender;
mod lent;
mod trust;

use std::time::Duration;

use auth_core::error::{Error, StoreError};
use auth_core::session::Listener;
use sqlx::Connection;

use crate::sql::migration::Migration;
use crate::sql::{Call, Columns, Dialect};

pub(crate) use self::connections::Server;
pub(crate) use self::trust::QUIET;
#[cfg(feature = "postgres")]
pub(crate) use self::trust::Trust;

/// A connection of a product.
pub(crate) type ConnectionOf<P> = <<P as Product>::Database as sqlx::Database>::Connection;

/// Where a product's server is, and as whom it is spoken to.
pub(crate) type OptionsOf<P> = <ConnectionOf<P> as Connection>::Options;

/// What is a product's own.
pub(crate) trait Product: Send + Sync + 'static {
    type Database: sqlx::Database<Row = Self::Row>;
    type Row: Columns + Send + Sync;

    fn dialect(&self) -> &'static dyn Dialect;

    /// How our tables came to be there.
    fn migrations(&self) -> &'static [Migration];

    /// Whether each statement is a transaction, because a pooler may send what is outside of one anywhere.
    fn is_behind_pooler(&self) -> bool {
        false
    }

    /// What every new connection is told, where the server itself gives up what takes longer than `limit`.
    fn greeting(&self, limit: Duration) -> Option<String>;

    /// Begins a transaction in which the server itself gives up what takes longer than `limit`, so that nothing runs on, and
    /// nothing stays locked, for which nobody waits. Whatever the database's defaults are, the statements are written for READ COMMITTED.
    fn begin(&self, limit: Duration) -> String;

    /// Whether that leaves the connection changed beyond the transaction's end.
    fn is_changed_by(&self, limit: Duration) -> bool {
        let _ = limit;
        false
    }

    /// Ends a transaction, and all turns that were taken in it.
    fn commit(&self) -> &'static str {
        "COMMIT"
    }

    fn roll_back(&self) -> &'static str {
        "ROLLBACK"
    }

    /// What comes before a question for a plan, in a transaction of its own.
    fn before_explain(&self) -> Option<&'static str> {
        None
    }

    /// What asks for the plan of the statement behind it.
    fn explain(&self) -> &'static str {
        "EXPLAIN"
    }

    /// Whether what is sent by the dialect's words is heard.
    fn can_listen(&self) -> bool {
        false
    }

    /// Begins to hear what is sent on a channel, over a connection of its own.
    fn listen(
        options: OptionsOf<Self>,
        channel: &str,
    ) -> impl Future<Output = Result<Box<dyn Listener>, StoreError>> + Send {
        let _ = (options, channel);
        async { Err(StoreError::unsupported("listening")) }
    }

    fn fault(error: &sqlx::Error) -> Fault;

    /// Whether the server can be what it is needed for.
    fn is_fit(
        connection: &mut ConnectionOf<Self>,
        options: &OptionsOf<Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    fn fetch(
        &self,
        connection: &mut ConnectionOf<Self>,
        call: Call<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;

    /// How many rows the statement changed.
    fn change(
        &self,
        connection: &mut ConnectionOf<Self>,
        call: Call<'_>,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// Runs a script of one statement or several.
    fn run(
        connection: &mut ConnectionOf<Self>,
        script: String,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// What an error says of the connection on which it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The server, or the way to it, is gone: it shuts down, it fell. No connection of that age is any better.
    Broken,
    /// It is of no more use, and says nothing of others.
    Connection,
    /// A statement is not there that was prepared, or one that nobody prepared: a pooler gave the connection to somebody else in
    /// between, or the tables were changed meanwhile. What other connections of that age have prepared is no better.
    Prepared,
    /// The server became a read-only replica: no connection of that age is any better.
    ReadOnly,
    /// The server said no to a statement, and to nothing else. The connection goes on as if nothing had been asked.
    Statement,
}

impl Fault {
    /// Whether nothing was answered because the connection broke: what only reads may ask again.
    fn is_worth_another_try(self) -> bool {
        matches!(self, Self::Broken | Self::Prepared)
    }
}

/// What the server itself gives a statement up after, so that its word of that is here before nobody waits for it any longer.
pub(crate) fn server_limit(limit: Duration) -> Duration {
    limit * 9 / 10
}
