//! Keys that follow one another, in several replicas.

use super::*;

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
