//! Settings of events.

use std::sync::Arc;
use std::time::Duration;

use crate::event::{EventListener, EventParts, Events, RecordedUsers};
use crate::key::ApplicationSecrets;
use crate::store::Stores;
use crate::user::UserAdmin;

use super::AuthBuilder;

/// How long events are kept: a year, what PCI DSS 4.0 asks of audit logs (requirement 10.5.1).
pub(super) const KEPT_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl AuthBuilder {
    /// Tells somebody in the application what happens, after it happened ([`EventListener`]). May be called several times.
    #[doc(alias("signals", "receiver", "hook"))]
    pub fn listener(mut self, listener: impl EventListener + 'static) -> Self {
        self.listeners.push(Arc::new(listener));
        self
    }

    /// How long events are kept in the audit; a year by default. [Housekeeping](crate::Auth::start_housekeeping) forgets them then. With no
    /// time at all none is written, and the log and the listeners are told alone.
    #[doc(alias("retention", "audit"))]
    pub fn keep_events_for(mut self, time: Duration) -> Self {
        self.keep_events_for = time;
        self
    }

    /// Who tells what happens.
    pub(super) fn events(&mut self, stores: &Stores, secrets: &ApplicationSecrets) -> Events {
        Events::new(EventParts {
            audit: (!self.keep_events_for.is_zero()).then(|| stores.audit.clone()),
            admin: stores.user_admin.clone(),
            secrets: Some(secrets),
            clock: self.clock.clone(),
            random: self.random.clone(),
            listeners: std::mem::take(&mut self.listeners),
        })
    }
}

/// The stores, of whose changes it is told.
pub(super) fn recorded(stores: Stores, events: &Events) -> Stores {
    let both = stores.session_users().cloned();
    let mut stores = stores;
    stores.users = Arc::new(RecordedUsers::new(stores.users, events.clone()));
    let admin = |users| Arc::new(RecordedUsers::new(users, events.clone())) as Arc<dyn UserAdmin>;
    stores.user_admin = stores.user_admin.map(admin);
    match both {
        Some(both) => stores.with_session_users(both),
        None => stores,
    }
}
