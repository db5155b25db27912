//! The store contract of the audit.

use std::fmt;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::event_id::EventId;
use crate::user::{Attachment, BackendId, Event, EventKind, UserId};

/// Which events are read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuditFilter {
    /// Those of this account alone.
    pub user: Option<UserId>,
    /// Those of this kind alone.
    pub kind: Option<EventKind>,
    /// From this one on.
    pub from: EventId,
    /// Before this one.
    pub to: EventId,
    /// The newest first; else the oldest.
    pub newest_first: bool,
}

impl Default for AuditFilter {
    /// All of them, the newest first.
    fn default() -> Self {
        Self { user: None, kind: None, from: EventId::FIRST, to: EventId::LAST, newest_first: true }
    }
}

impl AuditFilter {
    /// Those of this account alone.
    #[must_use]
    pub fn of_user(self, user: &UserId) -> Self {
        Self { user: Some(user.clone()), ..self }
    }

    /// Those of this kind alone.
    #[must_use]
    pub fn of_kind(self, kind: EventKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Those from this moment on.
    #[must_use]
    pub fn since(self, moment: Timestamp) -> Self {
        Self { from: EventId::at(moment), ..self }
    }

    /// The one with this id.
    #[must_use]
    pub fn of_event(self, id: EventId) -> Self {
        Self { from: id, to: id.next(), ..self }
    }

    /// Those with ids in this range.
    #[must_use]
    pub fn between(self, from: EventId, to: EventId) -> Self {
        Self { from, to, ..self }
    }

    /// The oldest first.
    #[must_use]
    pub fn oldest_first(self) -> Self {
        Self { newest_first: false, ..self }
    }

    /// Whether an event is among them: for backends.
    pub fn takes(&self, event: &Event) -> bool {
        let is_in_range = self.from <= event.id && event.id < self.to;
        is_in_range
            && self.user.as_ref().is_none_or(|user| event.user.as_ref() == Some(user))
            && self.kind.is_none_or(|kind| event.kind == kind)
    }
}

/// Where events are kept.
///
/// # Contract
/// - Each call is atomic, also across processes. An event is written once, and never changed but for
///   [`pseudonymise`](Self::pseudonymise).
/// - Events that come with a change of an account are [attachments](Attachment::Event) of that.
/// - A change is visible to every later call, from any process.
#[async_trait]
pub trait AuditStore: fmt::Debug + Send + Sync {
    /// Writes events, and letters that tell of them: all of it or nothing.
    async fn record(&self, attached: Vec<Attachment>) -> Result<(), StoreError>;

    /// The first `limit` events that the filter takes, in the order of their ids, which is that of time.
    async fn list(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// Gives the events of an account this in place of its id; where from and with what they came is forgotten. For an account that is
    /// kept elsewhere; one of ours is [erased](crate::user::UserAdmin::erase) in one step.
    async fn pseudonymise(&self, user: &UserId, pseudonym: &UserId) -> Result<(), StoreError>;

    /// Forgets the events before this id, and answers how many.
    async fn remove_before(&self, end: EventId) -> Result<u64, StoreError>;

    /// Which backend this is of, as of [`UserAdmin::backend_id`](crate::user::UserAdmin::backend_id).
    fn backend_id(&self) -> BackendId {
        BackendId::of(self)
    }
}
