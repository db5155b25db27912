mod pem;
mod reseal;
mod rotation;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::*;
use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind, StoreError};
use crate::random::OsRandom;

const START: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const MINUTE: Duration = Duration::from_secs(60);

/// One process-wide store, as a database would be.
#[derive(Debug, Default)]
struct TestStore {
    keys: Mutex<Vec<StoredKey>>,
    is_down: AtomicBool,
    lists: AtomicUsize,
}

impl TestStore {
    fn check(&self) -> Result<(), StoreError> {
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("switched off")),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl KeyStore for TestStore {
    async fn list(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        let keys = self.keys.lock().unwrap().clone();
        // Whoever reads at the same time gets the same old answer.
        tokio::task::yield_now().await;
        Ok(keys)
    }

    async fn rotate(
        &self,
        expected_newest: Option<&str>,
        new: StoredKey,
        retire_others_from: Timestamp,
        others_gone_from: Timestamp,
    ) -> Result<bool, StoreError> {
        self.check()?;
        let mut keys = self.keys.lock().unwrap();
        if keys.last().map(|key| key.kid.as_str()) != expected_newest {
            return Ok(false);
        }
        for key in keys.iter_mut() {
            key.retire_from.get_or_insert(retire_others_from);
            key.gone_from.get_or_insert(others_gone_from);
        }
        keys.push(new);
        Ok(true)
    }

    async fn reseal(&self, kid: &str, expected: &[u8], sealed: &[u8]) -> Result<bool, StoreError> {
        self.check()?;
        let mut keys = self.keys.lock().unwrap();
        let held = keys.iter_mut().find(|key| key.kid == kid && key.sealed == expected);
        Ok(held.map(|key| key.sealed = sealed.to_vec()).is_some())
    }

    async fn remove_gone(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.check()?;
        let mut keys = self.keys.lock().unwrap();
        let before = keys.len();
        keys.retain(|key| key.gone_from.is_none_or(|gone_from| now < gone_from));
        Ok((before - keys.len()) as u64)
    }
}

#[derive(Debug)]
struct TestClock(AtomicI64);

impl TestClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }
}

fn clock() -> Arc<TestClock> {
    Arc::new(TestClock(AtomicI64::new(START.unix_millis())))
}

fn secrets(version: u8) -> ApplicationSecrets {
    let mut secret = *b"J\x8c\x01\xf7\x93Tq\x0e\xb6 2\xdd\x5f\xc8\x1a\x99\x40\xe3\x77\x2b\x68\xad\x04\xfb\x91\x3c\xd6\x5e\x87\x12\xca\x30";
    secret[0] = version;
    ApplicationSecrets::new(version, &secret).unwrap()
}

async fn load(store: &Arc<TestStore>, clock: &Arc<TestClock>, config: KeyConfig) -> Result<Keys, Error> {
    let sealer = secrets(1).sealer("signing key");
    Keys::load(KeySource::Stored, store.clone(), sealer, config, clock.clone(), Arc::new(OsRandom)).await
}

fn config(algorithm: SigningAlgorithm) -> KeyConfig {
    KeyConfig { algorithm, ..KeyConfig::default() }
}

fn signing_kid(keys: &Keys, now: Timestamp) -> String {
    keys.ring().signer(now).unwrap().kid().to_owned()
}

fn algorithms() -> impl Iterator<Item = SigningAlgorithm> {
    let can_sign =
        |algorithm: &SigningAlgorithm| *algorithm != SigningAlgorithm::Rs256 || cfg!(feature = "aws-lc-rs");
    SigningAlgorithm::ALL.into_iter().filter(can_sign)
}

#[tokio::test]
async fn first_start_makes_a_key_and_the_next_start_finds_it() {
    for algorithm in algorithms() {
        let (store, clock) = (Arc::new(TestStore::default()), clock());
        let first = load(&store, &clock, config(algorithm)).await.unwrap();
        let second = load(&store, &clock, config(algorithm)).await.unwrap();
        assert_eq!(first.ring().signer(START).unwrap().algorithm(), algorithm);
        assert_eq!(signing_kid(&first, START), signing_kid(&second, START));
        let signature = first.ring().signer(START).unwrap().sign(b"message").unwrap();
        let ring = second.ring();
        let key = ring.verifying_key(&signing_kid(&first, START), START).unwrap();
        assert!(key.is_valid(b"message", &signature) && !key.is_valid(b"massage", &signature));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_start_at_once_end_with_one_key() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let starts: Vec<_> = (0..20)
        .map(|_| {
            let (store, clock) = (store.clone(), clock.clone());
            tokio::spawn(async move { load(&store, &clock, KeyConfig::default()).await.unwrap() })
        })
        .collect();
    let mut kids = Vec::new();
    for start in starts {
        kids.push(signing_kid(&start.await.unwrap(), START));
    }
    kids.dedup();
    assert_eq!((kids.len(), store.keys.lock().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn unreadable_store_refuses_to_start() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    store.is_down.store(true, Ordering::SeqCst);
    let error = load(&store, &clock, KeyConfig::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn key_that_cannot_be_opened_refuses_to_start_and_adds_none() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    load(&store, &clock, KeyConfig::default()).await.unwrap();
    let start = |sealer| {
        let config = KeyConfig::default();
        Keys::load(KeySource::Stored, store.clone(), sealer, config, clock.clone(), Arc::new(OsRandom))
    };
    let error = start(secrets(2).sealer("signing key")).await.unwrap_err();
    assert!(error.to_string().contains("must stay in the list"), "{error}");
    assert!(start(secrets(1).sealer("another purpose")).await.is_err());
    store.keys.lock().unwrap()[0].kid = "other".to_owned();
    assert!(start(secrets(1).sealer("signing key")).await.is_err());
    assert_eq!(store.keys.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn key_set_holds_public_parts_only() {
    for algorithm in algorithms() {
        let (store, clock) = (Arc::new(TestStore::default()), clock());
        let keys = load(&store, &clock, config(algorithm)).await.unwrap();
        let set: Value = serde_json::from_str(&keys.jwks(START)).unwrap();
        let published = set["keys"].as_array().unwrap();
        if algorithm.is_symmetric() {
            assert!(published.is_empty());
            continue;
        }
        let jwk = published[0].as_object().unwrap();
        assert_eq!(jwk["alg"], algorithm.name());
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["kid"], signing_kid(&keys, START));
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(!jwk.contains_key(private), "{private}");
        }
        let key = VerifyingKey::from_jwk(&published[0]).unwrap();
        let signature = keys.ring().signer(START).unwrap().sign(b"message").unwrap();
        assert!(key.is_valid(b"message", &signature));
    }
}

#[tokio::test]
async fn debug_and_errors_show_no_private_part() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let keys = load(&store, &clock, config(SigningAlgorithm::Hs256)).await.unwrap();
    let kid = signing_kid(&keys, START);
    let shown = format!("{keys:?}");
    assert!(shown.contains(&kid) && shown.len() < 600, "{shown}");
}

#[tokio::test]
async fn short_announcement_is_refused() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let config = KeyConfig { announce_for: MINUTE, ..KeyConfig::default() };
    assert_eq!(load(&store, &clock, config).await.unwrap_err().kind(), ErrorKind::Configuration);
}

#[test]
fn ring_of_given_keys_signs_with_the_first_and_refuses_repeats() {
    let secret = |byte| SigningKey::from_hmac_secret(&[byte; 32]).unwrap();
    let ring = KeyRing::of(vec![secret(1), secret(2)]).unwrap();
    assert_eq!(ring.signer(START).unwrap().kid(), secret(1).kid());
    assert!(ring.verifying_key(secret(2).kid(), START).is_some());
    assert!(KeyRing::of(vec![secret(1), secret(1)]).is_err());
    assert!(KeyRing::of(Vec::new()).is_err());
}

#[test]
fn hmac_secret_below_its_hash_is_refused() {
    for len in [0, 1, 31] {
        assert!(SigningKey::from_hmac_secret(&vec![7; len]).is_err());
    }
}
