//! The audit in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::event::{AuditFilter, AuditStore, EventId};
use crate::user::{Attachment, Event, UserId};

use super::attached::Attached;
use super::table::lock;
use super::users::MemoryUsers;

/// How many events are remembered: some 4 MB. A memory is no archive, and the oldest make room.
const MOST: usize = 10_000;

/// What happened, in the order of time.
#[derive(Default)]
pub(super) struct Happened(BTreeMap<EventId, Event>);

impl Happened {
    pub(super) fn add(&mut self, event: Event) {
        self.0.insert(event.id, event);
        if self.0.len() > MOST {
            self.0.pop_first();
        }
    }

    pub(super) fn pseudonymise(&mut self, user: &UserId, pseudonym: &UserId) {
        for event in self.0.values_mut().filter(|event| event.user.as_ref() == Some(user)) {
            event.user = Some(pseudonym.clone());
            (event.ip, event.user_agent) = (None, None);
        }
    }

    fn list(&self, filter: &AuditFilter, limit: usize) -> Vec<Event> {
        if filter.from >= filter.to {
            return Vec::new();
        }
        let range = (Bound::Included(filter.from), Bound::Excluded(filter.to));
        let taken = self.0.range(range).map(|(_, event)| event).filter(|event| filter.takes(event));
        match filter.newest_first {
            true => taken.rev().take(limit).cloned().collect(),
            false => taken.take(limit).cloned().collect(),
        }
    }
}

#[async_trait]
impl AuditStore for MemoryUsers {
    async fn record(&self, attached: Vec<Attachment>) -> Result<(), StoreError> {
        let attached = Attached::of(attached)?;
        attached.keep(&mut lock(&self.directory));
        Ok(())
    }

    async fn list(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<Event>, StoreError> {
        Ok(lock(&self.directory).happened.list(filter, limit))
    }

    async fn pseudonymise(&self, user: &UserId, pseudonym: &UserId) -> Result<(), StoreError> {
        lock(&self.directory).happened.pseudonymise(user, pseudonym);
        Ok(())
    }

    async fn remove_before(&self, end: EventId) -> Result<u64, StoreError> {
        let happened = &mut lock(&self.directory).happened.0;
        let kept = happened.split_off(&end);
        let removed = std::mem::replace(happened, kept);
        Ok(removed.len().try_into().unwrap_or(u64::MAX))
    }
}
