//! What is alike on every database that runs as a server: connections that break, conflicts, databases that somebody set up in another
//! way, pools of an application's own. What is one product's alone is in a file of its own.

use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::short_lived::Quota;
use auth_core::store::{Backend as _, Stores};
use auth_core::testing::store;
use auth_core::token::FamilyKey;
use auth_core::user::{LoginName, NewUser, UserId, Username};
use auth_store::sqlx::mysql::{MySqlConnection, MySqlPool, MySqlPoolOptions};
use auth_store::sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use auth_store::sqlx::{AssertSqlSafe, raw_sql};
use auth_store::{SqlPool, SqlStore, SqlStoreOptions};

use crate::home::{Fresh, Home};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// In which a store has to be at its work again after whatever happened.
pub(crate) const SOON: Duration = Duration::from_secs(5);

pub(crate) fn id() -> UserId {
    UserId::new("u1")
}

pub(crate) async fn add_alice(stores: &Stores) {
    let new = NewUser::new(id(), Username::new("alice").unwrap(), NOW);
    stores.user_admin.as_ref().unwrap().insert(new).await.unwrap();
}

/// A store with somebody in it.
pub(crate) async fn with_alice(home: Home) -> Fresh {
    let fresh = Fresh::new(home).await;
    add_alice(&fresh.stores()).await;
    fresh
}

pub(crate) async fn all_is_well_soon(stores: &Stores) {
    let began = Instant::now();
    while stores.users.raise_epoch(&id()).await.is_err() {
        assert!(began.elapsed() < SOON, "writes go on failing");
    }
    assert!(stores.users.get(&id()).await.unwrap().is_some());
}

/// Fills both pools with connections that were used.
pub(crate) async fn warm_up(stores: &Stores) {
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

/// Another program's connection.
enum Other {
    Postgres(PgConnection),
    MySql(MySqlConnection),
}

impl Other {
    async fn to(home: &Home) -> Self {
        match home.is_mysql() {
            true => Self::MySql(home.mysql_connection().await),
            false => Self::Postgres(home.connection().await),
        }
    }

    async fn run(&mut self, sql: String) {
        let sql = raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Postgres(connection) => sql.execute(connection).await.map(drop),
            Self::MySql(connection) => sql.execute(connection).await.map(drop),
        }
        .unwrap();
    }

    /// Keeps everybody else away from these tables, until it lets them go.
    async fn lock(&mut self, tables: &[&str]) {
        let tables = match self {
            Self::Postgres(_) => format!("BEGIN; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", ")),
            Self::MySql(_) => format!("LOCK TABLES {} WRITE", tables.join(" WRITE, ")),
        };
        self.run(tables).await;
    }

    async fn let_go(&mut self) {
        let end = match self {
            Self::Postgres(_) => "ROLLBACK",
            Self::MySql(_) => "UNLOCK TABLES",
        };
        self.run(end.to_owned()).await;
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
async fn guards_have_connections_of_their_own(home: Home) {
    let fresh = with_alice(home).await;
    let patient = SqlStoreOptions::default().timeout(Duration::from_secs(30));
    let stores = fresh.home.open_with(patient).await.stores();
    let mut other = Other::to(&fresh.home).await;
    let tables =
        ["iam_users", "iam_user_login_names", "iam_linked_accounts", "iam_refresh_families", "iam_sessions"];
    other.lock(&tables).await;
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
    other.let_go().await;
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
}

pub(crate) async fn neither_reads_nor_transactions_notice_that_their_connections_were_cut(home: Home) {
    let fresh = with_alice(home).await;
    let stores = fresh.stores();
    for _ in 0..3 {
        warm_up(&stores).await;
        fresh.home.cut_all().await;
        assert!(stores.users.get(&id()).await.unwrap().is_some());
        assert!(stores.users.raise_epoch(&id()).await.unwrap().is_some());
    }
}

async fn names_are_compared_and_sorted_byte_by_byte_whatever_the_collation(odd: Home) {
    let fresh = Fresh::new(odd).await;
    store::users::canonical_forms_are_compared_byte_by_byte(fresh.of_tenant("a")).await;
    store::users::names_that_differ_in_case_width_or_composition_clash(fresh.of_tenant("b")).await;
    store::batches::a_walk_through_the_list_sees_every_account_once_in_order(fresh.of_tenant("c")).await;
    store::batches::groups_are_listed_by_name(fresh.of_tenant("d")).await;
    store::users::permissions_are_effective_sorted_and_without_repetition(fresh.of_tenant("e")).await;
    store::short_lived::keys_are_compared_byte_by_byte(fresh.of_tenant("f")).await;
    store::linked_accounts::an_identity_is_issuer_and_subject_byte_by_byte(fresh.of_tenant("g")).await;
}

async fn every_field_and_time_survives_whatever_the_settings(odd: Home) {
    let fresh = Fresh::new(odd).await;
    store::users::every_field_survives_the_store(fresh.of_tenant("a")).await;
    store::linked_accounts::a_linked_account_is_found_with_all_its_fields(fresh.of_tenant("b")).await;
    store::short_lived::a_window_slides(fresh.of_tenant("c")).await;
}

async fn races_have_one_winner_whatever_the_settings(odd: Home) {
    let fresh = Fresh::new(odd).await;
    store::users::one_of_many_parallel_inserts_gets_the_name(fresh.of_tenant("a")).await;
    store::users::every_parallel_raise_of_the_epoch_counts(fresh.of_tenant("b")).await;
    store::short_lived::two_hundred_at_once_never_pass_the_limit(fresh.of_tenant("c")).await;
    store::short_lived::one_of_many_parallel_takers_wins(fresh.of_tenant("d")).await;
    store::short_lived::one_of_many_parallel_marks_is_new(fresh.of_tenant("e")).await;
    store::unlinking::parallel_unlinking_keeps_the_last_account(fresh.of_tenant("f")).await;
}

pub(crate) async fn what_another_transaction_undid_is_done_again_and_once(home: Home) {
    let fresh = with_alice(home).await;
    for fault in fresh.home.conflicts() {
        let before = fresh.stores().users.get(&id()).await.unwrap().unwrap().auth_epoch;
        fresh.home.fail_changes(fault, 2).await;
        assert_eq!(fresh.stores().users.raise_epoch(&id()).await.unwrap(), Some(before + 1), "{fault}");
        fresh.stores().users.record_login(&id(), NOW).await.unwrap();
    }
}

pub(crate) async fn what_is_always_undone_is_given_up_after_some_times(home: Home) {
    let fresh = with_alice(home).await;
    fresh.home.fail_changes(fresh.home.conflicts()[0], 1000).await;
    assert!(fresh.stores().users.raise_epoch(&id()).await.is_err());
    assert!(fresh.stores().users.record_login(&id(), NOW).await.is_err());
    let tries = fresh.home.failed_changes().await;
    assert!((4..=20).contains(&tries), "{tries}");
    assert_eq!(fresh.stores().users.get(&id()).await.unwrap().unwrap().auth_epoch, 0);
}

/// Whoever is refused costs a rollback and no connection: else a guesser would have the server make one for each guess.
async fn what_is_refused_leaves_its_connection_as_it_was(home: Home) {
    let fresh = with_alice(home).await;
    let stores = fresh.stores();
    let spent = [Quota { key: 1, limit: 0, window: Duration::MAX }];
    warm_up(&stores).await;
    let before = fresh.home.newest_connection().await;
    for _ in 0..30 {
        assert!(stores.short_lived.reserve(&spent, NOW).await.unwrap().is_err());
        let again = NewUser::new(UserId::new("u2"), Username::new("ALICE").unwrap(), NOW);
        let taken: StoreError = stores.user_admin.as_ref().unwrap().insert(again).await.unwrap_err();
        assert!(taken.is_already_exists());
    }
    assert_eq!(fresh.home.newest_connection().await, before);
    assert!(fresh.home.connections().await <= 6);
}

async fn an_applications_own_connections_do(home: Home) {
    let pool: SqlPool = match home.is_mysql() {
        true => MySqlPoolOptions::new().max_connections(2).connect(&home.url).await.unwrap().into(),
        false => PgPoolOptions::new().max_connections(2).connect(&home.url).await.unwrap().into(),
    };
    let store = SqlStore::from_pool(pool, &SqlStoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    add_alice(&store.stores()).await;
    store::users::every_parallel_raise_of_the_epoch_counts(store.tenant("a").unwrap().stores()).await;
    assert!(home.connections().await <= 2);
    assert!(store.stores().users.get(&id()).await.unwrap().is_some());
}

async fn an_applications_connections_in_another_time_zone_change_nothing(home: Home) {
    let pool: SqlPool = match home.is_mysql() {
        true => mysql_in_seoul().connect(&home.url).await.unwrap().into(),
        false => postgres_in_seoul().connect(&home.url).await.unwrap().into(),
    };
    let store = SqlStore::from_pool(pool, &SqlStoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let stores = |tenant: &str| store.tenant(tenant).unwrap().stores();
    store::users::every_field_survives_the_store(stores("a")).await;
    store::sessions::an_inserted_session_is_found_with_all_its_fields(stores("b")).await;
    store::short_lived::a_window_slides(stores("c")).await;
    let before = home.time().await;
    let time = store.time().await.unwrap().unwrap().unix_millis();
    assert!((before..=home.time().await).contains(&time), "{before} {time}");
}

fn mysql_in_seoul() -> MySqlPoolOptions {
    MySqlPoolOptions::new().after_connect(|connection, _| {
        Box::pin(async move { raw_sql("SET time_zone = '+09:00'").execute(connection).await.map(drop) })
    })
}

fn postgres_in_seoul() -> PgPoolOptions {
    PgPoolOptions::new().after_connect(|connection, _| {
        Box::pin(async move { raw_sql("SET TIME ZONE 'Asia/Seoul'").execute(connection).await.map(drop) })
    })
}

async fn connections_to_what_is_no_server_are_refused_as_a_url_is(home: Home) {
    let pool: SqlPool = match home.is_mysql() {
        true => MySqlPool::connect_lazy("mysql://app:hunter2@127.0.0.1:1/app").unwrap().into(),
        false => PgPool::connect_lazy("postgres://app:hunter2@127.0.0.1:1/app").unwrap().into(),
    };
    let options = SqlStoreOptions::default().timeout(Duration::from_millis(500));
    let told = format!("{:?}", SqlStore::from_pool(pool, &options).await.unwrap_err());
    assert!(!told.contains("hunter2"), "{told}");
}

pub(crate) async fn the_time_is_that_of_the_server(home: Home) {
    let fresh = Fresh::new(home).await;
    let before = fresh.home.time().await;
    let time = fresh.store.time().await.unwrap().unwrap().unix_millis();
    let after = fresh.home.time().await;
    assert!((before..=after).contains(&time), "{before} {time} {after}");
}

/// A test of each case on each server: in a database of its own, or in one that somebody set up in an odd way.
macro_rules! on_each_server {
    ($($place:ident { $($case:ident)+ })+) => {
        on_each_server!(@on on_mysql mysql $($place { $($case)+ })+);
        on_each_server!(@on on_postgres postgres $($place { $($case)+ })+);
    };
    (@on $name:ident $server:ident $($place:ident { $($case:ident)+ })+) => {
        mod $name {
            $($(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let Some(home) = super::places::$server::$place().await else { return };
                super::$case(home).await;
            })+)+
        }
    };
}

mod places {
    pub(super) mod mysql {
        use crate::home::Home;

        pub(in super::super) async fn own() -> Option<Home> {
            Home::mysql().await
        }

        /// Letters without case and accents, and a character set that has few of them.
        pub(in super::super) async fn odd() -> Option<Home> {
            Home::mysql_database("CHARACTER SET latin1 COLLATE latin1_swedish_ci").await
        }
    }

    pub(super) mod postgres {
        use crate::home::Home;

        pub(in super::super) async fn own() -> Option<Home> {
            Home::postgres_database("").await
        }

        /// Letters without case and accents, another time zone, and the strictest transactions are all that a database can be told to do otherwise.
        pub(in super::super) async fn odd() -> Option<Home> {
            let letters =
                "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'und-u-ks-level1-kf-upper'";
            let home = Home::postgres_database(&format!("TEMPLATE template0 {letters}")).await?;
            let name = home.name();
            home.run(&format!(
                "ALTER DATABASE {name} SET timezone = 'Asia/Seoul'; \
                 ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'; \
                 ALTER DATABASE {name} SET bytea_output = 'escape'; ALTER DATABASE {name} SET datestyle = 'SQL, DMY'"
            ))
            .await;
            Some(home)
        }
    }
}

on_each_server! {
    own {
        an_applications_connections_in_another_time_zone_change_nothing
        an_applications_own_connections_do
        connections_to_what_is_no_server_are_refused_as_a_url_is
        guards_have_connections_of_their_own
        neither_reads_nor_transactions_notice_that_their_connections_were_cut
        the_time_is_that_of_the_server
        what_another_transaction_undid_is_done_again_and_once
        what_is_always_undone_is_given_up_after_some_times
        what_is_refused_leaves_its_connection_as_it_was
    }
    odd {
        every_field_and_time_survives_whatever_the_settings
        names_are_compared_and_sorted_byte_by_byte_whatever_the_collation
        races_have_one_winner_whatever_the_settings
    }
}
