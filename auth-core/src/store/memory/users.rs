//! Accounts in memory.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hashbrown::{DefaultHashBuilder, HashMap};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::password::PasswordHash;
use crate::provider::LinkedAccountId;
use crate::user::{
    Account, AccountChange, Attachment, Erasure, Group, Insertion, LoginName, NewUser, QueuedLetter,
    SignUpEvents, User, UserAdmin, UserId, UserStore,
};

use super::attached::Attached;
use super::audit::Happened;
use super::consents::Consents;
use super::factors::Factors;
use super::linked::Linked;
use super::outbox::Letters;
use super::table::{Sharded, lock};

#[derive(Default)]
pub(super) struct MemoryUsers {
    hasher: DefaultHashBuilder,
    accounts: Sharded<Account>,
    /// Held by every change of names, groups, linked accounts and letters.
    pub(super) directory: Mutex<Directory>,
}

#[derive(Default)]
pub(super) struct Directory {
    /// By canonical user name, the further ones included.
    usernames: HashMap<Box<str>, UserId>,
    /// By canonical address, the further ones included.
    addresses: HashMap<Box<str>, UserId>,
    /// The further login names of those who have any.
    further: HashMap<UserId, Vec<LoginName>>,
    /// The permissions that each group gives.
    groups: HashMap<String, Vec<String>>,
    /// The accounts at other providers.
    pub(super) linked: Linked,
    /// The factors.
    pub(super) factors: Factors,
    /// What users have allowed clients.
    pub(super) consents: Consents,
    /// The outbox.
    pub(super) letters: Letters,
    /// The audit.
    pub(super) happened: Happened,
}

impl Directory {
    fn owner(&self, name: &LoginName) -> Option<&UserId> {
        match name.email() {
            Some(address) => self.addresses.get(address),
            None => self.usernames.get(name.canonical()),
        }
    }

    /// Gives the user these names, and keeps the further ones among them.
    fn take(&mut self, names: &[LoginName], further: Vec<LoginName>, id: &UserId) {
        for name in names {
            let owners = if name.email().is_some() { &mut self.addresses } else { &mut self.usernames };
            owners.insert(name.canonical().into(), id.clone());
        }
        if !further.is_empty() {
            self.further.insert(id.clone(), further);
        }
    }

    /// Frees every name of the user.
    fn free(&mut self, user: &User) {
        let further = self.further.remove(&user.id).unwrap_or_default();
        for name in names(user, &further) {
            let owners = if name.email().is_some() { &mut self.addresses } else { &mut self.usernames };
            owners.remove(name.canonical());
        }
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

/// Everything that finds the user.
fn names(user: &User, further: &[LoginName]) -> Vec<LoginName> {
    let own = [Some(LoginName::from(&user.username)), user.email.as_ref().map(LoginName::from)];
    own.into_iter().flatten().chain(further.iter().cloned()).collect()
}

impl MemoryUsers {
    fn hash(&self, id: &UserId) -> u64 {
        self.hasher.hash_one(id)
    }

    fn read<T>(&self, id: &UserId, read: impl FnOnce(&Account) -> T) -> Option<T> {
        let hash = self.hash(id);
        self.accounts.read(hash).find(hash, |account| account.user.id == *id).map(read)
    }

    pub(super) fn by_id(&self, id: &UserId) -> Option<Arc<User>> {
        self.read(id, |account| account.user.clone())
    }

    fn change<T>(&self, id: &UserId, change: impl FnOnce(&mut Account) -> T) -> Option<T> {
        let hash = self.hash(id);
        self.accounts.write(hash).find_mut(hash, |account| account.user.id == *id).map(change)
    }

    /// False where there is no such user.
    fn note_login(&self, id: &UserId, at: Timestamp) -> bool {
        let noted = self.change(id, |account| {
            if account.user.last_login.is_none_or(|last| last < at) {
                Arc::make_mut(&mut account.user).last_login = Some(at);
            }
        });
        noted.is_some()
    }

    /// Removes an account while the directory is locked; false when there was none.
    fn remove_from(
        &self,
        directory: &mut Directory,
        id: &UserId,
        is_meant: impl FnOnce(&User) -> bool,
    ) -> bool {
        let hash = self.hash(id);
        let mut shard = self.accounts.write(hash);
        let Ok(found) = shard.find_entry(hash, |account| account.user.id == *id) else { return false };
        if !is_meant(&found.get().user) {
            return false;
        }
        let (account, _) = found.remove();
        directory.free(&account.user);
        directory.linked.remove_user(id);
        directory.factors.remove_user(id);
        directory.consents.remove_user(id);
        true
    }

    fn erase_if(
        &self,
        id: &UserId,
        erasure: Option<Erasure>,
        is_meant: impl FnOnce(&User) -> bool,
    ) -> Result<bool, StoreError> {
        let (pseudonym, attached) = erasure.map(|erasure| (erasure.pseudonym, erasure.attached)).unzip();
        let attached = Attached::of(attached.unwrap_or_default())?;
        let mut directory = lock(&self.directory);
        if !self.remove_from(&mut directory, id, is_meant) {
            return Ok(false);
        }
        if let Some(pseudonym) = pseudonym {
            directory.happened.pseudonymise(id, &pseudonym);
        }
        attached.keep(&mut directory);
        Ok(true)
    }

    /// Adds an account while the directory is locked.
    fn insert_into(&self, directory: &mut Directory, mut new: NewUser) -> Result<Arc<User>, StoreError> {
        let further = LoginName::distinct(std::mem::take(&mut new.login_names));
        let (mut user, password) = new.into_user();
        let names = names(&user, &further);
        if names.iter().any(|name| directory.owner(name).is_some()) || self.read(&user.id, |_| ()).is_some() {
            return Err(StoreError::already_exists());
        }
        directory.settle(&mut user);
        directory.take(&names, further, &user.id);
        let user = Arc::new(user);
        let hash = self.hash(&user.id);
        let account = Account { user: user.clone(), password };
        self.accounts.write(hash).insert_unique(hash, account, |account| self.hash(&account.user.id));
        Ok(user)
    }

    /// Who has the address that a change brings, did not prove it, and so loses it: nobody's names change while the directory is locked.
    fn loser(&self, directory: &Directory, change: &AccountChange) -> Option<UserId> {
        let (email, _) = change.update.email.as_ref().filter(|_| change.takes_unproven_email)?;
        let email = email.as_ref()?;
        let holder = directory.addresses.get(email.canonical())?;
        let is_unproven =
            |account: &Account| account.user.email.as_ref() == Some(email) && !account.user.email_verified;
        self.read(holder, is_unproven)?.then(|| holder.clone())
    }

    /// Sets what a group gives while the directory is locked.
    fn put_group_into(&self, directory: &mut Directory, group: &str, permissions: &[String]) {
        let mut permissions = permissions.to_vec();
        sort_and_dedup(&mut permissions);
        directory.groups.insert(group.to_owned(), permissions);
        for mut shard in self.accounts.write_each() {
            for account in shard.iter_mut().filter(|account| account.user.is_in_group(group)) {
                directory.settle(Arc::make_mut(&mut account.user));
            }
        }
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
        Ok(self.by_id(id))
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let directory = lock(&self.directory);
        Ok(directory.owner(login).and_then(|id| self.read(id, Account::clone)))
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
        self.note_login(id, at);
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
    async fn insert_with(&self, new: NewUser, attached: Vec<Attachment>) -> Result<Arc<User>, StoreError> {
        let attached = Attached::of(attached)?;
        let mut directory = lock(&self.directory);
        if attached.is_taken(&directory) {
            return Err(StoreError::already_exists());
        }
        let user = self.insert_into(&mut directory, new)?;
        attached.keep(&mut directory);
        Ok(user)
    }

    fn keeps_letters(&self) -> bool {
        true
    }

    async fn sign_up(
        &self,
        new: NewUser,
        letter: QueuedLetter,
        events: SignUpEvents,
    ) -> Result<Insertion, StoreError> {
        let (added, address_taken) = (Attached::of(events.added)?, Attached::of(events.address_taken)?);
        let mut directory = lock(&self.directory);
        if directory.owner(&LoginName::from(&new.username)).is_some() {
            return Ok(Insertion::UsernameTaken);
        }
        let outcome = match &new.email {
            Some(email) if directory.owner(&LoginName::from(email)).is_some() => Insertion::EmailTaken,
            _ if added.is_taken(&directory) => return Err(StoreError::already_exists()),
            _ => self.insert_into(&mut directory, new).map(|_| Insertion::Added)?,
        };
        directory.letters.post(letter);
        let told = if outcome == Insertion::Added { added } else { address_taken };
        told.keep(&mut directory);
        Ok(outcome)
    }

    async fn change(&self, id: &UserId, mut change: AccountChange) -> Result<Option<Arc<User>>, StoreError> {
        let attached = Attached::of(std::mem::take(&mut change.attached))?;
        let mut directory = lock(&self.directory);
        let loser = self.loser(&directory, &change).filter(|loser| loser != id);
        let hash = self.hash(id);
        let mut shard = self.accounts.write(hash);
        let Some(account) = shard.find_mut(hash, |account| account.user.id == *id) else { return Ok(None) };
        let is_linked = |needed: &Vec<LinkedAccountId>| {
            directory.linked.of(id).iter().any(|linked| needed.contains(linked))
        };
        if !change.is_for(&account.user) || !change.needs_linked.as_ref().is_none_or(is_linked) {
            return Ok(None);
        }
        let mut user = (*account.user).clone();
        let login_names = change.update.login_names.take();
        change.apply(&mut user);
        let kept = directory.further.get(id).cloned().unwrap_or_default();
        let further = login_names.map_or(kept, LoginName::distinct);
        let names = names(&user, &further);
        let is_taken = |name: &LoginName| {
            directory.owner(name).is_some_and(|owner| owner != id && Some(owner) != loser.as_ref())
        };
        if names.iter().any(is_taken) || attached.is_taken(&directory) {
            return Err(StoreError::already_exists());
        }
        directory.settle(&mut user);
        directory.free(&account.user);
        directory.take(&names, further, id);
        account.user = Arc::new(user);
        if let Some(password) = change.password {
            account.password = password;
        }
        if change.unlinks_all {
            directory.linked.remove_user(id);
        }
        if change.removes_factors {
            directory.factors.remove_user(id);
        }
        attached.keep(&mut directory);
        let changed = account.user.clone();
        drop(shard);
        if let Some(loser) = loser {
            MemoryUsers::change(self, &loser, |account| Arc::make_mut(&mut account.user).email = None);
        }
        Ok(Some(changed))
    }

    async fn record_login_with(
        &self,
        id: &UserId,
        at: Timestamp,
        attached: Vec<Attachment>,
    ) -> Result<(), StoreError> {
        let attached = Attached::of(attached)?;
        let mut directory = lock(&self.directory);
        if self.note_login(id, at) {
            attached.keep(&mut directory);
        }
        Ok(())
    }

    async fn erase(&self, id: &UserId, erasure: Erasure) -> Result<bool, StoreError> {
        self.erase_if(id, Some(erasure), |_| true)
    }

    async fn ended(&self, now: Timestamp, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let mut ended = Vec::new();
        for shard in self.accounts.write_each() {
            let end = |account: &Account| account.user.ending.filter(|ending| ending.at <= now);
            ended
                .extend(shard.iter().filter_map(|account| Some((end(account)?.at, account.user.id.clone()))));
        }
        ended.sort_unstable();
        Ok(ended.into_iter().take(limit).map(|(_, id)| id).collect())
    }

    async fn remove_ended(
        &self,
        id: &UserId,
        now: Timestamp,
        erasure: Option<Erasure>,
    ) -> Result<bool, StoreError> {
        self.erase_if(id, erasure, |user| user.ending.is_some_and(|ending| ending.is_due(user, now)))
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        Ok(self.remove_from(&mut lock(&self.directory), id, |_| true))
    }

    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        Ok(lock(&self.directory).further.get(id).cloned().unwrap_or_default())
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        let directory = lock(&self.directory);
        let groups = directory.groups.iter().map(|(name, given)| Group::new(name, given.clone()));
        let mut groups: Vec<_> = groups.collect();
        groups.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(groups)
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        self.put_group_into(&mut lock(&self.directory), group, permissions);
        Ok(())
    }

    async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let mut page = Vec::new();
        for shard in self.accounts.write_each() {
            let is_after = |account: &&Account| after.is_none_or(|after| account.user.id > *after);
            page.extend(shard.iter().filter(is_after).cloned());
        }
        page.sort_unstable_by(|one: &Account, other| one.user.id.cmp(&other.user.id));
        page.truncate(limit);
        Ok(page)
    }

    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        let mut directory = lock(&self.directory);
        let is_new = !directory.groups.contains_key(group);
        if is_new {
            self.put_group_into(&mut directory, group, permissions);
        }
        Ok(is_new)
    }
}
