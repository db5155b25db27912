//! The accounts at other providers that users of the memory store have.

use hashbrown::HashMap;

use crate::provider::{LinkedAccount, LinkedAccountId};
use crate::user::UserId;

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
    pub(super) fn find(&self, issuer: &str, subject: &str) -> Option<&LinkedAccount> {
        self.by_subject.get(&(issuer.to_owned(), subject.to_owned())).and_then(|id| self.by_id.get(id))
    }

    pub(super) fn get_mut(&mut self, id: &LinkedAccountId) -> Option<&mut LinkedAccount> {
        self.by_id.get_mut(id)
    }

    /// The user's, oldest first.
    pub(super) fn list(&self, user: &UserId) -> Vec<LinkedAccount> {
        self.of(user).iter().filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    /// Whoever's they are, in the order of ids.
    pub(super) fn page(&self, after: Option<&LinkedAccountId>, limit: usize) -> Vec<LinkedAccount> {
        let is_behind = |id: &&LinkedAccountId| after.is_none_or(|after| id.as_bytes() > after.as_bytes());
        let mut ids: Vec<_> = self.by_id.keys().filter(is_behind).collect();
        ids.sort_unstable_by_key(|id| id.as_bytes());
        ids.into_iter().take(limit).filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    pub(super) fn is_taken(&self, account: &LinkedAccount) -> bool {
        self.by_id.contains_key(&account.id) || self.by_subject.contains_key(&subject(account))
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

    pub(super) fn of(&self, user: &UserId) -> &[LinkedAccountId] {
        self.by_user.get(user).map_or(&[], Vec::as_slice)
    }

    pub(super) fn remove(&mut self, user: &UserId, id: &LinkedAccountId) {
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
