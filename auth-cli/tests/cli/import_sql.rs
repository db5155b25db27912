//! `auth import django` and `auth import flask-security`, from SQLite and, where there are such, from PostgreSQL and MySQL.

use std::process;
use std::thread;

use auth_core::clock::Timestamp;
use auth_core::testing::service;
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, raw_sql};

use crate::home::{Done, Home, PASSWORD, hash, run};

/// A database to import from. Statements are those that all of them understand.
pub(crate) struct Source {
    pub(crate) url: String,
    /// Where it has to be dropped, and the statement that does so.
    on_server: Option<(Server, String)>,
}

/// A server, by the address without a database.
enum Server {
    MySql(String),
    Postgres(String),
}

impl Server {
    async fn run(&self, sql: String) {
        match self {
            Self::MySql(address) => execute_in_mysql(address, sql).await,
            Self::Postgres(address) => {
                let mut connection = PgConnection::connect(&format!("{address}/postgres")).await.unwrap();
                execute(&mut connection, sql).await;
            }
        }
    }
}

impl Source {
    pub(crate) async fn sqlite(home: &Home, sql: &str) -> Self {
        let url = format!("sqlite:{}", home.path("source.db").display());
        let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
        raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Self { url, on_server: None }
    }

    pub(crate) async fn postgres(name: &str, sql: &str) -> Option<Self> {
        let address = service("TEST_POSTGRES_URL")?;
        let name = format!("auth_cli_{name}_{}", process::id());
        let (url, server) = (format!("{address}/{name}"), Server::Postgres(address));
        server.run(format!("DROP DATABASE IF EXISTS {name}")).await;
        server.run(format!("CREATE DATABASE {name}")).await;
        let source = Self { url, on_server: Some((server, format!("DROP DATABASE {name} WITH (FORCE)"))) };
        execute(&mut PgConnection::connect(&source.url).await.unwrap(), sql.to_owned()).await;
        Some(source)
    }

    /// Where moments have no fraction unless they are told to.
    pub(crate) async fn mysql(name: &str, sql: &str) -> Option<Self> {
        let address = service("TEST_MYSQL_URL")?;
        let name = format!("auth_cli_{name}_{}", process::id());
        let (url, server) = (format!("{address}/{name}"), Server::MySql(address));
        server.run(format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}")).await;
        let source = Self { url, on_server: Some((server, format!("DROP DATABASE {name}"))) };
        let sql = sql.replace(" timestamp", " datetime(6)");
        execute_in_mysql(&source.url, format!("SET SESSION sql_mode = 'ANSI_QUOTES'; {sql}")).await;
        Some(source)
    }

    pub(crate) fn import(&self, home: &Home, args: &[&str]) -> Done {
        let mut command = home.command();
        run(command.args(["import"]).args(args).env("AUTH_IMPORT_FROM", &self.url), "")
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let Some((server, drop)) = self.on_server.take() else { return };
        // The runtime of the test cannot be waited for from within it.
        let gone = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(server.run(drop));
        });
        let _ = gone.join();
    }
}

async fn execute_in_mysql(url: &str, sql: String) {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
}

async fn execute(connection: &mut PgConnection, sql: String) {
    raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

pub(crate) fn django() -> String {
    format!(
        "CREATE TABLE django_content_type (id integer PRIMARY KEY, app_label varchar(100), model varchar(100));
         CREATE TABLE auth_permission (id integer PRIMARY KEY, content_type_id integer, codename varchar(100));
         CREATE TABLE auth_group (id integer PRIMARY KEY, name varchar(150));
         CREATE TABLE auth_group_permissions (id integer PRIMARY KEY, group_id integer, permission_id integer);
         CREATE TABLE auth_user (id integer PRIMARY KEY, password varchar(128), last_login timestamp, is_superuser bool,
             username varchar(150), first_name varchar(150), last_name varchar(150), email varchar(254), is_staff bool,
             is_active bool, date_joined timestamp);
         CREATE TABLE auth_user_groups (id integer PRIMARY KEY, user_id integer, group_id integer);
         CREATE TABLE auth_user_user_permissions (id integer PRIMARY KEY, user_id integer, permission_id integer);
         CREATE TABLE account_emailaddress (id integer PRIMARY KEY, user_id integer, email varchar(254), verified bool);
         INSERT INTO django_content_type VALUES (1, 'reports', 'report');
         INSERT INTO auth_permission VALUES (1, 1, 'view_report'), (2, 1, 'change_report');
         INSERT INTO auth_group VALUES (1, 'writers'), (2, 'nobody');
         INSERT INTO auth_group_permissions VALUES (1, 1, 1);
         INSERT INTO auth_user VALUES
             (1, '{pbkdf2}', '2023-11-14 22:13:21.5', TRUE, 'root', '', '', 'Root@example.com', TRUE, TRUE,
              '2023-11-14 22:13:20'),
             (2, '{argon2}', NULL, FALSE, 'alice@example.com', 'Alice', 'Liddell', 'alice@example.com', FALSE, TRUE,
              '2023-11-14 22:13:20.123456'),
             (3, '!unusable', NULL, FALSE, 'bob', '', '', '', FALSE, FALSE, '2023-11-14 22:13:20'),
             (4, '', NULL, FALSE, 'ROOT', '', '', '', FALSE, TRUE, '2023-11-14 22:13:20');
         INSERT INTO auth_user_groups VALUES (1, 2, 1);
         INSERT INTO auth_user_user_permissions VALUES (1, 2, 2);
         INSERT INTO account_emailaddress VALUES (1, 1, 'root@example.com', TRUE), (2, 2, 'alice@example.com', FALSE);",
        pbkdf2 = hash("django pbkdf2_sha256"),
        argon2 = hash("django argon2"),
    )
}

async fn a_django_project_arrives(source: Source, home: Home) {
    let report = source.import(&home, &["django"]).skipped();
    assert!(report.contains("4 rows read: 3 users added, 0 here already, 1 skipped."), "{report}");
    assert!(report.contains("2 groups added.") && report.contains("id 4"), "{report}");
    let root = home.user("root").await.unwrap();
    assert_eq!((root.id.as_str(), root.email_verified), ("1", true));
    assert!(root.is_superuser && root.is_staff);
    assert_eq!(root.last_login, Some(Timestamp::from_unix_millis(1_700_000_001_500)));
    let alice = home.user("alice@example.com").await.unwrap();
    assert_eq!(alice.permissions, ["reports.change_report", "reports.view_report"]);
    assert_eq!((alice.groups.as_slice(), alice.email_verified), (&["writers".to_owned()][..], false));
    assert_eq!((alice.first_name.as_str(), alice.last_name.as_str()), ("Alice", "Liddell"));
    assert!(!home.user("bob").await.unwrap().is_active);
    for name in ["root", "alice@example.com"] {
        assert!(home.logs_in(name, PASSWORD).await && !home.logs_in(name, "wrong").await);
    }
    let again = source.import(&home, &["django"]).skipped();
    assert!(again.contains("4 rows read: 0 users added, 3 here already, 1 skipped."), "{again}");
    assert!(again.contains("permit here: nobody, writers."), "{again}");
}

#[tokio::test]
async fn a_django_project_arrives_from_sqlite() {
    let home = Home::new();
    a_django_project_arrives(Source::sqlite(&home, &django()).await, home).await;
}

#[tokio::test]
async fn a_django_project_arrives_from_postgres() {
    let Some(source) = Source::postgres("django", &django()).await else { return };
    a_django_project_arrives(source, Home::new()).await;
}

#[tokio::test]
async fn a_django_project_arrives_from_mysql() {
    let Some(source) = Source::mysql("django", &django()).await else { return };
    a_django_project_arrives(source, Home::new()).await;
}

#[tokio::test]
async fn the_database_to_import_from_is_only_read() {
    let home = Home::new();
    let source = Source::sqlite(&home, &django()).await;
    let before = std::fs::read(home.path("source.db")).unwrap();
    source.import(&home, &["django"]).skipped();
    assert_eq!(std::fs::read(home.path("source.db")).unwrap(), before);
}

#[tokio::test]
async fn what_a_django_database_lacks_is_named() {
    let home = Home::new();
    let sql = "CREATE TABLE auth_user (id integer PRIMARY KEY, username text)";
    let source = Source::sqlite(&home, sql).await;
    let refused = source.import(&home, &["django"]).refused(1);
    assert!(
        refused.contains("`auth_user.password`") && refused.contains("the table `auth_group`"),
        "{refused}"
    );
    assert!(
        source.import(&home, &["django", "--user-model", "nonsense"]).refused(1).contains("AUTH_USER_MODEL")
    );
    let nowhere = home.auth(&["import", "django", "--from", "sqlite:/nowhere.db"]).refused(1);
    assert!(nowhere.contains("no file /nowhere.db"), "{nowhere}");
    assert!(home.auth(&["import", "django"]).refused(2).contains("AUTH_IMPORT_FROM"));
}

/// What a model without anything but these has not.
const BARE: &str = "groups,last_login,date_joined,is_active,is_staff,is_superuser,first_name,last_name";

#[tokio::test]
async fn a_user_model_of_its_own_keeps_its_uuids() {
    let home = Home::new();
    let sql =
        "CREATE TABLE people_person (id char(32) PRIMARY KEY, email varchar(254), password varchar(128));
        INSERT INTO people_person VALUES ('0123456789abcdef0123456789abcdef', 'alice@example.com', '!');
        INSERT INTO people_person VALUES (X'FF', 'bob@example.com', '!')";
    let source = Source::sqlite(&home, sql).await;
    let args = ["django", "--user-model", "people.Person", "--username-column", "email", "--without", BARE];
    let report = source.import(&home, &args).skipped();
    assert!(report.contains("2 rows read: 1 users added, 0 here already, 1 skipped."), "{report}");
    let alice = home.user("alice@example.com").await.unwrap();
    assert_eq!(alice.id.as_str(), "01234567-89ab-cdef-0123-456789abcdef");
}

/// The tables of a model that names everything itself, as Django makes them for it.
pub(crate) fn django_with_a_model_of_its_own() -> String {
    format!(
        "CREATE TABLE django_content_type (id integer PRIMARY KEY, app_label varchar(100), model varchar(100));
         CREATE TABLE auth_permission (id integer PRIMARY KEY, content_type_id integer, codename varchar(100));
         CREATE TABLE auth_group (id integer PRIMARY KEY, name varchar(150));
         CREATE TABLE auth_group_permissions (id integer PRIMARY KEY, group_id integer, permission_id integer);
         CREATE TABLE \"Crew\" (\"badge no\" varchar(40) PRIMARY KEY, pw varchar(128), seen timestamp NULL, super bool,
             mail varchar(254), given varchar(150), family varchar(150), active bool NULL, \"group\" varchar(10), since timestamp);
         CREATE TABLE \"Crew_groups\" (id integer PRIMARY KEY, member_id varchar(40), group_id integer);
         CREATE TABLE \"Crew_user_permissions\" (id integer PRIMARY KEY, member_id varchar(40), permission_id integer);
         INSERT INTO django_content_type VALUES (1, 'reports', 'report');
         INSERT INTO auth_permission VALUES (1, 1, 'view_report'), (2, 1, 'change_report');
         INSERT INTO auth_group VALUES (1, 'writers');
         INSERT INTO auth_group_permissions VALUES (1, 1, 1);
         INSERT INTO \"Crew\" VALUES
             ('EMP-0001', '{hash}', '2023-11-14 22:13:21.654321', TRUE, 'root@example.com', '', '', TRUE, 'a', '2023-11-14 22:13:20'),
             ('0123456789abcdef0123456789abcdef', '{hash}', NULL, FALSE, 'alice@example.com', 'Alice', 'Liddell', TRUE, 'b',
              '2023-11-14 22:13:20'),
             ('gone', '{hash}', NULL, FALSE, 'gone@example.com', '', '', FALSE, 'c', '2023-11-14 22:13:20'),
             ('never let in', '{hash}', NULL, FALSE, 'never@example.com', '', '', NULL, 'd', '2023-11-14 22:13:20'),
             ('nullified', '{hash}', NULL, FALSE, 'null@example.com', '', '', NULL, 'd', '2023-11-14 22:13:20');
         INSERT INTO \"Crew_groups\" VALUES (1, '0123456789abcdef0123456789abcdef', 1);
         INSERT INTO \"Crew_user_permissions\" VALUES (1, '0123456789abcdef0123456789abcdef', 2);",
        hash = hash("django pbkdf2_sha256"),
    )
}

pub(crate) const OF_ITS_OWN: &str = "--user-model staff.Member --db-table Crew --username-column mail --column email=mail --column password=pw \
    --column is_active=active --column is_superuser=super --column last_login=seen --column date_joined=since \
    --column first_name=given --column last_name=family --without is_staff";

fn of_its_own() -> Vec<&'static str> {
    ["django"].into_iter().chain(OF_ITS_OWN.split_whitespace()).chain(["--column", "id=badge no"]).collect()
}

async fn a_user_model_of_its_own_arrives(source: Source, home: Home) {
    let line = of_its_own();
    let report = source.import(&home, &line).skipped();
    assert!(report.contains("5 rows read: 4 users added, 0 here already, 1 skipped."), "{report}");
    assert!(report.contains("id never let in"), "an id with spaces is none here: {report}");
    let root = home.user("root@example.com").await.unwrap();
    assert_eq!((root.id.as_str(), root.is_superuser, root.is_staff), ("EMP-0001", true, false));
    assert_eq!(root.last_login, Some(Timestamp::from_unix_millis(1_700_000_001_654)));
    let alice = home.user("alice@example.com").await.unwrap();
    assert_eq!(alice.id.as_str(), "0123456789abcdef0123456789abcdef", "a text stays as it is");
    assert_eq!(alice.permissions, ["reports.change_report", "reports.view_report"]);
    assert_eq!((alice.groups.as_slice(), alice.is_superuser), (&["writers".to_owned()][..], false));
    assert_eq!((alice.first_name.as_str(), alice.last_name.as_str()), ("Alice", "Liddell"));
    assert_eq!(alice.date_joined, Timestamp::from_unix_seconds(1_700_000_000));
    for inactive in ["gone@example.com", "null@example.com"] {
        assert!(!home.user(inactive).await.unwrap().is_active, "{inactive}");
        assert!(!home.logs_in(inactive, PASSWORD).await, "{inactive}");
    }
    assert!(
        home.logs_in("alice@example.com", PASSWORD).await && home.logs_in("root@example.com", PASSWORD).await
    );
    let again = source.import(&home, &line).skipped();
    assert!(again.contains("5 rows read: 0 users added, 4 here already, 1 skipped."), "{again}");
}

/// Whoever is not active must not come in because their column is called otherwise.
async fn names_that_are_not_there_are_refused_with_those_that_are(source: Source, home: Home) {
    let line = of_its_own();
    let with = |change: &dyn Fn(&str) -> Option<String>| {
        let line: Vec<_> =
            line.iter().map(|word| change(word).unwrap_or_else(|| (*word).to_owned())).collect();
        source.import(&home, &line.iter().map(String::as_str).collect::<Vec<_>>()).refused(1)
    };
    let told = with(&|word| (word == "is_active=active").then(|| "is_active=is_active".to_owned()));
    assert!(told.contains("`Crew.is_active`") && told.contains("by --without what of is_active"), "{told}");
    assert!(told.contains("without is_active everybody may log in"), "{told}");
    assert!(
        told.contains("(`Crew` has badge no, pw, seen, super, mail, given, family, active, group, since)"),
        "{told}"
    );
    let told = with(&|word| (word == "Crew").then(|| "crew\"; DROP TABLE auth_group; --".to_owned()));
    assert!(told.contains("the table `crew\"; DROP TABLE auth_group; --`"), "{told}");
    let told = with(&|word| (word == "id=badge no").then(|| "id=\"badge no\"".to_owned()));
    assert!(told.contains("`Crew.\"badge no\"`"), "{told}");
    let bare = source.import(&home, &["django", "--user-model", "staff.Member"]).refused(1);
    assert!(bare.contains("the table `staff_member`") && bare.contains("--db-table"), "{bare}");
    assert!(home.accounts().await.is_empty());
}

/// A test of each case on each database.
macro_rules! on_each {
    ($($case:ident $of:ident,)+) => {
        mod from_sqlite {
            $(#[tokio::test]
            async fn $case() {
                let home = super::Home::new();
                super::$case(super::Source::sqlite(&home, &super::$of()).await, home).await;
            })+
        }
        mod from_mysql {
            $(#[tokio::test]
            async fn $case() {
                let name = concat!("own_", stringify!($case)).get(..20).unwrap();
                let Some(source) = super::Source::mysql(name, &super::$of()).await else { return };
                super::$case(source, super::Home::new()).await;
            })+
        }
        mod from_postgres {
            $(#[tokio::test]
            async fn $case() {
                let name = concat!("own_", stringify!($case)).get(..20).unwrap();
                let Some(source) = super::Source::postgres(name, &super::$of()).await else { return };
                super::$case(source, super::Home::new()).await;
            })+
        }
    };
}

on_each! {
    a_user_model_of_its_own_arrives django_with_a_model_of_its_own,
    names_that_are_not_there_are_refused_with_those_that_are django_with_a_model_of_its_own,
}

/// Such as no Python has, and a MySQL may.
#[tokio::test]
async fn a_row_with_a_date_that_is_none_is_skipped_and_says_so() {
    let sql = "SET SESSION sql_mode = 'ANSI_QUOTES';
         CREATE TABLE people (id integer PRIMARY KEY, email varchar(254), password varchar(128), date_joined datetime);
         INSERT INTO people VALUES (1, 'one@example.com', '!', '0000-00-00 00:00:00'),
             (2, 'two@example.com', '!', '2023-11-14 22:13:20'), (3, 'three@example.com', '!', '2023-00-14 00:00:00');";
    let Some(source) = Source::mysql("zero_dates", sql).await else { return };
    let home = Home::new();
    let without = BARE.replace("date_joined,", "");
    let args = ["django", "--db-table", "people", "--username-column", "email", "--without", &without];
    let report = source.import(&home, &args).skipped();
    assert!(report.contains("3 rows read: 1 users added, 0 here already, 2 skipped."), "{report}");
    assert!(report.contains("date_joined is 0000-00-00, which is no date\n  id 1"), "{report}");
    assert!(report.contains("date_joined is no time\n  id 3"), "{report}");
    assert_eq!(home.accounts().await.len(), 1);
}

fn flask_security() -> String {
    let plain = |format: &str| hash(format).replace("flask-security$", "");
    format!(
        "CREATE TABLE role (id integer PRIMARY KEY, name varchar(80), description varchar(255), permissions text);
         CREATE TABLE \"user\" (id integer PRIMARY KEY, email varchar(255), username varchar(255), password varchar(255),
             active boolean, fs_uniquifier varchar(64), confirmed_at timestamp, create_datetime timestamp,
             current_login_at timestamp, last_login_at timestamp, tf_primary_method varchar(64));
         CREATE TABLE roles_users (user_id integer, role_id integer);
         INSERT INTO role VALUES (1, 'editor', NULL, 'reports.view_report,reports.change_report'), (2, 'idle', NULL, NULL);
         INSERT INTO \"user\" VALUES
             (1, 'alice@example.com', NULL, '{bcrypt}', TRUE, 'u1', '2023-11-14 22:13:20', '2023-11-14 22:13:20',
              '2023-11-14 22:13:21', '2020-01-01 00:00:00', 'authenticator'),
             (2, 'bob@example.com', 'bob', '{argon2}', TRUE, 'u2', NULL, '2023-11-14 22:13:20', NULL, NULL, NULL),
             (3, 'carol@example.com', 'carol', NULL, FALSE, 'u3', NULL, '2023-11-14 22:13:20', NULL, NULL, NULL);
         INSERT INTO roles_users VALUES (1, 1), (1, 2);",
        bcrypt = plain("flask-security bcrypt"),
        argon2 = plain("flask-security argon2id"),
    )
}

async fn a_flask_security_application_arrives(source: Source, home: Home) {
    let report = source.import(&home, &["flask-security"]).ok();
    assert!(report.contains("3 rows read: 3 users added, 0 here already, 0 skipped."), "{report}");
    assert!(
        report.contains("flask-security bcrypt") && report.contains("second factor left out"),
        "{report}"
    );
    let alice = home.user("alice@example.com").await.unwrap();
    assert_eq!((alice.username(), alice.email_verified), ("alice_at_example.com", true));
    assert_eq!(alice.groups, ["editor", "idle"]);
    assert_eq!(alice.permissions, ["reports.change_report", "reports.view_report"]);
    assert_eq!(alice.last_login, Some(Timestamp::from_unix_seconds(1_700_000_001)));
    let carol = home.user("carol").await.unwrap();
    assert!(!carol.is_active && !carol.email_verified);
    for name in ["alice@example.com", "bob"] {
        assert!(home.logs_in(name, PASSWORD).await && !home.logs_in(name, "wrong").await, "{name}");
    }
}

#[tokio::test]
async fn a_flask_security_application_arrives_from_sqlite() {
    let home = Home::new();
    a_flask_security_application_arrives(Source::sqlite(&home, &flask_security()).await, home).await;
}

#[tokio::test]
async fn a_flask_security_application_arrives_from_postgres() {
    let Some(source) = Source::postgres("flask", &flask_security()).await else { return };
    a_flask_security_application_arrives(source, Home::new()).await;
}

#[tokio::test]
async fn a_flask_security_application_arrives_from_mysql() {
    let Some(source) = Source::mysql("flask", &flask_security()).await else { return };
    a_flask_security_application_arrives(source, Home::new()).await;
}

#[tokio::test]
async fn hashes_that_are_single_are_carried_over_as_they_are() {
    let home = Home::new();
    let single = hash("bcrypt");
    let sql = format!(
        "CREATE TABLE role (id integer PRIMARY KEY, name text); CREATE TABLE roles_users (user_id integer, role_id integer);
         CREATE TABLE \"user\" (id integer PRIMARY KEY, email text, password text);
         INSERT INTO \"user\" VALUES (1, 'alice@example.com', '{single}');"
    );
    let source = Source::sqlite(&home, &sql).await;
    source.import(&home, &["flask-security", "--single-hash"]).ok();
    assert!(home.logs_in("alice@example.com", PASSWORD).await);
}

#[tokio::test]
async fn a_group_that_is_here_keeps_what_it_permits() {
    let home = Home::new();
    home.app().await.users().put_group("writers", &["x.a"]).await.unwrap();
    let source = Source::sqlite(&home, &django()).await;
    let dry = source.import(&home, &["django", "--dry-run"]).skipped();
    assert!(dry.contains("2 groups, of which those are added that are not here yet."), "{dry}");
    source.import(&home, &["django"]).skipped();
    let alice = home.user("alice@example.com").await.unwrap();
    assert_eq!(alice.permissions, ["reports.change_report", "x.a"]);
}
