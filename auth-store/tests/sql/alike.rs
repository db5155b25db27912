//! What is alike in every database, beside the contracts of the core.

use std::sync::Arc;
use std::time::Duration;

use auth_core::Auth;
use auth_core::clock::Timestamp;
use auth_core::error::ErrorKind;
use auth_core::password::PasswordHash;
use auth_core::provider::{LinkedAccount, LinkedAccountId};
use auth_core::short_lived::{Counter, Quota};
use auth_core::store::{Backend as _, Stores};
use auth_core::user::{Attachment, Insertion, NewUser, UserId, Username};
use auth_store::SqlStoreOptions;
use serde_json::json;

use crate::home::{Fresh, Home, on_each};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

fn alice() -> NewUser {
    let mut new = NewUser::new(UserId::new("u1"), Username::new("alice").unwrap(), NOW);
    new.password = Some(PasswordHash::from_encoded("$argon2id$old"));
    new
}

/// Alice's at a provider.
fn account() -> LinkedAccount {
    LinkedAccount {
        id: LinkedAccountId::new([1; 16]),
        provider: "work".to_owned(),
        issuer: "https://id.example".to_owned(),
        subject: "s".to_owned(),
        user: UserId::new("u1"),
        email: None,
        name: None,
        created_at: NOW,
        last_login_at: None,
        tokens: None,
        tokens_version: 0,
    }
}

async fn insert(stores: &Stores, new: NewUser) {
    stores.user_admin.as_ref().unwrap().insert(new).await.unwrap();
}

pub(crate) async fn migrations_run_once(home: Home) {
    let store = home.open().await;
    assert!(!store.is_migrated().await.unwrap());
    store.migrate().await.unwrap();
    insert(&store.stores(), alice()).await;
    store.migrate().await.unwrap();
    assert!(store.is_migrated().await.unwrap());
    let again = home.open().await;
    assert!(again.is_migrated().await.unwrap());
    assert!(again.stores().users.get(&UserId::new("u1")).await.unwrap().is_some());
}

pub(crate) async fn programs_that_start_together_migrate_together(home: Home) {
    let mut starts = Vec::new();
    for tenant in ["", "acme", "", "globex"] {
        let store = home.open().await.tenant(tenant).unwrap();
        starts.push(tokio::spawn(async move { store.migrate().await }));
    }
    for start in starts {
        start.await.unwrap().unwrap();
    }
    assert_eq!(home.count("SELECT max(version) - count(*) FROM iam_migrations").await, 0);
}

async fn tables_that_another_program_made_otherwise_are_an_error_that_says_what_to_do(home: Home) {
    let store = home.migrated().await;
    home.run("UPDATE iam_migrations SET checksum = '00'").await;
    for error in [store.is_migrated().await.unwrap_err(), store.migrate().await.unwrap_err()] {
        let told = format!("{error:?}");
        assert!(told.contains("`iam_…`") && told.contains("another `0001_tables`"), "{told}");
    }
    let auth = Auth::builder().base_url("http://localhost:3000").store(store);
    let refused = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await.unwrap_err();
    assert!(format!("{refused:?}").contains("another `0001_tables`"), "{refused:?}");
}

async fn tables_of_others_in_the_same_database_are_left_alone(home: Home) {
    home.run(
        "CREATE TABLE auth_user (id INTEGER PRIMARY KEY, username TEXT); CREATE TABLE _sqlx_migrations (version INTEGER); \
         INSERT INTO auth_user VALUES (1, 'django')",
    )
    .await;
    let one = home.migrated().await;
    let other = home.open_with(SqlStoreOptions::default().table_prefix("auth_")).await;
    assert!(!other.is_migrated().await.unwrap());
    other.migrate().await.unwrap();
    insert(&one.stores(), alice()).await;
    assert!(other.stores().users.get(&UserId::new("u1")).await.unwrap().is_none());
    insert(&other.stores(), alice()).await;
    assert_eq!(home.count("SELECT count(*) FROM auth_user").await, 1);
    assert_eq!(home.count("SELECT count(*) FROM _sqlx_migrations").await, 0);
}

async fn names_of_tenants_are_short_and_plain_and_compared_byte_by_byte(home: Home) {
    let fresh = Fresh::new(home).await;
    for wrong in ["x".repeat(65).as_str(), "\u{e9}".repeat(33).as_str(), "a\0b", "a\nb"] {
        assert_eq!(fresh.store.tenant(wrong).unwrap_err().kind(), ErrorKind::Configuration, "{wrong:?}");
    }
    let names = ["", "acme", "ACME", "acme ", "acm\u{e9}", "acme%", "' OR 1=1 --", &"x".repeat(64)];
    for name in names {
        insert(&fresh.of_tenant(name), alice()).await;
    }
    assert_eq!(fresh.home.count("SELECT count(DISTINCT tenant) FROM iam_users").await, names.len() as i64);
    let again = fresh.store.tenant("acme").unwrap().tenant("").unwrap();
    assert!(again.stores().user_admin.unwrap().remove(&UserId::new("u1")).await.unwrap());
    assert!(fresh.stores().users.get(&UserId::new("u1")).await.unwrap().is_none());
    assert_eq!(format!("{again:?}"), "SqlStore { prefix: \"iam_\", tenant: \"\", .. }");
}

/// MariaDB takes 16 MB at once.
async fn a_batch_may_be_longer_than_what_a_server_takes_at_once(home: Home) {
    let store = home.open_with(SqlStoreOptions::default().timeout(Duration::from_secs(60))).await;
    store.migrate().await.unwrap();
    let stores = store.stores();
    let long = |number: u8| {
        let name = Username::new(&format!("name{number}")).unwrap();
        let mut new = NewUser::new(UserId::new(format!("u{number}")), name, NOW);
        new.attributes = json!({ "number": number, "note": "x".repeat(1 << 20) });
        new
    };
    let admin = stores.user_admin.as_ref().unwrap();
    assert_eq!(admin.insert_many((0..17).map(long).collect()).await.unwrap(), [Insertion::Added; 17]);
    for number in [0, 16] {
        let user = stores.users.get(&UserId::new(format!("u{number}"))).await.unwrap().unwrap();
        assert!(user.attributes == long(number).attributes, "{number}");
    }
}

/// A tenant that a statement forgot would be found here too, whatever the statement.
async fn every_table_but_that_of_migrations_has_the_tenant_first_in_each_unique_key(home: Home) {
    home.migrated().await;
    assert_eq!(home.tables().await.len(), 15);
    let firsts = home.first_columns_of_keys().await;
    assert_eq!(firsts.len(), 19, "{firsts:?}");
    assert!(firsts.iter().all(|first| first.ends_with(".tenant")), "{firsts:?}");
}

pub(crate) async fn linked_accounts_go_with_a_user_whom_another_program_removes(home: Home) {
    let fresh = Fresh::new(home).await;
    let stores = fresh.stores();
    let attached = vec![Attachment::LinkedAccount(account())];
    stores.user_admin.as_ref().unwrap().insert_with(alice(), attached).await.unwrap();
    fresh.home.run("DELETE FROM iam_users WHERE id = 'u1'").await;
    assert!(stores.linked_accounts.find("https://id.example", "s").await.unwrap().is_none());
}

async fn another_program_sees_each_change_at_once(home: Home) {
    let fresh = Fresh::new(home).await;
    let (one, other) = (fresh.stores(), fresh.home.open().await.stores());
    insert(&one, alice()).await;
    let id = UserId::new("u1");
    for epoch in 1..20 {
        let (writer, reader) = if epoch % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let new = PasswordHash::from_encoded(format!("$argon2id${epoch}"));
        assert_eq!(writer.users.set_password(&id, None, &new).await.unwrap(), Some(epoch));
        assert_eq!(reader.users.get(&id).await.unwrap().unwrap().auth_epoch, epoch);
        assert_eq!(reader.users.account(&id).await.unwrap().unwrap().password, Some(new));
    }
}

pub(crate) async fn fifty_writers_in_two_programs_see_no_error(home: Home) {
    let patient = SqlStoreOptions::default().timeout(Duration::from_secs(60));
    home.migrated().await;
    let programs = [home.open_with(patient.clone()).await, home.open_with(patient).await];
    insert(&programs[0].stores(), alice()).await;
    let programs = programs.map(|program| Arc::new(program.stores()));
    let writers: Vec<_> = (0..50)
        .map(|i| {
            let stores = programs[i % 2].clone();
            tokio::spawn(async move {
                for n in 0..10 {
                    stores.users.raise_epoch(&UserId::new("u1")).await.unwrap();
                    let key = format!("{i}-{n}");
                    assert!(stores.short_lived.insert_new(&key, Duration::MAX, NOW).await.unwrap());
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let user = programs[0].users.get(&UserId::new("u1")).await.unwrap().unwrap();
    assert_eq!(user.auth_epoch, 500);
}

/// What is refused undoes the counters that it made, on which others wait.
pub(crate) async fn fifty_refusals_at_once_are_no_errors(home: Home) {
    let fresh = Fresh::new(home).await;
    for round in 1..5 {
        let spent = Quota { key: round, limit: 0, window: Duration::MAX };
        let new = Quota { key: round + 100, limit: 10, window: Duration::MAX };
        let callers: Vec<_> = (0..50)
            .map(|_| {
                let store = fresh.stores().short_lived;
                tokio::spawn(async move { store.reserve(&[new, spent], NOW).await })
            })
            .collect();
        for caller in callers {
            assert!(caller.await.unwrap().unwrap().is_err());
        }
    }
    assert_eq!(fresh.home.count("SELECT count(*) FROM iam_quotas").await, 0);
}

/// Fills a table by one statement over the numbers from 0 to 2999; every third row has ended. `{key}` is a key of each row's own.
async fn fill(home: &Home, insert: &str) {
    let digits = (0..10).map(|digit| format!("SELECT {digit} AS i")).collect::<Vec<_>>().join(" UNION ALL ");
    let numbers = format!(
        "WITH d AS ({digits}), n AS (SELECT a.i + 10 * b.i + 100 * c.i + 1000 * e.i AS i \
         FROM d AS a CROSS JOIN d AS b CROSS JOIN d AS c CROSS JOIN d AS e WHERE e.i < 3)"
    );
    let key = home.in_words(
        "CAST(printf('%020d', i * 7919 % 3000) AS BLOB)",
        "decode(lpad(to_hex(i * 7919 % 3000), 16, '0'), 'hex')",
        "unhex(lpad(hex(i * 7919 % 3000), 16, '0'))",
    );
    home.run(&insert.replace("{key}", key).replacen("SELECT", &format!("{numbers} SELECT"), 1)).await;
}

async fn all_that_has_ended_is_removed_from_tables_of_many_stretches_and_nothing_else(home: Home) {
    let fresh = Fresh::new(home).await;
    let (stores, home) = (fresh.stores(), &fresh.home);
    let (empty, no) = (home.in_words("x''", "'\\x'::bytea", "''"), home.in_words("0", "false", "0"));
    fill(
        home,
        &format!(
            "INSERT INTO iam_sessions SELECT '', {{key}}, {empty}, 'u', 0, 0, 10, CASE i % 3 WHEN 0 THEN 20 ELSE 30 END, 0, 0, \
             {no}, NULL, NULL, NULL, 0 FROM n"
        ),
    )
    .await;
    fill(
        home,
        &format!(
            "INSERT INTO iam_refresh_families SELECT '', {{key}}, {empty}, 'c', 'u', 0, '', NULL, 0, 0, 0, 30, {empty}, \
             CASE i % 3 WHEN 0 THEN 8 ELSE 10 END, NULL, NULL, NULL, NULL, NULL FROM n"
        ),
    )
    .await;
    fill(
        home,
        &format!(
            "INSERT INTO iam_short_lived SELECT '', 'k' || (i * 7919 % 3000), {empty}, \
             CASE i % 3 WHEN 0 THEN 25 ELSE 26 END FROM n"
        ),
    )
    .await;
    fill(
        home,
        "INSERT INTO iam_quotas SELECT '', i * 7919 % 3000 - 1500, CASE i % 3 WHEN 0 THEN 5 ELSE 6 END, 10, 1, 0 FROM n",
    )
    .await;
    let (now, idle_since) = (Timestamp::from_unix_millis(25), Timestamp::from_unix_millis(9));
    assert_eq!(stores.sessions.remove_expired(now, idle_since).await.unwrap(), 1000);
    assert_eq!(stores.refresh.remove_expired(now, idle_since).await.unwrap(), 1000);
    assert_eq!(stores.short_lived.remove_expired(now).await.unwrap(), 2000);
    for table in ["sessions", "refresh_families", "short_lived", "quotas"] {
        assert_eq!(home.count(&format!("SELECT count(*) FROM iam_{table}")).await, 2000, "{table}");
    }
}

async fn counters_are_removed_exactly_when_they_are_over(home: Home) {
    let fresh = Fresh::new(home).await;
    let store = fresh.stores().short_lived;
    let times = [i64::MIN, -1, 0, 1_000, i64::MAX];
    let counters =
        [(1, 1, 0), (500, 0, 1), (501, 0, 1), (1_000, 0, 0), (i64::MAX, 0, 1)].map(|counter| counter);
    for now in times {
        let (mut rows, mut over) = (Vec::new(), 0);
        for started_at in times {
            for (window_ms, previous, current) in counters {
                let key = rows.len();
                rows.push(format!("('', {key}, {started_at}, {window_ms}, {previous}, {current})"));
                let started_at = Timestamp::from_unix_millis(started_at);
                let counter = Counter { started_at, window_ms, previous, current };
                over += u64::from(counter.is_over(Timestamp::from_unix_millis(now)));
            }
        }
        fresh
            .home
            .run(&format!("DELETE FROM iam_quotas; INSERT INTO iam_quotas VALUES {}", rows.join(", ")))
            .await;
        assert_eq!(store.remove_expired(Timestamp::from_unix_millis(now)).await.unwrap(), over, "at {now}");
    }
}

pub(crate) async fn damaged_rows_are_errors_and_never_somebody(home: Home) {
    let fresh = Fresh::new(home).await;
    insert(&fresh.stores(), alice()).await;
    for damage in ["permissions = 'x'", "username = 'a@b'", "attributes = ''"] {
        fresh.home.run(&format!("UPDATE iam_users SET {damage}")).await;
        assert!(fresh.stores().users.get(&UserId::new("u1")).await.is_err(), "{damage}");
    }
}

async fn each_index_that_somebody_drops_is_named_with_the_statement_that_makes_it(home: Home) {
    let store = home.migrated().await;
    assert!(store.missing_indexes().await.unwrap().is_empty());
    for (index, table) in [
        ("iam_users_by_username", "iam_users"),
        ("iam_sessions_by_user", "iam_sessions"),
        ("iam_linked_accounts_by_subject", "iam_linked_accounts"),
    ] {
        let on_table = if home.is_mysql() { format!(" ON {table}") } else { String::new() };
        home.run(&format!("DROP INDEX {index}{on_table}")).await;
        let missing = store.missing_indexes().await.unwrap();
        assert!(
            matches!(&missing[..], [make] if make.contains(&format!("INDEX {index} ON {table} "))),
            "{missing:?}"
        );
        home.run(&missing[0]).await;
        assert!(store.missing_indexes().await.unwrap().is_empty());
    }
}

async fn accounts_that_were_linked_before_their_user_came_here_go_with_it(home: Home) {
    let stores = home.migrated().await.stores();
    stores.linked_accounts.link(account(), Vec::new()).await.unwrap();
    insert(&stores, alice()).await;
    assert!(stores.user_admin.as_ref().unwrap().remove(&UserId::new("u1")).await.unwrap());
    assert!(stores.linked_accounts.find("https://id.example", "s").await.unwrap().is_none());
    assert!(!stores.user_admin.unwrap().remove(&UserId::new("u1")).await.unwrap());
}

async fn without_tables_every_answer_is_an_error(home: Home) {
    let stores = home.open().await.stores();
    assert!(stores.users.get(&UserId::new("u1")).await.is_err());
    assert!(stores.users.raise_epoch(&UserId::new("u1")).await.is_err());
}

on_each! {
    accounts_that_were_linked_before_their_user_came_here_go_with_it
    each_index_that_somebody_drops_is_named_with_the_statement_that_makes_it
    migrations_run_once
    programs_that_start_together_migrate_together
    tables_that_another_program_made_otherwise_are_an_error_that_says_what_to_do
    tables_of_others_in_the_same_database_are_left_alone
    names_of_tenants_are_short_and_plain_and_compared_byte_by_byte
    a_batch_may_be_longer_than_what_a_server_takes_at_once
    every_table_but_that_of_migrations_has_the_tenant_first_in_each_unique_key
    linked_accounts_go_with_a_user_whom_another_program_removes
    another_program_sees_each_change_at_once
    fifty_writers_in_two_programs_see_no_error
    fifty_refusals_at_once_are_no_errors
    all_that_has_ended_is_removed_from_tables_of_many_stretches_and_nothing_else
    counters_are_removed_exactly_when_they_are_over
    damaged_rows_are_errors_and_never_somebody
    without_tables_every_answer_is_an_error
}
