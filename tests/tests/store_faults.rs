//! A store that fails: what the log says of it, and that nothing of it lasts.
//!
//! A full disk is tried on a file system of a few hundred pages, in a process and a mount namespace of its own (`unshare`), which it
//! vanishes with. Where none may be mounted, a limit on the size of files (`prlimit`) stands in for it.
//!
//! The capture of the log is of the whole process: each test that looks into it has one of its own too.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, Instant};

use auth_core::store::MemoryStore;
use auth_store::{DjangoOptions, DjangoStore, DjangoTables, SqlStore, SqlStoreOptions};
use conformance::{ALICE, Framework, Log, Reply, TestApp};
use rusqlite::Connection;
use tracing::Level;

/// Names the folder in which the process of one test works.
const FOLDER: &str = "AUTH_TEST_FOLDER";
/// Says what is small about it: `disk` or `files`.
const SMALL: &str = "AUTH_TEST_SMALL";

/// How often a login is tried until one fails: the log of the database is written anew from its beginning now and then, which
/// takes no room.
const TRIES: usize = 300;

#[test]
fn a_full_disk_is_over_when_there_is_room_again() {
    by_itself("a_full_disk_is_over_when_there_is_room_again", |folder| {
        let log = Log::start(Level::INFO);
        for framework in Framework::ALL {
            full_disk(framework, folder, &log);
        }
    });
}

#[test]
fn a_locked_database_says_so_in_the_log_of_every_503() {
    by_itself("a_locked_database_says_so_in_the_log_of_every_503", |folder| {
        let log = Log::start(Level::INFO);
        for framework in Framework::ALL {
            locked(framework, folder, &log);
        }
    });
}

#[test]
fn guards_over_a_django_file_that_is_locked_say_503_in_time() {
    for framework in Framework::ALL {
        django_locked(framework);
    }
}

fn full_disk(on: Framework, folder: &Path, log: &Log) {
    let disk = SmallDisk::new(folder);
    let (app, _) = start(on, folder, Duration::from_secs(3));
    let session = app.login(ALICE);
    disk.fill();
    let refused = (0..TRIES).map(|_| login(&app)).find(|reply| reply.status != 200);
    let refused = refused.expect("the disk is full").problem(503, "unavailable");
    assert!(refused.header("retry-after").is_some());
    assert!(app.is_logged_in(&session), "whoever only reads goes on");
    let log = log.take();
    let cause = log.lines().find(|line| line.contains("ERROR") && line.contains(disk.cause()));
    assert!(cause.is_some(), "no line says why: {log}");
    disk.free();
    login(&app).expect(200);
    let proof = app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]);
    let session = proof.send().expect(200).session().unwrap();
    app.post("/auth/logout").session(&session).send().expect(204);
}

fn locked(on: Framework, folder: &Path, log: &Log) {
    let (app, file) = start(on, folder, Duration::from_millis(300));
    let session = app.login(ALICE);
    let refresh = app.tokens(ALICE, "").refresh;
    let other = Connection::open(file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let password = [("password", ALICE.password)];
    let change = [("current_password", ALICE.password), ("new_password", "violet umbrella cactus seventeen")];
    let requests = [
        app.try_login(ALICE.name, ALICE.password),
        app.try_login(ALICE.name, ALICE.password).browser(),
        app.post("/auth/reauthenticate").session(&session).form(&password),
        app.post("/auth/reauthenticate").session(&session).form(&password).browser(),
        app.post("/auth/password/change").session(&session).form(&change),
        app.post("/auth/logout").session(&session),
        app.request("DELETE", "/auth/sessions").session(&session),
        app.try_token(ALICE, ""),
        app.try_refresh(&refresh),
        app.get("/basic").basic(ALICE.name, ALICE.password),
    ];
    for request in requests {
        log.take();
        request.clone().send().expect(503);
        // Beside it the limiter says that it counts by itself.
        let is_meant = |line: &&str| line.contains("ERROR") && !line.contains("throttle::limiter");
        let errors: Vec<_> = log.take().lines().filter(is_meant).map(str::to_owned).collect();
        let says_why = errors.iter().any(|line| line.contains("database is locked"));
        assert!(errors.len() == 1 && says_why, "{request:?}: {errors:#?}");
    }
    app.clock.advance(Duration::from_secs(61));
    assert!(app.is_logged_in(&session), "whoever only reads goes on");
    other.execute_batch("ROLLBACK").unwrap();
    login(&app).expect(200);
    app.post("/auth/logout").session(&session).send().expect(204);
}

/// Django's own writes keep readers out of its file: everybody who reads it waits for one and the same lock.
fn django_locked(on: Framework) {
    const LIMIT: Duration = Duration::from_millis(500);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("db.sqlite3");
    let django = Connection::open(&file).unwrap();
    django.execute_batch(&django_tables()).unwrap();
    let app = on.start_with_async(async |builder| {
        let tables = DjangoTables::of_user_model("accounts.Person").unwrap();
        let options = DjangoOptions::take_over().tables(tables).timeout(LIMIT);
        let users = DjangoStore::connect(&format!("sqlite:{}", file.display()), options).await.unwrap();
        builder.without_mail().store(users.beside(MemoryStore::new()))
    });
    let session = app.login(ALICE);
    django.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..10 {
            let request = app.get("/private").session(&session);
            scope.spawn(|| request.send().problem(503, "unavailable"));
        }
    });
    // One after the other they would take ten times the limit.
    assert!(began.elapsed() < LIMIT * 5, "{:?}", began.elapsed());
    login(&app).problem(503, "unavailable");
    django.execute_batch("COMMIT").unwrap();
    assert!(app.is_logged_in(&session));
    login(&app).expect(200);
}

/// Django's tables, with the permission that the example gives to its users and the index that finds their addresses.
fn django_tables() -> String {
    let tables = include_str!("../../auth-store/tests/django/tables.sql");
    tables.to_owned()
        + "INSERT INTO django_content_type (id, app_label, model) VALUES (100, 'reports', 'report');
           INSERT INTO auth_permission (content_type_id, codename, name) VALUES (100, 'view_report', '');
           CREATE INDEX iam_django_email ON accounts_person (lower(email));"
}

/// The example on a file of its own.
fn start(on: Framework, folder: &Path, timeout: Duration) -> (TestApp, PathBuf) {
    let file = folder.join(format!("{on:?}.db"));
    let url = format!("sqlite:{}?mode=rwc", file.display());
    let app = on.start_with_async(async |builder| {
        let options = SqlStoreOptions::default().timeout(timeout);
        builder.store(SqlStore::connect_with(&url, &options).await.unwrap())
    });
    (app, file)
}

fn login(app: &TestApp) -> Reply {
    app.try_login(ALICE.name, ALICE.password).send()
}

/// Runs a test in a process of its own, on a small file system if one can be had.
fn by_itself(test: &str, scenario: impl FnOnce(&Path)) {
    if let Some(folder) = env::var_os(FOLDER) {
        return scenario(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        if mount -t tmpfs -o size=2m none "$AUTH_TEST_FOLDER" 2>&-; then export AUTH_TEST_SMALL=disk; fi
        trap '' XFSZ # ignored, and so the limit is an error of the write
        exec "$0" --exact "$1" --nocapture"#;
    let run = |program: &mut Command| {
        let program = program.args(["sh", "-c", script]).arg(env::current_exe().unwrap()).arg(test);
        program.env(FOLDER, folder.path()).env(SMALL, "files").output()
    };
    let in_namespace = run(Command::new("unshare").args(["--user", "--map-root-user", "--mount", "--"]));
    // A test that fails ends with 101.
    let output = match in_namespace {
        Ok(output) if output.status.code() != Some(1) => output,
        _ => run(Command::new("env").arg("--")).unwrap(),
    };
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(output.status.success() && said[0].contains("1 passed"), "{}", said.join("\n"));
}

/// A place for files that can be made too small.
enum SmallDisk {
    /// A file system, and the file that fills it.
    Disk(PathBuf),
    /// No file of this process may be longer than a page.
    Files,
}

impl SmallDisk {
    fn new(folder: &Path) -> Self {
        match env::var(SMALL).as_deref() {
            Ok("disk") => Self::Disk(folder.join("ballast")),
            _ => Self::Files,
        }
    }

    fn fill(&self) {
        match self {
            Self::Disk(ballast) => {
                let mut file = File::create(ballast).unwrap();
                while file.write_all(&[0; 512]).is_ok() {}
            }
            Self::Files => limit_files("4096"),
        }
    }

    fn free(&self) {
        match self {
            Self::Disk(ballast) => fs::remove_file(ballast).unwrap(),
            Self::Files => limit_files("unlimited"),
        }
    }

    /// What SQLite says of it.
    fn cause(&self) -> &'static str {
        match self {
            Self::Disk(_) => "database or disk is full",
            Self::Files => "disk I/O error",
        }
    }
}

fn limit_files(length: &str) {
    let limit = format!("--fsize={length}:unlimited");
    let status = Command::new("prlimit").args(["--pid", &process::id().to_string(), &limit]).status();
    assert!(status.unwrap().success());
}
