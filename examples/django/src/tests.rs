//! Over the database that a project of Django 5.2 left behind (`tests/fixtures/coming-from`).

use std::sync::Arc;

use auth_core::Auth;
use auth_core::clock::Timestamp;
use auth_core::testing::ManualClock;
use auth_store::SqlStore;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::{Settings, app, auth};

const DUMP: &str = include_str!("../../../tests/fixtures/coming-from/django-5.2.sql");
const SAID: &str = include_str!("../../../tests/fixtures/coming-from/django-5.2.json");

const SECRET: &str = "Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=";

fn read(variables: &[(&str, &str)]) -> Result<Settings, auth_core::Error> {
    Settings::read(|name| {
        variables.iter().find(|(held, _)| *held == name).map(|(_, value)| (*value).to_owned())
    })
}

/// The example over the project, with these further variables.
async fn started(folder: &TempDir, said: &Value, further: &[(&str, &str)]) -> Router {
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("db.sqlite3").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(DUMP.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let key = said["secret_key"].as_str().unwrap();
    let until = ("DJANGO_SESSIONS_UNTIL", "2027-01-29T08:00:00Z");
    let own = [("DJANGO_DATABASE", url.as_str()), ("DJANGO_SECRET_KEY", key), until];
    let mut settings = read(&[&own[..], further].concat()).unwrap();
    settings.own = format!("sqlite:{}?mode=rwc", folder.path().join("auth.db").display());
    let clock = ManualClock::new(Timestamp::from_unix_millis(said["made_at"].as_i64().unwrap()));
    let builder = Auth::builder().base_url("http://localhost:3000").secret_text(SECRET);
    app(&auth(builder.clock(Arc::new(clock)), settings).await.unwrap())
}

/// What `/private` answers to the cookie of this kind.
async fn status(app: &Router, said: &Value, what: &str) -> StatusCode {
    let sessions = said["sessions"].as_array().unwrap();
    let session = sessions.iter().find(|session| session["what"] == what).unwrap();
    let cookie = format!("sessionid={}", session["cookie"].as_str().unwrap());
    let request = Request::get("/private").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn a_session_under_a_fallback_key_counts_where_that_key_is_given() {
    let said: Value = serde_json::from_str(SAID).unwrap();
    let fallbacks = format!("one more key,{}", said["fallback_key"].as_str().unwrap());
    for (further, expected) in [
        (vec![], StatusCode::UNAUTHORIZED),
        (vec![("DJANGO_SECRET_KEY_FALLBACKS", fallbacks.as_str())], StatusCode::OK),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let app = started(&folder, &said, &further).await;
        assert_eq!(status(&app, &said, "living").await, StatusCode::OK);
        assert_eq!(status(&app, &said, "of a fallback key").await, expected);
        assert_eq!(status(&app, &said, "of a forgotten key").await, StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn every_variable_is_heard_and_what_makes_no_sense_is_named() {
    let needed = [("DJANGO_DATABASE", "sqlite:db.sqlite3"), ("DJANGO_SECRET_KEY", "key")];
    let with = |name, value| read(&[&needed[..], &[(name, value)]].concat());
    let settings = read(&needed).unwrap();
    assert_eq!((settings.port, settings.secret_keys.len()), (3000, 1));
    assert!(settings.sessions_until.is_none());
    assert_eq!(with("PORT", "8080").unwrap().port, 8080);
    let keys = with("DJANGO_SECRET_KEY_FALLBACKS", "one key,another").unwrap();
    assert_eq!(keys.secret_keys, ["key", "one key", "another"]);
    assert!(!format!("{keys:?}").contains("another"));
    for (name, value) in [("PORT", "http"), ("PORT", "65536"), ("DJANGO_SESSIONS_UNTIL", "tomorrow")] {
        assert!(with(name, value).unwrap_err().to_string().contains(name));
    }
    assert!(read(&needed[..1]).unwrap_err().to_string().contains("DJANGO_SECRET_KEY"));
}

#[tokio::test]
async fn a_database_without_djangos_tables_is_refused_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let own = format!("sqlite:{}?mode=rwc", folder.path().join("own.db").display());
    SqlStore::connect(&own).await.unwrap();
    let settings = read(&[("DJANGO_DATABASE", &own), ("DJANGO_SECRET_KEY", "key")]).unwrap();
    let refused = auth(Auth::builder(), Settings { own, ..settings }).await.unwrap_err();
    assert!(refused.to_string().contains("`auth_user`"), "{refused}");
}
