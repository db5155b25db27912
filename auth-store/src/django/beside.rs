//! Django's users beside another store for everything else.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::store::{Backend, Stores};

use super::DjangoStore;

/// A [`DjangoStore`] for the users and a backend for the rest; made by [`DjangoStore::beside`].
#[derive(Clone, Debug)]
pub struct DjangoBackend {
    users: DjangoStore,
    rest: Arc<dyn Backend>,
}

impl DjangoBackend {
    pub(super) fn new(users: DjangoStore, rest: Arc<dyn Backend>) -> Self {
        Self { users, rest }
    }
}

#[async_trait]
impl Backend for DjangoBackend {
    fn stores(&self) -> Stores {
        self.rest.stores().with_user_admin(Arc::new(self.users.clone()))
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        Box::pin(self.users.migrate_own()).await?;
        self.rest.migrate().await
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(self.users.is_migrated().await? && self.rest.is_migrated().await?)
    }

    /// That of the store for the rest, where sessions end; where that has none, of Django's database.
    async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        match self.rest.time().await? {
            Some(time) => Ok(Some(time)),
            None => self.users.time().await,
        }
    }
}
