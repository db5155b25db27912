//! Settings of events.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::event::{
    Endpoint, EventListener, EventParts, Events, RecordedUsers, Webhook, WebhookCourier, Webhooks,
};
use crate::key::ApplicationSecrets;
use crate::mail::MailCourier;
use crate::outbox::{Courier, Delivery};
use crate::server::Server;
use crate::store::Stores;
use crate::user::UserAdmin;

use super::AuthBuilder;
use super::assemble::Parts;
use super::base_url::BaseUrl;

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
    /// time at all none is written, those of before are forgotten, and the log, the listeners and the webhooks are told alone.
    #[doc(alias("retention", "audit"))]
    pub fn keep_events_for(mut self, time: Duration) -> Self {
        self.keep_events_for = time;
        self
    }

    /// Tells another program what happens, signed ([`Webhook`]). May be called several times, for programs at different URLs.
    #[doc(alias("siem", "callback"))]
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Who is told by webhooks.
    pub(super) fn endpoints(&mut self) -> Result<Arc<[Endpoint]>, Error> {
        Endpoint::all(std::mem::take(&mut self.webhooks))
    }

    /// Who tells what happens.
    pub(super) fn events(
        &mut self,
        stores: &Stores,
        secrets: &ApplicationSecrets,
        webhooks: Webhooks,
    ) -> Events {
        Events::new(EventParts {
            audit: stores.audit.clone(),
            keeps_rows: !self.keep_events_for.is_zero(),
            admin: stores.user_admin.clone(),
            secrets: Some(secrets),
            clock: self.clock.clone(),
            random: self.random.clone(),
            listeners: std::mem::take(&mut self.listeners),
            webhooks: Some(webhooks),
        })
    }
}

impl Parts {
    /// Who brings what waits in the outbox to where it belongs; `None` where nothing goes out.
    pub(super) fn delivery(
        &mut self,
        base: &BaseUrl,
        mails: Option<MailCourier>,
        server: Option<&Server>,
    ) -> Result<Option<Delivery>, Error> {
        let mails = mails.map(|courier| Arc::new(courier) as Arc<dyn Courier>);
        let mut couriers: Vec<_> = mails.into_iter().collect();
        if !self.endpoints.is_empty() {
            let (outbound, _) = self.way_out(base)?;
            for endpoint in &*self.endpoints {
                endpoint.check(&outbound)?;
            }
            couriers.push(Arc::new(WebhookCourier::new(self.endpoints.clone(), outbound, self.clock())));
        }
        couriers.extend(server.and_then(logouts));
        Ok((!couriers.is_empty()).then(|| Delivery::new(self.outbox.clone(), couriers)))
    }
}

/// What delivers what clients are told of logouts.
#[cfg(feature = "server")]
fn logouts(server: &Server) -> Option<Arc<dyn Courier>> {
    crate::server::LogoutCourier::of(server).map(|courier| Arc::new(courier) as Arc<dyn Courier>)
}

#[cfg(not(feature = "server"))]
fn logouts(server: &Server) -> Option<Arc<dyn Courier>> {
    match *server {}
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
