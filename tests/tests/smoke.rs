//! The real programs: started as a person starts them, visited once, and stopped.

#![expect(clippy::unwrap_used, reason = "a visit that fails is a test that panics")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use auth_core::Auth;
use auth_core::clock::{Clock as _, SystemClock};
use auth_core::testing::{ManualClock, MemoryMailer};
use auth_store::SqlStore;
use conformance::{ALICE, Program, RedisServer, example_programs, port_of_example, without_settings};
use serde_json::json;

const SECRET: &str = "yVMzD3DjSj+UqFpcE1XvjUemRRDZM7bz9o1xG6Tf+Fw=";

/// A file of login providers, as `AUTH_PROVIDERS` names one.
const PROVIDERS: &str = r#"
[providers.github]
preset = "github"
client_id = "Iv1.8a61f9b3a7aba766"
client_secret = "0123456789abcdef"

[providers.work]
issuer = "http://127.0.0.1:9"
client_id = "app"
label = "Work account"
"#;

/// Starts it in an empty folder, with nothing set but the port and the providers, and waits for its ready line.
fn start(program: &Path, folder: &Path) -> Program {
    let mut command = command(program);
    command.env("AUTH_PROVIDERS", "providers.toml").current_dir(folder);
    Program::start(&mut command, port_of_example)
}

/// The program with nothing set but a free port.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    without_settings(&mut command).env("PORT", "0");
    command
}

#[test]
fn the_real_programs_say_why_they_do_not_start_in_a_sentence() {
    let cases = [
        (
            ("AUTH_BASE_URL", "localhost:3000"),
            "AUTH_BASE_URL: the base URL `localhost:3000` has no scheme: write http://localhost:3000",
        ),
        (
            ("AUTH_BASEURL", "http://localhost:3000"),
            "AUTH_BASEURL: there is no such setting, AUTH_BASE_URL is meant: rename it, or name it by `.own_variables([..])` if it is \
             the application's own",
        ),
        (
            ("AUTH_PROVIDERS", "none.toml"),
            "AUTH_PROVIDERS: none.toml: No such file or directory (os error 2)",
        ),
        (
            ("DATABASE_URL", "sqlite:none.db"),
            "DATABASE_URL: the database file `none.db` is not there: end its URL in `?mode=rwc` to have it made, or name the one that is there",
        ),
        (
            ("REDIS_URL", "localhost:6379"),
            "REDIS_URL: that is no address of Redis: use one like redis://host:6379, rediss:// with TLS, redis-cluster:// or redis-sentinel://",
        ),
        (("PORT", "http"), "PORT: `http` is no number from 0 to 65535"),
    ];
    for program in example_programs() {
        let folder = tempfile::tempdir().unwrap();
        for ((name, value), sentence) in cases {
            let output = command(program).env(name, value).current_dir(folder.path()).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(told, format!("Error: {sentence}\n"), "{}", program.display());
            assert!(!output.status.success());
        }
    }
}

#[test]
fn the_real_programs_serve_a_visit() {
    for program in example_programs() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("providers.toml"), PROVIDERS).unwrap();
        let started = start(program, folder.path());
        let session = visit(&started);
        provider(&started);
        drop(started);
        assert!(folder.path().join("auth-demo.db").exists(), "{}", program.display());
        again(&start(program, folder.path()), &session);
        own_login_page(program, folder.path());
    }
}

/// One database, one Redis, three servers: whoever logs in at one is known at all, and whoever is logged out nowhere.
#[test]
fn the_real_programs_share_what_is_in_redis() {
    let Some(redis) = RedisServer::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let servers = example_programs().each_ref().map(|program| {
        let mut command = command(program);
        let url = "http://localhost:3000";
        command.env("REDIS_URL", &redis.url).env("AUTH_BASE_URL", url).current_dir(folder.path());
        Program::start(&mut command, port_of_example)
    });
    let mut session = String::new();
    for (n, server) in servers.iter().enumerate() {
        let [next, last] = [1, 2].map(|more| &servers[(n + more) % 3]);
        let login = [("username", ALICE.name), ("password", ALICE.password)];
        session = server.post("/auth/login").form(&login).send().expect(200).session().unwrap();
        next.get("/private").session(&session).send().expect(200);
        let grant = [("grant_type", "password"), ("username", ALICE.name), ("password", ALICE.password)];
        let tokens = server.post("/auth/token").form(&grant).send().expect(200).json();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let again = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let token = next.post("/auth/token").form(&again).send().expect(200).json();
        let token = token["access_token"].as_str().unwrap();
        last.get("/api").bearer(token).send().expect(200);
        last.post("/auth/sessions/delete").session(&session).send().expect(204);
        server.get("/api").bearer(token).send().problem(401, "invalid_token");
        next.get("/private").session(&session).send().expect(200);
        last.post("/auth/logout").session(&session).send().expect(204);
        next.get("/private").session(&session).send().problem(401, "unauthenticated");
    }
    drop(redis);
    for server in &servers {
        server.get("/private").session(&session).send().problem(503, "unavailable");
    }
}

/// The program is killed (SIGKILL) with a mail under way, to a mail server that never answers.
#[test]
fn a_mail_outlives_the_real_program_that_was_to_send_it() {
    for program in example_programs() {
        let folder = tempfile::tempdir().unwrap();
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command = command(program);
        command.env("AUTH_SMTP", format!("smtp://{}", silent.local_addr().unwrap()));
        let app =
            Program::start(command.env("AUTH_SECRET", SECRET).current_dir(folder.path()), port_of_example);
        let form = json!({"username": "carol", "email": "carol@example.com", "password": "velvet harbour lantern nine"});
        app.post("/auth/register").json(&form).send().expect(202);
        // It was claimed, so that no other server sends it as well.
        silent.accept().unwrap();
        drop(app);
        let (mails, later) = next_server(folder.path());
        assert_eq!(mails, (0, 1), "nothing while it is claimed, once afterwards: {}", program.display());
        assert!(later, "who has signed up is there");
    }
}

/// Another server on the database: how many mails it sends at once, and in all within an hour; and whether it knows carol.
#[tokio::main(flavor = "current_thread")]
async fn next_server(folder: &Path) -> ((usize, usize), bool) {
    let url = format!("sqlite:{}", folder.join("auth-demo.db").display());
    let (clock, mailer) = (ManualClock::new(SystemClock.now()), MemoryMailer::new());
    let builder = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text(SECRET)
        .store(SqlStore::connect(&url).await.unwrap())
        .clock(Arc::new(clock.clone()))
        .mailer(mailer.clone(), "accounts@demo.example")
        .deliver_mail_by_hand();
    let auth = builder.build().await.unwrap();
    auth.deliver_mail().await.unwrap();
    let first = mailer.sent().len();
    for _ in 0..60 {
        clock.advance(Duration::from_secs(60));
        auth.deliver_mail().await.unwrap();
    }
    ((first, mailer.sent().len()), auth.users().find("carol").await.unwrap().is_some())
}

/// Answers a session that is still open.
fn visit(app: &Program) -> String {
    assert_eq!(app.get("/open").send().expect(200).text(), "ok");
    app.get("/private").send().problem(401, "unauthenticated");
    let login = || {
        let fields = [("username", ALICE.name), ("password", ALICE.password), ("remember", "true")];
        app.post("/auth/login").form(&fields).send().expect(200).session().unwrap()
    };
    let session = login();
    assert_eq!(app.get("/private").session(&session).send().expect(200).text(), "hello alice");
    app.post("/auth/logout").session(&session).send().expect(204);
    app.get("/private").session(&session).send().problem(401, "unauthenticated");
    let fields = [("grant_type", "password"), ("username", ALICE.name), ("password", ALICE.password)];
    let token = app.post("/auth/token").form(&fields).send().expect(200).json();
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(app.get("/api").bearer(token).send().expect(200).text(), "hello alice");
    login()
}

/// The providers' file was read.
fn provider(app: &Program) {
    let page = app.get("/auth/login").browser().send().expect(200).text();
    assert!(page.contains("Log in with GitHub") && page.contains("Log in with Work account"), "{page}");
    let start = app.post("/auth/login/github").form(&[]).send().expect(303);
    assert!(start.header("location").unwrap().starts_with("https://github.com/login/oauth/authorize?"));
}

/// The program was started again: its secret and its database were kept.
fn again(app: &Program, session: &str) {
    assert_eq!(app.get("/private").session(session).send().expect(200).text(), "hello alice");
}

/// The demo's login page in place of ours: at first, and after a refusal, with what the form carries along.
fn own_login_page(program: &Path, folder: &Path) {
    let mut command = command(program);
    let app = Program::start(command.env("LOGIN_PAGE", "own").current_dir(folder), port_of_example);
    let page = app.get("/auth/login?next=/private").browser().send().expect(200).text();
    assert!(page.contains("<h1>Come in</h1>") && page.contains(r#"name="next" value="/private""#), "{page}");
    let wrong = [("username", "<alice>"), ("password", "wrong")];
    let refused = app.post("/auth/login").browser().form(&wrong).send().expect(401);
    assert!(refused.header("content-security-policy").is_some());
    let page = refused.text();
    assert!(
        page.contains("<h1>Come in</h1>") && page.contains(r#"role="alert""#) && !page.contains("<alice>"),
        "{page}"
    );
    let right = [("username", ALICE.name), ("password", ALICE.password), ("next", "/private")];
    assert_eq!(
        app.post("/auth/login").browser().form(&right).send().expect(303).header("location"),
        Some("/private")
    );
}
