//! Events: what happened to accounts, who was refused, when, from where and why.
//!
//! 1. Each login, failed or not, logout, change of an account, and end of a session or a refresh family is an [`Event`]. It has an
//!    [id](EventId), who it happened to, when, from where, how, and why somebody was refused.
//! 2. It is a line in the log (`tracing`, target [`TARGET`]), a row in the audit ([`Auth::audit`](crate::Auth::audit), `auth audit`),
//!    told to the application's [listeners](EventListener), and signed to other programs ([`Webhook`]).
//! 3. The row, and what webhooks are told, is written in the transaction of the change: it is there if and only if that was made. A login's is written with the note
//!    that somebody logged in, that of a linked or unlinked account at a provider with that. What is kept elsewhere (sessions and
//!    refresh families, which may be in a store of their own) and a refused login are
//!    written beside it: right after what was done; of a refusal when the answer is out already.
//! 4. Who is refused gets the event's id: as the member `instance` of the problem document (RFC 9457 section 3.1.5), and as a
//!    [reference](EventId::reference) on a page. By that support finds the row and the line. It is there for whoever is refused, known,
//!    unknown, disabled or unproven, and says when, and nothing else.
//! 5. No event holds a secret, and none a name that was typed: people type passwords there. In its place stands a pseudonym, a keyed
//!    hash, which is the same for the same name. What a client says of itself is kept without control characters, so that it neither
//!    begins a line of a log nor moves the cursor of a terminal.
//! 6. A process writes and tells 5 refusals a second at most, after 1200 at once; of those that no limit bounds (links that are good for
//!    nothing, callbacks that nobody began) one a second, and of requests that are refused for their number one in ten seconds: nobody
//!    fills a disk by being refused, nor hides guesses behind something else. The rest is counted, ten a second stand in the log, and the
//!    next row that is no account's says for how many it stands (`count`).
//! 7. Events are kept for a year ([`AuthBuilder::keep_events_for`](crate::AuthBuilder::keep_events_for)); housekeeping forgets them. Of
//!    an account that is removed they keep a pseudonym, and no address.
//!
//! # In the log
//!
//! Fields, each where it applies: `event` (the [kind](EventKind)'s name), `event_id`, `user` (the account's id), `ip`, `route`, `reason`,
//! `login` (the pseudonym), `amr`, `changed`, `provider`, `client`, `session`, `count`. Refusals and alarms are warnings, the rest is
//! information.
//!
//! # Users of Django's, and of the application's own
//!
//! Their tables take nothing along with a change. The event is written to the audit of our own tables right after, and stands in the log
//! where that fails. An account at a provider is linked in our own tables, and so has its event and its letter in the same step.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use async_trait::async_trait;
//! use auth_core::event::{Event, EventKind, EventListener};
//! # use auth_core::{Auth, store::MemoryStore};
//!
//! /// Wakes somebody up.
//! struct Alarm;
//!
//! #[async_trait]
//! impl EventListener for Alarm {
//!     async fn hear(&self, event: &Event) {
//!         if event.kind.is_alarm() {
//!             // send it where somebody looks
//!         }
//!     }
//! }
//!
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=");
//! let auth = auth.listener(Alarm).build().await?;
//! # let _ = EventKind::TokenReused;
//! # Ok(())
//! # }
//! ```
//!
//! OWASP ASVS 5.0 chapter V16 (security logging), OWASP Logging Cheat Sheet.

mod audit;
mod budget;
mod listener;
mod queue;
mod recorded;
mod refusal;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod webhook;

pub use self::audit::Audit;
pub use self::listener::{EventListener, LONGEST_HEARING, MOST_WAITING};
pub use self::recorded::recorded_users;
pub use self::store::{AuditFilter, AuditStore};
pub use self::webhook::Webhook;
pub use crate::event_id::EventId;
pub use crate::user::{Denial, Event, EventDetails, EventDraft, EventKind};

pub(crate) use self::budget::Budget;
pub(crate) use self::recorded::RecordedUsers;
pub(crate) use self::service::{EventParts, Events};
pub(crate) use self::webhook::{Endpoint, WebhookCourier, Webhooks};

/// The target of events in the log.
pub const TARGET: &str = "auth_core::event";
