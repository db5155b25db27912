//! A project with a user model of its own: known by UUIDs, called by e-mail addresses, with names of its own for table and columns. All else
//! of ours is in the same database, or beside it in Redis.

use std::sync::Arc;

use auth_core::clock::{Clock as _, SystemClock};
use auth_core::store::Backend as _;
use auth_core::testing::service;
use auth_core::user::{Email, UserAdmin as _};
use conformance::{
    DjangoDatabase, DjangoKind, DjangoProject, DjangoUsers, DjangoVersion, Framework, RedisPart, TestApp,
};
use serde_json::{Value, json};

use crate::both::{
    DAY, PASSWORD, is_same_moment, last_login, log_in, side_by_side, who, with_django_session,
};

/// Her address as she wrote it.
const DORA: &str = "Dora@example.com";

fn kind(database: DjangoDatabase) -> DjangoKind {
    DjangoKind { version: DjangoVersion::V5_2, database, users: DjangoUsers::OfTheProject }
}

/// A project with a person in it.
fn project(database: DjangoDatabase) -> Option<(DjangoProject, Value)> {
    let django = DjangoProject::start(kind(database))?;
    django.ask("put_group", json!({"name": "readers", "permissions": ["reports.view_report"]}));
    let dora = json!({"username": DORA, "password": PASSWORD, "permissions": ["reports.add_report"], "groups": ["readers"]});
    let dora = django.ask("create_user", dora);
    Some((django, dora["id"].clone()))
}

/// An example app over its users.
fn start(django: &DjangoProject, redis: Option<&RedisPart>) -> TestApp {
    let options = side_by_side().secret_key(django.secret_key).secret_key(django.fallback_key);
    Framework::Axum.start_over_users_with(async |builder| {
        let users = django.users(options).await;
        let store = users.beside(users.own_tables());
        let builder = builder.without_mail();
        let builder = match redis {
            Some(redis) => builder.store(redis.connect().await.beside(store)),
            None => builder.store(store),
        };
        let until = SystemClock.now() + DAY;
        builder.clock(Arc::new(SystemClock)).outside_sessions(users.sessions().unwrap(), until)
    })
}

fn people_log_in_on_both_sides_by_their_address(database: DjangoDatabase, redis: Option<&RedisPart>) {
    let Some((django, dora)) = project(database) else { return };
    django.ask(
        "create_user",
        json!({"username": "gone@example.com", "password": PASSWORD, "is_active": false}),
    );
    let app = start(&django, redis);
    let describe = |name: &str| django.ask("describe", json!({"username": name}));

    assert!(log_in(&app, DORA, "not that one").is_none());
    let (user, session) = log_in(&app, "dora@EXAMPLE.com", PASSWORD).unwrap();
    assert_eq!((&user["id"], &user["email"], &user["username"]), (&dora, &json!(DORA), &json!(DORA)));
    let there = describe(DORA);
    assert_eq!((&user["groups"], &user["permissions"]), (&there["groups"], &there["permissions"]));
    assert_eq!(user["permissions"], json!(["reports.add_report", "reports.view_report"]));
    app.get("/reports").session(&session).send().expect(200);
    app.get("/staff").session(&session).send().expect(403);
    assert_eq!(there["last_login"], last_login(&app, DORA));
    django.ask("log_in", json!({"username": DORA, "password": PASSWORD}));
    is_same_moment(database, &last_login(&app, DORA), &describe(DORA)["last_login"]);
    assert!(log_in(&app, "gone@example.com", PASSWORD).is_none());

    let mut eve = app.auth.users().new_user("eve").unwrap();
    (eve.email, eve.is_staff) = (Some(Email::new("eve@example.com").unwrap()), true);
    (eve.groups, eve.permissions) = (vec!["readers".to_owned()], vec!["reports.change_report".to_owned()]);
    let eve = app.block_on(app.auth.users().create(eve, PASSWORD)).unwrap();
    assert_eq!(eve.username(), "eve@example.com", "the model has no other name");
    let check = json!({"username": "eve@example.com", "password": PASSWORD});
    assert_eq!(django.ask("check", check), json!("eve@example.com"));
    let there = describe("eve@example.com");
    assert_eq!((&there["groups"], &there["is_staff"]), (&json!(["readers"]), &json!(true)));
    assert_eq!(there["permissions"], json!(["reports.change_report", "reports.view_report"]));
    assert_eq!(there["date_joined"], json!(eve.date_joined.unix_millis()));
    assert!(log_in(&app, "eve@example.com", PASSWORD).is_some());
}

fn what_changes_on_one_side_holds_on_the_other(database: DjangoDatabase, redis: Option<&RedisPart>) {
    let Some((django, _)) = project(database) else { return };
    let app = start(&django, redis);
    let log_in_there = |password| django.ask("log_in", json!({"username": DORA, "password": password}));
    // A guard that asks for a recent login goes by the database itself, whatever Redis has a copy of.
    let is_in = |session: &str| app.get("/fresh").session(session).send().status == 200;

    let there = log_in_there(PASSWORD);
    let exchanged = with_django_session(&app, "/private", &there).send().expect(200);
    assert!(app.is_logged_in(&exchanged.session().unwrap()));
    let (_, here) = log_in(&app, DORA, PASSWORD).unwrap();
    assert!(is_in(&here) && who(&django, &there) == json!(DORA));
    let again = "another fine passphrase";
    let change = app.post("/auth/password/change").session(&here);
    let change = change.form(&[("current_password", PASSWORD), ("new_password", again)]);
    let here = change.send().expect(204).session().unwrap();
    assert!(is_in(&here) && who(&django, &there).is_null());
    assert_eq!(django.ask("check", json!({"username": DORA, "password": again})), json!(DORA));
    assert!(is_in(&here), "Django's login changed nothing");

    django.ask("set_password", json!({"username": DORA, "password": PASSWORD}));
    assert!(!is_in(&here) && log_in(&app, DORA, again).is_none());
    let (_, here) = log_in(&app, DORA, PASSWORD).unwrap();
    django.ask("set_active", json!({"username": DORA, "is_active": false}));
    assert!(!is_in(&here) && log_in(&app, DORA, PASSWORD).is_none());
}

fn everybody_is_listed_once(database: DjangoDatabase, _: Option<&RedisPart>) {
    let Some((django, dora)) = project(database) else { return };
    let mut expected = vec![dora];
    for number in 0..6 {
        let new = json!({"username": format!("{number}@example.com")});
        expected.push(django.ask("create_user", new)["id"].clone());
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut seen = runtime.block_on(async {
        let users = django.users(side_by_side()).await;
        users.beside(users.own_tables()).migrate().await.unwrap();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = users.list(after.as_ref(), 2).await.unwrap();
            let Some(last) = page.last() else { return seen };
            after = Some(last.user.id.clone());
            seen.extend(page.iter().map(|account| json!(account.user.id.as_str())));
        }
    });
    seen.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    assert_eq!(seen, expected);
}

/// A test of each case on each database, with Redis beside those on servers.
macro_rules! on_each {
    ($($case:ident)+) => {
        mod on_sqlite {
            $(#[test]
            fn $case() {
                super::$case(conformance::DjangoDatabase::Sqlite, None);
            })+
        }
        mod on_mysql {
            $(#[test]
            fn $case() {
                super::beside_redis(conformance::DjangoDatabase::MySql, super::$case);
            })+
        }
        mod on_postgres {
            $(#[test]
            fn $case() {
                super::beside_redis(conformance::DjangoDatabase::Postgres, super::$case);
            })+
        }
    };
}

fn beside_redis(database: DjangoDatabase, case: impl Fn(DjangoDatabase, Option<&RedisPart>)) {
    if service("TEST_REDIS_URL").is_some() {
        case(database, Some(&RedisPart::new()));
    }
}

on_each! {
    people_log_in_on_both_sides_by_their_address
    what_changes_on_one_side_holds_on_the_other
    everybody_is_listed_once
}
