//! Migrations that follow one another, and programs of two releases at work on one database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_core::clock::Timestamp;
use auth_core::health::READY_WITHIN;
use auth_core::login::Credentials;
use auth_core::store::{Backend as _, Stores};
use auth_core::testing::store;
use auth_core::token::Client;
use auth_core::user::{NewUser, UserId, Username};
use auth_core::{Auth, ErrorKind};
use sqlx::{AssertSqlSafe, raw_sql};

use super::*;
use crate::home::{Home, on_each};
use crate::sql::Writer;
use crate::sql::migration::Migration;
use crate::{SqlStore, SqlStoreOptions};

const FIRST: Migration =
    Migration { name: "0001_first", template: "CREATE TABLE @t (i INTEGER);\n", needs: 1 };
const ADDS: Migration =
    Migration { name: "0002_adds", template: "ALTER TABLE @t ADD COLUMN s VARCHAR(20);\n", needs: 1 };
/// Nothing before the second does without.
const TAKES: Migration =
    Migration { name: "0003_takes", template: "ALTER TABLE @t DROP COLUMN i;\n", needs: 2 };
const TWO_TABLES: Migration = Migration {
    name: "0002_two",
    template: "CREATE TABLE @u (i INTEGER);\nCREATE TABLE @v (i INTEGER);\n",
    needs: 1,
};

/// A program that knows these, on the database of a test.
struct Program {
    database: Database,
    migrations: Migrations,
}

impl Program {
    async fn new(home: &Home, all: &[Migration]) -> Self {
        let database = open(home).await;
        let writer = Writer { dialect: database.dialect(), prefix: "iam_" };
        let migrations = Migrations::new(&writer, all.to_vec().leak());
        Self { database, migrations }
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        self.database.is_migrated(&self.migrations).await
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        self.database.migrate(&self.migrations).await
    }

    /// What keeps it from starting.
    async fn refusal(&self) -> String {
        let (asked, tried) = (self.is_migrated().await.unwrap_err(), self.migrate().await.unwrap_err());
        assert_eq!(format!("{asked:?}"), format!("{tried:?}"));
        format!("{tried:?}")
    }
}

async fn open(home: &Home) -> Database {
    crate::open::open(&home.url, &SqlStoreOptions::default().max_connections(6)).await.unwrap()
}

async fn tables_of_an_older_program_are_brought_up_to_date_with_all_that_they_hold(home: Home) {
    let (older, newer) = (Program::new(&home, &[FIRST]).await, Program::new(&home, &[FIRST, ADDS]).await);
    assert!(!older.is_migrated().await.unwrap());
    older.migrate().await.unwrap();
    assert!(older.is_migrated().await.unwrap());
    home.run("INSERT INTO iam_t VALUES (7)").await;
    assert!(!newer.is_migrated().await.unwrap());
    newer.migrate().await.unwrap();
    assert!(newer.is_migrated().await.unwrap());
    home.run("UPDATE iam_t SET s = 'there'").await;
    assert_eq!(home.count("SELECT count(*) FROM iam_t WHERE i = 7").await, 1);
}

async fn an_older_program_goes_on_where_a_newer_one_added_something(home: Home) {
    let (older, newer) = (Program::new(&home, &[FIRST]).await, Program::new(&home, &[FIRST, ADDS]).await);
    newer.migrate().await.unwrap();
    assert!(older.is_migrated().await.unwrap());
    older.migrate().await.unwrap();
    assert!(newer.is_migrated().await.unwrap());
    assert_eq!(home.count("SELECT count(*) FROM iam_migrations").await, 2);
}

async fn a_program_that_needs_what_was_taken_away_is_refused_with_what_to_upgrade(home: Home) {
    let [first, second, third] = [&[FIRST][..], &[FIRST, ADDS], &[FIRST, ADDS, TAKES]];
    Program::new(&home, third).await.migrate().await.unwrap();
    let second = Program::new(&home, second).await;
    assert!(second.is_migrated().await.unwrap());
    second.migrate().await.unwrap();
    home.run("UPDATE iam_migrations SET made_by = '9.8.7' WHERE version = 3").await;
    let told = Program::new(&home, first).await.refusal().await;
    for words in ["too old for the tables `iam_…`", "`0003_takes`", "auth-store 9.8.7 or newer", RELEASE] {
        assert!(told.contains(words), "{told}");
    }
}

async fn a_migration_that_was_left_out_is_an_error(home: Home) {
    Program::new(&home, &[FIRST, ADDS, TAKES]).await.migrate().await.unwrap();
    home.run("DELETE FROM iam_migrations WHERE version = 2").await;
    for all in [&[FIRST, ADDS][..], &[FIRST, ADDS, TAKES]] {
        let told = Program::new(&home, all).await.refusal().await;
        assert!(told.contains("`0003_takes` has run, and `0002_adds` has not"), "{told}");
    }
    home.run("DELETE FROM iam_migrations WHERE version = 1").await;
    let told = Program::new(&home, &[FIRST, ADDS]).await.refusal().await;
    assert!(told.contains("`0003_takes` has run, and `0001_first` has not"), "{told}");
}

async fn a_migration_that_was_altered_after_it_ran_is_an_error_that_says_what_to_do(home: Home) {
    const ALTERED: Migration =
        Migration { name: "0001_altered", template: "CREATE TABLE @t (j INTEGER);", needs: 1 };
    Program::new(&home, &[FIRST]).await.migrate().await.unwrap();
    for all in [&[ALTERED][..], &[ALTERED, ADDS], &[ADDS, FIRST]] {
        let told = Program::new(&home, all).await.refusal().await;
        assert!(told.contains("another `0001_first`") && told.contains("puts it back"), "{told}");
    }
    let windows = Migration { template: "CREATE TABLE @t (i INTEGER);\r\n", ..FIRST };
    assert!(Program::new(&home, &[windows]).await.is_migrated().await.unwrap());
}

async fn tables_of_a_time_before_the_first_release_are_an_error(home: Home) {
    home.run("CREATE TABLE iam_migrations (version INTEGER PRIMARY KEY NOT NULL, checksum TEXT)").await;
    let told = Program::new(&home, &[FIRST]).await.refusal().await;
    assert!(told.contains("before the first release"), "{told}");
}

async fn a_migration_that_fails_keeps_nobody_from_work_and_is_run_when_its_reason_is_gone(home: Home) {
    const FAILS: Migration = Migration {
        name: "0002_fails",
        template: "CREATE TABLE @u (i INTEGER);\nALTER TABLE @none ADD COLUMN s INTEGER;\nCREATE TABLE @v (i INTEGER);\n",
        needs: 1,
    };
    let (older, newer) = (Program::new(&home, &[FIRST]).await, Program::new(&home, &[FIRST, FAILS]).await);
    older.migrate().await.unwrap();
    for _ in 0..2 {
        assert!(newer.migrate().await.is_err());
        assert!(!newer.is_migrated().await.unwrap());
        assert!(older.is_migrated().await.unwrap());
    }
    home.run("CREATE TABLE iam_none (i INTEGER)").await;
    newer.migrate().await.unwrap();
    assert!(newer.is_migrated().await.unwrap() && older.is_migrated().await.unwrap());
    assert_eq!(home.tables().await, ["iam_none", "iam_t", "iam_u", "iam_v"]);
}

async fn what_is_in_the_way_is_named_and_left_alone_however_often_it_is_tried(home: Home) {
    Program::new(&home, &[FIRST]).await.migrate().await.unwrap();
    for taken in ["iam_u", "iam_v"] {
        home.run(&format!("CREATE TABLE {taken} (somebody INTEGER)")).await;
        let newer = Program::new(&home, &[FIRST, TWO_TABLES]).await;
        for _ in 0..3 {
            let told = format!("{:?}", newer.migrate().await.unwrap_err());
            assert!(told.contains("`0002_two` makes something that is there already"), "{told}");
            assert!(told.contains(taken) && !told.contains("drop"), "{told}");
        }
        assert_eq!(home.count(&format!("SELECT count(somebody) FROM {taken}")).await, 0);
        home.run(&format!("DROP TABLE {taken}")).await;
    }
    let newer = Program::new(&home, &[FIRST, TWO_TABLES]).await;
    newer.migrate().await.unwrap();
    assert!(newer.is_migrated().await.unwrap());
}

async fn what_is_printed_runs_from_nothing_and_for_what_is_left(home: Home) {
    let database = open(&home).await;
    let known = database.migrations();
    let options = SqlStoreOptions::default();
    let newer: &[Migration] = [known, &[TWO_TABLES]].concat().leak();
    let store = SqlStore::with_migrations(database, &options, newer);
    let missing = store.missing_migrations().await.unwrap();
    assert_eq!((missing.len(), store.migrations()), (newer.len(), missing.clone()));
    for (ran, script) in missing.iter().enumerate() {
        assert_eq!(store.missing_migrations().await.unwrap(), missing[ran..]);
        home.run(&script.sql).await;
    }
    assert!(store.is_migrated().await.unwrap());
    assert!(store.missing_migrations().await.unwrap().is_empty());
    store.migrate().await.unwrap();
}

/// What was printed for MySQL and broke off, at each of its statements: the rest is printed, and `migrate` takes it up as well.
#[tokio::test]
async fn a_script_that_broke_off_in_mysql_is_taken_up_where_it_did() {
    for by_hand in [true, false] {
        let Some(home) = Home::mysql().await else { return };
        let store = home.open().await;
        let script = store.migrations().remove(0);
        assert!(!script.in_one_transaction && !script.sql.contains("BEGIN"), "{}", script.sql);
        let statements: Vec<_> = script.sql.split_inclusive(";\n").collect();
        for statement in &statements[..9] {
            home.run(statement).await;
        }
        assert!(!store.is_migrated().await.unwrap());
        assert_eq!(home.count("SELECT count(*) FROM iam_migrations WHERE checksum = 'begun 3'").await, 1);
        let again = store.migrations().remove(0).sql;
        let again = again.split_inclusive(";\n").nth(1).unwrap();
        let again =
            raw_sql(AssertSqlSafe(again.to_owned())).execute(&mut home.mysql_connection().await).await;
        assert!(again.is_err(), "the whole script stops before it does anything");
        let mut missing = store.missing_migrations().await.unwrap();
        let rest = missing.remove(0).sql;
        assert!(!rest.contains("CREATE TABLE iam_users"), "{rest}");
        match by_hand {
            // The fourth has run, the note of it is what was lost.
            true => {
                home.run(&rest.replacen(statements[8].trim(), "", 1)).await;
                for script in &missing {
                    home.run(&script.sql).await;
                }
            }
            false => store.migrate().await.unwrap(),
        }
        assert!(store.is_migrated().await.unwrap());
        assert!(store.missing_indexes().await.unwrap().is_empty());
        assert_eq!(home.tables().await.len(), 15);
    }
}

const SECRET: &str = "Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// What a next release may add to the tables: the words of every database.
const NEXT: Migration = Migration {
    name: "0003_next",
    template: "ALTER TABLE @users ADD COLUMN nickname TEXT;\n\
               ALTER TABLE @sessions ADD COLUMN risk INTEGER NOT NULL DEFAULT 0;\n\
               ALTER TABLE @refresh_families ADD COLUMN risk INTEGER NOT NULL DEFAULT 0;\n\
               CREATE TABLE @later (tenant VARCHAR(64) NOT NULL PRIMARY KEY);\n\
               CREATE INDEX @sessions_by_risk ON @sessions (tenant, risk);\n",
    needs: 1,
};

/// The store of a program of the next release.
async fn next_release(home: &Home, next: Migration) -> SqlStore {
    let database = open(home).await;
    let all: &[Migration] = [database.migrations(), &[next]].concat().leak();
    SqlStore::with_migrations(database, &SqlStoreOptions::default(), all)
}

async fn server(store: &SqlStore) -> Auth {
    let builder = Auth::builder().base_url("http://localhost:3000").secret_text(SECRET).store(store.clone());
    let auth = builder.build().await.unwrap();
    auth.migrate().await.unwrap();
    auth
}

/// Guards and logins, until somebody says that it is enough; how many there were.
async fn work(stores: Stores, is_enough: Arc<AtomicBool>) -> u64 {
    let mut count = 0;
    while !is_enough.load(Ordering::SeqCst) || count < 20 {
        let id = UserId::new("u1");
        assert!(stores.users.get(&id).await.unwrap().is_some());
        assert!(stores.users.raise_epoch(&id).await.unwrap().is_some());
        stores.users.record_login(&id, NOW).await.unwrap();
        count += 1;
    }
    count
}

async fn servers_of_two_releases_work_on_one_database_while_it_is_migrated(home: Home) {
    let old = home.open().await;
    let old_server = server(&old).await;
    let new_user = NewUser::new(UserId::new("u1"), Username::new("alice").unwrap(), NOW);
    let user = old.stores().user_admin.unwrap().insert(new_user).await.unwrap();
    let before = grant(&old_server, &user.id).await;

    let is_enough = Arc::new(AtomicBool::new(false));
    let work: Vec<_> = (0..4).map(|_| tokio::spawn(work(old.stores(), is_enough.clone()))).collect();
    let new = next_release(&home, NEXT).await;
    let new_server = server(&new).await;
    is_enough.store(true, Ordering::SeqCst);
    let mut raised = 0;
    for work in work {
        raised += work.await.unwrap();
    }
    let epoch = new.stores().users.get(&user.id).await.unwrap().unwrap().auth_epoch;
    assert_eq!(epoch, raised, "no login of the old server was lost");

    // The old one goes on, one that starts now starts, and each goes on with what the other one began.
    let restarted = server(&home.open().await).await;
    for one in [&old_server, &new_server, &restarted] {
        assert!(one.readiness(READY_WITHIN).await.is_ready(), "{}", one.readiness(READY_WITHIN).await);
    }
    assert!(refresh(&new_server, &before).await.is_err(), "its account has moved on since");
    for (one, other) in [(&old_server, &new_server), (&new_server, &restarted), (&restarted, &old_server)] {
        let token = grant(one, &user.id).await;
        refresh(other, &token).await.unwrap();
    }
    home.run("UPDATE iam_users SET nickname = 'al'").await;
    old.stores().users.raise_epoch(&user.id).await.unwrap();
    assert_eq!(home.count("SELECT count(*) FROM iam_users WHERE nickname = 'al'").await, 1);
    tokio::join!(contracts_hold(&old, "old"), contracts_hold(&new, "new"));
}

/// A case of each contract.
async fn contracts_hold(program: &SqlStore, release: &str) {
    let of = |what: &str| program.tenant(&format!("{release} {what}")).unwrap().stores();
    store::users::every_field_survives_the_store(of("users")).await;
    store::batches::a_walk_through_the_list_sees_every_account_once_in_order(of("list")).await;
    store::sessions::an_inserted_session_is_found_with_all_its_fields(of("sessions")).await;
    store::sessions::a_session_comes_with_its_user_as_that_is_now(of("guards")).await;
    store::refresh::one_of_many_parallel_rotations_wins(of("refresh")).await;
    store::keys::a_rotation_gives_the_others_their_end(of("keys")).await;
    store::linked_accounts::accounts_go_with_their_user(of("linked")).await;
    store::factors::factors_go_with_their_user(of("factors")).await;
    store::consents::consents_go_with_their_user(of("consents")).await;
    store::short_lived::two_hundred_at_once_never_pass_the_limit(of("quotas")).await;
}

async fn grant(server: &Auth, user: &UserId) -> String {
    let vouched = Credentials::Vouched { user, amr: Default::default() };
    let admitted = server.admit(vouched, None).await.unwrap().admitted().unwrap();
    let tokens = server.tokens().grant(admitted, Client::FIRST_PARTY, "").await.unwrap();
    tokens.refresh_token.expose().to_owned()
}

async fn refresh(server: &Auth, token: &str) -> Result<(), auth_core::Error> {
    server.tokens().refresh(token, Client::FIRST_PARTY, None).await.map(drop)
}

async fn a_server_that_needs_what_was_taken_away_does_not_start_and_is_not_ready(home: Home) {
    let old = home.open().await;
    let old_server = server(&old).await;
    let needs = i64::try_from(open(&home).await.migrations().len() + 1).unwrap();
    let template = "ALTER TABLE @users DROP COLUMN is_staff;\n";
    let takes = Migration { name: "9999_takes", template, needs };
    next_release(&home, takes).await.migrate().await.unwrap();
    let readiness = old_server.readiness(READY_WITHIN).await;
    assert!(readiness.to_string().contains("too old for the tables"), "{readiness}");
    let builder = Auth::builder().base_url("http://localhost:3000").secret_text(SECRET).store(old);
    let refused = builder.build().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(format!("{refused:?}").contains("too old for the tables"), "{refused:?}");
}

on_each! {
    a_migration_that_fails_keeps_nobody_from_work_and_is_run_when_its_reason_is_gone
    a_migration_that_was_altered_after_it_ran_is_an_error_that_says_what_to_do
    a_migration_that_was_left_out_is_an_error
    a_program_that_needs_what_was_taken_away_is_refused_with_what_to_upgrade
    a_server_that_needs_what_was_taken_away_does_not_start_and_is_not_ready
    an_older_program_goes_on_where_a_newer_one_added_something
    servers_of_two_releases_work_on_one_database_while_it_is_migrated
    tables_of_a_time_before_the_first_release_are_an_error
    tables_of_an_older_program_are_brought_up_to_date_with_all_that_they_hold
    what_is_in_the_way_is_named_and_left_alone_however_often_it_is_tried
    what_is_printed_runs_from_nothing_and_for_what_is_left
}
