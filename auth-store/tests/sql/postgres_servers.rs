//! What is PostgreSQL's alone: a replica that only reads, tables that somebody keeps, lines that guards share.

use std::time::{Duration, Instant};

use auth_core::store::{Backend as _, Stores};
use auth_store::SqlStore;
use auth_store::sqlx::raw_sql;
use tokio::task::JoinHandle;

use crate::home::{Fresh, Home};
use crate::servers::{SOON, all_is_well_soon, id, warm_up, with_alice};

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

/// A quarter of the connections that a store makes by default. Where guards share none, more of them wait.
const MOST_LINES: i64 = 3;

/// A store whose connections can be told from others.
async fn named(fresh: &Fresh, url: &str) -> Stores {
    let store = SqlStore::connect(&format!("{url}?application_name=lines&sslmode=disable")).await.unwrap();
    // The first to ask has a line opened for those who come later.
    let stores = store.stores();
    shares_lines_soon(fresh, &stores).await;
    stores
}

/// Asks for the user so often at once.
fn ask(stores: &Stores, times: usize) -> Vec<JoinHandle<bool>> {
    let asked = (0..times).map(|_| {
        let stores = stores.clone();
        tokio::spawn(async move { stores.users.get(&id()).await.unwrap().is_some() })
    });
    asked.collect()
}

/// On how many connections forty guards wait who ask at once for what somebody keeps.
async fn waiting(fresh: &Fresh, stores: &Stores) -> i64 {
    let count = "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND application_name = 'lines' AND wait_event_type = 'Lock'";
    let mut other = fresh.home.connection().await;
    raw_sql("BEGIN; LOCK TABLE iam_users IN ACCESS EXCLUSIVE MODE").execute(&mut other).await.unwrap();
    let (asked, began, mut most) = (ask(stores, 40), Instant::now(), 0);
    while most <= MOST_LINES && began.elapsed() < Duration::from_millis(300) {
        most = most.max(fresh.home.count(count).await);
    }
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    for asked in asked {
        assert!(asked.await.unwrap());
    }
    most
}

async fn shares_lines_soon(fresh: &Fresh, stores: &Stores) {
    let began = Instant::now();
    while !(1..=MOST_LINES).contains(&waiting(fresh, stores).await) {
        assert!(began.elapsed() < SOON * 2, "each guard has a connection of its own");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_guards_are_answered_on_connections_that_they_share() {
    let Some(home) = Home::postgres_database("").await else { return };
    let fresh = with_alice(home).await;
    let stores = named(&fresh, &fresh.home.url).await;
    assert!(waiting(&fresh, &stores).await <= MOST_LINES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_notices_that_a_line_was_cut() {
    let Some(home) = Home::postgres_database("").await else { return };
    let fresh = with_alice(home).await;
    let stores = named(&fresh, &fresh.home.url).await;
    fresh.home.cut_all().await;
    for asked in ask(&stores, 40) {
        assert!(asked.await.unwrap());
    }
    shares_lines_soon(&fresh, &stores).await;
}

/// What was prepared stands for columns that have changed since.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_notices_that_what_was_prepared_on_a_line_is_no_longer_true() {
    let Some(home) = Home::postgres_database("").await else { return };
    let fresh = with_alice(home).await;
    let stores = named(&fresh, &fresh.home.url).await;
    fresh.home.run("ALTER TABLE iam_users ALTER COLUMN username TYPE varchar(200)").await;
    for asked in ask(&stores, 40) {
        assert!(asked.await.unwrap());
    }
    shares_lines_soon(&fresh, &stores).await;
}

/// As above, where each has a connection of its own: the first that is told so speaks for all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_notices_that_what_was_prepared_on_all_connections_is_no_longer_true() {
    let Some(home) = Home::postgres_database("").await else { return };
    let fresh = with_alice(home).await;
    let stores = fresh.stores();
    let mut other = fresh.home.connection().await;
    raw_sql("BEGIN; LOCK TABLE iam_factors IN ACCESS EXCLUSIVE MODE").execute(&mut other).await.unwrap();
    let asked: [JoinHandle<bool>; 3] = std::array::from_fn(|_| {
        let stores = stores.clone();
        tokio::spawn(async move { stores.factors.list(&id()).await.unwrap().is_empty() })
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let began = Instant::now();
    while fresh.home.count(waiting).await < 3 {
        assert!(began.elapsed() < SOON, "they share connections");
    }
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    for asked in asked {
        assert!(asked.await.unwrap());
    }
    fresh.home.run("ALTER TABLE iam_factors ALTER COLUMN name TYPE varchar(200) COLLATE \"C\"").await;
    // One alone: what it is refused on the first connection, it would be refused on the second.
    assert!(stores.factors.list(&id()).await.unwrap().is_empty());
}

/// Its password has signs in it that a URL writes in another way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_line_is_opened_as_the_user_of_the_url() {
    let Some(home) = Home::postgres_database("").await else { return };
    let fresh = with_alice(home).await;
    let (home, role) = (&fresh.home, format!("{}_role", fresh.home.name()));
    home.run(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'p@ss %w:o/rd'; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
    ))
    .await;
    let server = home.url.rsplit('@').next().unwrap();
    let stores = named(&fresh, &format!("postgres://{role}:p%40ss%20%25w%3Ao%2Frd@{server}")).await;
    drop(stores);
    home.cut_all().await;
    home.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
