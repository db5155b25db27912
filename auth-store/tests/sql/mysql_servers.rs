//! What is MySQL's alone: servers that only read, rows that somebody keeps, spaces at ends, values that do not fit,
//! migrations that broke off.

use std::time::{Duration, Instant};

use auth_core::error::ErrorKind;
use auth_core::store::{Backend as _, Stores};
use auth_core::testing::store;
use auth_core::user::{NewUser, UserId, UserUpdate, Username};
use auth_store::sqlx::mysql::MySqlPoolOptions;
use auth_store::sqlx::raw_sql;
use auth_store::{SqlStore, SqlStoreOptions};

use crate::home::{Fresh, Home};
use crate::servers::{NOW, SOON, add_alice, all_is_well_soon, id, warm_up, with_alice};

/// What a failover leaves behind: connections to a server that only reads now, while the name leads to another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_to_a_server_that_only_reads_are_given_up() {
    let Some(home) = Home::mysql().await else { return };
    let fresh = with_alice(home).await;
    let (home, stores) = (&fresh.home, fresh.stores());
    home.fail_changes("1290", 1).await;
    warm_up_reads(&stores).await;
    let before = home.newest_connection().await;
    let error = stores.users.raise_epoch(&id()).await.unwrap_err();
    assert!(format!("{error:?}").contains("read-only replica"), "{error:?}");
    all_is_well_soon(&stores).await;
    warm_up(&stores).await;
    assert_eq!(home.connections_up_to(before).await, 0, "some are as old as the fault");
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
    let Some(home) = Home::mysql().await else { return };
    let fresh = with_alice(home).await;
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
    let Some(home) = Home::mysql_database("CHARACTER SET latin1 COLLATE latin1_general_ci").await else {
        return;
    };
    let fresh = Fresh::new(home).await;
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

/// Whoever made the tables need not be there for what is done with them.
#[tokio::test]
async fn the_user_who_made_the_tables_may_be_removed() {
    let Some(home) = Home::mysql().await else { return };
    let (name, user) = (home.name(), format!("{}_m", home.name()));
    home.run(&format!(
        "CREATE USER {user} IDENTIFIED BY 'hunter2'; \
         GRANT CREATE, ALTER, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {user}"
    ))
    .await;
    let server = home.url.rsplit(['@', '/']).nth(1).unwrap();
    let store = SqlStore::connect(&format!("mysql://{user}:hunter2@{server}/{name}")).await.unwrap();
    let migrated = store.migrate().await;
    home.run(&format!("DROP USER {user}")).await;
    migrated.unwrap();
    let store = home.open().await;
    store::linked_accounts::accounts_go_with_their_user(store.stores()).await;
    add_alice(&store.tenant("acme").unwrap().stores()).await;
    home.run("DELETE FROM iam_users").await;
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

/// Whoever asks for a table waits behind a migration that waits for it.
#[tokio::test]
async fn a_migration_does_not_wait_for_long_for_what_somebody_else_keeps() {
    let Some(home) = Home::mysql().await else { return };
    let (store, mut other) = (home.migrated().await, home.mysql_connection().await);
    let newest = "SELECT max(version) FROM iam_migrations";
    home.run(&format!("DELETE FROM iam_migrations WHERE version = (SELECT * FROM ({newest}) AS newest)"))
        .await;
    raw_sql("LOCK TABLES iam_migrations READ").execute(&mut other).await.unwrap();
    let told = format!("{:?}", store.migrate().await.unwrap_err());
    assert!(told.contains("another transaction keeps a table"), "{told}");
}
