//! Telling of refusals: each has an id, and no more of them are written than a table and a log can take.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::metric;
use crate::user::{Denial, Event, EventDraft, EventKind, UserId};

use super::budget::Budget;
use super::service::{Events, log};

/// How many refusals one process writes into the audit: so many at once, and then one every so many milliseconds. What the limits on
/// guessing let through is less; where they are off, or an attacker has a million addresses, this is what a disk has to take: 5 rows of
/// some 300 bytes a second. Each says for how many it stands.
const GUESSES: (u64, u64) = (1200, 200);

/// The same for what no limit bounds: links that are good for nothing, callbacks that nobody began. It is counted by itself, so that
/// nobody hides guesses behind a flood of those.
const STRAYS: (u64, u64) = (300, 1000);

/// The same for forms that nothing showed to be a person's, which are what robots send: counted by themselves, so that they hide none of
/// those, and none of those hides them.
const ROBOTS: (u64, u64) = STRAYS;

/// The same for requests that were refused because there were too many: anybody can send any number of those.
const FLOODS: (u64, u64) = (10, 10_000);

/// How many of the refusals that are not written stand in the log: so many at once, and then one every so many milliseconds. By the id of
/// one of these a flood is found.
const LINES: (u64, u64) = (100, 100);

/// How often one process says that an account is locked: its alarm is one, however often somebody goes on.
const LOCKED_SAID_EVERY: Duration = Duration::from_secs(60 * 60);

/// How many accounts that is remembered of.
const MOST_LOCKED: usize = 4096;

/// How much may still be told.
#[derive(Debug)]
pub(super) struct Refusals {
    guesses: Budget,
    strays: Budget,
    robots: Budget,
    floods: Budget,
    lines: Budget,
    /// Accounts of which it was told that they are locked, and when.
    locked: Mutex<HashMap<UserId, Timestamp>>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            guesses: Budget::new(GUESSES.0, GUESSES.1),
            strays: Budget::new(STRAYS.0, STRAYS.1),
            robots: Budget::new(ROBOTS.0, ROBOTS.1),
            floods: Budget::new(FLOODS.0, FLOODS.1),
            lines: Budget::new(LINES.0, LINES.1),
            locked: Mutex::default(),
        }
    }
}

impl Events {
    /// Somebody was refused who may have guessed: the error carries the event's id from here to the reply. Nobody waits for its row, and
    /// the same is done whoever it was.
    pub(crate) fn refused(&self, draft: EventDraft, error: Error) -> Error {
        self.refusal(&self.refusals().guesses, draft, error)
    }

    /// Somebody was refused because there were too many.
    pub(crate) fn too_many(&self, draft: EventDraft, error: Error) -> Error {
        let draft = draft.instead(EventKind::TooManyAttempts).because(Denial::TooManyAttempts);
        self.refusal(&self.refusals().floods, draft, error)
    }

    /// Tells of a refusal by what the error is about. One that is told of already is left as it is, and so is what refuses nobody: a
    /// store that cannot answer, a form that is to be filled in once more.
    pub(crate) fn telling(&self, draft: EventDraft, error: Error) -> Error {
        match denial(error.kind()) {
            _ if error.event().is_some() => error,
            None => error,
            Some(Denial::TooManyAttempts) => self.too_many(draft, error),
            Some(Denial::NotHuman) => {
                self.refusal(&self.refusals().robots, draft.because(Denial::NotHuman), error)
            }
            Some(reason) => self.stray(draft.because(reason), error),
        }
    }

    /// Somebody was refused in a way that no limit bounds.
    pub(crate) fn stray(&self, draft: EventDraft, error: Error) -> Error {
        self.refusal(&self.refusals().strays, draft, error)
    }

    /// Every refusal has an id, and is counted. What is beyond the budget is not told, and some of it stands in the log; the next row that
    /// is nobody's says for how many it stands. A row of somebody's own goes out with what their account exports, and says nothing of others:
    /// beside it there is one for those.
    fn refusal(&self, budget: &Budget, draft: EventDraft, error: Error) -> Error {
        let mut event = self.written(draft);
        let id = event.id;
        match (budget.take(event.at), &event.user) {
            (None, _) => self.count(&event),
            (Some(0), _) => self.tell_later(event),
            (Some(others), None) => {
                event.details.count = Some(others.saturating_add(1));
                self.tell_later(event);
            }
            (Some(others), Some(_)) => {
                budget.spend(event.at);
                self.tell_of_others(event.kind, others);
                self.tell_later(event);
            }
        }
        error.with_event(id)
    }

    /// So many were refused so, of whom nothing else is told. Each of them was counted when it was refused.
    fn tell_of_others(&self, kind: EventKind, others: u64) {
        let event = self.written(EventDraft::of(kind).with(|details| details.count = Some(others)));
        self.tell_of_counted(Event { ip: None, user_agent: None, route: None, ..event });
    }

    fn count(&self, event: &Event) {
        metric::event(event.kind.name());
        if self.refusals().lines.take(event.at).is_some() {
            log(event);
        }
    }

    /// An account takes no password any more: an alarm, once an hour.
    pub(crate) fn account_is_locked(&self, user: &UserId) {
        let now = self.now();
        let mut locked = self.refusals().locked.lock().unwrap_or_else(PoisonError::into_inner);
        locked.retain(|_, said| now.since(*said) < LOCKED_SAID_EVERY);
        let is_said = locked.len() >= MOST_LOCKED || locked.contains_key(user);
        if !is_said {
            locked.insert(user.clone(), now);
        }
        drop(locked);
        if !is_said {
            self.note_later(EventDraft::of(EventKind::AccountLocked).to(user));
        }
    }
}

/// What an error refuses somebody for; `None` where it refuses nobody, or says of itself what is to be done otherwise.
const fn denial(kind: ErrorKind) -> Option<Denial> {
    Some(match kind {
        ErrorKind::HumanCheckRequired => Denial::NotHuman,
        ErrorKind::InvalidLink => Denial::InvalidLink,
        ErrorKind::LinkRequired => Denial::LinkRequired,
        ErrorKind::ProviderDenied => Denial::ProviderDenied,
        ErrorKind::ProviderError => Denial::ProviderError,
        ErrorKind::RegistrationClosed => Denial::RegistrationClosed,
        ErrorKind::SignUpClosed => Denial::SignUpClosed,
        ErrorKind::StateMismatch => Denial::StateMismatch,
        ErrorKind::TooManyAttempts => Denial::TooManyAttempts,
        _ => return None,
    })
}
