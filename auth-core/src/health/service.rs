//! Answers about readiness, of which many at once cost no more than one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::key::Keys;
use crate::metric;
use crate::store::{Backend, Stores};
use crate::task::Flights;

use super::probe::Probe;
use super::{READY_WITHIN, Readiness};

/// How long an answer is given again. Proxies ask every few seconds; whoever asks more often must not load the stores.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Whether this server can answer requests.
pub(crate) struct Health {
    looks: Arc<Looks>,
    /// One look for all who ask while it is under way, finished whoever hangs up.
    under_way: Flights<(), bool>,
}

struct Looks {
    probe: Probe,
    /// The last answer that the route gave, and when.
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
        let looks = Looks { probe, last: Mutex::default(), was_ready: AtomicBool::new(true) };
        Self { looks: Arc::new(looks), under_way: Flights::default() }
    }

    /// Looks at everything now.
    pub(crate) async fn readiness(&self, within: Duration) -> Readiness {
        self.looks.probe.look(within).await
    }

    /// Whether everything was well a moment ago.
    pub(crate) async fn is_ready(&self) -> bool {
        if let Some(is_ready) = self.looks.known() {
            return is_ready;
        }
        let looks = self.looks.clone();
        let look = async move { Ok(looks.look().await) };
        self.under_way.join((), look).await.unwrap_or(false)
    }
}

impl Looks {
    /// The last answer, while it is good.
    fn known(&self) -> Option<bool> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.probe.clock.now();
        // A clock that steps back makes no answer good for longer.
        last.filter(|(at, _)| *at <= now && now.since(*at) < GOOD_FOR).map(|(_, is_ready)| is_ready)
    }

    /// Looks, unless somebody has just done so. An answer is good from when it is there: a look may take longer than that.
    async fn look(&self) -> bool {
        if let Some(is_ready) = self.known() {
            return is_ready;
        }
        let readiness = self.probe.look(READY_WITHIN).await;
        self.note(&readiness);
        let answer = (self.probe.clock.now(), readiness.is_ready());
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
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
