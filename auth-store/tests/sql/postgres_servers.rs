//! What is PostgreSQL's alone: a replica that only reads, tables that somebody keeps.

use auth_core::store::Backend as _;
use auth_store::sqlx::raw_sql;

use crate::home::Home;
use crate::servers::{all_is_well_soon, id, warm_up, with_alice};

/// What a failover leaves behind: connections to a server that only reads now, while the name leads to another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_to_a_read_only_replica_are_given_up() {
    let Some(home) = Home::postgres_database("").await else { return };
    let fresh = with_alice(home).await;
    let (home, stores) = (&fresh.home, fresh.stores());
    let name = home.name();
    home.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    home.cut_all().await;
    for _ in 0..10 {
        let error = stores.users.raise_epoch(&id()).await.unwrap_err();
        assert!(format!("{error:?}").contains("read-only replica"), "{error:?}");
        assert!(stores.users.get(&id()).await.unwrap().is_some());
    }
    home.run(&format!(
        "SET transaction_read_only = off; ALTER DATABASE {name} RESET default_transaction_read_only"
    ))
    .await;
    all_is_well_soon(&stores).await;
    warm_up(&stores).await;
}

/// Whoever asks for a table waits behind a migration that waits for it.
#[tokio::test]
async fn a_migration_does_not_wait_for_long_for_what_somebody_else_keeps() {
    let Some(home) = Home::postgres().await else { return };
    let (store, mut other) = (home.open().await, home.connection().await);
    raw_sql("BEGIN; CREATE TABLE iam_users (id int)").execute(&mut other).await.unwrap();
    let told = format!("{:?}", store.migrate().await.unwrap_err());
    assert!(told.contains("another transaction keeps a table"), "{told}");
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    store.migrate().await.unwrap();
}
