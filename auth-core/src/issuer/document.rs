//! A document of another server that is kept and renewed.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

use super::IssuerConfig;
use crate::clock::{Clock, Timestamp};
use crate::error::BoxError;
use crate::outbound::{OutsideError, OutsideFault};

/// A document of another server. Reading takes no lock and, while there is a copy that may be used, waits for nobody.
#[derive(Debug)]
pub(super) struct Document<T> {
    copy: ArcSwapOption<Copy<T>>,
    /// Held for a few instructions, never across an await.
    renewal: Mutex<Renewal>,
}

#[derive(Debug)]
struct Copy<T> {
    value: Arc<T>,
    fetched_at: Timestamp,
}

/// How the document is being renewed, and how that went last.
#[derive(Debug, Default)]
struct Renewal {
    begun_at: Option<Timestamp>,
    /// Closed when the running renewal is over.
    running: Option<watch::Receiver<()>>,
    failure: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Renewal {
    /// The renewal that is running. One whose task is gone without a word is not.
    fn running(&self) -> Option<&watch::Receiver<()>> {
        self.running.as_ref().filter(|running| running.has_changed().is_ok())
    }
}

impl<T> Default for Document<T> {
    fn default() -> Self {
        Self { copy: ArcSwapOption::empty(), renewal: Mutex::default() }
    }
}

impl<T: Send + Sync + 'static> Document<T> {
    /// The document: the copy that is there, if it may be used; past its time it is renewed meanwhile. Without such a copy, what
    /// `fetch` brings, of which one runs however many ask.
    pub(super) async fn get<F>(
        self: &Arc<Self>,
        timing: &Timing,
        fetch: impl FnOnce(Option<Arc<T>>) -> F,
    ) -> Result<Arc<T>, OutsideError>
    where
        F: Future<Output = Result<Arc<T>, BoxError>> + Send + 'static,
    {
        let now = timing.clock.now();
        let (copy, is_fresh) = self.copy(timing, now);
        if is_fresh && let Some(copy) = copy {
            return Ok(copy);
        }
        let running = self.renew(timing, now, fetch);
        if let Some(copy) = copy {
            return Ok(copy);
        }
        wait(running).await;
        self.copy(timing, now).0.ok_or_else(|| self.failure(timing))
    }

    /// The document as it is after another look, unless the last one is too recent.
    pub(super) async fn get_again<F>(
        self: &Arc<Self>,
        timing: &Timing,
        fetch: impl FnOnce(Option<Arc<T>>) -> F,
    ) -> Result<Arc<T>, OutsideError>
    where
        F: Future<Output = Result<Arc<T>, BoxError>> + Send + 'static,
    {
        let now = timing.clock.now();
        let running = self.renew(timing, now, fetch);
        wait(running).await;
        let has_failed = self.renewal().failure.is_some();
        self.copy(timing, now).0.filter(|_| !has_failed).ok_or_else(|| self.failure(timing))
    }

    /// Whether nobody has asked for it for so long that nothing of it may be used.
    pub(super) fn is_forgotten(&self, timing: &Timing) -> bool {
        let begun_at = self.renewal().begun_at;
        begun_at.is_some_and(|begun_at| !begun_at.is_within(timing.config.usable_for(), timing.clock.now()))
    }

    /// The copy, if it may be used, and whether it is fresh.
    fn copy(&self, timing: &Timing, now: Timestamp) -> (Option<Arc<T>>, bool) {
        let copy = self.copy.load();
        let Some(copy) = copy.as_ref() else { return (None, false) };
        let is_younger_than = |age| copy.fetched_at.is_within(age, now);
        let value = is_younger_than(timing.config.usable_for()).then(|| Arc::clone(&copy.value));
        (value, is_younger_than(timing.config.ttl))
    }

    /// Joins the renewal that is running or starts one, which then runs to its end whoever waits for it; `None` when the last one
    /// began too recently.
    fn renew<F>(
        self: &Arc<Self>,
        timing: &Timing,
        now: Timestamp,
        fetch: impl FnOnce(Option<Arc<T>>) -> F,
    ) -> Option<watch::Receiver<()>>
    where
        F: Future<Output = Result<Arc<T>, BoxError>> + Send + 'static,
    {
        let mut renewal = self.renewal();
        if let Some(running) = renewal.running() {
            return Some(running.clone());
        }
        if renewal.begun_at.is_some_and(|begun_at| begun_at.is_within(timing.config.cooldown, now)) {
            return None;
        }
        let (end, running) = watch::channel(());
        renewal.begun_at = Some(now);
        renewal.running = Some(running.clone());
        let previous = self.copy.load().as_ref().map(|copy| Arc::clone(&copy.value));
        let (document, fetch) = (Arc::clone(self), fetch(previous));
        tokio::spawn(async move {
            let result = fetch.await;
            document.settle(result, now);
            drop(end);
        });
        Some(running)
    }

    fn settle(&self, result: Result<Arc<T>, BoxError>, fetched_at: Timestamp) {
        let failure = match result {
            Ok(value) => {
                self.copy.store(Some(Arc::new(Copy { value, fetched_at })));
                None
            }
            Err(error) => {
                tracing::warn!(
                    %error,
                    cause = error.source().map(tracing::field::display),
                    "an issuer's document could not be had; what is there stays in use for a while"
                );
                Some(Arc::from(error))
            }
        };
        let mut renewal = self.renewal();
        renewal.running = None;
        renewal.failure = failure;
    }

    fn failure(&self, timing: &Timing) -> OutsideError {
        let error = OutsideError::new(OutsideFault::Failed).with_retry_after(timing.config.cooldown);
        match &self.renewal().failure {
            Some(failure) => error.with_source(Arc::clone(failure)),
            None => error.with_source("the issuer's document was not there in time"),
        }
    }

    fn renewal(&self) -> MutexGuard<'_, Renewal> {
        self.renewal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn wait(running: Option<watch::Receiver<()>>) {
    if let Some(mut running) = running {
        // Nothing is ever sent: it is closed at the end.
        let _ = running.changed().await;
    }
}

/// What time it is, and how long things are used.
#[derive(Debug)]
pub(super) struct Timing {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: IssuerConfig,
}
