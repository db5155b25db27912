//! Messages within one process.

use async_trait::async_trait;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use crate::error::StoreError;
use crate::session::{Broadcast, Listener};

/// How many messages a listener may be behind before it has lost some.
const MOST_WAITING: usize = 256;

#[derive(Debug)]
pub(super) struct MemoryBroadcast(Sender<String>);

struct MemoryListener(Receiver<String>);

impl Default for MemoryBroadcast {
    fn default() -> Self {
        Self(channel(MOST_WAITING).0)
    }
}

#[async_trait]
impl Broadcast for MemoryBroadcast {
    async fn send(&self, message: &str) -> Result<(), StoreError> {
        // An error says that nobody listens.
        let _ = self.0.send(message.to_owned());
        Ok(())
    }

    async fn listen(&self) -> Result<Box<dyn Listener>, StoreError> {
        Ok(Box::new(MemoryListener(self.0.subscribe())))
    }
}

#[async_trait]
impl Listener for MemoryListener {
    async fn next(&mut self) -> Result<String, StoreError> {
        self.0.recv().await.map_err(StoreError::unavailable)
    }
}
