//! Callers in two processes over one Redis, and a SQLite file beside it for what lasts. The program starts itself, so the test is also
//! what those processes run.

use auth_core::store::{Backend as _, Stores};
use auth_core::testing::store::processes;
use auth_store::SqlStore;

use crate::home::{Home, connect};

/// The stores at a place: the Redis, how its keys begin, and the file.
async fn open(place: &str) -> Stores {
    let [redis, prefix, file] = place.split(' ').collect::<Vec<_>>()[..] else { panic!("{place}") };
    let backend = connect(redis, prefix).await.beside(SqlStore::connect(file).await.unwrap());
    backend.migrate().await.unwrap();
    backend.stores()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_in_two_processes_have_one_winner() {
    if let Some(place) = processes::place() {
        return processes::compete(&open(&place).await).await;
    }
    let Some(home) = Home::new().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let place = format!("{} {} sqlite:{}?mode=rwc", home.url, home.prefix, file.display());
    let test = "two_processes::callers_in_two_processes_have_one_winner";
    processes::race(test, &place, &open(&place).await).await;
}
