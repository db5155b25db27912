//! Which connections may still be what they were when they were made.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use sqlx::Connection;
use tokio::time::timeout;

use super::{Fault, server_limit};

/// Connections that nobody used for this long are asked whether they are still there: what is between here and the server (a
/// firewall, a load balancer) forgets those on which nothing moves, commonly after some minutes.
pub(crate) const QUIET: Duration = Duration::from_secs(30);

/// How long that may take.
const ANSWER: Duration = Duration::from_secs(1);

/// At most so often everything is connected anew because of a server that only reads, or of statements that are not what was prepared.
/// One where that stays so would be given no rest otherwise.
const PAUSE: Duration = Duration::from_secs(1);

/// The moment before which no connection was made that is still trusted: that of the last fault of the server. After a failover all
/// connections lead to the same wrong server; each would have to fail once otherwise.
#[derive(Debug)]
pub(crate) struct Trust {
    since: Mutex<Option<Instant>>,
    /// How long an answer takes at most.
    limit: Duration,
}

impl Trust {
    pub(super) fn new(limit: Duration) -> Self {
        Self { since: Mutex::default(), limit }
    }

    /// Looks whether a fault says that the server is not what it was.
    pub(crate) fn note(&self, fault: Fault) {
        match fault {
            Fault::Broken => self.end(Duration::ZERO),
            Fault::Prepared | Fault::ReadOnly => self.end(PAUSE),
            Fault::Connection | Fault::Statement => {}
        }
    }

    /// The same of no answer at all: the server would have given up what it works on for so long.
    pub(crate) fn note_silence(&self, waited: Duration) {
        if waited > server_limit(self.limit) {
            self.end(Duration::ZERO);
        }
    }

    fn end(&self, pause: Duration) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_none_or(|since| since.elapsed() >= pause) {
            *since = Some(Instant::now());
        }
    }

    /// Whether a connection of that age may be lent, which nobody used for so long.
    pub(super) async fn test(
        &self,
        connection: &mut impl Connection,
        age: Duration,
        unused: Duration,
    ) -> bool {
        self.covers(age)
            && (unused < QUIET || matches!(Box::pin(timeout(ANSWER, connection.ping())).await, Ok(Ok(()))))
    }

    /// Whether a connection of that age still leads where it did.
    pub(crate) fn covers(&self, age: Duration) -> bool {
        let since = *self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_none_or(|since| age < since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_fault_of_the_server_only_newer_connections_are_trusted() {
        let trust = Trust::new(Duration::from_secs(3));
        assert!(trust.covers(Duration::MAX));
        for fault in [Fault::Connection, Fault::Statement] {
            trust.note(fault);
        }
        trust.note_silence(Duration::from_secs(2));
        assert!(trust.covers(Duration::MAX));
        for fault in [Fault::Broken, Fault::Prepared, Fault::ReadOnly] {
            let trust = Trust::new(Duration::from_secs(3));
            trust.note(fault);
            assert!(!trust.covers(Duration::from_secs(1)), "{fault:?}");
            assert!(trust.covers(Duration::ZERO), "{fault:?}");
        }
    }

    #[test]
    fn a_server_that_says_nothing_for_longer_than_it_may_work_is_not_what_it_was() {
        let trust = Trust::new(Duration::from_secs(3));
        trust.note_silence(Duration::from_secs(3));
        assert!(!trust.covers(Duration::from_secs(1)));
    }
}
