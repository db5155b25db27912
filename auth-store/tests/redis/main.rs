//! The Redis backend: the conformance suite of the core, and what is its own.
//!
//! Redis is at `TEST_REDIS_URL`, where each test has keys of its own and removes them. Tests of faults start `redis-server` themselves.
//! Where either is missing, its tests are skipped and say so; where `CI` is set, they fail.
#![cfg(all(feature = "redis", feature = "sqlite"))]
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "../common/another_server.rs"]
mod another_server;
mod cluster;
mod faults;
mod home;
mod layout;
mod limits;
mod mark;
mod own_server;
mod pack;
mod proxy;
mod races;
mod sentinel;
mod start;
mod tls;
#[cfg(feature = "sqlite")]
mod two_processes;
mod two_servers;
mod users;

use auth_core::store::{Backend as _, MemoryStore, Stores};

use self::home::Home;

mod conformance {
    use super::on_redis;

    auth_core::store_conformance!(run by on_redis);
}

/// Two tenants side by side in one Redis.
mod tenants {
    use super::{beside_the_same, on_two_tenants};

    auth_core::store_conformance!(run by beside_the_same);

    mod apart {
        use super::on_two_tenants;
        use auth_core::testing::store::tenants as cases;

        macro_rules! cases {
            ($($case:ident)+) => {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    on_two_tenants(cases::$case).await;
                })+
            };
        }

        cases! {
            sessions_with_the_same_key_end_apart
            what_expires_in_one_is_no_business_of_the_other
            families_with_the_same_key_rotate_and_end_apart
            values_and_quotas_are_used_up_apart
            what_is_sent_in_one_is_not_heard_in_the_other
        }
    }
}

/// Accounts and keys are in memory, the rest in Redis.
async fn on_redis(case: impl AsyncFnOnce(Stores)) {
    let Some(home) = Home::new().await else { return };
    case(home.store.beside(MemoryStore::new()).stores()).await;
}

/// Runs a case for one tenant, then for another who finds nothing of what it left, and leaves all of that as it is.
async fn beside_the_same(case: impl AsyncFn(Stores)) {
    let Some(home) = Home::new().await else { return };
    case(home.store.beside(MemoryStore::new()).stores()).await;
    let left = home.everything();
    case(home.store.tenant("acme").unwrap().beside(MemoryStore::new()).stores()).await;
    let kept: Vec<_> = home.everything().into_iter().filter(|held| left.contains(held)).collect();
    assert_eq!(kept, left);
}

async fn on_two_tenants(case: impl AsyncFnOnce([Stores; 2])) {
    let Some(home) = Home::new().await else { return };
    let other = home.store.tenant("acme").unwrap();
    case([home.store.clone(), other].map(|store| store.beside(MemoryStore::new()).stores())).await;
}
