//! A secret that follows another.

use super::*;

/// Two versions, the second in front.
fn both() -> ApplicationSecrets {
    let newer = *b"\x11\xe4\x5a\x8b\xc2\x07\x9d\x36\x4f\xa1\x70\xd8\x2c\x93\x65\xbe\x0a\xf9\x41\x7c\xd3\x18\x86\x5f\xe2\x39\xb4\x6d\x03\xca\x97\x58";
    let mut older = *b"J\x8c\x01\xf7\x93Tq\x0e\xb6 2\xdd\x5f\xc8\x1a\x99\x40\xe3\x77\x2b\x68\xad\x04\xfb\x91\x3c\xd6\x5e\x87\x12\xca\x30";
    older[0] = 1;
    ApplicationSecrets::new(2, &newer).unwrap().and_older(1, &older).unwrap()
}

async fn under(
    secrets: &ApplicationSecrets,
    store: &Arc<TestStore>,
    clock: &Arc<TestClock>,
) -> Result<Keys, Error> {
    Keys::load_existing(store.clone(), secrets, clock.clone(), Arc::new(OsRandom)).await
}

fn versions(store: &TestStore) -> Vec<Option<u8>> {
    store.keys.lock().unwrap().iter().map(StoredKey::secret_version).collect()
}

#[tokio::test]
async fn keys_are_sealed_anew_and_stay_the_same_keys() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let before = load(&store, &clock, config(SigningAlgorithm::Hs256)).await.unwrap();
    before.rotate(START).await.unwrap();
    let kid = signing_kid(&before, START);
    let signature = before.ring().signer(START).unwrap().sign(b"message").unwrap();
    assert_eq!(versions(&store), [Some(1), Some(1)]);

    let keys = under(&both(), &store, &clock).await.unwrap();
    assert_eq!(keys.reseal().await.unwrap(), 2);
    assert_eq!(versions(&store), [Some(2), Some(2)]);
    assert_eq!(keys.reseal().await.unwrap(), 0, "once is enough");

    let after = under(&both(), &store, &clock).await.unwrap();
    assert_eq!(signing_kid(&after, START), kid);
    assert!(after.ring().verifying_key(&kid, START).unwrap().is_valid(b"message", &signature));
    // The older secret is needed no more, and opens nothing.
    assert!(under(&secrets(1), &store, &clock).await.is_err());
}

#[tokio::test]
async fn servers_with_the_old_list_and_the_new_one_go_on_side_by_side() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    let old = load(&store, &clock, config(SigningAlgorithm::Hs256)).await.unwrap();
    let kid = signing_kid(&old, START);
    under(&both(), &store, &clock).await.unwrap().reseal().await.unwrap();
    // It cannot open what it reads now, and goes on with what it has.
    clock.advance(5 * MINUTE);
    old.reload_if_stale().await;
    assert_eq!(signing_kid(&old, clock.now()), kid);
}

#[tokio::test]
async fn a_key_that_no_secret_opens_stays_as_it_is() {
    let (store, clock) = (Arc::new(TestStore::default()), clock());
    load(&store, &clock, KeyConfig::default()).await.unwrap();
    let keys = under(&both(), &store, &clock).await.unwrap();
    store.keys.lock().unwrap()[0].sealed = vec![1; 80];
    assert_eq!(keys.reseal().await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(store.keys.lock().unwrap()[0].sealed, vec![1; 80]);
}
