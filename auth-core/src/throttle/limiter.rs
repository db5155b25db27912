//! Where uses are counted: in the store, and while that cannot answer in this process.
//!
//! 1. A store that cannot answer lets nobody try without a limit: this process counts by itself then, and lets a fifth of each limit
//!    through. Several servers do that side by side, so five of them let through together what the store does.
//! 2. What was counted here counts here alone, for a day at most. It is no failure in the store's books, and the store's own counts are
//!    neither seen nor forgotten meanwhile: an account whose row of failures is used up there has a fifth of a row here.
//! 3. What was taken in the store and has to be given back is given back as soon as the store answers again, for a quarter of an hour.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::clock::{Clock, Timestamp};
use crate::error::StoreError;
use crate::short_lived::{Counter, Quota, ShortLivedStore};

/// What part of a limit one process lets through by itself.
const STRICTER: u32 = 5;

/// For how long a process remembers what it counted by itself, at most.
const LONGEST_HERE: Duration = Duration::from_secs(24 * 60 * 60);

/// From how many counters on those that are over are looked for.
const MANY: usize = 4096;

/// How many seconds lie between the attempts to give something back: a quarter of an hour in all.
const GIVEN_BACK_AFTER: [u64; 10] = [1, 2, 4, 8, 15, 30, 60, 120, 300, 360];

/// Uses that were taken, when and where.
#[derive(Debug)]
#[must_use = "uses that are not given back stay counted"]
pub(super) struct Taken {
    quotas: Vec<Quota>,
    at: Timestamp,
    place: Place,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Here,
    Store,
}

/// Takes uses and gives them back.
#[derive(Clone, Debug)]
pub(super) struct Limiter {
    store: Arc<dyn ShortLivedStore>,
    here: Arc<Here>,
}

impl Taken {
    /// Uses that were taken in the store at this time.
    pub(super) fn in_store(quotas: Vec<Quota>, at: Timestamp) -> Self {
        Self { quotas, at, place: Place::Store }
    }

    pub(super) fn is_in_store(&self) -> bool {
        self.place == Place::Store
    }

    /// When they were taken, if that was in the store.
    pub(super) fn at_in_store(&self) -> Option<Timestamp> {
        self.is_in_store().then_some(self.at)
    }
}

impl Limiter {
    pub(super) fn new(store: Arc<dyn ShortLivedStore>) -> Self {
        Self { store, here: Arc::default() }
    }

    /// Takes one use of each quota, or none of any. What goes on from uses that were taken here is counted here too: whoever waited for
    /// the store in vain does not wait again.
    ///
    /// # Errors
    /// How long until all have one again.
    pub(super) async fn take(
        &self,
        quotas: Vec<Quota>,
        before: Option<&Taken>,
        now: Timestamp,
    ) -> Result<Taken, Duration> {
        if before.is_some_and(|before| !before.is_in_store()) {
            self.here.reserve(&quotas, now)?;
            return Ok(Taken { quotas, at: now, place: Place::Here });
        }
        let place = match self.store.reserve(&quotas, now).await {
            Ok(answer) => answer.map(|()| Place::Store),
            Err(error) => {
                tracing::error!(
                    ?error,
                    "the store of the limits cannot answer: this process limits attempts by itself, more strictly"
                );
                self.here.reserve(&quotas, now).map(|()| Place::Here)
            }
        }?;
        Ok(Taken { quotas, at: now, place })
    }

    /// Whether each quota has a use left, of which none is taken.
    pub(super) async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> bool {
        match self.store.has_left(quotas, now).await {
            Ok(has_left) => has_left,
            Err(error) => {
                tracing::error!(
                    ?error,
                    "the store of the limits cannot answer: this process goes by its own"
                );
                self.here.has_left(quotas, now)
            }
        }
    }

    /// Gives uses back that were taken; if need be when the store answers again.
    pub(super) async fn give_back(&self, taken: Taken, clock: &Arc<dyn Clock>) {
        if !taken.is_in_store() {
            return self.here.refund(&taken, clock.now());
        }
        let Err(error) = self.store.refund(&taken.quotas, taken.at, clock.now()).await else { return };
        tracing::warn!(?error, "an attempt could not be given back yet");
        let (store, clock) = (self.store.clone(), clock.clone());
        tokio::spawn(give_back_later(store, taken, clock));
    }

    /// Forgets all uses of what this one was taken of; where the store cannot, this one alone is given back.
    pub(super) async fn begin_anew(&self, taken: Taken, clock: &Arc<dyn Clock>) {
        self.here.clear(&taken.quotas);
        if taken.is_in_store() && self.store.clear(&taken.quotas).await.is_err() {
            self.give_back(taken, clock).await;
        }
    }

    /// Forgets all uses, wherever they were counted.
    pub(super) async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        self.here.clear(quotas);
        self.store.clear(quotas).await
    }
}

/// Gives uses back once the store answers. Should an answer get lost, they are given back twice.
async fn give_back_later(store: Arc<dyn ShortLivedStore>, taken: Taken, clock: Arc<dyn Clock>) {
    for seconds in GIVEN_BACK_AFTER {
        sleep(Duration::from_secs(seconds)).await;
        if store.refund(&taken.quotas, taken.at, clock.now()).await.is_ok() {
            return;
        }
    }
    tracing::warn!("an attempt could not be given back, and counts as a failed one");
}

/// What this process counts by itself.
#[derive(Debug, Default)]
struct Here(Mutex<HashMap<u64, Counter>>);

impl Here {
    fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<(), Duration> {
        let mut held = self.held();
        if held.len() >= MANY {
            held.retain(|_, counter| !counter.is_over(now));
        }
        let counters = Counter::reserve_all(quotas.iter().map(stricter), now, |key| held.get(&key).copied())?;
        held.extend(counters);
        Ok(())
    }

    fn has_left(&self, quotas: &[Quota], now: Timestamp) -> bool {
        let held = self.held();
        Counter::reserve_all(quotas.iter().map(stricter), now, |key| held.get(&key).copied()).is_ok()
    }

    fn refund(&self, taken: &Taken, now: Timestamp) {
        let mut held = self.held();
        for quota in taken.quotas.iter().map(stricter) {
            if let Some(counter) = held.get_mut(&quota.key) {
                counter.refund(&quota, taken.at, now);
            }
        }
    }

    fn clear(&self, quotas: &[Quota]) {
        let mut held = self.held();
        for quota in quotas {
            held.remove(&quota.key);
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<u64, Counter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one process lets through of a limit by itself: a fifth, and one at least.
fn stricter(quota: &Quota) -> Quota {
    let limit = match quota.limit {
        0 => 0,
        limit => (limit / STRICTER).max(1),
    };
    Quota { limit, window: quota.window.min(LONGEST_HERE), ..*quota }
}
