//! Linked accounts in memory.

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::mfa::FactorId;
use crate::provider::{LinkedAccount, LinkedAccountId, LinkedAccountStore, Unlinked};
use crate::user::{Attachment, UserId};

use super::attached::Attached;
use super::table::lock;
use super::users::MemoryUsers;

#[async_trait]
impl LinkedAccountStore for MemoryUsers {
    async fn find(&self, issuer: &str, subject: &str) -> Result<Option<LinkedAccount>, StoreError> {
        Ok(lock(&self.directory).linked.find(issuer, subject).cloned())
    }

    async fn list(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        Ok(lock(&self.directory).linked.list(user))
    }

    async fn page(
        &self,
        after: Option<&LinkedAccountId>,
        limit: usize,
    ) -> Result<Vec<LinkedAccount>, StoreError> {
        Ok(lock(&self.directory).linked.page(after, limit))
    }

    async fn link(&self, account: LinkedAccount, mut attached: Vec<Attachment>) -> Result<(), StoreError> {
        attached.push(Attachment::LinkedAccount(account));
        let all = Attached::of(attached)?;
        let mut directory = lock(&self.directory);
        if all.is_taken(&directory) {
            return Err(StoreError::already_exists());
        }
        all.keep(&mut directory);
        Ok(())
    }

    async fn unlink(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        others: Option<(&[LinkedAccountId], &[FactorId])>,
        attached: Vec<Attachment>,
    ) -> Result<Unlinked, StoreError> {
        let attached = Attached::of(attached)?;
        let mut directory = lock(&self.directory);
        let ids = directory.linked.of(user);
        if !ids.contains(id) {
            return Ok(Unlinked::NotFound);
        }
        let is_left = |other: &LinkedAccountId| other != id && ids.contains(other);
        let is_lost = |(linked, factors): (&[LinkedAccountId], &[FactorId])| {
            !linked.iter().any(is_left) && !directory.factors.has_one(user, factors)
        };
        if others.is_some_and(is_lost) {
            return Ok(Unlinked::Last);
        }
        if attached.is_taken(&directory) {
            return Err(StoreError::already_exists());
        }
        directory.linked.remove(user, id);
        attached.keep(&mut directory);
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
        let account = linked.get_mut(id);
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
        let account = linked.get_mut(id).filter(|account| account.tokens_version == expected);
        Ok(account
            .map(|account| {
                account.tokens = tokens;
                account.tokens_version = expected.saturating_add(1);
            })
            .is_some())
    }
}
