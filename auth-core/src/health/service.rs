//! Answers about readiness, of which many at once cost no more than one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::clock::{Clock, Timestamp};
use crate::key::Keys;
use crate::metric;
use crate::store::{Backend, Stores};

use super::probe::Probe;
use super::{READY_WITHIN, Readiness};

/// How long an answer is given again. Proxies ask every few seconds; whoever asks more often must not load the stores.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Whether this server can answer requests.
pub(crate) struct Health {
    probe: Probe,
    /// The last answer that the route gave, and when. Whoever holds the lock asks for all who wait for it.
    last: Mutex<Option<(Timestamp, bool)>>,
    was_ready: AtomicBool,
}

impl Health {
    pub(crate) fn new(
        stores: Stores,
        backend: Option<Arc<dyn Backend>>,
        keys: Arc<OnceLock<Keys>>,
        clock: Arc<dyn Clock>,
        has_own_clock: bool,
    ) -> Self {
        let probe = Probe { stores, backend, keys, clock, has_own_clock };
        Self { probe, last: Mutex::default(), was_ready: AtomicBool::new(true) }
    }

    /// Looks at everything now.
    pub(crate) async fn readiness(&self, within: Duration) -> Readiness {
        self.probe.look(within).await
    }

    /// Whether everything was well a moment ago.
    pub(crate) async fn is_ready(&self) -> bool {
        let mut last = self.last.lock().await;
        let now = self.probe.clock.now();
        // A clock that steps back makes no answer good for longer.
        if let Some((_, is_ready)) = last.filter(|(at, _)| *at <= now && now.since(*at) < GOOD_FOR) {
            return is_ready;
        }
        let readiness = self.readiness(READY_WITHIN).await;
        self.note(&readiness);
        *last = Some((now, readiness.is_ready()));
        readiness.is_ready()
    }

    /// Logs what changed: once, however often it is asked.
    fn note(&self, readiness: &Readiness) {
        metric::ready(readiness.is_ready());
        let was_ready = self.was_ready.swap(readiness.is_ready(), Ordering::Relaxed);
        match (was_ready, readiness.is_ready()) {
            (true, false) => tracing::error!("this server is not ready: {readiness}"),
            (false, true) => tracing::info!("this server is ready again"),
            _ => {}
        }
    }
}
