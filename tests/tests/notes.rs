//! What the log tells an operator: one line for each thing that went wrong, with what to do about it.
//!
//! The capture is of the whole process, so this is a program of its own with one test.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

use auth_core::provider::ProviderConfig;
use auth_store::{DjangoOptions, DjangoStore, DjangoTables};
use conformance::{ALICE, CLIENT, Faults, Framework, Idp, Log, Request};
use rocket::config::{Config, LogLevel};
use rocket::{get, routes};
use tracing::Level;

/// Our lines since the last time; the frameworks have some of their own. That the limits go on without their store is no line about a
/// request, and neither is what happened to accounts.
fn ours(log: &Log) -> Vec<String> {
    let lines = log.take();
    let is_note = |line: &&str| {
        let is_ours = line.contains(" auth_") && !line.contains("throttle::limiter");
        is_ours && !line.contains(" auth_core::event: ")
    };
    let ours = lines.lines().filter(is_note);
    ours.map(str::to_owned).collect()
}

/// What one request logs.
fn of(log: &Log, request: Request, status: u16) -> Vec<String> {
    log.take();
    request.send().expect(status);
    ours(log)
}

#[track_caller]
fn one_line(lines: &[String], words: &[&str]) {
    assert_eq!(lines.len(), 1, "{lines:#?}");
    for word in words {
        assert!(lines[0].contains(word), "no `{word}` in {}", lines[0]);
    }
}

#[test]
fn the_log_says_what_to_do() {
    let log = Log::start(Level::INFO);
    for framework in Framework::ALL {
        callback_urls(framework, &log);
        missing_tables(framework, &log);
        outages(framework, &log);
        forgeries(framework, &log);
        strays(framework, &log);
        nobody_arrives(framework, &log);
    }
    missing_index(&log);
    missing_fairing(&log);
}

/// Each provider's callback URL, at start.
fn callback_urls(on: Framework, log: &Log) {
    let idp = Idp::start();
    let entry = |id| ProviderConfig::openid_connect(id, idp.issuer(), CLIENT.0).client_secret(CLIENT.1);
    log.take();
    let app = on.start_with(|builder| builder.provider(entry("work")));
    let callback = format!("`work`: {}/auth/login/work/callback", app.base);
    let lines = ours(log);
    let told: Vec<_> = lines.into_iter().filter(|line| line.contains("callback URL")).collect();
    one_line(&told, &["INFO", "the callback URL to register with the login provider", &callback]);
}

/// A store whose tables nobody made.
fn missing_tables(on: Framework, log: &Log) {
    let app = on.start_without_tables();
    let hint = "the store's tables were not made, call `auth.migrate().await` at start";
    one_line(&of(log, app.try_login(ALICE.name, ALICE.password), 503), &["ERROR", hint, "no such table"]);
    one_line(&of(log, app.try_login(ALICE.name, ALICE.password).browser(), 503), &["ERROR", hint]);
    one_line(&of(log, app.try_token(ALICE, ""), 503), &["ERROR", hint]);
    one_line(&of(log, app.get("/basic").basic(ALICE.name, ALICE.password), 503), &["ERROR", hint]);
}

/// One line for each 503, whichever route says it.
fn outages(on: Framework, log: &Log) {
    let faults = Faults::new();
    let stores = faults.stores();
    let app = on.start_with(|builder| builder.stores(stores));
    let session = app.login(ALICE);
    let pair = app.tokens(ALICE, "");
    faults.break_down();
    let password = [("password", ALICE.password)];
    let change = [("current_password", ALICE.password), ("new_password", "violet umbrella cactus seventeen")];
    for request in [
        app.try_login(ALICE.name, ALICE.password),
        app.try_login(ALICE.name, ALICE.password).browser(),
        app.post("/auth/logout").session(&session),
        app.post("/auth/reauthenticate").session(&session).form(&password),
        app.post("/auth/password/change").session(&session).form(&change),
        app.get("/auth/me").session(&session),
        app.get("/auth/sessions").session(&session),
        app.request("DELETE", "/auth/sessions").session(&session),
        app.try_token(ALICE, ""),
        app.try_refresh(&pair.refresh),
        app.post("/auth/revoke").form(&[("token", &pair.refresh)]),
        app.get("/private").session(&session),
        app.get("/").session(&session),
        app.get("/api").bearer(&pair.access),
        app.get("/basic").basic(ALICE.name, ALICE.password),
    ] {
        let asked = format!("{request:?}");
        let lines = of(log, request, 503);
        assert_eq!(lines.len(), 1, "{asked}: {lines:#?}");
        assert!(lines[0].contains("ERROR") && !lines[0].contains("migrate"), "{asked}: {}", lines[0]);
    }
}

/// One line for each `csrf_failed`, whichever route says it, with both origins.
fn forgeries(on: Framework, log: &Log) {
    let app = on.start();
    let session = app.login(ALICE);
    let change = [("current_password", ALICE.password), ("new_password", "violet umbrella cactus seventeen")];
    for request in [
        app.try_login(ALICE.name, ALICE.password),
        app.try_login(ALICE.name, ALICE.password).browser(),
        app.post("/auth/logout").session(&session),
        app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]),
        app.post("/auth/password/change").session(&session).form(&change),
        app.request("DELETE", "/auth/sessions").session(&session),
        app.post("/auth/sessions/delete").session(&session).browser(),
        app.post("/private").session(&session).body("text/plain", "x"),
    ] {
        let asked = format!("{request:?}");
        let lines = of(log, request.header("Origin", "https://evil.example"), 403);
        assert_eq!(lines.len(), 1, "{asked}: {lines:#?}");
        assert!(lines[0].contains("https://evil.example") && lines[0].contains(&app.base), "{}", lines[0]);
    }
}

/// Login routes that are mounted at another place than the base URL says.
fn strays(on: Framework, log: &Log) {
    let app = on.start_shop("/desk", |builder| builder);
    let words =
        ["WARN", "mounted below `/desk`", "at `/`", "end the base URL in `/desk`, or mount them at `/`"];
    one_line(&of(log, app.get("/desk/auth/login"), 404), &words);
    assert_eq!(of(log, app.get("/desk/auth/login"), 404), [""; 0], "once is enough");
    // What a stranger writes below the login routes makes no line.
    let app = on.start_shop("", |builder| builder);
    assert_eq!(of(log, app.get("/auth/x/auth/login"), 404), [""; 0]);
}

/// A base URL with a path, and routes at the root without a proxy: whoever is sent to the login page gets lost.
fn nobody_arrives(on: Framework, log: &Log) {
    let base = |app: &str| format!("http://localhost:3000{app}");
    let app = on.start_shop("", |builder| builder.base_url(base("/shop")));
    let sent = || app.get("/private").browser();
    assert_eq!([of(log, sent(), 303), of(log, sent(), 303)], [[""; 0], [""; 0]]);
    let words = ["WARN", "browsers to `/shop/auth/login`, and none has arrived", "below `/shop/`"];
    one_line(&of(log, sent(), 303), &words);
    assert_eq!(of(log, sent(), 303), [""; 0]);
    let app = on.start_shop("", |builder| builder);
    app.get("/auth/login").send().expect(200);
    for _ in 0..5 {
        assert_eq!(of(log, app.get("/private").browser(), 303), [""; 0]);
    }
}

/// A Django database without the index by which addresses are found: the statement to run, in quotes that it can be copied out of.
fn missing_index(log: &Log) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("db.sqlite3");
    let tables = include_str!("../../auth-store/tests/django/tables.sql");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute_batch(tables).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let start = || {
        let tables = DjangoTables::of_user_model("accounts.Person").unwrap();
        let options = DjangoOptions::take_over().tables(tables);
        let url = format!("sqlite:{}", file.display());
        log.take();
        let store = runtime.block_on(DjangoStore::connect(&url, options)).unwrap();
        (ours(log), store.missing_email_index().map(str::to_owned))
    };
    let (lines, statement) = start();
    let statement = statement.unwrap();
    one_line(
        &lines,
        &["WARN", "no index finds the users of `accounts_person`", &format!("run `{statement}`")],
    );
    database.execute_batch(&statement).unwrap();
    assert_eq!(start(), (Vec::new(), None), "nothing more is to be said");
}

/// A launch that rocket aborts: it names the guard, and the log the line to add. The other two find out at the first request.
fn missing_fairing(log: &Log) {
    #[get("/private")]
    fn private(_user: auth_rocket::CurrentUser) {}

    let app = rocket::custom(Config { log_level: LogLevel::Off, ..Config::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    log.take();
    let aborted = runtime.block_on(app.mount("/", routes![private]).ignite()).unwrap_err();
    assert!(matches!(aborted.kind(), rocket::error::ErrorKind::SentinelAborts(_)));
    one_line(&ours(log), &["ERROR", "add `.attach(auth_rocket::fairing(&auth))` to the Rocket"]);
}
