//! Linked accounts in memory.

use async_trait::async_trait;
use hashbrown::HashMap;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::provider::{LinkedAccount, LinkedAccountId, LinkedAccountStore, Unlinked};
use crate::user::UserId;

use super::table::lock;
use super::users::MemoryUsers;

/// All linked accounts, and where those of a subject or of a user are.
#[derive(Default)]
pub(super) struct Linked {
    by_id: HashMap<LinkedAccountId, LinkedAccount>,
    /// By issuer and subject.
    by_subject: HashMap<(String, String), LinkedAccountId>,
    /// Oldest first; never none.
    by_user: HashMap<UserId, Vec<LinkedAccountId>>,
}

fn subject(account: &LinkedAccount) -> (String, String) {
    (account.issuer.clone(), account.subject.clone())
}

impl Linked {
    fn is_taken(&self, account: &LinkedAccount) -> bool {
        self.by_id.contains_key(&account.id) || self.by_subject.contains_key(&subject(account))
    }

    pub(super) fn insert(&mut self, account: LinkedAccount) {
        let ids = self.by_user.entry(account.user.clone()).or_default();
        let by_id = &self.by_id;
        let is_older = |id: &LinkedAccountId| {
            by_id.get(id).is_some_and(|other| {
                (other.created_at, other.id.as_bytes()) < (account.created_at, account.id.as_bytes())
            })
        };
        ids.insert(ids.partition_point(is_older), account.id);
        self.by_subject.insert(subject(&account), account.id);
        self.by_id.insert(account.id, account);
    }

    /// Whether one of these that come together is taken, by one of them too.
    pub(super) fn are_taken(&self, accounts: &[LinkedAccount]) -> bool {
        let clashes = |one: &LinkedAccount, other: &LinkedAccount| {
            one.id == other.id || (&one.issuer, &one.subject) == (&other.issuer, &other.subject)
        };
        (1..).zip(accounts).any(|(next, account)| {
            self.is_taken(account) || accounts[next..].iter().any(|other| clashes(account, other))
        })
    }

    fn of(&self, user: &UserId) -> &[LinkedAccountId] {
        self.by_user.get(user).map_or(&[], Vec::as_slice)
    }

    fn remove(&mut self, user: &UserId, id: &LinkedAccountId) {
        if let Some(account) = self.by_id.remove(id) {
            self.by_subject.remove(&subject(&account));
        }
        if let Some(ids) = self.by_user.get_mut(user) {
            ids.retain(|other| other != id);
            if ids.is_empty() {
                self.by_user.remove(user);
            }
        }
    }

    pub(super) fn remove_user(&mut self, user: &UserId) {
        for id in self.of(user).to_vec() {
            self.remove(user, &id);
        }
    }
}

#[async_trait]
impl LinkedAccountStore for MemoryUsers {
    async fn find(&self, issuer: &str, subject: &str) -> Result<Option<LinkedAccount>, StoreError> {
        let linked = &lock(&self.directory).linked;
        let id = linked.by_subject.get(&(issuer.to_owned(), subject.to_owned()));
        Ok(id.and_then(|id| linked.by_id.get(id)).cloned())
    }

    async fn list(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        let linked = &lock(&self.directory).linked;
        Ok(linked.of(user).iter().filter_map(|id| linked.by_id.get(id)).cloned().collect())
    }

    async fn link(&self, account: LinkedAccount) -> Result<(), StoreError> {
        let linked = &mut lock(&self.directory).linked;
        if linked.is_taken(&account) {
            return Err(StoreError::already_exists());
        }
        linked.insert(account);
        Ok(())
    }

    async fn unlink(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        others: Option<&[LinkedAccountId]>,
    ) -> Result<Unlinked, StoreError> {
        let linked = &mut lock(&self.directory).linked;
        let ids = linked.of(user);
        if !ids.contains(id) {
            return Ok(Unlinked::NotFound);
        }
        let is_left = |other: &LinkedAccountId| other != id && ids.contains(other);
        if others.is_some_and(|others| !others.iter().any(is_left)) {
            return Ok(Unlinked::Last);
        }
        linked.remove(user, id);
        Ok(Unlinked::Removed)
    }

    async fn record_login(
        &self,
        id: &LinkedAccountId,
        at: Timestamp,
        email: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), StoreError> {
        let linked = &mut lock(&self.directory).linked;
        let account = linked.by_id.get_mut(id);
        if let Some(account) = account.filter(|account| account.last_login_at.is_none_or(|last| last <= at)) {
            account.last_login_at = Some(at);
            account.email = email.map(str::to_owned).or(account.email.take());
            account.name = name.map(str::to_owned).or(account.name.take());
        }
        Ok(())
    }

    async fn write_tokens(
        &self,
        id: &LinkedAccountId,
        expected: u64,
        tokens: Option<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        let linked = &mut lock(&self.directory).linked;
        let account = linked.by_id.get_mut(id).filter(|account| account.tokens_version == expected);
        Ok(account
            .map(|account| {
                account.tokens = tokens;
                account.tokens_version = expected.saturating_add(1);
            })
            .is_some())
    }
}
