use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;

use super::{Health, Part, READY_WITHIN};
use crate::clock::{Clock as _, Timestamp};
use crate::error::StoreError;
use crate::short_lived::{Quota, ShortLivedStore};
use crate::store::{Backend, MemoryStore, Stores};
use crate::testing::ManualClock;
use crate::tests::{Log, System};

const SECOND: Duration = Duration::from_secs(1);

/// A backend whose clock, tables and short-lived values are in a test's hands.
#[derive(Clone, Debug, Default)]
struct Hands {
    memory: MemoryStore,
    clock: ManualClock,
    is_outdated: Arc<AtomicBool>,
    is_silent: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Backend for Hands {
    fn stores(&self) -> Stores {
        self.memory.stores()
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(!self.is_outdated.load(Ordering::SeqCst))
    }

    async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(Some(self.clock.now()))
    }
}

#[async_trait]
impl ShortLivedStore for Hands {
    async fn get(&self, _: &str, _: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.is_silent.load(Ordering::SeqCst) {
            true => std::future::pending().await,
            false => Err(StoreError::unavailable("redis.internal:6379 is away")),
        }
    }

    async fn put(&self, _: &str, _: &[u8], _: Duration, _: Timestamp) -> Result<(), StoreError> {
        unimplemented!("readiness writes nothing")
    }

    async fn take(&self, _: &str, _: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        unimplemented!("readiness takes nothing")
    }

    async fn insert_new(&self, _: &str, _: Duration, _: Timestamp) -> Result<bool, StoreError> {
        unimplemented!("readiness writes nothing")
    }

    async fn reserve(&self, _: &[Quota], _: Timestamp) -> Result<Result<(), Duration>, StoreError> {
        unimplemented!("readiness reserves nothing")
    }

    async fn has_left(&self, _: &[Quota], _: Timestamp) -> Result<bool, StoreError> {
        unimplemented!("readiness looks at no limit")
    }

    async fn refund(&self, _: &[Quota], _: Timestamp, _: Timestamp) -> Result<(), StoreError> {
        unimplemented!("readiness refunds nothing")
    }

    async fn clear(&self, _: &[Quota]) -> Result<(), StoreError> {
        unimplemented!("readiness clears nothing")
    }

    async fn remove_expired(&self, _: Timestamp) -> Result<u64, StoreError> {
        unimplemented!("readiness removes nothing")
    }
}

/// A server over these stores, whose clock is the first.
fn server(clock: &Arc<ManualClock>, hands: &Arc<Hands>, stores: Stores) -> Health {
    let backend: Arc<dyn Backend> = hands.clone();
    Health::new(stores, Some(backend), Arc::new(OnceLock::new()), clock.clone(), false)
}

/// What is wrong, but the keys, which nobody loaded.
async fn faults(health: &Health) -> Vec<(Part, String)> {
    let readiness = health.readiness(READY_WITHIN).await;
    let faults = readiness.faults().iter().filter(|fault| fault.part != Part::SigningKeys);
    faults.map(|fault| (fault.part, fault.reason.clone())).collect()
}

#[tokio::test]
async fn a_system_with_tables_and_keys_is_ready() {
    let readiness = System::new().await.auth.readiness(READY_WITHIN).await;
    assert!(readiness.is_ready() && readiness.faults().is_empty());
    assert_eq!(readiness.to_string(), "ready");
}

#[tokio::test]
async fn a_clock_that_is_more_than_a_minute_wrong_is_told_by_how_much() {
    let (clock, hands) = (Arc::new(ManualClock::default()), Arc::new(Hands::default()));
    let health = server(&clock, &hands, hands.stores());
    clock.advance(60 * SECOND);
    assert_eq!(faults(&health).await, []);
    clock.advance(SECOND);
    let told = "it is 61 s ahead of the database's, set the wrong one right (NTP)".to_owned();
    assert_eq!(faults(&health).await, [(Part::Clock, told)]);
    hands.clock.advance(123 * SECOND);
    let told = "it is 62 s behind the database's, set the wrong one right (NTP)".to_owned();
    assert_eq!(faults(&health).await, [(Part::Clock, told)]);
    let own = Health::new(hands.stores(), Some(hands.clone()), Arc::default(), clock, true);
    assert_eq!(faults(&own).await, [], "the application's own clock is its own business");
}

#[tokio::test]
async fn tables_that_are_out_of_date_are_told_with_what_to_run() {
    let (clock, hands) = (Arc::new(ManualClock::default()), Arc::new(Hands::default()));
    hands.is_outdated.store(true, Ordering::SeqCst);
    let faults = faults(&server(&clock, &hands, hands.stores())).await;
    assert!(matches!(&faults[..], [(Part::Tables, reason)] if reason.contains("auth migrate")), "{faults:?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_or_says_nothing_is_named_within_the_deadline() {
    let (clock, hands) = (Arc::new(ManualClock::default()), Arc::new(Hands::default()));
    let health = server(&clock, &hands, hands.stores().with_short_lived(hands.clone()));
    let told = faults(&health).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].0 == Part::ShortLived && told[0].1.contains("is away"), "{told:?}");
    hands.is_silent.store(true, Ordering::SeqCst);
    let began = tokio::time::Instant::now();
    assert_eq!(faults(&health).await, [(Part::ShortLived, "no answer within 2000 ms".to_owned())]);
    assert_eq!(began.elapsed(), READY_WITHIN);
}

#[tokio::test]
async fn who_asks_often_costs_one_look_a_second() {
    // A place in the program that logs for the first time where nobody listens may stay silent for other threads too.
    let _log = Log::capture();
    let (clock, hands) = (Arc::new(ManualClock::default()), Arc::new(Hands::default()));
    let health = server(&clock, &hands, hands.stores().with_short_lived(hands.clone()));
    let asked = || hands.asked.load(Ordering::SeqCst);
    for _ in 0..100 {
        assert!(!health.is_ready().await);
    }
    assert_eq!(asked(), 1);
    clock.advance(SECOND);
    health.is_ready().await;
    assert_eq!(asked(), 2);
    clock.step_back(60 * 60 * SECOND);
    health.is_ready().await;
    assert_eq!(asked(), 3, "a clock that was set back makes no answer good for an hour");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_takes_long_is_one_for_all_who_ask_and_goes_on_without_them() {
    let _log = Log::capture();
    let (clock, hands) = (Arc::new(ManualClock::default()), Arc::new(Hands::default()));
    hands.is_silent.store(true, Ordering::SeqCst);
    let health = Arc::new(server(&clock, &hands, hands.stores().with_short_lived(hands.clone())));
    let began = tokio::time::Instant::now();
    assert!(tokio::time::timeout(SECOND, health.is_ready()).await.is_err(), "whoever asked first hung up");
    let asked = (0..5).map(|_| {
        let health = health.clone();
        tokio::spawn(async move { health.is_ready().await })
    });
    for is_ready in asked.collect::<Vec<_>>() {
        assert!(!is_ready.await.unwrap());
    }
    assert_eq!(began.elapsed(), READY_WITHIN);
    assert!(!health.is_ready().await);
    assert_eq!(hands.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_wrong_is_logged_once_and_so_is_its_end() {
    let log = Log::capture();
    let hands = Hands::default();
    let system = System::with(|builder| builder.store(hands.clone())).await;
    let look = async || {
        system.advance(1);
        system.auth.is_ready().await
    };
    assert!(look().await);
    hands.is_outdated.store(true, Ordering::SeqCst);
    assert!(!look().await && !look().await);
    assert_eq!(log.count("this server is not ready: the tables: they are missing"), 1);
    hands.is_outdated.store(false, Ordering::SeqCst);
    assert!(look().await && look().await);
    assert_eq!(log.count("this server is ready again"), 1);
}
