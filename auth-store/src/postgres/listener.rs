//! Hearing what programs send in a PostgreSQL database (`NOTIFY`).

use async_trait::async_trait;
use auth_core::error::StoreError;
use auth_core::session::Listener;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use crate::sql::store_error;

pub(super) struct PostgresListener(PgListener);

impl PostgresListener {
    /// Over a connection that nobody else uses. One that is lost is not made anew in silence: what was sent meanwhile is not heard.
    pub(super) async fn begin(options: PgConnectOptions, channel: &str) -> Result<Self, sqlx::Error> {
        let one = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let mut listener = PgListener::connect_with(&one.connect_with(options).await?).await?;
        listener.ignore_pool_close_event(true);
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        Ok(Self(listener))
    }
}

#[async_trait]
impl Listener for PostgresListener {
    async fn next(&mut self) -> Result<String, StoreError> {
        match self.0.try_recv().await.map_err(store_error)? {
            Some(notification) => Ok(notification.payload().to_owned()),
            None => Err(StoreError::unavailable("the connection to PostgreSQL on which we listened is lost")),
        }
    }
}
