//! Accounts in memory.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hashbrown::{DefaultHashBuilder, HashMap};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::password::PasswordHash;
use crate::user::{Account, LoginName, NewUser, User, UserAdmin, UserId, UserStore, UserUpdate};

use super::external_accounts::Linked;
use super::table::{Sharded, lock};

#[derive(Default)]
pub(super) struct MemoryUsers {
    hasher: DefaultHashBuilder,
    accounts: Sharded<Account>,
    /// Held by every change of names, groups and linked accounts.
    pub(super) directory: Mutex<Directory>,
}

#[derive(Default)]
pub(super) struct Directory {
    /// By canonical user name or address; no name holds an `@`, so the two never meet.
    names: HashMap<Box<str>, UserId>,
    /// The permissions that each group gives.
    groups: HashMap<String, Vec<String>>,
    /// The accounts at other providers.
    pub(super) linked: Linked,
}

impl Directory {
    fn is_taken(&self, name: &str, by_other_than: &UserId) -> bool {
        self.names.get(name).is_some_and(|owner| owner != by_other_than)
    }

    /// Makes the groups that are missing, and gives the user what its groups and direct permissions come to.
    fn settle(&mut self, user: &mut User) {
        sort_and_dedup(&mut user.groups);
        sort_and_dedup(&mut user.direct_permissions);
        user.permissions = user.direct_permissions.clone();
        for group in &user.groups {
            user.permissions.extend_from_slice(self.groups.entry(group.clone()).or_default());
        }
        sort_and_dedup(&mut user.permissions);
    }
}

fn sort_and_dedup(texts: &mut Vec<String>) {
    texts.sort_unstable();
    texts.dedup();
}

fn names(user: &User) -> impl Iterator<Item = &str> {
    [Some(user.username.canonical()), user.email.as_ref().map(|email| email.canonical())]
        .into_iter()
        .flatten()
}

impl MemoryUsers {
    fn hash(&self, id: &UserId) -> u64 {
        self.hasher.hash_one(id)
    }

    fn read<T>(&self, id: &UserId, read: impl FnOnce(&Account) -> T) -> Option<T> {
        let hash = self.hash(id);
        self.accounts.read(hash).find(hash, |account| account.user.id == *id).map(read)
    }

    fn change<T>(&self, id: &UserId, change: impl FnOnce(&mut Account) -> T) -> Option<T> {
        let hash = self.hash(id);
        self.accounts.write(hash).find_mut(hash, |account| account.user.id == *id).map(change)
    }

    /// Adds an account while the directory is locked.
    pub(super) fn insert_into(
        &self,
        directory: &mut Directory,
        new: NewUser,
    ) -> Result<Arc<User>, StoreError> {
        let (mut user, password) = new.into_user();
        let is_taken = names(&user).any(|name| directory.names.contains_key(name));
        if is_taken || self.read(&user.id, |_| ()).is_some() {
            return Err(StoreError::already_exists());
        }
        directory.settle(&mut user);
        for name in names(&user) {
            directory.names.insert(name.into(), user.id.clone());
        }
        let user = Arc::new(user);
        let hash = self.hash(&user.id);
        let account = Account { user: user.clone(), password };
        self.accounts.write(hash).insert_unique(hash, account, |account| self.hash(&account.user.id));
        Ok(user)
    }
}

impl std::fmt::Debug for MemoryUsers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryUsers").finish_non_exhaustive()
    }
}

#[async_trait]
impl UserStore for MemoryUsers {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        Ok(self.read(id, |account| account.user.clone()))
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let directory = lock(&self.directory);
        // A text that reads as a name but is no address is looked up among the names only, and they hold no '@'.
        let is_possible = login.email().is_some() == login.canonical().contains('@');
        let id = directory.names.get(login.canonical()).filter(|_| is_possible);
        Ok(id.and_then(|id| self.read(id, Account::clone)))
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.read(id, Account::clone))
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let changed = self.change(id, |account| {
            let is_same = account.password.as_ref() == Some(old);
            if is_same {
                account.password = Some(new.clone());
            }
            is_same
        });
        Ok(changed.unwrap_or(false))
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        let epoch = self.change(id, |account| {
            if old.is_some() && account.password.as_ref() != old {
                return None;
            }
            account.password = Some(new.clone());
            Some(raise_epoch(&mut account.user))
        });
        Ok(epoch.flatten())
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        Ok(self.change(id, |account| raise_epoch(&mut account.user)))
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.change(id, |account| {
            if account.user.last_login.is_none_or(|last| last < at) {
                Arc::make_mut(&mut account.user).last_login = Some(at);
            }
        });
        Ok(())
    }
}

fn raise_epoch(user: &mut Arc<User>) -> u64 {
    let user = Arc::make_mut(user);
    user.auth_epoch = user.auth_epoch.saturating_add(1);
    user.auth_epoch
}

#[async_trait]
impl UserAdmin for MemoryUsers {
    async fn insert(&self, new: NewUser) -> Result<Arc<User>, StoreError> {
        self.insert_into(&mut lock(&self.directory), new)
    }

    async fn update(&self, id: &UserId, update: UserUpdate) -> Result<Option<Arc<User>>, StoreError> {
        let mut directory = lock(&self.directory);
        let hash = self.hash(id);
        let mut shard = self.accounts.write(hash);
        let Some(account) = shard.find_mut(hash, |account| account.user.id == *id) else { return Ok(None) };
        let mut user = (*account.user).clone();
        update.apply(&mut user);
        if names(&user).any(|name| directory.is_taken(name, id)) {
            return Err(StoreError::already_exists());
        }
        directory.settle(&mut user);
        for name in names(&account.user) {
            directory.names.remove(name);
        }
        for name in names(&user) {
            directory.names.insert(name.into(), id.clone());
        }
        account.user = Arc::new(user);
        Ok(Some(account.user.clone()))
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        let mut directory = lock(&self.directory);
        let hash = self.hash(id);
        let mut shard = self.accounts.write(hash);
        let Ok(found) = shard.find_entry(hash, |account| account.user.id == *id) else { return Ok(false) };
        let (account, _) = found.remove();
        for name in names(&account.user) {
            directory.names.remove(name);
        }
        directory.linked.remove_user(id);
        Ok(true)
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        let mut directory = lock(&self.directory);
        let mut permissions = permissions.to_vec();
        sort_and_dedup(&mut permissions);
        directory.groups.insert(group.to_owned(), permissions);
        for mut shard in self.accounts.write_each() {
            for account in shard.iter_mut().filter(|account| account.user.is_in_group(group)) {
                directory.settle(Arc::make_mut(&mut account.user));
            }
        }
        Ok(())
    }
}
