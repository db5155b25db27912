//! Telling what happened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::timeout;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, StoreError};
use crate::event_id::EventId;
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::metric;
use crate::random::{Random, random_bytes};
use crate::user::{Attachment, Event, EventDraft, EventKind, LoginName, UserAdmin, UserId, UserStore};

use super::listener::{EventListener, LONGEST_HEARING};
use super::queue::Queue;
use super::refusal::Refusals;
use super::store::AuditStore;
use super::webhook::Webhooks;

/// How long whoever reads the audit waits for what this process has yet to write.
const LONGEST_WRITING: Duration = Duration::from_secs(1);

/// The route of what a command did, which knows no application secret.
const COMMAND: &str = "command";

/// Tells what happened: the log, the audit, the application's listeners.
#[derive(Clone)]
pub(crate) struct Events(Arc<Inner>);

struct Inner {
    audit: Arc<dyn AuditStore>,
    keeps_rows: bool,
    webhooks: Option<Webhooks>,
    /// Those who write events with what they change, where they can.
    admin: Option<Arc<dyn UserAdmin>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    hash: Option<KeyedHash>,
    /// What stands for the route where no request asked.
    otherwise: Option<Arc<str>>,
    refusals: Refusals,
    to_audit: Queue<Event>,
    listeners: Vec<Hearing>,
}

/// A listener, and what waits for it.
struct Hearing {
    listener: Arc<dyn EventListener>,
    queue: Queue<Arc<Event>>,
}

/// What [`Events`] are made of.
pub(crate) struct EventParts<'a> {
    pub(crate) audit: Arc<dyn AuditStore>,
    /// Whether the audit keeps anything.
    pub(crate) keeps_rows: bool,
    pub(crate) admin: Option<Arc<dyn UserAdmin>>,
    /// `None` for a program that knows none: its pseudonyms are random.
    pub(crate) secrets: Option<&'a ApplicationSecrets>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) listeners: Vec<Arc<dyn EventListener>>,
    pub(crate) webhooks: Option<Webhooks>,
}

impl Events {
    pub(crate) fn new(parts: EventParts<'_>) -> Self {
        let EventParts { audit, keeps_rows, admin, secrets, clock, random, listeners, webhooks } = parts;
        Self(Arc::new(Inner {
            audit,
            keeps_rows,
            webhooks: webhooks.filter(|webhooks| !webhooks.is_empty()),
            admin: admin.filter(|admin| admin.keeps_letters()),
            clock,
            random,
            otherwise: secrets.is_none().then(|| COMMAND.into()),
            hash: secrets.map(|secrets| secrets.keyed_hash("event pseudonym")),
            refusals: Refusals::default(),
            to_audit: Queue::default(),
            listeners: listeners
                .into_iter()
                .map(|listener| Hearing { listener, queue: Queue::default() })
                .collect(),
        }))
    }

    /// What a draft says, of now and of this request.
    pub(crate) fn written(&self, draft: EventDraft) -> Event {
        let now = self.0.clock.now();
        let mut event = draft.written(EventId::generate(now, &*self.0.random), now);
        if event.route.is_none() {
            event.route = self.0.otherwise.clone();
        }
        event
    }

    /// What is written of an event with the change that it tells of.
    pub(crate) fn attached(&self, event: &Event) -> Vec<Attachment> {
        let letters = self.0.webhooks.as_ref().map(|webhooks| webhooks.letters(event));
        self.row(event).into_iter().chain(letters.into_iter().flatten()).collect()
    }

    /// The same of one of two kinds: as much is written of either.
    pub(super) fn attached_alike(&self, event: &Event, other: EventKind) -> Vec<Attachment> {
        let letters = self.0.webhooks.as_ref().map(|webhooks| webhooks.letters_alike(event, other));
        self.row(event).into_iter().chain(letters.into_iter().flatten()).collect()
    }

    fn row(&self, event: &Event) -> Option<Attachment> {
        self.0.keeps_rows.then(|| Attachment::Event(Box::new(event.clone())))
    }

    /// Whether what is changed of accounts takes events with it.
    pub(super) fn come_with_changes(&self) -> bool {
        self.0.admin.is_some()
    }

    /// Who changes accounts and takes events with it.
    pub(super) fn admin(&self) -> Option<&Arc<dyn UserAdmin>> {
        self.0.admin.as_ref()
    }

    /// What was written is there: tells everybody else.
    pub(crate) fn happened(&self, event: Event) {
        metric::event(event.kind.name());
        self.said(event);
    }

    fn said(&self, event: Event) {
        log(&event);
        if let Some(webhooks) = &self.0.webhooks {
            webhooks.wake();
        }
        if self.0.listeners.is_empty() {
            return;
        }
        let event = Arc::new(event);
        for Hearing { listener, queue } in &self.0.listeners {
            let listener = listener.clone();
            queue.push(event.clone(), move |events| hear(listener.clone(), events));
        }
    }

    /// Something happened that is kept elsewhere, a moment ago. Where that cannot be written it stands in the log: what was done is done.
    pub(crate) async fn note(&self, draft: EventDraft) {
        let event = self.written(draft);
        self.write(&event).await;
        self.happened(event);
    }

    async fn write(&self, event: &Event) {
        let attached = self.attached(event);
        if attached.is_empty() {
            return;
        }
        if let Err(error) = self.0.audit.record(attached).await {
            let (id, kind) = (event.id, event.kind.name());
            tracing::error!(?error, event_id = %id, event = kind, "an event could not be written into the audit");
        }
    }

    /// Notes a login, and tells of it: in one step, where the store can.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn record_login(
        &self,
        users: &dyn UserStore,
        user: &UserId,
        at: Timestamp,
        draft: EventDraft,
    ) -> Result<(), StoreError> {
        let event = self.written(draft.to(user));
        let attached = self.attached(&event);
        match &self.0.admin {
            Some(admin) if !attached.is_empty() => admin.record_login_with(user, at, attached).await?,
            _ => {
                users.record_login(user, at).await?;
                self.write(&event).await;
            }
        }
        self.happened(event);
        Ok(())
    }

    /// Something happened on the way, and nobody is to wait for its row.
    pub(crate) fn note_later(&self, draft: EventDraft) {
        self.tell_later(self.written(draft));
    }

    pub(super) fn tell_later(&self, event: Event) {
        metric::event(event.kind.name());
        self.tell_of_counted(event);
    }

    /// The same of what was counted before.
    pub(super) fn tell_of_counted(&self, event: Event) {
        self.write_later(event.clone());
        self.said(event);
    }

    pub(super) fn refusals(&self) -> &Refusals {
        &self.0.refusals
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn write_later(&self, event: Event) {
        let this = self.clone();
        self.0.to_audit.push(event, move |events| this.clone().write_all(events));
    }

    async fn write_all(self, events: Vec<Event>) {
        let count = events.len();
        let attached: Vec<_> = events.iter().flat_map(|event| self.attached(event)).collect();
        if attached.is_empty() {
            return;
        }
        if let Err(error) = self.0.audit.record(attached).await {
            tracing::error!(
                ?error,
                count,
                "events could not be written into the audit: these are in the log alone"
            );
        } else if let Some(webhooks) = &self.0.webhooks {
            webhooks.wake();
        }
    }

    /// Waits until what was told so far is written, for a second at most: whoever reads is not to hang because a store does.
    pub(super) async fn written_so_far(&self) {
        // What is not there by then is there a little later.
        let _ = timeout(LONGEST_WRITING, self.0.to_audit.drained()).await;
    }

    /// Waits until all that nobody waited for is written and heard.
    #[cfg(test)]
    pub(crate) async fn settled(&self) {
        self.0.to_audit.drained().await;
        for Hearing { queue, .. } in &self.0.listeners {
            queue.drained().await;
        }
    }

    /// Gives the events of an account that is gone from where others keep it a pseudonym.
    pub(super) async fn forget(&self, user: &UserId, pseudonym: &UserId) {
        if !self.0.keeps_rows {
            return;
        }
        if let Err(error) = self.0.audit.pseudonymise(user, pseudonym).await {
            tracing::error!(?error, user = user.as_str(), "events still name an account that was removed");
        }
    }

    /// Forgets events of before this moment, and answers how many: those of before it was said that none are kept, too.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn remove_before(&self, end: Timestamp) -> Result<u64, Error> {
        Ok(self.0.audit.remove_before(EventId::at(end)).await?)
    }

    /// Where events are read.
    pub(super) fn audit(&self) -> Option<&Arc<dyn AuditStore>> {
        self.0.keeps_rows.then_some(&self.0.audit)
    }

    /// What stands for the name that somebody typed.
    pub(crate) fn pseudonym_of_login(&self, login: &LoginName) -> String {
        self.pseudonym(format!("login:{}", login.canonical()).as_bytes())
    }

    /// What stands for an account that is gone. It is no id of anybody's: those of ours are UUIDs.
    pub(super) fn pseudonym_of_user(&self, user: &UserId) -> UserId {
        UserId::new(format!("erased:{}", self.pseudonym(format!("user:{}", user.as_str()).as_bytes())))
    }

    /// 96 bits: enough to tell people apart.
    fn pseudonym(&self, of: &[u8]) -> String {
        let bytes = self.0.hash.as_ref().map_or_else(|| random_bytes(&*self.0.random), |hash| hash.hash(of));
        URL_SAFE_NO_PAD.encode(&bytes[..12])
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

async fn hear(listener: Arc<dyn EventListener>, events: Vec<Arc<Event>>) {
    for event in events {
        let listener = listener.clone();
        let heard = tokio::spawn(async move { timeout(LONGEST_HEARING, listener.hear(&event)).await });
        match heard.await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::warn!("a listener took too long for an event, and was cut off"),
            Err(error) => tracing::error!(%error, "a listener panicked"),
        }
    }
}

/// The line in the log. Everything that somebody else chose is a text without control characters, or written as one that is quoted: no
/// line can be made to look like two.
pub(super) fn log(event: &Event) {
    let (id, name) = (event.id, event.kind.name());
    let user = event.user.as_ref().map(|user| tracing::field::debug(user.as_str()));
    let ip = event.ip.map(tracing::field::display);
    let route = event.route.as_deref();
    let details = &event.details;
    let reason = details.reason.map(|reason| reason.name());
    let login = details.login.as_deref();
    let amr = Some(details.amr.join(" ")).filter(|amr| !amr.is_empty());
    let changed = Some(details.changed.join(" ")).filter(|changed| !changed.is_empty());
    let factor = details.factor.as_deref();
    let provider = details.provider.as_deref().map(tracing::field::debug);
    let client = details.client.as_deref().map(tracing::field::debug);
    let (session, count) = (details.session.as_deref(), details.count);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: super::TARGET,
                event = name,
                event_id = %id,
                user,
                ip,
                route,
                reason,
                login,
                amr,
                changed,
                factor,
                provider,
                client,
                session,
                count,
            )
        };
    }
    match event.kind {
        kind if kind.is_alarm() => line!(warn),
        kind if kind.is_refusal() => line!(warn),
        _ => line!(info),
    }
}
