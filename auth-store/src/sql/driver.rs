//! What the connections to a database have to offer.

use std::time::Duration;

use auth_core::error::{BoxError, StoreError};
use auth_core::session::Listener;

use super::dialect::Dialect;
use super::migration::Migration;
use super::row::Row;
use super::statement::Call;

/// What becomes of a row.
pub(crate) trait Decode<T>: Fn(&Row<'_>) -> Result<T, BoxError> + Send + Sync + 'static {}

impl<T, F: Fn(&Row<'_>) -> Result<T, BoxError> + Send + Sync + 'static> Decode<T> for F {}

/// Connections to a database, as many as it takes.
pub(crate) trait Driver: Send + Sync {
    type Begun: Begun;

    fn dialect(&self) -> &'static dyn Dialect;

    /// How our tables came to be here.
    fn migrations(&self) -> &'static [Migration];

    /// Every row that a lookup by key finds, for a guard. In time, or an error.
    fn read<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;

    /// The same where no guard waits for it, and for what looks through a whole table.
    fn look_up<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;

    /// One change by itself: how many rows it changed.
    fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// One change by itself that answers with rows.
    fn change<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;

    /// Begins a transaction that changes something. It takes no longer than `limit`.
    fn begin(&self, limit: Duration) -> impl Future<Output = Result<Self::Begun, StoreError>> + Send;

    /// Whether what is sent by the dialect's words is heard.
    fn can_listen(&self) -> bool {
        false
    }

    /// Begins to hear what is sent on a channel.
    fn listen(&self, channel: &str) -> impl Future<Output = Result<Box<dyn Listener>, StoreError>> + Send {
        let _ = channel;
        async { Err(StoreError::unsupported("listening")) }
    }

    /// How the database would find what the statement asks for, one step a text or all of them in one. In PostgreSQL, whether it
    /// could do without reading the whole table: it reads a small one whatever there is.
    fn plan(&self, statement: String) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;
}

/// A transaction; nothing of it happened unless it is committed.
pub(crate) trait Begun: Send {
    /// How many rows the statement changed, or found to be as they should be.
    fn execute(&mut self, call: Call<'_>) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Every row that the statement finds or writes.
    fn rows<T: Send + 'static>(
        &mut self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;

    /// Runs a script of several statements.
    fn script(&mut self, text: String) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn commit(self) -> impl Future<Output = Result<(), StoreError>> + Send;
}
