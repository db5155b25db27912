//! What is PostgreSQL's alone: servers that change, connections that break, databases that somebody set up in another way.

use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::short_lived::Quota;
use auth_core::store::{Backend as _, Stores};
use auth_core::testing::store;
use auth_core::token::FamilyKey;
use auth_core::user::{LoginName, NewUser, UserId, Username};
use auth_store::sqlx::postgres::{PgPool, PgPoolOptions};
use auth_store::sqlx::{AssertSqlSafe, raw_sql};
use auth_store::{SqlStore, SqlStoreOptions};

use crate::home::{Fresh, Home};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// In which a store has to be at its work again after whatever happened.
const SOON: Duration = Duration::from_secs(5);

fn id() -> UserId {
    UserId::new("u1")
}

async fn add_alice(stores: &Stores) {
    let new = NewUser::new(id(), Username::new("alice").unwrap(), NOW);
    stores.user_admin.as_ref().unwrap().insert(new).await.unwrap();
}

/// A store with somebody in it, in a database of its own.
async fn with_alice() -> Option<Fresh> {
    let fresh = Fresh::new(Home::postgres_database("").await?).await;
    add_alice(&fresh.stores()).await;
    Some(fresh)
}

/// Cuts every connection but that of whoever asks, and waits until they are.
async fn cut_all(home: &Home) {
    home.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
}

async fn all_is_well_soon(stores: &Stores) {
    let began = Instant::now();
    while stores.users.raise_epoch(&id()).await.is_err() {
        assert!(began.elapsed() < SOON, "writes go on failing");
    }
    assert!(stores.users.get(&id()).await.unwrap().is_some());
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

/// What logins and lists ask for, by its name.
async fn look_up(stores: &Stores, what: usize) -> Result<(), StoreError> {
    match what {
        0 => stores.users.find(&LoginName::parse("alice")).await.map(drop),
        1 => stores.users.find(&LoginName::parse("alice@example.com")).await.map(drop),
        2 => stores.users.account(&id()).await.map(drop),
        3 => stores.linked_accounts.find("https://idp.example", "alice").await.map(drop),
        4 => stores.linked_accounts.list(&id()).await.map(drop),
        5 => stores.refresh.get(&FamilyKey::new([1; 32])).await.map(drop),
        6 => stores.refresh.list(&id()).await.map(drop),
        7 => stores.sessions.list(&id()).await.map(drop),
        _ => stores.user_admin.as_ref().unwrap().login_names(&id()).await.map(drop),
    }
}

/// Logins that wait, for a lock or for a slow database, take no connection that guards read by.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guards_have_connections_of_their_own() {
    let Some(fresh) = with_alice().await else { return };
    let patient = SqlStoreOptions::default().timeout(Duration::from_secs(30));
    let stores = fresh.home.open_with(patient).await.stores();
    let mut lock = fresh.home.connection().await;
    let tables = "iam_users, iam_user_login_names, iam_linked_accounts, iam_refresh_families, iam_sessions";
    let begin = format!("BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE");
    raw_sql(AssertSqlSafe(begin)).execute(&mut lock).await.unwrap();
    // More of each than guards have connections.
    let waiting: Vec<_> = (0..45)
        .map(|number| {
            let stores = stores.clone();
            tokio::spawn(async move { look_up(&stores, number % 9).await })
        })
        .collect();
    for _ in 0..50 {
        // What a token guard reads beside its user.
        assert!(stores.short_lived.get("revoked", NOW).await.unwrap().is_none());
        tokio::task::yield_now().await;
    }
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    raw_sql("ROLLBACK").execute(&mut lock).await.unwrap();
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
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

/// What a failover leaves behind: connections to a server that only reads now, while the name leads to another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_to_a_read_only_replica_are_given_up() {
    let Some(fresh) = with_alice().await else { return };
    let (home, stores) = (&fresh.home, fresh.stores());
    let name = home.name();
    home.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    cut_all(home).await;
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

/// Letters without case, another time zone, and the strictest transactions are all that a database can be told to do otherwise.
async fn odd() -> Option<Fresh> {
    let home = Home::postgres_database(
        "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'und-u-ks-level1-kf-upper'",
    )
    .await?;
    let name = home.name();
    home.run(&format!(
        "ALTER DATABASE {name} SET timezone = 'Asia/Seoul'; ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'; \
         ALTER DATABASE {name} SET bytea_output = 'escape'; ALTER DATABASE {name} SET datestyle = 'SQL, DMY'"
    ))
    .await;
    Some(Fresh::new(home).await)
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
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_field_and_time_survives_whatever_the_time_zone() {
    let Some(fresh) = odd().await else { return };
    store::users::every_field_survives_the_store(fresh.of_tenant("a")).await;
    store::linked_accounts::a_linked_account_is_found_with_all_its_fields(fresh.of_tenant("b")).await;
    store::short_lived::a_window_slides(fresh.of_tenant("c")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn races_have_one_winner_whatever_the_isolation() {
    let Some(fresh) = odd().await else { return };
    store::users::one_of_many_parallel_inserts_gets_the_name(fresh.of_tenant("a")).await;
    store::users::every_parallel_raise_of_the_epoch_counts(fresh.of_tenant("b")).await;
    store::short_lived::two_hundred_at_once_never_pass_the_limit(fresh.of_tenant("c")).await;
    store::short_lived::one_of_many_parallel_takers_wins(fresh.of_tenant("d")).await;
    store::short_lived::one_of_many_parallel_marks_is_new(fresh.of_tenant("e")).await;
    store::linked_accounts::parallel_unlinking_keeps_the_last_account(fresh.of_tenant("f")).await;
}

/// A trigger that undoes a change of an account as a deadlock would, `times` times. A sequence does not go back with its transaction.
async fn make_conflicts(home: &Home, code: &str, times: u32) {
    home.run(&format!(
        "CREATE SEQUENCE tries; \
         CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'somebody else' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$; \
         CREATE TRIGGER conflict BEFORE UPDATE ON iam_users FOR EACH ROW EXECUTE FUNCTION conflict()"
    ))
    .await;
}

#[tokio::test]
async fn what_another_transaction_undid_is_done_again_and_once() {
    for code in ["40001", "40P01"] {
        let Some(fresh) = with_alice().await else { return };
        make_conflicts(&fresh.home, code, 2).await;
        assert_eq!(fresh.stores().users.raise_epoch(&id()).await.unwrap(), Some(1), "{code}");
        fresh.stores().users.record_login(&id(), NOW).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_always_undone_is_given_up_after_some_times() {
    let Some(fresh) = with_alice().await else { return };
    make_conflicts(&fresh.home, "40001", 1000).await;
    assert!(fresh.stores().users.raise_epoch(&id()).await.is_err());
    assert!(fresh.stores().users.record_login(&id(), NOW).await.is_err());
    let tries = fresh.home.count("SELECT last_value FROM tries").await;
    assert!((4..=20).contains(&tries), "{tries}");
    assert_eq!(fresh.stores().users.get(&id()).await.unwrap().unwrap().auth_epoch, 0);
}

/// Whoever is refused costs a rollback and no connection: else a guesser would have the server make one for each guess.
#[tokio::test]
async fn what_is_refused_leaves_its_connection_as_it_was() {
    let Some(fresh) = with_alice().await else { return };
    let stores = fresh.stores();
    let spent = [Quota { key: 1, limit: 0, window: Duration::MAX }];
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                       AND backend_start > now() - interval '1 hour'";
    warm_up(&stores).await;
    let newest = "SELECT max(extract(epoch FROM backend_start) * 1000000)::bigint FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let before = fresh.home.count(newest).await;
    for _ in 0..30 {
        assert!(stores.short_lived.reserve(&spent, NOW).await.unwrap().is_err());
        let again = NewUser::new(UserId::new("u2"), Username::new("ALICE").unwrap(), NOW);
        let taken: StoreError = stores.user_admin.as_ref().unwrap().insert(again).await.unwrap_err();
        assert!(taken.is_already_exists());
    }
    assert_eq!(fresh.home.count(newest).await, before);
    assert!(fresh.home.count(connections).await <= 6);
}

#[tokio::test]
async fn an_applications_own_connections_do() {
    let Some(home) = Home::postgres().await else { return };
    let pool = PgPoolOptions::new().max_connections(2).connect(&home.url).await.unwrap();
    let store = SqlStore::from_pool(pool.clone(), &SqlStoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    add_alice(&store.stores()).await;
    store::users::every_parallel_raise_of_the_epoch_counts(store.tenant("a").unwrap().stores()).await;
    assert!(pool.size() <= 2);
    assert!(store.stores().users.get(&id()).await.unwrap().is_some());
}

#[tokio::test]
async fn connections_to_what_is_no_server_are_refused_as_a_url_is() {
    let pool = PgPool::connect_lazy("postgres://app:hunter2@127.0.0.1:1/app").unwrap();
    let options = SqlStoreOptions::default().timeout(Duration::from_millis(500));
    let told = format!("{:?}", SqlStore::from_pool(pool, &options).await.unwrap_err());
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn the_time_is_that_of_the_server() {
    let Some(fresh) = Fresh::postgres().await else { return };
    let before = fresh.home.count("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint").await;
    let time = fresh.store.time().await.unwrap().unwrap().unix_millis();
    let after = fresh.home.count("SELECT ceil(extract(epoch FROM clock_timestamp()) * 1000)::bigint").await;
    assert!((before..=after).contains(&time), "{before} {time} {after}");
}
