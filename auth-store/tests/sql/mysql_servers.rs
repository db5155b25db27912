//! What is MySQL's alone: connections that break, conflicts, servers that only read, databases that somebody set up in another way,
//! migrations that broke off.

use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::error::{ErrorKind, StoreError};
use auth_core::short_lived::Quota;
use auth_core::store::{Backend as _, Stores};
use auth_core::testing::store;
use auth_core::user::{NewUser, UserId, UserUpdate, Username};
use auth_store::sqlx::mysql::{MySqlPool, MySqlPoolOptions};
use auth_store::{SqlStore, SqlStoreOptions};

use crate::home::{Fresh, Home};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// In which a store has to be at its work again after whatever happened.
const SOON: Duration = Duration::from_secs(5);

const THEIRS: &str = "FROM information_schema.processlist WHERE db = database() AND id <> connection_id()";

fn id() -> UserId {
    UserId::new("u1")
}

async fn add_alice(stores: &Stores) {
    let new = NewUser::new(id(), Username::new("alice").unwrap(), NOW);
    stores.user_admin.as_ref().unwrap().insert(new).await.unwrap();
}

async fn with_alice() -> Option<Fresh> {
    let fresh = Fresh::new(Home::mysql().await?).await;
    add_alice(&fresh.stores()).await;
    Some(fresh)
}

/// Cuts every connection to the database but that of whoever asks, and waits until they are.
async fn cut_all(home: &Home) {
    for id in home.numbers(&format!("SELECT CAST(id AS SIGNED) {THEIRS}")).await {
        home.run(&format!("KILL {id}")).await;
    }
    while home.count(&format!("SELECT count(*) {THEIRS}")).await > 0 {
        tokio::task::yield_now().await;
    }
}

/// Fills both pools with connections that were used.
async fn warm_up(stores: &Stores) {
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let stores = stores.clone();
            tokio::spawn(async move {
                stores.users.get(&id()).await.unwrap();
                stores.users.raise_epoch(&id()).await.unwrap();
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn neither_reads_nor_transactions_notice_that_their_connections_were_cut() {
    let Some(fresh) = with_alice().await else { return };
    let stores = fresh.stores();
    for _ in 0..3 {
        warm_up(&stores).await;
        cut_all(&fresh.home).await;
        assert!(stores.users.get(&id()).await.unwrap().is_some());
        assert!(stores.users.raise_epoch(&id()).await.unwrap().is_some());
    }
}

/// A trigger that undoes a change of an account as the server would with this number, until `times` have passed. What is counted in
/// a table without transactions does not go back with them.
async fn make_faults(home: &Home, number: u16, times: u32) {
    let state = if number == 1213 { "40001" } else { "HY000" };
    home.run(&format!(
        "CREATE TABLE tries (n INT) ENGINE = MyISAM; INSERT INTO tries VALUES (0); \
         CREATE TRIGGER fault BEFORE UPDATE ON iam_users FOR EACH ROW BEGIN \
         UPDATE tries SET n = n + 1; \
         IF (SELECT n FROM tries) <= {times} THEN SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'somebody else'; END IF; \
         END"
    ))
    .await;
}

#[tokio::test]
async fn what_another_transaction_undid_is_done_again_and_once() {
    for number in [1205, 1213] {
        let Some(fresh) = with_alice().await else { return };
        make_faults(&fresh.home, number, 2).await;
        assert_eq!(fresh.stores().users.raise_epoch(&id()).await.unwrap(), Some(1), "{number}");
        fresh.stores().users.record_login(&id(), NOW).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_always_undone_is_given_up_after_some_times() {
    let Some(fresh) = with_alice().await else { return };
    make_faults(&fresh.home, 1213, 1000).await;
    assert!(fresh.stores().users.raise_epoch(&id()).await.is_err());
    assert!(fresh.stores().users.record_login(&id(), NOW).await.is_err());
    let tries = fresh.home.count("SELECT CAST(n AS SIGNED) FROM tries").await;
    assert!((4..=20).contains(&tries), "{tries}");
    assert_eq!(fresh.stores().users.get(&id()).await.unwrap().unwrap().auth_epoch, 0);
}

/// What a failover leaves behind: connections to a server that only reads now, while the name leads to another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_to_a_server_that_only_reads_are_given_up() {
    let Some(fresh) = with_alice().await else { return };
    let (home, stores) = (&fresh.home, fresh.stores());
    make_faults(home, 1290, 1).await;
    warm_up_reads(&stores).await;
    let newest = format!("SELECT CAST(max(id) AS SIGNED) {THEIRS}");
    let before = home.count(&newest).await;
    let error = stores.users.raise_epoch(&id()).await.unwrap_err();
    assert!(format!("{error:?}").contains("read-only replica"), "{error:?}");
    let began = Instant::now();
    while stores.users.raise_epoch(&id()).await.is_err() {
        assert!(began.elapsed() < SOON, "writes go on failing");
    }
    assert!(stores.users.get(&id()).await.unwrap().is_some());
    let kept = home.count(&format!("SELECT count(*) {THEIRS} AND id <= {before}")).await;
    let all = home.count(&format!("SELECT count(*) {THEIRS}")).await;
    assert!(all > kept, "{kept} of {all} connections are as old as the fault");
}

async fn warm_up_reads(stores: &Stores) {
    for _ in 0..5 {
        stores.users.get(&id()).await.unwrap();
    }
}

/// Whoever keeps a row keeps others waiting no longer than they may take, and their connections go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_row_that_somebody_keeps_is_waited_for_in_time() {
    use auth_store::sqlx::{Connection as _, raw_sql};
    let Some(fresh) = with_alice().await else { return };
    let mut other = fresh.home.mysql_connection().await;
    raw_sql("START TRANSACTION; SELECT * FROM iam_users FOR UPDATE").execute(&mut other).await.unwrap();
    let began = Instant::now();
    assert!(fresh.stores().users.raise_epoch(&id()).await.is_err());
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert!(fresh.stores().users.get(&id()).await.unwrap().is_some());
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(fresh.stores().users.raise_epoch(&id()).await.unwrap(), Some(1));
    other.close().await.unwrap();
}

/// Letters without case and accents, and a character set that has few of them.
async fn odd() -> Option<Fresh> {
    Some(Fresh::new(Home::mysql_database("CHARACTER SET latin1 COLLATE latin1_general_ci").await?).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn names_are_compared_and_sorted_byte_by_byte_whatever_the_collation() {
    let Some(fresh) = odd().await else { return };
    store::users::canonical_forms_are_compared_byte_by_byte(fresh.of_tenant("a")).await;
    store::users::names_that_differ_in_case_width_or_composition_clash(fresh.of_tenant("b")).await;
    store::batches::a_walk_through_the_list_sees_every_account_once_in_order(fresh.of_tenant("c")).await;
    store::batches::groups_are_listed_by_name(fresh.of_tenant("d")).await;
    store::users::permissions_are_effective_sorted_and_without_repetition(fresh.of_tenant("e")).await;
    store::short_lived::keys_are_compared_byte_by_byte(fresh.of_tenant("f")).await;
    store::linked_accounts::an_identity_is_issuer_and_subject_byte_by_byte(fresh.of_tenant("g")).await;
    store::users::every_field_survives_the_store(fresh.of_tenant("h")).await;
}

/// Every collation that MySQL and MariaDB have in common passes over them.
#[tokio::test]
async fn spaces_at_the_end_tell_keys_tenants_and_users_apart() {
    let Some(fresh) = Fresh::mysql().await else { return };
    let store = fresh.stores().short_lived;
    let ttl = Duration::from_secs(60);
    store.put("key", b"one", ttl, NOW).await.unwrap();
    store.put("key ", b"other", ttl, NOW).await.unwrap();
    assert_eq!(store.take("key", NOW).await.unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(store.take("key ", NOW).await.unwrap().as_deref(), Some(&b"other"[..]));
    add_alice(&fresh.of_tenant("acme")).await;
    assert!(fresh.of_tenant("acme ").users.get(&id()).await.unwrap().is_none());
    assert!(fresh.of_tenant("acme").users.get(&UserId::new("u1 ")).await.unwrap().is_none());
}

/// Groups give what they give in one statement, whatever letters permissions are written in.
#[tokio::test]
async fn permissions_that_differ_in_case_only_are_two() {
    let Some(fresh) = odd().await else { return };
    let stores = fresh.stores();
    let admin = stores.user_admin.as_ref().unwrap();
    add_alice(&stores).await;
    let mut update = UserUpdate::default();
    update.groups = Some(vec!["writers".to_owned(), "readers".to_owned()]);
    admin.update(&id(), update).await.unwrap();
    let given = ["app.Read".to_owned(), "app.read".to_owned(), "app.r\u{e9}ad".to_owned()];
    admin.put_group("writers", &given).await.unwrap();
    admin.put_group("readers", &given[..2]).await.unwrap();
    assert_eq!(stores.users.get(&id()).await.unwrap().unwrap().permissions, given);
    admin.put_group("writers", &[]).await.unwrap();
    admin.put_group("readers", &[]).await.unwrap();
    assert!(stores.users.get(&id()).await.unwrap().unwrap().permissions.is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_an_error_and_nothing_of_it_is_written() {
    let Some(fresh) = Fresh::mysql().await else { return };
    let stores = fresh.stores();
    let long = "x".repeat(1025);
    let ttl = Duration::from_secs(60);
    assert!(stores.short_lived.put(&long, b"", ttl, NOW).await.is_err());
    assert!(stores.short_lived.insert_new(&long, ttl, NOW).await.is_err());
    let new = NewUser::new(UserId::new("x".repeat(256)), Username::new("alice").unwrap(), NOW);
    assert!(stores.user_admin.as_ref().unwrap().insert(new.clone()).await.is_err());
    assert!(stores.user_admin.as_ref().unwrap().insert_many(vec![new]).await.is_err());
    assert!(stores.user_admin.as_ref().unwrap().put_group(&long, &[]).await.is_err());
    for table in ["short_lived", "users", "groups"] {
        assert_eq!(fresh.home.count(&format!("SELECT count(*) FROM iam_{table}")).await, 0, "{table}");
    }
}

/// What is put while somebody takes in vain stays there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_removal_that_finds_nothing_removes_nothing_that_comes_beside_it() {
    let Some(fresh) = Fresh::mysql().await else { return };
    let store = fresh.stores().short_lived;
    for n in 0..100 {
        let key = format!("k{n}");
        let (taker, putter) = (store.clone(), store.clone());
        let (taken, put) = (key.clone(), key.clone());
        let take = tokio::spawn(async move { taker.take(&taken, NOW).await.unwrap() });
        tokio::spawn(async move { putter.put(&put, b"v", Duration::from_secs(60), NOW).await.unwrap() })
            .await
            .unwrap();
        let before = take.await.unwrap();
        let after = store.take(&key, NOW).await.unwrap();
        assert!(before.is_some() != after.is_some(), "{key}: {before:?} {after:?}");
    }
}

#[tokio::test]
async fn a_migration_that_broke_off_is_taken_up_again() {
    let Some(home) = Home::mysql().await else { return };
    home.migrated().await;
    home.run(
        "DROP TRIGGER iam_linked_accounts_of_removed_users; DROP TABLE iam_linked_accounts, iam_signing_keys, iam_short_lived, iam_quotas; \
         UPDATE iam_migrations SET checksum = 'begun'",
    )
    .await;
    let store = home.open().await;
    assert!(!store.is_migrated().await.unwrap());
    store.migrate().await.unwrap();
    assert!(store.is_migrated().await.unwrap());
    assert_eq!(home.tables().await.len(), 10);
    assert_eq!(
        home.count("SELECT count(*) FROM information_schema.triggers WHERE trigger_schema = database()")
            .await,
        1
    );
    add_alice(&store.stores()).await;
}

#[tokio::test]
async fn tables_that_no_migration_made_are_left_alone_however_often_it_is_tried() {
    let Some(home) = Home::mysql().await else { return };
    home.run("CREATE TABLE iam_users (id INT)").await;
    for _ in 0..3 {
        let store = home.open().await;
        assert!(!store.is_migrated().await.unwrap());
        let told = format!("{:?}", store.migrate().await.unwrap_err());
        assert!(told.contains("tables `iam_…` are there that no migration made"), "{told}");
    }
    assert_eq!(home.tables().await, ["iam_users"]);
}

/// Whoever is refused costs a rollback and no connection: else a guesser would have the server make one for each guess.
#[tokio::test]
async fn what_is_refused_leaves_its_connection_as_it_was() {
    let Some(fresh) = with_alice().await else { return };
    let stores = fresh.stores();
    let spent = [Quota { key: 1, limit: 0, window: Duration::MAX }];
    warm_up(&stores).await;
    let newest = format!("SELECT CAST(max(id) AS SIGNED) {THEIRS}");
    let before = fresh.home.count(&newest).await;
    for _ in 0..30 {
        assert!(stores.short_lived.reserve(&spent, NOW).await.unwrap().is_err());
        let again = NewUser::new(UserId::new("u2"), Username::new("ALICE").unwrap(), NOW);
        let taken: StoreError = stores.user_admin.as_ref().unwrap().insert(again).await.unwrap_err();
        assert!(taken.is_already_exists());
    }
    assert_eq!(fresh.home.count(&newest).await, before);
    assert!(fresh.home.count(&format!("SELECT count(*) {THEIRS}")).await <= 6);
}

#[tokio::test]
async fn an_applications_own_connections_do() {
    let Some(home) = Home::mysql().await else { return };
    let pool = MySqlPoolOptions::new().max_connections(2).connect(&home.url).await.unwrap();
    let store = SqlStore::from_pool(pool.clone(), &SqlStoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    add_alice(&store.stores()).await;
    store::users::every_parallel_raise_of_the_epoch_counts(store.tenant("a").unwrap().stores()).await;
    assert!(pool.size() <= 2);
    assert!(store.stores().users.get(&id()).await.unwrap().is_some());
}

#[tokio::test]
async fn an_applications_connections_that_cut_off_what_does_not_fit_are_refused() {
    let Some(home) = Home::mysql().await else { return };
    let lax = MySqlPoolOptions::new().after_connect(|connection, _| {
        Box::pin(async move {
            auth_store::sqlx::raw_sql("SET SESSION sql_mode = ''").execute(connection).await.map(drop)
        })
    });
    let pool = lax.connect(&home.url).await.unwrap();
    let error = SqlStore::from_pool(pool, &SqlStoreOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(format!("{error:?}").contains("STRICT_TRANS_TABLES"), "{error:?}");
}

#[tokio::test]
async fn connections_to_what_is_no_server_are_refused_as_a_url_is() {
    let pool = MySqlPool::connect_lazy("mysql://app:hunter2@127.0.0.1:1/app").unwrap();
    let options = SqlStoreOptions::default().timeout(Duration::from_millis(500));
    let told = format!("{:?}", SqlStore::from_pool(pool, &options).await.unwrap_err());
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn the_time_is_that_of_the_server() {
    let Some(fresh) = Fresh::mysql().await else { return };
    let now = "SELECT CAST(unix_timestamp(sysdate(6)) * 1000 AS SIGNED)";
    let before = fresh.home.count(now).await;
    let time = fresh.store.time().await.unwrap().unwrap().unix_millis();
    let after = fresh.home.count(now).await;
    assert!((before - 1..=after + 1).contains(&time), "{before} {time} {after}");
}
