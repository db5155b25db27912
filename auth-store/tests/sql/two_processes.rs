//! Callers in two processes over one database. The program starts itself, so each test is also what those processes run.

use auth_core::store::Backend as _;
use auth_core::testing::store::processes;
use auth_store::{SqlStore, SqlStoreOptions};

use crate::home::Home;

/// A server has a hundred connections, and tests run side by side.
async fn open(url: &str) -> SqlStore {
    SqlStore::connect_with(url, &SqlStoreOptions::default().max_connections(6)).await.unwrap()
}

macro_rules! on {
    ($($database:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $database() {
            if let Some(url) = processes::place() {
                return processes::compete(&open(&url).await.stores()).await;
            }
            let Some(home) = home_on::$database().await else { return };
            let test = concat!("two_processes::callers_have_one_winner_on::", stringify!($database));
            processes::race(test, &home.url, &home.migrated().await.stores()).await;
        })+
    };
}

mod home_on {
    use super::Home;

    pub(super) async fn mysql() -> Option<Home> {
        Home::mysql().await
    }

    pub(super) async fn postgres() -> Option<Home> {
        Home::postgres().await
    }

    pub(super) async fn sqlite() -> Option<Home> {
        Home::sqlite()
    }
}

mod callers_have_one_winner_on {
    use super::*;

    on! { mysql postgres sqlite }
}
