//! The SQLite backend: the conformance suite of the core, and what is its own.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_core::Auth;
use auth_core::clock::Timestamp;
use auth_core::error::{ErrorKind, StoreError};
use auth_core::password::PasswordHash;
use auth_core::provider::{LinkedAccount, LinkedAccountId};
use auth_core::session::SessionKey;
use auth_core::short_lived::{Counter, Quota};
use auth_core::store::{Backend, Stores};
use auth_core::user::{Attachment, NewUser, UserId, Username};
use auth_store::{SqlStore, SqlStoreOptions};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

mod conformance {
    use super::TempStore;

    auth_core::store_conformance!(TempStore::new().await);
}

/// Two tenants side by side in one database.
mod tenants {
    use super::{TempStore, beside_the_same};

    auth_core::store_conformance!(run by beside_the_same);

    auth_core::tenant_conformance!({
        let temp = TempStore::new().await;
        let other = temp.store.tenant("acme").unwrap();
        (temp, other)
    });
}

/// Runs a case for one tenant, then for another who finds nothing of what it left, and leaves all of that as it is.
async fn beside_the_same(case: impl AsyncFn(Stores)) {
    let temp = TempStore::new().await;
    case(temp.stores()).await;
    let left = rows_of(&temp.dir, "");
    case(temp.store.tenant("acme").unwrap().stores()).await;
    assert_eq!(rows_of(&temp.dir, ""), left);
}

/// All that the tables hold of a tenant.
fn rows_of(dir: &TempDir, tenant: &str) -> Vec<String> {
    let raw = raw(dir);
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'iam%' AND name <> 'iam_migrations' ORDER BY name";
    let tables =
        raw.prepare(tables).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>();
    let tables: Vec<String> = tables.unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let mut all = raw.prepare(&format!("SELECT * FROM {table} WHERE tenant = ?1")).unwrap();
        let columns = all.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            (0..columns)
                .map(|column| row.get::<_, rusqlite::types::Value>(column))
                .collect::<Result<Vec<_>, _>>()
        };
        rows.extend(all.query_map([tenant], row).unwrap().map(|row| format!("{table}: {:?}", row.unwrap())));
    }
    rows
}

/// A store in a directory of its own that goes away with it.
#[derive(Debug)]
struct TempStore {
    store: SqlStore,
    dir: TempDir,
}

impl TempStore {
    async fn new() -> Self {
        Self::with(SqlStoreOptions::default()).await
    }

    async fn with(options: SqlStoreOptions) -> Self {
        let dir = TempDir::new().unwrap();
        let store = SqlStore::connect_with(&url(&dir), &options).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, dir }
    }
}

#[async_trait]
impl Backend for TempStore {
    fn stores(&self) -> Stores {
        self.store.stores()
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        self.store.migrate().await
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        self.store.is_migrated().await
    }
}

fn url(dir: &TempDir) -> String {
    format!("sqlite:{}?mode=rwc", dir.path().join("app.db").display())
}

/// The file as another program sees it.
fn raw(dir: &TempDir) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.path().join("app.db")).unwrap()
}

fn count(connection: &rusqlite::Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn alice() -> NewUser {
    let mut new = NewUser::new(UserId::new("u1"), Username::new("alice").unwrap(), NOW);
    new.password = Some(PasswordHash::from_encoded("$argon2id$old"));
    new
}

async fn insert(stores: &Stores, new: NewUser) {
    stores.user_admin.as_ref().unwrap().insert(new).await.unwrap();
}

#[tokio::test]
async fn migrations_run_once() {
    let dir = TempDir::new().unwrap();
    let store = SqlStore::connect(&url(&dir)).await.unwrap();
    assert!(!store.is_migrated().await.unwrap());
    store.migrate().await.unwrap();
    insert(&store.stores(), alice()).await;
    store.migrate().await.unwrap();
    assert!(store.is_migrated().await.unwrap());
    let again = SqlStore::connect(&url(&dir)).await.unwrap();
    assert!(again.is_migrated().await.unwrap());
    assert!(again.stores().users.get(&UserId::new("u1")).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_that_start_together_migrate_together() {
    let dir = TempDir::new().unwrap();
    let mut starts = Vec::new();
    for _ in 0..4 {
        let store = SqlStore::connect(&url(&dir)).await.unwrap();
        starts.push(tokio::spawn(async move { store.migrate().await }));
    }
    for start in starts {
        start.await.unwrap().unwrap();
    }
    assert_eq!(count(&raw(&dir), "SELECT max(version) = count(*) FROM iam_migrations"), 1);
}

/// How tables are brought up to date with all that they hold is shown beside the migrations, on a set that has two.
#[tokio::test]
async fn a_session_that_an_older_program_wrote_is_read_with_its_data() {
    let temp = TempStore::new().await;
    let session = "INSERT INTO iam_sessions VALUES ('', ?1, x'00112233445566778899aabbccddeeff', 'u1', 0, 0, 0, 9, 0, 1, 0, \
         NULL, NULL, '{\"client\":\"app\",\"provider\":null,\"values\":{\"cart\":[1]}}', 3)";
    raw(&temp.dir).execute(session, [[7_u8; 32]]).unwrap();
    let session = temp.stores().sessions.get(&SessionKey::new([7; 32])).await.unwrap().unwrap();
    let data = session.extra.as_ref().unwrap();
    assert_eq!((session.client(), &data.provider, data.version), (Some("app"), &None, 3));
    assert_eq!(data.values["cart"][0], 1);
}

#[tokio::test]
async fn tables_that_another_program_made_otherwise_are_an_error_that_says_what_to_do() {
    let temp = TempStore::new().await;
    let raw = raw(&temp.dir);
    raw.execute_batch("UPDATE iam_migrations SET checksum = '00'").unwrap();
    for error in [temp.is_migrated().await.unwrap_err(), temp.migrate().await.unwrap_err()] {
        let told = format!("{error:?}");
        assert!(told.contains("`iam_…`") && told.contains("another `0001_tables`"), "{told}");
    }
    let auth = Auth::builder().base_url("http://localhost:3000").store(temp.store.clone());
    let refused = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await.unwrap_err();
    assert!(format!("{refused:?}").contains("another `0001_tables`"), "{refused:?}");
}

#[tokio::test]
async fn names_of_tenants_are_short_and_plain_and_compared_byte_by_byte() {
    let temp = TempStore::new().await;
    for wrong in ["x".repeat(65).as_str(), "\u{e9}".repeat(33).as_str(), "a\0b", "a\nb"] {
        assert_eq!(temp.store.tenant(wrong).unwrap_err().kind(), ErrorKind::Configuration, "{wrong:?}");
    }
    let names = ["", "acme", "ACME", "acme ", "acm\u{e9}", "acme%", "' OR 1=1 --", &"x".repeat(64)];
    for name in names {
        insert(&temp.store.tenant(name).unwrap().stores(), alice()).await;
    }
    assert_eq!(count(&raw(&temp.dir), "SELECT count(DISTINCT tenant) FROM iam_users"), names.len() as i64);
    let again = temp.store.tenant("acme").unwrap().tenant("").unwrap();
    assert!(again.stores().user_admin.unwrap().remove(&UserId::new("u1")).await.unwrap());
    assert!(temp.stores().users.get(&UserId::new("u1")).await.unwrap().is_none());
    assert_eq!(format!("{again:?}"), "SqlStore { prefix: \"iam_\", tenant: \"\", .. }");
}

/// A tenant that a statement forgot would be found here too, whatever the statement.
#[tokio::test]
async fn every_table_but_that_of_migrations_has_the_tenant_first_in_each_unique_key() {
    let temp = TempStore::new().await;
    let raw = raw(&temp.dir);
    let unique = "SELECT t.name, i.name FROM sqlite_schema AS t, pragma_index_list(t.name) AS i \
        WHERE t.type = 'table' AND t.name <> 'iam_migrations' AND i.\"unique\"";
    let mut keys = raw.prepare(unique).unwrap();
    let keys = keys.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let keys: Vec<(String, String)> = keys.collect::<Result<_, _>>().unwrap();
    assert_eq!(
        count(&raw, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name <> 'iam_migrations'"),
        10
    );
    assert_eq!(keys.len(), 13, "{keys:?}");
    for (table, key) in keys {
        let first =
            format!("SELECT count(*) FROM pragma_index_info('{key}') WHERE seqno = 0 AND name = 'tenant'");
        assert_eq!(count(&raw, &first), 1, "{table}: {key}");
    }
}

#[tokio::test]
async fn linked_accounts_go_with_a_user_whom_another_program_removes() {
    let temp = TempStore::new().await;
    let stores = temp.stores();
    let account = LinkedAccount {
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
    };
    let attached = vec![Attachment::LinkedAccount(account)];
    stores.user_admin.as_ref().unwrap().insert_with(alice(), attached).await.unwrap();
    raw(&temp.dir).execute("DELETE FROM iam_users WHERE id = 'u1'", []).unwrap();
    assert!(stores.linked_accounts.find("https://id.example", "s").await.unwrap().is_none());
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused() {
    let temp = TempStore::new().await;
    raw(&temp.dir).execute("INSERT INTO iam_migrations VALUES (99, 'later', '')", []).unwrap();
    assert!(temp.migrate().await.is_err());
    let error = std::error::Error::source(&temp.is_migrated().await.unwrap_err()).unwrap().to_string();
    assert!(error.contains("version 99"), "{error}");
}

#[tokio::test]
async fn tables_of_others_in_the_same_file_are_left_alone() {
    let dir = TempDir::new().unwrap();
    let django = "CREATE TABLE auth_user (id INTEGER PRIMARY KEY, username TEXT); \
                  CREATE TABLE _sqlx_migrations (version INTEGER); \
                  INSERT INTO auth_user VALUES (1, 'django')";
    raw(&dir).execute_batch(django).unwrap();
    let one = SqlStore::connect(&url(&dir)).await.unwrap();
    one.migrate().await.unwrap();
    let options = SqlStoreOptions::default().table_prefix("auth_");
    let other = SqlStore::connect_with(&url(&dir), &options).await.unwrap();
    assert!(!other.is_migrated().await.unwrap());
    other.migrate().await.unwrap();
    insert(&one.stores(), alice()).await;
    assert!(other.stores().users.get(&UserId::new("u1")).await.unwrap().is_none());
    insert(&other.stores(), alice()).await;
    assert_eq!(count(&raw(&dir), "SELECT count(*) FROM auth_user"), 1);
    assert_eq!(count(&raw(&dir), "SELECT count(*) FROM _sqlx_migrations"), 0);
}

#[tokio::test]
async fn urls_and_prefixes_that_cannot_work_are_refused_with_a_hint() {
    for url in
        ["sqlite::memory:", "sqlite://:memory:", "sqlite:x?mode=memory", "sqlite:", "postgres://x", "app.db"]
    {
        let error = SqlStore::connect(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
        assert!(error.to_string().contains("sqlite:app.db?mode=rwc"), "{url}");
    }
    let dir = TempDir::new().unwrap();
    let options = SqlStoreOptions::default().table_prefix("x; DROP TABLE y");
    let error = SqlStore::connect_with(&url(&dir), &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named_with_what_to_do() {
    let dir = TempDir::new().unwrap();
    let at = |path: &str| dir.path().join(path).display().to_string();
    let (missing, lost) = (at("none.db"), at("none/app.db"));
    let error = SqlStore::connect(&format!("sqlite:{missing}")).await.unwrap_err();
    let what = "end its URL in `?mode=rwc` to have it made, or name the one that is there";
    assert_eq!(error.to_string(), format!("the database file `{missing}` is not there: {what}"));
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let error = SqlStore::connect(&format!("sqlite:{lost}?mode=rwc")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the folder of the database file `{lost}` is not there: make it first")
    );
    let folder = at("");
    let error = SqlStore::connect(&format!("sqlite:{folder}?mode=rwc")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let told = format!("{error:?}");
    assert!(told.contains(&format!("the database file `{folder}` cannot be opened: ")), "{told}");
    let error = SqlStore::connect("postgres://app:hunter2@db/app").await.unwrap_err();
    assert_eq!(error.to_string(), "`postgres:…` begins no SQLite URL: use one like sqlite:app.db?mode=rwc");
}

#[tokio::test]
async fn another_program_sees_each_change_at_once() {
    let temp = TempStore::new().await;
    let one = temp.stores();
    let other = SqlStore::connect(&url(&temp.dir)).await.unwrap().stores();
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

#[tokio::test]
async fn reads_go_on_while_another_program_writes() {
    let temp = TempStore::new().await;
    insert(&temp.stores(), alice()).await;
    let writer = raw(&temp.dir);
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE iam_users SET is_staff = 1").unwrap();
    let user = temp.stores().users.get(&UserId::new("u1")).await.unwrap().unwrap();
    assert!(!user.is_staff);
    writer.execute_batch("COMMIT").unwrap();
    assert!(temp.stores().users.get(&UserId::new("u1")).await.unwrap().unwrap().is_staff);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_that_gets_no_turn_fails_in_bounded_time_and_changes_nothing() {
    let limit = Duration::from_millis(500);
    let temp = TempStore::with(SqlStoreOptions::default().timeout(limit)).await;
    insert(&temp.stores(), alice()).await;
    let other = raw(&temp.dir);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let started = Instant::now();
    let writes: Vec<_> = (0..8)
        .map(|_| {
            let stores = temp.stores();
            tokio::spawn(async move { stores.users.raise_epoch(&UserId::new("u1")).await })
        })
        .collect();
    for write in writes {
        assert!(write.await.unwrap().is_err());
    }
    // One after the other they would take eight times the limit.
    assert!(started.elapsed() < limit * 6, "{:?}", started.elapsed());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(temp.stores().users.raise_epoch(&UserId::new("u1")).await.unwrap(), Some(1));
}

/// What a full or failing disk makes SQLite do: the transaction is over, whatever the program that began it believes.
#[tokio::test]
async fn a_transaction_that_sqlite_ended_by_itself_is_the_last_that_fails() {
    let temp = TempStore::new().await;
    let (stores, raw) = (temp.stores(), raw(&temp.dir));
    let quota = Quota { key: 1, limit: 1, window: Duration::MAX };
    raw.execute_batch(
        "CREATE TRIGGER full BEFORE INSERT ON iam_quotas BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END",
    )
    .unwrap();
    for _ in 0..3 {
        let error = stores.short_lived.reserve(&[quota], NOW).await.unwrap_err();
        assert!(format!("{error:?}").contains("the disk is full"), "{error:?}");
    }
    raw.execute_batch("DROP TRIGGER full").unwrap();
    assert!(stores.short_lived.reserve(&[quota], NOW).await.unwrap().is_ok());
    assert!(stores.short_lived.reserve(&[quota], NOW).await.unwrap().is_err(), "nothing was taken before");
}

#[tokio::test]
async fn what_nobody_put_there_is_taken_without_a_turn_among_the_writers() {
    let temp = TempStore::new().await;
    let (stores, raw) = (temp.stores(), raw(&temp.dir));
    stores.short_lived.put("key", b"x", Duration::MAX, NOW).await.unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(stores.short_lived.take("made up", NOW).await.unwrap(), None);
    raw.execute_batch("ROLLBACK").unwrap();
    assert_eq!(stores.short_lived.take("key", NOW).await.unwrap(), Some(b"x".to_vec()));
    assert_eq!(stores.short_lived.take("key", NOW).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_writers_in_two_programs_see_no_error() {
    let patient = SqlStoreOptions::default().timeout(Duration::from_secs(60));
    let temp = TempStore::with(patient.clone()).await;
    insert(&temp.stores(), alice()).await;
    let other = SqlStore::connect_with(&url(&temp.dir), &patient).await.unwrap();
    let programs = [Arc::new(temp.stores()), Arc::new(other.stores())];
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
    let user = temp.stores().users.get(&UserId::new("u1")).await.unwrap().unwrap();
    assert_eq!(user.auth_epoch, 500);
}

/// Fills a table by one statement over the numbers from 0 to 2999; every third row has ended.
fn fill(connection: &rusqlite::Connection, insert: &str) {
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)";
    assert_eq!(connection.execute(&format!("{numbers} {insert}"), []).unwrap(), 3000);
}

#[tokio::test]
async fn all_that_has_ended_is_removed_from_tables_of_many_stretches_and_nothing_else() {
    let temp = TempStore::new().await;
    let (stores, raw) = (temp.stores(), raw(&temp.dir));
    fill(
        &raw,
        "INSERT INTO iam_sessions SELECT '', randomblob(32), x'', 'u', 0, 0, 10, iif(i % 3, 30, 20), 0, 0, 0, NULL, NULL, \
         NULL, 0 FROM n",
    );
    fill(
        &raw,
        "INSERT INTO iam_refresh_families SELECT '', randomblob(32), x'', 'c', 'u', 0, '', NULL, 0, 0, 0, 30, x'', \
         iif(i % 3, 10, 8), NULL, NULL, NULL FROM n",
    );
    fill(&raw, "INSERT INTO iam_short_lived SELECT '', hex(randomblob(8)), x'', iif(i % 3, 26, 25) FROM n");
    fill(&raw, "INSERT INTO iam_quotas SELECT '', random(), iif(i % 3, 6, 5), 10, 1, 0 FROM n");
    let (now, idle_since) = (Timestamp::from_unix_millis(25), Timestamp::from_unix_millis(9));
    assert_eq!(stores.sessions.remove_expired(now, idle_since).await.unwrap(), 1000);
    assert_eq!(stores.refresh.remove_expired(now, idle_since).await.unwrap(), 1000);
    assert_eq!(stores.short_lived.remove_expired(now).await.unwrap(), 2000);
    for table in ["sessions", "refresh_families", "short_lived", "quotas"] {
        assert_eq!(count(&raw, &format!("SELECT count(*) FROM iam_{table}")), 2000, "{table}");
    }
}

#[tokio::test]
async fn counters_are_removed_exactly_when_they_are_over() {
    let temp = TempStore::new().await;
    let (store, raw) = (temp.stores().short_lived, raw(&temp.dir));
    let times = [i64::MIN, -1, 0, 1_000, i64::MAX];
    for (started_at, now) in times.into_iter().flat_map(|start| times.map(|now| (start, now))) {
        for (window_ms, previous, current) in
            [(1, 1, 0), (500, 0, 1), (501, 0, 1), (1_000, 0, 0), (i64::MAX, 0, 1)]
        {
            let started_at = Timestamp::from_unix_millis(started_at);
            let (now, counter) =
                (Timestamp::from_unix_millis(now), Counter { started_at, window_ms, previous, current });
            for key in [i64::MIN, i64::MAX] {
                let row = (key, started_at.unix_millis(), window_ms, previous, current);
                raw.execute("INSERT OR REPLACE INTO iam_quotas VALUES ('', ?1, ?2, ?3, ?4, ?5)", row)
                    .unwrap();
            }
            let removed = store.remove_expired(now).await.unwrap();
            assert_eq!(removed, if counter.is_over(now) { 2 } else { 0 }, "{counter:?} at {now:?}");
            raw.execute("DELETE FROM iam_quotas", []).unwrap();
        }
    }
}

#[tokio::test]
async fn damaged_rows_are_errors_and_never_somebody() {
    let temp = TempStore::new().await;
    insert(&temp.stores(), alice()).await;
    for damage in ["permissions = 'x'", "username = 'a@b'", "attributes = ''"] {
        raw(&temp.dir).execute(&format!("UPDATE iam_users SET {damage}"), []).unwrap();
        assert!(temp.stores().users.get(&UserId::new("u1")).await.is_err(), "{damage}");
    }
}

#[tokio::test]
async fn without_tables_every_answer_is_an_error() {
    let dir = TempDir::new().unwrap();
    let stores = SqlStore::connect(&url(&dir)).await.unwrap().stores();
    assert!(stores.users.get(&UserId::new("u1")).await.is_err());
    assert!(stores.users.raise_epoch(&UserId::new("u1")).await.is_err());
}
