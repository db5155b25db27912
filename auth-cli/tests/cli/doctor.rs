//! `auth doctor`, and `auth migrate --print`.

use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, raw_sql};

use crate::home::{Done, Home, SECRET, run};
use crate::import_sql::Source;

/// What it says of a deployment that has these settings besides.
fn doctor(home: &Home, settings: &[(&str, &str)]) -> Done {
    run(home.command().arg("doctor").env("AUTH_SECRET", SECRET).envs(settings.iter().copied()), "")
}

/// What it says where something is wrong.
#[track_caller]
fn wrong(done: Done) -> String {
    assert_eq!(done.code, 5, "{done:?}");
    assert!(done.err.is_empty(), "{done:?}");
    done.out
}

async fn in_sqlite(home: &Home, sql: &str) {
    let mut connection = SqliteConnection::connect(&home.database_url()).await.unwrap();
    raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_deployment_that_has_all_it_needs_is_well() {
    let home = Home::new();
    home.app().await;
    let good = [("AUTH_BASE_URL", "https://app.example"), ("AUTH_TRUSTED_PROXIES", "10.0.0.0/8")];
    let said = doctor(&home, &good).ok();
    for sentence in [
        "ok     Browsers come to https://app.example.",
        "ok     The database answers.",
        "ok     The tables are up to date.",
        "ok     The database's user may read and change every table.",
        "ok     Every index is there.",
        "ok     Sessions live in the database.",
        "ok     Every signing key opens, and is sealed with version 1 of the secret.",
        "\nNothing has to be changed.",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    assert!(!said.contains("note") && !said.contains("WRONG") && !said.contains(SECRET), "{said}");
}

#[tokio::test]
async fn what_is_not_known_here_is_noted_and_nothing_is_wrong() {
    let home = Home::new();
    let said = home.auth(&["doctor"]).ok();
    for sentence in [
        "note   AUTH_BASE_URL is not set here",
        "note   AUTH_TRUSTED_PROXIES is not set here",
        "note   AUTH_SECRET is not set here",
        "note   There is no signing key yet",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
}

#[tokio::test]
async fn tables_that_are_missing_are_told_with_what_to_run() {
    let home = Home::empty();
    let said = wrong(doctor(&home, &[]));
    assert!(said.contains("WRONG  The tables are missing or out of date: run `auth migrate`."), "{said}");
    assert!(said.ends_with("\nOne thing has to be changed.\n"), "{said}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_without_its_password() {
    let home = Home::empty();
    let url = ("DATABASE_URL", "postgres://app:hunter2@127.0.0.1:1/shop");
    let said = wrong(doctor(&home, &[url]));
    assert!(said.contains("127.0.0.1:1 cannot be reached") && !said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn an_index_that_is_missing_is_told_with_the_statement_that_makes_it() {
    let home = Home::new();
    in_sqlite(&home, "DROP INDEX iam_sessions_by_user").await;
    let said = wrong(doctor(&home, &[]));
    let statement = said.split_once("CREATE INDEX iam_sessions_by_user").unwrap().1;
    let statement = statement.lines().next().unwrap();
    in_sqlite(&home, &format!("CREATE INDEX iam_sessions_by_user{statement}")).await;
    assert!(doctor(&home, &[]).ok().contains("ok     Every index is there."));
}

#[tokio::test]
async fn settings_that_are_wrong_are_told_by_their_variable_and_never_repeated_where_they_are_secret() {
    let home = Home::new();
    home.app().await;
    for (variable, value, sentence) in [
        ("AUTH_BASEURL", "https://app.example", "AUTH_BASE_URL is meant"),
        ("AUTH_BASE_URL", "http://app.example", "AUTH_BASE_URL: the base URL"),
        ("AUTH_BASE_URL", "https://ops:hunter2@app.example", "AUTH_BASE_URL: the base URL"),
        ("AUTH_SECRET", "hunter2", "AUTH_SECRET: the application secret"),
        ("AUTH_SECRET", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=", "AUTH_SECRET: "),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1", "REDIS_URL"),
        ("REDIS_URL", "hunter2", "REDIS_URL"),
    ] {
        let said = wrong(doctor(&home, &[(variable, value)]));
        assert!(said.contains(sentence), "{variable}: {said}");
        assert!(!said.contains("hunter2") && !said.contains("MTIz"), "{variable}: {said}");
    }
    let said = doctor(&home, &[("AUTH_THROTTLE", "off")]).ok();
    assert!(said.contains("note   AUTH_THROTTLE is off"), "{said}");
}

/// Those of a project that has Django's own user model.
fn django_tables() -> String {
    let tables = include_str!("../../../auth-store/tests/django/tables.sql");
    tables
        .replace("accounts_person", "auth_user")
        .replace("person_id", "user_id")
        .replace("char(32)", "integer")
}

#[tokio::test]
async fn the_index_that_django_does_not_make_is_asked_for() {
    let home = Home::new();
    let django = Source::sqlite(&home, &django_tables()).await;
    let look = || run(home.command().args(["doctor", "--django", &django.url]), "");
    let said = wrong(look());
    let statement = said.split_once("CREATE INDEX").unwrap().1.lines().next().unwrap();
    let mut connection = SqliteConnection::connect(&django.url).await.unwrap();
    raw_sql(AssertSqlSafe(format!("CREATE INDEX{statement}"))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert!(look().ok().contains("an index by which addresses are found"));
}

#[tokio::test]
async fn on_postgresql_rights_and_indexes_are_looked_at_too() {
    let Some(database) = Source::postgres("doctor", "SELECT 1").await else { return };
    let home = Home::empty();
    let over = |url: &str| doctor(&home, &[("DATABASE_URL", url)]);
    run(home.command().arg("migrate").env("DATABASE_URL", &database.url), "").ok();
    let said = over(&database.url).ok();
    for sentence in ["every table.", "Every index is there.", "clock and the database's agree."] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let reader = format!("auth_cli_reader_{}", std::process::id());
    let drop = format!("DROP OWNED BY {reader}; DROP ROLE {reader};");
    let sql = format!(
        "CREATE ROLE {reader} LOGIN PASSWORD 'reader'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader};
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'iam_sessions_by_user'::regclass"
    );
    raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    let server = database.url.rsplit_once('@').map_or("127.0.0.1:5432", |(_, server)| server);
    let said = over(&format!("postgres://{reader}:reader@{server}"));
    raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    let said = wrong(said);
    assert!(said.contains("the table `iam_users` cannot be read and changed"), "{said}");
    assert!(said.contains("CREATE INDEX iam_sessions_by_user ON iam_sessions"), "{said}");
    assert!(said.ends_with("\n2 things have to be changed.\n"), "{said}");
}

#[tokio::test]
async fn on_mysql_an_index_that_is_missing_is_told_with_the_statement_that_makes_it() {
    let Some(database) = Source::mysql("doctor", "SELECT 1").await else { return };
    let home = Home::empty();
    let over = |args: &[&str]| run(home.command().args(args).env("DATABASE_URL", &database.url), "");
    over(&["migrate"]).ok();
    assert!(over(&["doctor"]).ok().contains("ok     Every index is there."));
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    raw_sql("DROP INDEX iam_users_by_email ON iam_users").execute(&mut connection).await.unwrap();
    let said = wrong(over(&["doctor"]));
    let statement = "CREATE UNIQUE INDEX iam_users_by_email ON iam_users (tenant, email_canonical);";
    assert!(said.contains(statement), "{said}");
    raw_sql(statement).execute(&mut connection).await.unwrap();
    assert!(over(&["doctor"]).ok().contains("ok     Every index is there."));
}

#[tokio::test]
async fn what_migrate_prints_brings_the_tables_up_to_date() {
    let home = Home::empty();
    let printed = home.auth(&["migrate", "--print"]).ok();
    assert!(wrong(doctor(&home, &[])).contains("run `auth migrate`"), "nothing was run");
    in_sqlite(&home, &printed).await;
    assert!(doctor(&home, &[]).ok().contains("The tables are up to date."));
    assert_eq!(home.auth(&["migrate", "--print"]).ok(), "-- The tables are up to date.\n");
    home.auth(&["migrate"]).ok();

    let Some(database) = Source::postgres("print", "SELECT 1").await else { return };
    let over = |args: &[&str]| run(home.command().args(args).env("DATABASE_URL", &database.url), "");
    let printed = over(&["migrate", "--print"]).ok();
    assert!(printed.contains("BEGIN;"), "{printed}");
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    raw_sql(AssertSqlSafe(printed)).execute(&mut connection).await.unwrap();
    assert!(over(&["doctor"]).ok().contains("The tables are up to date."));
}

/// Where no transaction undoes what was made, a script that breaks off is taken up where it did.
#[tokio::test]
async fn what_migrate_prints_for_mysql_can_be_taken_up_where_it_broke_off() {
    let Some(database) = Source::mysql("print", "SELECT 1").await else { return };
    let home = Home::empty();
    let over = |args: &[&str]| run(home.command().args(args).env("DATABASE_URL", &database.url), "");
    let printed = over(&["migrate", "--print"]).ok();
    assert!(!printed.contains("BEGIN;") && !printed.contains("COMMIT;"), "{printed}");
    let (first_part, _) = printed.split_once("CREATE TABLE iam_sessions").unwrap();
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    raw_sql(AssertSqlSafe(first_part.to_owned())).execute(&mut connection).await.unwrap();
    let said = wrong(over(&["doctor"]));
    assert!(said.contains("WRONG  The tables are missing or out of date: run `auth migrate`."), "{said}");
    let rest = over(&["migrate", "--print"]).ok();
    assert!(!rest.contains("CREATE TABLE iam_users") && rest.contains("CREATE TABLE iam_sessions"), "{rest}");
    raw_sql(AssertSqlSafe(rest)).execute(&mut connection).await.unwrap();
    assert!(over(&["doctor"]).ok().contains("The tables are up to date."));
}
