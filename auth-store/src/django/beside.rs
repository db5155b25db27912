//! Django's users beside another store for everything else.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::provider::{LinkedAccount, LinkedAccountId, LinkedAccountStore, Unlinked};
use auth_core::store::{Backend, Stores};
use auth_core::user::{NewUser, User, UserId};

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
        let users = Arc::new(self.users.clone());
        let rest = self.rest.stores();
        Stores {
            users: users.clone(),
            user_admin: Some(users),
            linked_accounts: Arc::new(LinkedOnly(rest.linked_accounts)),
            ..rest
        }
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        self.users.make_own_table().await?;
        self.rest.migrate().await
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(self.users.has_own_table().await? && self.rest.is_migrated().await?)
    }
}

/// Linked accounts whose users are made elsewhere: two databases cannot promise both or neither.
#[derive(Debug)]
struct LinkedOnly(Arc<dyn LinkedAccountStore>);

#[async_trait]
impl LinkedAccountStore for LinkedOnly {
    async fn find(&self, issuer: &str, subject: &str) -> Result<Option<LinkedAccount>, StoreError> {
        self.0.find(issuer, subject).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        self.0.list(user).await
    }

    async fn link(&self, account: LinkedAccount) -> Result<(), StoreError> {
        self.0.link(account).await
    }

    async fn insert_user(&self, _: NewUser, _: LinkedAccount) -> Result<Arc<User>, StoreError> {
        Err(StoreError::unsupported(
            "signing up by a provider over Django's users: make the account by `.sign_up(..)` on the builder",
        ))
    }

    async fn unlink(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        others: Option<&[LinkedAccountId]>,
    ) -> Result<Unlinked, StoreError> {
        self.0.unlink(user, id, others).await
    }

    async fn record_login(
        &self,
        id: &LinkedAccountId,
        at: Timestamp,
        email: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), StoreError> {
        self.0.record_login(id, at, email, name).await
    }

    async fn write_tokens(
        &self,
        id: &LinkedAccountId,
        expected: u64,
        tokens: Option<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        self.0.write_tokens(id, expected, tokens).await
    }
}
