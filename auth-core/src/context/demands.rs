//! What the guards of a request demand, and what became of it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::access::Requirement;
use crate::http::AuthResponse;

/// What the door of the adapters has to know of a request's guards on the way out. It stands beside the context, so that a
/// request makes one allocation for both.
#[derive(Default)]
pub(crate) struct Demands {
    registered: AtomicU8,
    decided: AtomicU8,
    held: Mutex<Held>,
}

/// What only some requests need: most have one guard, and none of the rest.
#[derive(Default)]
struct Held {
    first: Option<Requirement>,
    further: Vec<Requirement>,
    /// The reply of a guard that its framework could only fail with a status.
    kept: Option<Box<AuthResponse>>,
}

impl Demands {
    /// Notes the requirement of a guard that exists on this route, before it is decided.
    pub(crate) fn register(&self, requirement: Requirement) {
        self.registered.fetch_add(1, Ordering::Relaxed);
        let mut held = self.held();
        match held.first {
            None => held.first = Some(requirement),
            Some(_) => held.further.push(requirement),
        }
    }

    /// Notes that a guard was decided.
    pub(crate) fn note_decision(&self) {
        self.decided.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the framework never came to a guard that exists on this route.
    pub(crate) fn are_undecided(&self) -> bool {
        self.decided.load(Ordering::Relaxed) < self.registered.load(Ordering::Relaxed)
    }

    /// The requirements of all guards that were registered, in order.
    pub(crate) fn registered(&self) -> Vec<Requirement> {
        let held = self.held();
        held.first.iter().chain(&held.further).cloned().collect()
    }

    /// Keeps the reply of a guard that its framework can only fail with a status.
    pub(crate) fn keep(&self, reply: AuthResponse) {
        self.held().kept = Some(Box::new(reply));
    }

    /// The reply that is kept.
    pub(crate) fn kept(&self) -> Option<AuthResponse> {
        self.held().kept.as_deref().cloned()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
