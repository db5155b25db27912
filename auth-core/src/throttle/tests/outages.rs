//! While the store of the limits cannot answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::{HOUR, MINUTE, fail};
use crate::clock::{Clock, Timestamp};
use crate::error::{ErrorKind, StoreError};
use crate::short_lived::{Quota, ShortLivedStore};
use crate::store::{Backend as _, MemoryStore};
use crate::testing::ManualClock;
use crate::tests::{Log, PASSWORD, System};
use crate::throttle::limiter::Limiter;
use crate::throttle::{Limit, ThrottleConfig};

/// Answers unless it is told not to.
#[derive(Clone, Debug)]
struct Fallible {
    store: Arc<dyn ShortLivedStore>,
    is_down: Arc<AtomicBool>,
}

impl Fallible {
    fn new() -> Self {
        Self { store: MemoryStore::new().stores().short_lived, is_down: Arc::default() }
    }

    fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn store(&self) -> Result<&dyn ShortLivedStore, StoreError> {
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("switched off by a test")),
            false => Ok(&*self.store),
        }
    }
}

#[async_trait]
impl ShortLivedStore for Fallible {
    async fn put(&self, key: &str, value: &[u8], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.store()?.put(key, value, ttl, now).await
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.store()?.get(key, now).await
    }

    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.store()?.take(key, now).await
    }

    async fn insert_new(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError> {
        self.store()?.insert_new(key, ttl, now).await
    }

    async fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<Result<(), Duration>, StoreError> {
        self.store()?.reserve(quotas, now).await
    }

    async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError> {
        self.store()?.has_left(quotas, now).await
    }

    async fn refund(&self, quotas: &[Quota], taken_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.store()?.refund(quotas, taken_at, now).await
    }

    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        self.store()?.clear(quotas).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.store()?.remove_expired(now).await
    }
}

async fn system(config: ThrottleConfig) -> (System, Fallible) {
    let limits = Fallible::new();
    let stores = MemoryStore::new().stores().with_short_lived(Arc::new(limits.clone()));
    (System::with(|builder| builder.stores(stores).throttle(config)).await, limits)
}

/// How many guesses at a name are let through.
async fn guesses(system: &System, name: &str) -> usize {
    for number in 0..200 {
        if fail(system, name).await == ErrorKind::TooManyAttempts {
            return number;
        }
    }
    200
}

#[tokio::test]
async fn a_fifth_of_the_limits_holds_and_logins_go_on() {
    let (system, limits) = system(ThrottleConfig::default()).await;
    limits.set_down(true);
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
    let log = Log::capture();
    for name in ["alice", "nobody"] {
        assert_eq!(guesses(&system, name).await, 5, "{name}");
    }
    assert!(log.count("the store of the limits cannot answer") >= 10, "each is logged");
    assert_eq!(
        system.try_admit("alice", PASSWORD).await.unwrap_err().kind(),
        ErrorKind::TooManyAttempts,
        "a right password too"
    );
    system.advance(10 * MINUTE);
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
    assert_eq!(guesses(&system, "alice").await, 5, "the row that is over, and a new window");
    // A network has its fifth too: 20 in a minute, of which two names have taken 15.
    assert_eq!(guesses(&system, "bob").await, 5);
    assert_eq!(guesses(&system, "carol").await, 5);
    assert_eq!(guesses(&system, "dave").await, 5);
    assert_eq!(guesses(&system, "erin").await, 0);
}

#[tokio::test]
async fn a_row_of_failures_is_no_longer_than_a_fifth_and_is_forgotten_within_two_days() {
    let (system, limits) = system(ThrottleConfig::default().account([])).await;
    limits.set_down(true);
    for _ in 0..17 {
        fail(&system, "alice").await;
        system.advance(MINUTE);
    }
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
    for _ in 0..18 {
        fail(&system, "alice").await;
        system.advance(MINUTE);
    }
    let refused = system.try_admit("alice", PASSWORD).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidCredentials, "as a wrong password");
    system.advance(48 * HOUR);
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn what_the_store_counts_is_as_it_was_when_it_is_back() {
    let (system, limits) = system(ThrottleConfig::default()).await;
    for _ in 0..20 {
        fail(&system, "alice").await;
    }
    limits.set_down(true);
    assert_eq!(guesses(&system, "alice").await, 5);
    limits.set_down(false);
    assert_eq!(guesses(&system, "alice").await, 5, "of 25");
}

#[tokio::test]
async fn support_staff_forget_what_this_server_counted_too() {
    let (system, limits) = system(ThrottleConfig::default()).await;
    limits.set_down(true);
    guesses(&system, "alice").await;
    assert!(system.auth.throttle().clear(&system.alice.id).await.is_err(), "the store was not asked");
    limits.set_down(false);
    system.auth.throttle().clear(&system.alice.id).await.unwrap();
    limits.set_down(true);
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
}

/// A quota of one use, and what takes it.
fn limiter(limits: &Fallible) -> (Limiter, Arc<dyn Clock>, Vec<Quota>) {
    let clock = Arc::new(ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000)));
    let quota = Quota { key: 1, limit: 1, window: Duration::MAX };
    (Limiter::new(Arc::new(limits.clone())), clock, vec![quota])
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_given_back_is_given_back_once_the_store_answers() {
    for is_success in [true, false] {
        let limits = Fallible::new();
        let (limiter, clock, quotas) = limiter(&limits);
        let taken = limiter.take(quotas.clone(), None, clock.now()).await.unwrap();
        limits.set_down(true);
        match is_success {
            true => limiter.begin_anew(taken, &clock).await,
            false => limiter.give_back(taken, &clock).await,
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        limits.set_down(false);
        assert!(limiter.take(quotas.clone(), None, clock.now()).await.is_err(), "still counted");
        tokio::time::sleep(Duration::from_secs(120)).await;
        drop(limiter.take(quotas.clone(), None, clock.now()).await.unwrap());
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert!(limiter.take(quotas, None, clock.now()).await.is_err(), "given back once");
    }
}

#[tokio::test]
async fn what_goes_on_from_uses_taken_here_is_taken_here() {
    let limits = Fallible::new();
    let (limiter, clock, quotas) = limiter(&limits);
    limits.set_down(true);
    let before = limiter.take(quotas, None, clock.now()).await.unwrap();
    limits.set_down(false);
    let other = vec![Quota { key: 2, limit: 1, window: Duration::MAX }];
    let taken = limiter.take(other.clone(), Some(&before), clock.now()).await.unwrap();
    drop(limiter.take(other.clone(), None, clock.now()).await.unwrap());
    limiter.give_back(taken, &clock).await;
    assert!(limiter.take(other, None, clock.now()).await.is_err(), "the store has nothing given back");
}

/// Of a network that may take two in a minute.
#[tokio::test]
async fn a_turn_is_given_back_where_it_was_counted_or_nowhere() {
    let network = Some([192, 0, 2, 1].into());
    let limit = Limit::new(2, Duration::from_secs(MINUTE));
    let (system, limits) = system(ThrottleConfig::default().network([limit])).await;
    let throttle = system.auth.throttle();
    let first = throttle.take_turn("kind", network).await.unwrap();
    throttle.take_turn("kind", network).await.unwrap();
    assert!(throttle.take_turn("kind", network).await.is_err());
    limits.set_down(true);
    let counted_here = throttle.take_turn("kind", network).await.unwrap();
    limits.set_down(false);
    throttle.give_turn_back("kind", network, counted_here).await;
    assert!(throttle.take_turn("kind", network).await.is_err(), "the store had not counted that one");
    throttle.give_turn_back("kind", network, first).await;
    throttle.take_turn("kind", network).await.unwrap();
    system.advance(3 * MINUTE);
    for _ in 0..2 {
        throttle.take_turn("kind", network).await.unwrap();
    }
    throttle.give_turn_back("kind", network, first).await;
    assert!(throttle.take_turn("kind", network).await.is_err(), "these two are others'");
}
