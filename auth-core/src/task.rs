//! Work that is finished whoever waits for it.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tracing::Instrument as _;

use crate::circumstances::carried;
use crate::error::{Error, ErrorKind};

/// Runs what changes state in a task of its own, so that a client that hangs up leaves nothing half done.
pub(crate) async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(carried(work).in_current_span()).await {
        Ok(result) => result,
        Err(error) => Err(Error::new(ErrorKind::Internal).with_source(error)),
    }
}

/// Work that many ask for at the same time and that is done once, by key. It is finished whoever hangs up, and all who asked
/// while it was under way get its outcome.
pub(crate) struct Flights<K, T> {
    under_way: UnderWay<K, T>,
    most: usize,
}

type UnderWay<K, T> = Arc<Mutex<HashMap<K, Outcome<T>>>>;

/// What became of the work, once that is known.
type Outcome<T> = watch::Receiver<Option<Result<T, Arc<Error>>>>;

impl<K, T> Flights<K, T>
where
    K: Clone + Eq + Hash + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// No more than so many at once, whose work is not begun then.
    pub(crate) fn at_most(most: usize) -> Self {
        Self { under_way: Arc::default(), most }
    }

    /// The outcome of the work under this key: of that which is under way, else of `work`. Whoever asks looks first whether there
    /// is anything left to do, and `work` looks once more: between the two another flight may have ended.
    ///
    /// # Errors
    /// The work's own; `Unavailable` when as many as there may be are under way, and none of them under this key.
    pub(crate) async fn join(
        &self,
        key: K,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(mut outcome) = self.enter(key, work) else {
            return Err(Error::new(ErrorKind::Unavailable).with_source("too much of this is under way"));
        };
        let outcome = outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        match outcome.ok().flatten() {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => Err(Error::shared(error)),
            None => Err(Error::new(ErrorKind::Internal).with_source("the work panicked")),
        }
    }

    /// Begins the work under this key, unless it is under way, or as much as there may be.
    pub(crate) fn begin(&self, key: K, work: impl Future<Output = Result<T, Error>> + Send + 'static) {
        self.enter(key, work);
    }

    fn enter(
        &self,
        key: K,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Option<Outcome<T>> {
        let mut flights = lock(&self.under_way);
        if let Some(outcome) = flights.get(&key) {
            return Some(outcome.clone());
        }
        if flights.len() >= self.most {
            return None;
        }
        let (sender, outcome) = watch::channel(None);
        flights.insert(key.clone(), outcome.clone());
        let landing = Landing { flights: Arc::clone(&self.under_way), key };
        tokio::spawn(async move {
            let done = work.await.map_err(Arc::new);
            drop(landing);
            sender.send_replace(Some(done));
        });
        Some(outcome)
    }
}

impl<K, T> Default for Flights<K, T> {
    /// Any number.
    fn default() -> Self {
        Self { under_way: Arc::default(), most: usize::MAX }
    }
}

impl<K, T> Clone for Flights<K, T> {
    fn clone(&self) -> Self {
        Self { under_way: Arc::clone(&self.under_way), most: self.most }
    }
}

impl<K, T> fmt::Debug for Flights<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

/// Makes room for the next flight under the key, also when the work panics.
struct Landing<K: Eq + Hash, T> {
    flights: UnderWay<K, T>,
    key: K,
}

impl<K: Eq + Hash, T> Drop for Landing<K, T> {
    fn drop(&mut self) {
        lock(&self.flights).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn a_thousand_callers_share_one_flight_and_its_outcome() {
        let (flights, go) = (Flights::default(), Arc::new(Notify::new()));
        let (asked, begun) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let (flights, go, asked, begun) = (flights.clone(), go.clone(), asked.clone(), begun.clone());
            callers.spawn(async move {
                asked.fetch_add(1, Ordering::Relaxed);
                let work = async move {
                    begun.fetch_add(1, Ordering::Relaxed);
                    go.notified().await;
                    Ok(7)
                };
                flights.join("key", work).await.unwrap()
            });
        }
        while asked.load(Ordering::Relaxed) < 1000 {
            tokio::task::yield_now().await;
        }
        go.notify_one();
        assert!(callers.join_all().await.into_iter().all(|done| done == 7));
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        assert!(lock(&flights.under_way).is_empty());
    }

    #[tokio::test]
    async fn a_flight_is_finished_though_nobody_waits_and_the_next_one_is_new() {
        let (flights, go) = (Flights::<_, i32>::default(), Arc::new(Notify::new()));
        let waiting = go.clone();
        let outcome = flights.enter(1, async move {
            waiting.notified().await;
            Err(ErrorKind::Unavailable.into())
        });
        let mut outcome = outcome.unwrap();
        let joined = tokio::spawn({
            let flights = flights.clone();
            async move { flights.join(1, async { Ok(1) }).await }
        });
        tokio::task::yield_now().await;
        joined.abort();
        go.notify_one();
        assert!(outcome.wait_for(Option::is_some).await.unwrap().as_ref().unwrap().is_err());
        assert_eq!(flights.join(1, async { Ok(2) }).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn where_no_more_may_begin_one_can_still_join() {
        let (flights, go) = (Flights::at_most(1), Arc::new(Notify::new()));
        let waiting = go.clone();
        flights.begin("first", async move {
            waiting.notified().await;
            Ok(1)
        });
        let refused = flights.join("second", async { Ok(2) }).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable);
        let joined = flights.join("first", async { panic!("it is under way already") });
        go.notify_one();
        assert_eq!(joined.await.unwrap(), 1);
        assert_eq!(flights.join("second", async { Ok(2) }).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn work_that_panics_fails_its_callers_and_blocks_nobody() {
        let flights = Flights::<_, i32>::default();
        let failed = flights.join((), async { panic!("on purpose") }).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Internal);
        assert_eq!(flights.join((), async { Ok(3) }).await.unwrap(), 3);
    }
}
