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
async fn rotation_announces_then_signs_then_retires_then_goes() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let (one, two) = (
        load(&store, &clock, KeyConfig::default()).await.unwrap(),
        load(&store, &clock, KeyConfig::default()).await.unwrap(),
    );
    let old = signing_kid(&one, START);
    one.rotate(START).await.unwrap();
    clock.advance(2 * MINUTE);
    two.reload_if_stale().await;

    // (minutes after the rotation, states of the old and the new key)
    let timeline = [
        (0, KeyState::Active, KeyState::Announced),
        (9, KeyState::Active, KeyState::Announced),
        (10, KeyState::Retiring, KeyState::Active),
        (10 + 15, KeyState::Retiring, KeyState::Active),
        (10 + 15 + 3, KeyState::Gone, KeyState::Active),
    ];
    for (minutes, old_state, new_state) in timeline {
        let now = START + minutes * MINUTE;
        for replica in [&one, &two] {
            let ring = replica.ring();
            let states: Vec<KeyState> = ring.states(now).map(|(_, state)| state).collect();
            assert_eq!(states, [old_state, new_state], "{minutes}");
            assert_eq!(signing_kid(replica, now) == old, old_state == KeyState::Active);
            let is_old_gone = old_state == KeyState::Gone;
            assert_eq!(ring.verifying_key(&old, now).is_none(), is_old_gone);
            assert_eq!(replica.jwks(now).contains(&old), !is_old_gone);
            let new = ring.states(now).last().unwrap().0.kid().to_owned();
            assert!(replica.jwks(now).contains(&new) && ring.verifying_key(&new, now).is_some());
        }
    }
}

#[tokio::test]
async fn every_token_of_a_rotation_verifies_on_the_other_replica_to_its_end() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let (one, two) = (
        load(&store, &clock, config(SigningAlgorithm::Hs256)).await.unwrap(),
        load(&store, &clock, config(SigningAlgorithm::Hs256)).await.unwrap(),
    );
    let mut issued: Vec<(Timestamp, String, Vec<u8>)> = Vec::new();
    for minute in 0..120 {
        let now = clock.now();
        if minute == 30 || minute == 60 {
            one.rotate(now).await.unwrap();
        }
        for keys in [&one, &two] {
            let ring = keys.fresh_ring().await;
            let key = ring.signer(now).unwrap();
            issued.push((now, key.kid().to_owned(), key.sign(b"message").unwrap()));
        }
        // Life and the longest leeway.
        issued.retain(|(iat, ..)| now <= *iat + 15 * MINUTE + MINUTE);
        for keys in [&one, &two] {
            let ring = keys.ring();
            for (_, kid, signature) in &issued {
                let key = ring.verifying_key(kid, now).expect("the key is still there");
                assert!(key.is_valid(b"message", signature), "{minute}");
            }
        }
        clock.advance(MINUTE + Duration::from_secs(1));
    }
}

#[tokio::test]
async fn rotations_at_once_or_shortly_after_add_one_key() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let one = load(&store, &clock, KeyConfig::default()).await.unwrap();
    let two = load(&store, &clock, KeyConfig::default()).await.unwrap();
    let (first, second) = tokio::join!(one.rotate(START), two.rotate(START));
    assert!(first.is_ok() && second.is_ok());
    two.rotate(START + MINUTE).await.unwrap();
    assert_eq!(store.keys.lock().unwrap().len(), 2);
    two.rotate(START + 11 * MINUTE).await.unwrap();
    assert_eq!(store.keys.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn another_program_rotates_the_keys_of_an_application() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let application = load(&store, &clock, config(SigningAlgorithm::Es256)).await.unwrap();
    let old = signing_kid(&application, START);
    let (shared, same) = (store.clone(), secrets(1));
    let command = Keys::load_existing(shared, &same, clock.clone(), Arc::new(OsRandom)).await.unwrap();

    let announced = command.rotate(START).await.unwrap();
    assert_eq!(announced.algorithm, SigningAlgorithm::Es256);
    assert_eq!((announced.active_from, announced.is_new), (START + 10 * MINUTE, true));
    let again = command.rotate(START + MINUTE).await.unwrap();
    assert_eq!(again, Announced { is_new: false, ..announced.clone() });

    clock.advance(11 * MINUTE);
    let ring = application.fresh_ring().await;
    assert_eq!(ring.signer(clock.now()).unwrap().kid(), announced.kid);
    // The application's tokens may live for a day.
    let day_later = START + 10 * MINUTE + 24 * 60 * MINUTE;
    assert!(ring.verifying_key(&old, day_later).is_some());
    assert!(ring.verifying_key(&old, day_later + 5 * MINUTE).is_none());
}

#[tokio::test]
async fn another_program_without_the_secret_or_without_keys_rotates_nothing() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let open = async |version| {
        let secrets = secrets(version);
        Keys::load_existing(store.clone(), &secrets, clock.clone(), Arc::new(OsRandom)).await
    };
    let error = open(1).await.unwrap_err();
    assert!(error.to_string().contains("holds no signing key"), "{error}");
    load(&store, &clock, KeyConfig::default()).await.unwrap();
    let error = open(2).await.unwrap_err();
    assert!(error.to_string().contains("cannot be opened"), "{error}");
    assert_eq!(store.keys.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn failing_store_keeps_the_old_key_signing() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let keys = load(&store, &clock, KeyConfig::default()).await.unwrap();
    let kid = signing_kid(&keys, START);
    store.is_down.store(true, Ordering::SeqCst);
    assert_eq!(keys.rotate(START).await.unwrap_err().kind(), ErrorKind::Unavailable);
    clock.advance(5 * MINUTE);
    keys.reload_if_stale().await;
    assert_eq!(signing_kid(&keys, clock.now()), kid);

    store.is_down.store(false, Ordering::SeqCst);
    store.keys.lock().unwrap().clear();
    clock.advance(5 * MINUTE);
    keys.reload_if_stale().await;
    assert_eq!(signing_kid(&keys, clock.now()), kid);
}

#[tokio::test]
async fn reloads_are_bounded() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let keys = load(&store, &clock, KeyConfig::default()).await.unwrap();
    let lists = || store.lists.swap(0, Ordering::SeqCst);
    lists();
    for _ in 0..100 {
        keys.reload_if_stale().await;
        assert!(!keys.reload_for_unknown_kid(keys.ring().generation()).await);
    }
    assert_eq!(lists(), 0);
    clock.advance(Duration::from_secs(11));
    for _ in 0..100 {
        keys.reload_for_unknown_kid(keys.ring().generation()).await;
    }
    assert_eq!(lists(), 1);
    clock.advance(Duration::from_secs(61));
    for _ in 0..100 {
        keys.reload_if_stale().await;
    }
    assert_eq!(lists(), 1);
}

#[tokio::test]
async fn unknown_kid_finds_the_key_of_another_replica() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let keys = load(&store, &clock, KeyConfig::default()).await.unwrap();
    let before = keys.ring();
    // Another replica starts with another algorithm: its key signs at once.
    let other = load(&store, &clock, config(SigningAlgorithm::Es256)).await.unwrap();
    let kid = signing_kid(&other, START);
    assert!(before.verifying_key(&kid, START).is_none());
    clock.advance(Duration::from_secs(11));
    assert!(keys.reload_for_unknown_kid(before.generation()).await);
    assert!(keys.ring().verifying_key(&kid, START).is_some());
    assert_eq!(signing_kid(&keys, clock.now()), kid);
}

#[tokio::test]
async fn generation_moves_with_the_keys_and_not_with_their_times() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let keys = load(&store, &clock, KeyConfig::default()).await.unwrap();
    let first = keys.ring().generation();
    clock.advance(2 * MINUTE);
    keys.reload_if_stale().await;
    assert_eq!(keys.ring().generation(), first);
    keys.rotate(clock.now()).await.unwrap();
    assert_ne!(keys.ring().generation(), first);
}

#[tokio::test]
async fn clock_that_steps_back_still_finds_a_signer() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let keys = load(&store, &clock, KeyConfig::default()).await.unwrap();
    assert!(keys.ring().signer(START - 60 * MINUTE).is_some());
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

mod pem_keys {
    use super::*;

    /// The key of RFC 8410 section 10.3.
    const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const P256_PKCS8: &str = include_str!("testdata/p256_pkcs8.pem");
    const P256_SEC1: &str = include_str!("testdata/p256_sec1.pem");
    const P384_SEC1: &str = include_str!("testdata/p384_sec1.pem");
    const P384_PKCS8: &str = include_str!("testdata/p384_pkcs8.pem");
    const RSA_PKCS8: &str = include_str!("testdata/rsa2048_pkcs8.pem");
    const RSA_PKCS1: &str = include_str!("testdata/rsa2048_pkcs1.pem");
    const RSA_SHORT: &str = include_str!("testdata/rsa1024_pkcs8.pem");
    const RSA_E3: &str = include_str!("testdata/rsa2048_e3_pkcs8.pem");

    fn kid(algorithm: SigningAlgorithm, pem: &str) -> Result<String, Error> {
        let key = SigningKey::from_pem(algorithm, pem)?;
        let signature = key.sign(b"message")?;
        assert!(key.verifying_key().is_valid(b"message", &signature));
        Ok(key.kid().to_owned())
    }

    #[test]
    fn every_usual_form_is_read() {
        assert!(kid(SigningAlgorithm::EdDsa, ED25519).is_ok());
        let p256 = kid(SigningAlgorithm::Es256, P256_PKCS8).unwrap();
        assert_eq!(kid(SigningAlgorithm::Es256, P256_SEC1).unwrap(), p256);
        assert_eq!(kid(SigningAlgorithm::Es256, &P256_SEC1.replace('\n', "\\n")).unwrap(), p256);
        assert_eq!(kid(SigningAlgorithm::Es256, &P256_SEC1.replace('\n', "\r\n")).unwrap(), p256);
    }

    #[cfg(feature = "aws-lc-rs")]
    #[test]
    fn both_forms_of_rsa_are_read() {
        let rsa = kid(SigningAlgorithm::Rs256, RSA_PKCS8).unwrap();
        assert_eq!(kid(SigningAlgorithm::Rs256, RSA_PKCS1).unwrap(), rsa);
    }

    #[cfg(not(feature = "aws-lc-rs"))]
    #[test]
    fn rs256_signing_is_refused_without_aws_lc() {
        for pem in [RSA_PKCS8, RSA_PKCS1] {
            assert!(kid(SigningAlgorithm::Rs256, pem).unwrap_err().to_string().contains("aws-lc-rs"));
        }
        assert!(SigningKey::generate(SigningAlgorithm::Rs256, &OsRandom).is_err());
    }

    #[test]
    fn weak_or_unfitting_keys_are_refused() {
        for (algorithm, pem) in [
            (SigningAlgorithm::Rs256, RSA_SHORT),
            (SigningAlgorithm::Rs256, RSA_E3),
            (SigningAlgorithm::Es256, P384_SEC1),
            (SigningAlgorithm::Es256, P384_PKCS8),
            (SigningAlgorithm::Es256, ED25519),
            (SigningAlgorithm::EdDsa, P256_PKCS8),
            (SigningAlgorithm::EdDsa, P256_SEC1),
            (SigningAlgorithm::Rs256, P256_SEC1),
            (SigningAlgorithm::Hs256, ED25519),
            (SigningAlgorithm::EdDsa, ""),
            (SigningAlgorithm::EdDsa, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            (SigningAlgorithm::EdDsa, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        ] {
            assert_eq!(
                kid(algorithm, pem).unwrap_err().kind(),
                ErrorKind::Configuration,
                "{algorithm} {pem}"
            );
        }
        assert!(kid(SigningAlgorithm::EdDsa, &ED25519.repeat(2)).is_err());
    }

    #[test]
    fn missing_variable_is_named() {
        let error =
            SigningKey::from_env(SigningAlgorithm::EdDsa, "AUTH_TEST_KEY_THAT_IS_NOT_SET").unwrap_err();
        assert!(error.to_string().contains("AUTH_TEST_KEY_THAT_IS_NOT_SET"));
    }
}
