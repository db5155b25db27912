//! The scenarios, with whichever Django, on whichever database.

use std::sync::Arc;
use std::time::Duration;

use auth_core::clock::{Clock as _, SystemClock, Timestamp};
use auth_core::password::NewHashFormat;
use auth_core::store::MemoryStore;
use auth_core::user::Email;
use auth_store::DjangoOptions;
use conformance::{ALICE, BOB, DjangoDatabase, DjangoKind, DjangoProject, Framework, ROOT, Request, TestApp};
use serde_json::{Value, json};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const PASSWORD: &str = "four words for Django";
/// What `tests/django/project.py` prefers.
const DJANGOS_OWN: NewHashFormat = NewHashFormat::DjangoPbkdf2Sha256 { iterations: 1000 };

/// An example app over a project's users, which honours its sessions.
fn start(on: Framework, django: &DjangoProject, options: DjangoOptions) -> TestApp {
    let options = options.secret_key(django.secret_key).secret_key(django.fallback_key);
    on.start_with_async(async |builder| {
        let users = django.users(options).await;
        builder
            .without_mail()
            .clock(Arc::new(SystemClock))
            .store(users.beside(MemoryStore::new()))
            .outside_sessions(users.sessions().unwrap(), SystemClock.now() + DAY)
    })
}

pub(crate) fn side_by_side() -> DjangoOptions {
    DjangoOptions::side_by_side(DJANGOS_OWN)
}

/// Logs in here, and answers what is said of the user.
pub(crate) fn log_in(app: &TestApp, login: &str, password: &str) -> Option<(Value, String)> {
    let reply = app.try_login(login, password).send();
    assert!(reply.status == 200 || reply.status == 401, "{reply:?}");
    (reply.status == 200).then(|| (reply.json()["user"].clone(), reply.session().unwrap()))
}

pub(crate) fn with_django_session(app: &TestApp, target: &str, cookie: &Value) -> Request {
    app.get(target).cookies(&[("sessionid", cookie.as_str().unwrap())])
}

pub(crate) fn who(django: &DjangoProject, cookie: &Value) -> Value {
    django.ask("who", json!({"session": cookie}))
}

pub(crate) fn last_login(app: &TestApp, name: &str) -> Value {
    let user = app.block_on(app.auth.users().find(name)).unwrap().unwrap();
    json!(user.last_login.map(Timestamp::unix_millis))
}

/// Django writes microseconds, which it is told without. SQLite rounds those of a text.
pub(crate) fn is_same_moment(database: DjangoDatabase, here: &Value, there: &Value) {
    let later = here.as_i64().unwrap() - there.as_i64().unwrap();
    let most = i64::from(database == DjangoDatabase::Sqlite);
    assert!((0..=most).contains(&later), "{here} {there}");
}

pub(crate) fn users_made_in_django_log_in_here(on: Framework, kind: DjangoKind) {
    let Some(django) = DjangoProject::start(kind) else { return };
    let create = |user: Value| django.ask("create_user", user);
    django.ask("put_group", json!({"name": "readers", "permissions": ["reports.view_report"]}));
    let dora = create(json!({"username": "dora", "password": PASSWORD, "email": "dora@example.com",
        "permissions": ["reports.add_report"], "groups": ["readers"]}));
    create(json!({"username": "Dora", "password": "another passphrase", "email": "twins@example.com"}));
    create(json!({"username": "chief@home", "password": PASSWORD, "email": "twins@example.com",
        "is_staff": true, "is_superuser": true}));
    create(json!({"username": "gone", "password": PASSWORD, "is_active": false}));
    create(json!({"username": "nobody"}));
    let before = django.ask("describe", json!({"username": "dora"}));
    let app = start(on, &django, side_by_side());

    let (user, session) = log_in(&app, "dora", PASSWORD).unwrap();
    assert_eq!((&user["id"], &user["email"]), (&dora["id"], &json!("dora@example.com")));
    assert_eq!(user["groups"], json!(["readers"]));
    let after = django.ask("describe", json!({"username": "dora"}));
    assert_eq!(user["permissions"], after["permissions"]);
    for permission in ["reports.view_report", "reports.add_report", "reports.delete_report", "auth.add_user"]
    {
        let there = django.ask("has_permission", json!({"username": "dora", "permission": permission}));
        let here = app.block_on(app.auth.users().find("dora")).unwrap().unwrap().has_permission(permission);
        assert_eq!(there, json!(here), "{permission}");
    }
    app.get("/reports").session(&session).send().expect(200);
    app.get("/staff").session(&session).send().expect(403);
    assert_eq!(after["password"], before["password"], "side by side, a login rewrites no hash");
    assert!(after["last_login"].as_i64() > before["last_login"].as_i64());
    assert_eq!(after["last_login"], last_login(&app, "dora"), "as we write it");
    django.ask("log_in", json!({"username": "dora", "password": PASSWORD}));
    let there = django.ask("describe", json!({"username": "dora"}));
    is_same_moment(kind.database, &last_login(&app, "dora"), &there["last_login"]);

    assert!(log_in(&app, "Dora", PASSWORD).is_none(), "another one");
    assert!(log_in(&app, "Dora", "another passphrase").is_some());
    assert!(log_in(&app, "DORA", PASSWORD).is_none());
    assert!(log_in(&app, "dora@example.com", PASSWORD).is_some());
    let (_, chief) = log_in(&app, "chief@home", PASSWORD).unwrap();
    app.get("/staff").session(&chief).send().expect(200);
    app.get("/reports").session(&chief).send().expect(200);
    assert!(log_in(&app, "twins@example.com", PASSWORD).is_none(), "an address of two is nobody's");
    assert!(log_in(&app, "gone", PASSWORD).is_none());
    assert!(log_in(&app, "nobody", "").is_none());
}

pub(crate) fn users_made_here_log_in_to_django(on: Framework, kind: DjangoKind) {
    let Some(django) = DjangoProject::start(kind) else { return };
    for options in [side_by_side(), DjangoOptions::take_over()] {
        // The demo users are made by the start of the app, in Django's tables.
        let app = start(on, &django, options);
        let name = format!("eve{}", app.port);
        let mut eve = app.auth.users().new_user(&name).unwrap();
        eve.email = Some(Email::new(&format!("{name}@example.com")).unwrap());
        eve.permissions = vec!["reports.change_report".to_owned()];
        eve.groups = vec!["writers".to_owned()];
        app.block_on(app.auth.users().create(eve, PASSWORD)).unwrap();
        for (name, password) in
            [(name.as_str(), PASSWORD), (ALICE.name, ALICE.password), (ROOT.name, ROOT.password)]
        {
            assert!(log_in(&app, name, password).is_some(), "{name}");
            let check = |password| django.ask("check", json!({"username": name, "password": password}));
            assert_eq!(check(password), json!(name));
            assert_eq!(check("not that one"), Value::Null);
        }
        let there = django.ask("describe", json!({"username": name}));
        assert_eq!(there["permissions"], json!(["reports.change_report", "reports.view_report"]));
        assert_eq!(there["groups"], json!(["writers"]));
        let root = django.ask("describe", json!({"username": "root"}));
        assert_eq!((&root["is_staff"], &root["is_superuser"]), (&json!(true), &json!(true)));
        let view = json!({"username": "alice", "permission": "reports.view_report"});
        assert_eq!(django.ask("has_permission", view), json!(true));
    }
}

pub(crate) fn a_password_changed_on_either_side_ends_the_sessions_of_both(on: Framework, kind: DjangoKind) {
    let Some(django) = DjangoProject::start(kind) else { return };
    let app = start(on, &django, side_by_side());
    let log_in_there = |password| django.ask("log_in", json!({"username": BOB.name, "password": password}));

    let (here, there) = (app.login(BOB), log_in_there(BOB.password));
    assert_eq!(who(&django, &there), json!("bob"));
    django.ask("set_password", json!({"username": "bob", "password": PASSWORD}));
    assert!(!app.is_logged_in(&here) && who(&django, &there).is_null());
    assert!(log_in(&app, "bob", BOB.password).is_none());

    let (_, here) = log_in(&app, "bob", PASSWORD).unwrap();
    let (_, other) = log_in(&app, "bob", PASSWORD).unwrap();
    let there = log_in_there(PASSWORD);
    let again = "another passphrase of bob";
    let change = app.post("/auth/password/change").session(&here);
    let change = change.form(&[("current_password", PASSWORD), ("new_password", again)]);
    let renewed = change.send().expect(204).session().unwrap();
    assert!(who(&django, &there).is_null());
    assert!(!app.is_logged_in(&here) && !app.is_logged_in(&other));
    assert!(app.is_logged_in(&renewed));
    assert_eq!(django.ask("check", json!({"username": "bob", "password": again})), json!("bob"));
    let stored = django.ask("describe", json!({"username": "bob"}))["password"].clone();
    assert!(stored.as_str().unwrap().starts_with("pbkdf2_sha256$1000$"), "as the project prefers");
    assert!(app.is_logged_in(&renewed), "Django's login changed nothing");

    let there = log_in_there(again);
    let id = app.user(BOB).id.clone();
    app.block_on(app.auth.users().end_all_sessions(&id)).unwrap();
    assert!(!app.is_logged_in(&renewed));
    assert_eq!(who(&django, &there), json!("bob"), "only a password ends Django's");
}

pub(crate) fn a_django_session_is_exchanged_for_ours(on: Framework, kind: DjangoKind) {
    let Some(django) = DjangoProject::start(kind) else { return };
    let app = start(on, &django, side_by_side());
    let log_in_there = |name, password| django.ask("log_in", json!({"username": name, "password": password}));
    let (alice, bob) = (log_in_there("alice", ALICE.password), log_in_there("bob", BOB.password));
    django.ask("put_in_session", json!({"session": bob, "size": 1000}));

    for (cookie, name) in [(&alice, "alice"), (&bob, "bob")] {
        let reply = with_django_session(&app, "/private", cookie).send().expect(200);
        assert_eq!(reply.text(), format!("hello {name}"));
        let session = reply.session().unwrap();
        assert!(app.is_logged_in(&session));
        app.get("/fresh").session(&session).send().expect(401);
        assert_eq!(who(&django, cookie), json!(name), "Django's goes on");
        app.post("/auth/logout").session(&session).send().expect(204);
        with_django_session(&app, "/private", cookie).send().expect(401);
    }

    let refused = |cookie: &Value| with_django_session(&app, "/private", cookie).send().status == 401;
    let over = log_in_there("alice", ALICE.password);
    django.ask("expire", json!({"session": over}));
    let left = log_in_there("alice", ALICE.password);
    django.ask("log_out", json!({"session": left}));
    let stale = log_in_there("bob", BOB.password);
    django.ask("set_password", json!({"username": "bob", "password": PASSWORD}));
    let disabled = log_in_there("root", ROOT.password);
    django.ask("set_active", json!({"username": "root", "is_active": false}));
    for cookie in [over, left, stale, disabled, json!("0123456789abcdefghijklmnopqrstuv")] {
        assert!(refused(&cookie), "{cookie}");
    }
}

pub(crate) fn a_django_session_outlives_our_upgrade_of_its_hash(on: Framework, kind: DjangoKind) {
    let Some(django) = DjangoProject::start(kind) else { return };
    django.ask("create_user", json!({"username": "dora", "password": PASSWORD}));
    let log_in_there = || django.ask("log_in", json!({"username": "dora", "password": PASSWORD}));
    let (first, second, third) = (log_in_there(), log_in_there(), log_in_there());
    let app = start(on, &django, DjangoOptions::take_over());

    let before = with_django_session(&app, "/private", &first).send().expect(200).session().unwrap();
    assert!(log_in(&app, "dora", PASSWORD).is_some());
    let stored = django.ask("describe", json!({"username": "dora"}))["password"].clone();
    let stored = stored.as_str().unwrap();
    assert!(stored.starts_with("argon2$argon2id$") && stored.len() <= 128, "{stored}");
    assert_eq!(django.ask("verifies", json!({"username": "dora", "password": PASSWORD})), json!(true));

    assert!(app.is_logged_in(&before), "the same password");
    let reply = with_django_session(&app, "/private", &second).send().expect(200);
    assert!(app.is_logged_in(&reply.session().unwrap()));
    django.ask("set_password", json!({"username": "dora", "password": "something else entirely"}));
    assert_eq!(with_django_session(&app, "/private", &third).send().status, 401);
    assert!(!app.is_logged_in(&before));
}
