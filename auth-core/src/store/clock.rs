//! The time as a backend's server has it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, interval};

use crate::clock::{Clock, SystemClock, Timestamp};
use crate::error::StoreError;
use crate::metric;

use super::Backend;

/// How often the two clocks are compared.
const COMPARE_EVERY: Duration = Duration::from_secs(60);

/// A smaller difference is left alone, and an answer that took longer says nothing: clocks that are kept by NTP differ by less, and no
/// rule here is finer.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// A larger difference is not gone by: that is no clock that runs a little wrong but one that was never set, and what it would end
/// (sessions, keys) no later correction brings back.
const MOST: Duration = Duration::from_secs(60 * 60);

/// This machine's clock, set by the clock of the [backend's](Backend::time) server. Programs on several machines go by one clock so:
/// a token that one of them has issued is not of the future on the next, and what is over is over for all of them at once.
///
/// A difference of less than a second is left alone, one of more than an hour is not gone by and logged as an error. When this machine's
/// own clock is set while the program runs, that counts twice until the next comparison.
#[derive(Debug)]
pub struct StoreClock {
    own: Arc<dyn Clock>,
    /// By how many milliseconds the server's clock is ahead of it.
    ahead: AtomicI64,
}

impl StoreClock {
    /// Compares the clocks now, and every minute for as long as the backend and the clock that is answered are in use. For a backend
    /// without a server that is the system's clock.
    ///
    /// # Errors
    /// When the backend cannot be reached.
    pub async fn start(backend: &Arc<dyn Backend>) -> Result<Arc<dyn Clock>, StoreError> {
        Self::start_with(Arc::new(SystemClock), backend).await
    }

    async fn start_with(
        own: Arc<dyn Clock>,
        backend: &Arc<dyn Backend>,
    ) -> Result<Arc<dyn Clock>, StoreError> {
        let clock = Arc::new(Self { own, ahead: AtomicI64::new(0) });
        if !clock.compare(&**backend).await? {
            return Ok(clock.own.clone());
        }
        tokio::spawn(go_on_comparing(Arc::downgrade(&clock), Arc::downgrade(backend)));
        Ok(clock)
    }

    /// Whether the backend has a clock to compare with.
    async fn compare(&self, backend: &dyn Backend) -> Result<bool, StoreError> {
        let (asked, began) = (self.own.now(), Instant::now());
        let Some(theirs) = backend.time().await? else { return Ok(false) };
        let took = began.elapsed();
        match took <= LEFT_ALONE {
            true => self.set(asked + took / 2, theirs),
            false => tracing::warn!(?took, "the database took too long to say what time it is"),
        }
        Ok(true)
    }

    fn set(&self, ours: Timestamp, theirs: Timestamp) {
        let (behind, ahead) = (ours.since(theirs), theirs.since(ours));
        metric::clock_offset(behind, ahead);
        if behind.max(ahead) > MOST {
            tracing::error!(
                ?behind,
                ?ahead,
                "the database's clock is so far behind or ahead of this machine's that it is not gone by: set the wrong one right (NTP)"
            );
            return;
        }
        let is_left_alone = behind.max(ahead) < LEFT_ALONE;
        let difference = if is_left_alone { 0 } else { theirs.unix_millis() - ours.unix_millis() };
        let before = self.ahead.swap(difference, Ordering::Relaxed);
        if before.abs_diff(difference) >= LEFT_ALONE.as_millis() as u64 && !is_left_alone {
            tracing::warn!(
                ?behind,
                ?ahead,
                "the database's clock is so far behind or ahead of this machine's; the database's is gone by, so that all servers \
                 agree: set both right (NTP)"
            );
        }
    }
}

impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp::from_unix_millis(self.own.now().unix_millis().saturating_add(ahead))
    }
}

/// A comparison that fails leaves the clock as it is.
async fn go_on_comparing(clock: Weak<StoreClock>, backend: Weak<dyn Backend>) {
    let mut minutes = interval(COMPARE_EVERY);
    minutes.tick().await;
    loop {
        minutes.tick().await;
        let (Some(clock), Some(backend)) = (clock.upgrade(), backend.upgrade()) else { return };
        if let Err(error) = clock.compare(&*backend).await {
            tracing::debug!(?error, "the database did not say what time it is");
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tokio::time::advance;

    use super::*;
    use crate::store::{MemoryStore, Stores};
    use crate::testing::ManualClock;

    /// A backend on another machine, whose clock is so many milliseconds ahead of the tests'.
    #[derive(Debug)]
    struct Elsewhere {
        clock: Arc<ManualClock>,
        ahead: AtomicI64,
        /// How long it takes to answer.
        takes: Duration,
    }

    impl Elsewhere {
        /// Both clocks of this machine move on.
        async fn pass(&self, time: Duration) {
            self.clock.advance(time);
            advance(time).await;
        }
    }

    #[async_trait]
    impl Backend for Elsewhere {
        fn stores(&self) -> Stores {
            MemoryStore::new().stores()
        }

        async fn migrate(&self) -> Result<(), StoreError> {
            Ok(())
        }

        async fn is_migrated(&self) -> Result<bool, StoreError> {
            Ok(true)
        }

        async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
            self.pass(self.takes / 2).await;
            let ahead = self.ahead.load(Ordering::Relaxed);
            let now = Timestamp::from_unix_millis(self.clock.now().unix_millis() + ahead);
            self.pass(self.takes / 2).await;
            Ok(Some(now))
        }
    }

    async fn start(ahead: i64, takes: Duration) -> (Arc<ManualClock>, Arc<Elsewhere>, Arc<dyn Clock>) {
        let own = Arc::new(ManualClock::default());
        let elsewhere = Arc::new(Elsewhere { clock: own.clone(), ahead: AtomicI64::new(ahead), takes });
        let backend: Arc<dyn Backend> = elsewhere.clone();
        let clock = StoreClock::start_with(own.clone(), &backend).await.unwrap();
        (own, elsewhere, clock)
    }

    /// The task that compares starts its minutes when it runs for the first time.
    async fn a_minute_later() {
        tokio::task::yield_now().await;
        advance(COMPARE_EVERY + Duration::from_millis(1)).await;
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    fn ahead(clock: &dyn Clock, own: &ManualClock) -> i64 {
        clock.now().unix_millis() - own.now().unix_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_clock_is_gone_by_in_both_directions_and_small_differences_are_left_alone() {
        for (difference, seen) in [(30_000, 30_000), (-1_200_000, -1_200_000), (999, 0), (-999, 0), (0, 0)] {
            let (own, _, clock) = start(difference, Duration::ZERO).await;
            assert_eq!(ahead(&*clock, &own), seen, "{difference}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_way_there_and_back_is_no_difference_and_a_long_one_says_nothing() {
        let (own, _, clock) = start(30_000, Duration::from_millis(800)).await;
        assert_eq!(ahead(&*clock, &own), 30_000);
        let (own, _, clock) = start(30_000, Duration::from_millis(1200)).await;
        assert_eq!(ahead(&*clock, &own), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_clocks_are_compared_again_every_minute() {
        let (own, elsewhere, clock) = start(0, Duration::ZERO).await;
        elsewhere.ahead.store(5_000, Ordering::Relaxed);
        a_minute_later().await;
        assert_eq!(ahead(&*clock, &own), 5_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_hours_wrong_is_not_gone_by_and_what_was_known_stays() {
        for difference in [3_600_001, -3_600_001, 31_536_000_000] {
            let (own, elsewhere, clock) = start(difference, Duration::ZERO).await;
            assert_eq!(ahead(&*clock, &own), 0, "{difference}");
            elsewhere.ahead.store(3_600_000, Ordering::Relaxed);
            a_minute_later().await;
            assert_eq!(ahead(&*clock, &own), 3_600_000);
        }
    }

    #[tokio::test]
    async fn a_backend_in_this_process_has_no_clock_of_its_own() {
        let own = Arc::new(ManualClock::default());
        let backend: Arc<dyn Backend> = Arc::new(MemoryStore::new());
        let clock = StoreClock::start_with(own.clone(), &backend).await.unwrap();
        own.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), own.now());
    }
}
