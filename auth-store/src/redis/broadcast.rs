//! Messages between the programs that share a Redis: published, and kept nowhere. In a Cluster every node passes them on to all others.

use async_trait::async_trait;
use auth_core::error::StoreError;
use auth_core::session::{Broadcast, Listener};
use futures_util::StreamExt as _;
use redis::aio::PubSub;
use redis::cmd;

use super::RedisStore;

struct RedisListener(PubSub);

#[async_trait]
impl Broadcast for RedisStore {
    async fn send(&self, message: &str) -> Result<(), StoreError> {
        self.link().query(cmd("PUBLISH").arg(self.names().changes()).arg(message)).await
    }

    async fn listen(&self) -> Result<Box<dyn Listener>, StoreError> {
        Ok(Box::new(RedisListener(self.link().subscribed(self.names().changes()).await?)))
    }
}

#[async_trait]
impl Listener for RedisListener {
    async fn next(&mut self) -> Result<String, StoreError> {
        let message = self.0.on_message().next().await;
        let message = message
            .ok_or_else(|| StoreError::unavailable("the connection to Redis on which we listened is lost"))?;
        message.get_payload().map_err(StoreError::unavailable)
    }
}
