//! Users from elsewhere, of whom Redis keeps records: what changes one removes its record.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::password::{HashingRules, PasswordHash};
use auth_core::user::{
    Account, Attachment, Group, Insertion, LoginName, NewUser, User, UserAdmin, UserId, UserStore, UserUpdate,
};

use super::RedisStore;

/// A store of users whose changes are seen in Redis too.
pub(super) struct WrittenThrough<S: ?Sized> {
    pub(super) users: Arc<S>,
    pub(super) redis: RedisStore,
}

impl<S: UserStore + ?Sized> WrittenThrough<S> {
    /// Changes a user, whose record is removed before and after: it is not changed where that cannot be done.
    async fn change<T>(
        &self,
        id: &UserId,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.redis.forget(id).await?;
        let changed = change.await;
        // An error may come after the change.
        self.redis.forget_changed(id).await;
        changed
    }

    /// The same for a change of many.
    async fn change_many<T>(
        &self,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.redis.forget_everybody().await?;
        let changed = change.await;
        self.redis.forget_everybody_changed().await;
        changed
    }
}

impl<S: fmt::Debug + ?Sized> fmt::Debug for WrittenThrough<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.users.fmt(f)
    }
}

#[async_trait]
impl<S: UserStore + ?Sized> UserStore for WrittenThrough<S> {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.users.get(id).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        self.users.find(login).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.users.account(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.change(id, self.users.rehash_password(id, old, new)).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.change(id, self.users.set_password(id, old, new)).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.change(id, self.users.raise_epoch(id)).await
    }

    /// Nothing depends on when somebody last logged in, so this is done whether or not Redis answers.
    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.users.record_login(id, at).await?;
        self.redis.forget_changed(id).await;
        Ok(())
    }

    fn hashing(&self) -> HashingRules {
        self.users.hashing()
    }
}

#[async_trait]
impl<S: UserAdmin + ?Sized> UserAdmin for WrittenThrough<S> {
    async fn insert(&self, new: NewUser) -> Result<Arc<User>, StoreError> {
        self.users.insert(new).await
    }

    async fn insert_with(&self, new: NewUser, attached: Vec<Attachment>) -> Result<Arc<User>, StoreError> {
        self.users.insert_with(new, attached).await
    }

    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        self.users.insert_many(new).await
    }

    async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.users.list(after, limit).await
    }

    async fn update(&self, id: &UserId, update: UserUpdate) -> Result<Option<Arc<User>>, StoreError> {
        self.change(id, self.users.update(id, update)).await
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        self.change(id, self.users.remove(id)).await
    }

    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        self.users.login_names(id).await
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.users.groups().await
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        self.change_many(self.users.put_group(group, permissions)).await
    }

    /// A group that is new has no members yet.
    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        self.users.add_group(group, permissions).await
    }
}
