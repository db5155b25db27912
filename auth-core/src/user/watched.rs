//! Users of whom copies are kept elsewhere: whoever keeps them is told of each change.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::password::{HashingRules, PasswordHash};

use super::{
    Account, AccountChange, Attachment, BackendId, Erasure, Group, Insertion, LoginName, NewUser,
    QueuedLetter, SignUpEvents, User, UserAdmin, UserId, UserStore,
};

/// Keeps copies of users, and is told of each change.
#[async_trait]
pub trait UserWatcher: fmt::Debug + Send + Sync {
    /// A user is about to be changed; `None`: any may be.
    ///
    /// # Errors
    /// Then nothing is changed.
    async fn before(&self, user: Option<&UserId>) -> Result<(), StoreError>;

    /// It was changed, or may have been: no copy that was read before this may be used after it.
    async fn after(&self, user: Option<&UserId>);

    /// It was noted that a user logged in, which is all that changed: nothing of theirs depends on it. As any change, unless said
    /// otherwise.
    async fn after_login(&self, user: &UserId) {
        self.after(Some(user)).await;
    }
}

/// A store of users, of whose changes a [`UserWatcher`] is told. New users are no change of any.
pub struct WatchedUsers<S: ?Sized> {
    users: Arc<S>,
    watcher: Arc<dyn UserWatcher>,
}

impl<S: UserStore + ?Sized> WatchedUsers<S> {
    /// These users, whom this one watches.
    pub fn new(users: Arc<S>, watcher: Arc<dyn UserWatcher>) -> Self {
        Self { users, watcher }
    }

    async fn told<T>(
        &self,
        user: Option<&UserId>,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.watcher.before(user).await?;
        let changed = change.await;
        // An error may come after the change.
        self.watcher.after(user).await;
        changed
    }
}

impl<S: fmt::Debug + ?Sized> fmt::Debug for WatchedUsers<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.users.fmt(f)
    }
}

#[async_trait]
impl<S: UserStore + ?Sized> UserStore for WatchedUsers<S> {
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
        self.told(Some(id), self.users.rehash_password(id, old, new)).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.told(Some(id), self.users.set_password(id, old, new)).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.told(Some(id), self.users.raise_epoch(id)).await
    }

    /// Nothing depends on when somebody last logged in: the watcher is told afterwards, and has no say.
    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.users.record_login(id, at).await?;
        self.watcher.after_login(id).await;
        Ok(())
    }

    fn hashing(&self) -> HashingRules {
        self.users.hashing()
    }
}

#[async_trait]
impl<S: UserAdmin + ?Sized> UserAdmin for WatchedUsers<S> {
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

    fn backend_id(&self) -> BackendId {
        self.users.backend_id()
    }

    fn keeps_letters(&self) -> bool {
        self.users.keeps_letters()
    }

    async fn sign_up(
        &self,
        new: NewUser,
        letter: QueuedLetter,
        events: SignUpEvents,
    ) -> Result<Insertion, StoreError> {
        self.users.sign_up(new, letter, events).await
    }

    async fn record_login_with(
        &self,
        id: &UserId,
        at: Timestamp,
        attached: Vec<Attachment>,
    ) -> Result<(), StoreError> {
        self.users.record_login_with(id, at, attached).await?;
        self.watcher.after_login(id).await;
        Ok(())
    }

    async fn erase(&self, id: &UserId, erasure: Erasure) -> Result<bool, StoreError> {
        self.told(Some(id), self.users.erase(id, erasure)).await
    }

    async fn change(&self, id: &UserId, change: AccountChange) -> Result<Option<Arc<User>>, StoreError> {
        self.told(Some(id), self.users.change(id, change)).await
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        self.told(Some(id), self.users.remove(id)).await
    }

    async fn ended(&self, now: Timestamp, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.users.ended(now, limit).await
    }

    async fn remove_ended(
        &self,
        id: &UserId,
        now: Timestamp,
        erasure: Option<Erasure>,
    ) -> Result<bool, StoreError> {
        self.told(Some(id), self.users.remove_ended(id, now, erasure)).await
    }

    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        self.users.login_names(id).await
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.users.groups().await
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        self.told(None, self.users.put_group(group, permissions)).await
    }

    /// A group that is new has no members yet.
    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        self.users.add_group(group, permissions).await
    }
}
