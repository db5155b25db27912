//! One key ring of several servers.

use std::sync::Arc;
use std::time::Duration;

use auth_core::Auth;
use auth_core::clock::{Clock as _, Timestamp};
use auth_core::key::{ApplicationSecrets, KeyState};
use auth_core::testing::ManualClock;
use auth_store::SqlStore;

use crate::home::{Home, on_each};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const MINUTE: Duration = Duration::from_secs(60);

/// How long the tokens of these servers live.
const LIFE: Duration = Duration::from_secs(15 * 60);

const SECRET: &str = "Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=";
const NEWER: &str = "cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=";

/// A server of an application, as it starts.
async fn server(store: SqlStore, secrets: &str, clock: &ManualClock) -> Auth {
    let builder = Auth::builder()
        .base_url("https://app.example")
        .secrets(ApplicationSecrets::from_text(secrets).unwrap())
        .clock(Arc::new(clock.clone()))
        .store(store);
    let auth = builder.build().await.unwrap();
    auth.migrate().await.unwrap();
    auth
}

fn signs(auth: &Auth, now: Timestamp) -> String {
    auth.keys().unwrap().ring().signer(now).unwrap().kid().to_owned()
}

async fn servers_that_start_at_once_on_an_empty_store_agree_on_one_key(home: Home) {
    let clock = ManualClock::new(NOW);
    let mut starts = Vec::new();
    for _ in 0..8 {
        let (store, clock) = (home.open().await, clock.clone());
        starts.push(tokio::spawn(async move { signs(&server(store, SECRET, &clock).await, NOW) }));
    }
    let mut kids = Vec::new();
    for start in starts {
        kids.push(start.await.unwrap());
    }
    kids.dedup();
    assert_eq!(kids.len(), 1, "{kids:?}");
    assert_eq!(home.count("SELECT count(*) FROM iam_signing_keys").await, 1);
}

/// What a server signed, and until when that is good.
struct Signed {
    kid: String,
    signature: Vec<u8>,
    end: Timestamp,
}

async fn sign(auth: &Auth, now: Timestamp) -> Signed {
    let ring = auth.keys().unwrap().fresh_ring().await;
    let key = ring.signer(now).unwrap();
    Signed { kid: key.kid().to_owned(), signature: key.sign(b"message").unwrap(), end: now + LIFE }
}

/// As a guard does: a key that is not here is asked for once.
async fn is_taken(auth: &Auth, signed: &Signed, now: Timestamp) -> bool {
    let keys = auth.keys().unwrap();
    let ring = keys.ring();
    if ring.verifying_key(&signed.kid, now).is_none() {
        keys.reload_for_unknown_kid(ring.generation()).await;
    }
    let ring = keys.ring();
    ring.verifying_key(&signed.kid, now).is_some_and(|key| key.is_valid(b"message", &signed.signature))
}

async fn no_token_is_refused_while_keys_follow_one_another_on_servers_whose_clocks_differ(home: Home) {
    let clocks = [NOW, NOW + MINUTE / 2].map(ManualClock::new);
    let servers = [
        server(home.open().await, SECRET, &clocks[0]).await,
        server(home.open().await, SECRET, &clocks[1]).await,
    ];
    let (mut signed, mut kids) = (Vec::new(), Vec::new());
    for minute in 0..70 {
        // By either of them, as schedules go.
        if let Some(by) = [5, 36].iter().position(|at| *at == minute) {
            let new = servers[by].keys().unwrap().rotate(clocks[by].now()).await.unwrap();
            assert_ne!(signs(&servers[by], clocks[by].now()), new.kid, "it is announced first");
        }
        for (server, clock) in servers.iter().zip(&clocks) {
            signed.push(sign(server, clock.now()).await);
            kids.push(signs(server, clock.now()));
        }
        for (server, clock) in servers.iter().zip(&clocks) {
            for one in signed.iter().filter(|one| clock.now() <= one.end) {
                assert!(is_taken(server, one, clock.now()).await, "minute {minute}: {}", one.kid);
            }
        }
        clocks.iter().for_each(|clock| clock.advance(MINUTE));
    }
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), 3, "each of them has signed");
    let ring = servers[0].keys().unwrap().fresh_ring().await;
    let states: Vec<_> = ring.states(clocks[0].now()).map(|(_, state)| state).collect();
    assert_eq!(states.last(), Some(&KeyState::Active));
    assert!(ring.verifying_key(&signed[0].kid, clocks[0].now()).is_none(), "the first one is gone");
}

async fn a_new_secret_is_brought_in_server_by_server_and_opens_what_the_older_one_sealed(home: Home) {
    let clock = ManualClock::new(NOW);
    let old = server(home.open().await, SECRET, &clock).await;
    let kid = signs(&old, NOW);
    let both = format!("2:{NEWER},1:{SECRET}");
    let new = server(home.open().await, &both, &clock).await;
    assert_eq!(signs(&new, NOW), kid);
    assert_eq!(new.reseal().await.unwrap().signing_keys, 1);
    assert_eq!(new.reseal().await.unwrap().signing_keys, 0);
    let alone = server(home.open().await, &format!("2:{NEWER}"), &clock).await;
    assert_eq!(signs(&alone, NOW), kid);
    let signed = sign(&old, NOW).await;
    assert!(is_taken(&alone, &signed, NOW).await, "a server that has the older secret only goes on");
}

on_each! {
    servers_that_start_at_once_on_an_empty_store_agree_on_one_key
    no_token_is_refused_while_keys_follow_one_another_on_servers_whose_clocks_differ
    a_new_secret_is_brought_in_server_by_server_and_opens_what_the_older_one_sealed
}
