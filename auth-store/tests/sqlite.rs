//! What is SQLite's alone. The conformance suite of the core, and what is alike in every database, is in `sql/`.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::error::ErrorKind;
use auth_core::password::PasswordHash;
use auth_core::session::SessionKey;
use auth_core::short_lived::Quota;
use auth_core::store::{Backend as _, Stores};
use auth_core::user::{NewUser, UserId, Username};
use auth_store::{SqlStore, SqlStoreOptions};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// A store in a directory of its own that goes away with it.
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

    fn stores(&self) -> Stores {
        self.store.stores()
    }
}

fn url(dir: &TempDir) -> String {
    format!("sqlite:{}?mode=rwc", dir.path().join("app.db").display())
}

/// The file as another program sees it.
fn raw(dir: &TempDir) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.path().join("app.db")).unwrap()
}

fn alice() -> NewUser {
    let mut new = NewUser::new(UserId::new("u1"), Username::new("alice").unwrap(), NOW);
    new.password = Some(PasswordHash::from_encoded("$argon2id$old"));
    new
}

async fn insert(stores: &Stores, new: NewUser) {
    stores.user_admin.as_ref().unwrap().insert(new).await.unwrap();
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
async fn urls_and_prefixes_that_cannot_work_are_refused_with_a_hint() {
    for url in
        ["sqlite::memory:", "sqlite://:memory:", "sqlite:x?mode=memory", "sqlite:", "app.db", "oracle:x"]
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
