//! Messages between the programs that share a database, where it carries some.

use async_trait::async_trait;
use auth_core::error::StoreError;
use auth_core::session::{Broadcast, Listener};

use super::SqlStore;

impl SqlStore {
    /// A tenant's name may be longer than that of a channel (63 bytes in PostgreSQL): a number stands for it.
    fn channel(&self) -> String {
        format!("{}changes_{:016x}", self.prefix(), self.database.number_of("changes"))
    }
}

#[async_trait]
impl Broadcast for SqlStore {
    async fn send(&self, message: &str) -> Result<(), StoreError> {
        self.database.notify(&self.channel(), message).await
    }

    async fn listen(&self) -> Result<Box<dyn Listener>, StoreError> {
        self.database.listen(&self.channel()).await
    }
}
