//! Second factors: a reset by support, and those that come along from a Django project
//! (`make_django_factors.py` in `tests/fixtures/coming-from`).

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::http::{AuthRequest, AuthResponse, RequestBody, RequestView};
use auth_core::login::Credentials;
use auth_core::testing::{ManualClock, MemoryMailer, enrol_totp};
use auth_core::user::{Email, UserUpdate};
use auth_core::{Auth, ErrorKind};
use serde_json::{Value, json};

use crate::home::{Done, Home, PASSWORD, SECRET, run};
use crate::import_sql::Source;

/// A POST of a program.
struct Post<'a>(&'a str, Option<&'a str>);

impl RequestView for Post<'_> {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        self.0
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.1.filter(|_| name == "cookie").map(str::as_bytes).into_iter()
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}

async fn post(app: &Auth, path: &str, cookie: Option<&str>, body: &Value) -> AuthResponse {
    let mut headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    headers.extend(cookie.map(|cookie| ("cookie".to_owned(), cookie.as_bytes().to_vec())));
    let body = RequestBody::Complete(body.to_string().into_bytes());
    app.handle(AuthRequest::new(&Post(path, cookie), headers, body)).await
}

/// Whether a login goes on by what is shown of the second factor.
async fn shows(app: &Auth, name: &str, shown: &Value) -> bool {
    let body = json!({"username": name, "password": password(name)});
    let waits = post(app, "/auth/login", None, &body).await;
    let cookie = waits.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("pending="), "{name}: {cookie}");
    match post(app, "/auth/mfa", Some(&cookie), shown).await.status() {
        200 => true,
        401 => false,
        other => panic!("{name}: {other}"),
    }
}

fn password(name: &str) -> String {
    format!("{name}: {PASSWORD}")
}

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/coming-from");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The methods by which a login of somebody's can go on; none where it lacks nothing.
async fn methods(app: &Auth, name: &str) -> Vec<&'static str> {
    let password = password(name);
    let admission =
        app.admit(Credentials::Password { login: name, password: &password }, None).await.unwrap();
    match admission.admitted() {
        Ok(_) => Vec::new(),
        Err(error) => error.methods().to_vec(),
    }
}

fn import(home: &Home, source: &Source, args: &[&str]) -> Done {
    let mut command = home.command();
    let command = command.args(["import", "django"]).args(args);
    run(command.env("AUTH_IMPORT_FROM", &source.url).env("AUTH_SECRET", SECRET), "")
}

async fn app_at(home: &Home, seconds: i64) -> Auth {
    let clock = ManualClock::new(Timestamp::from_unix_seconds(seconds));
    home.app_with(|builder| builder.clock(Arc::new(clock))).await
}

#[tokio::test]
async fn apps_and_recovery_codes_of_allauth_and_django_otp_go_on_here() {
    let said: Value = serde_json::from_str(&fixture("django-factors.json")).unwrap();
    let home = Home::new();
    let source = Source::sqlite(&home, &fixture("django-factors.sql")).await;
    let report = import(&home, &source, &[]).ok();
    assert!(report.contains("13 rows read: 13 users added"), "{report}");
    let made_at = said["made_at_seconds"].as_i64().unwrap();
    let app = app_at(&home, made_at).await;
    for person in said["users"].as_array().unwrap() {
        let name = person["username"].as_str().unwrap();
        let (code, left) = (&person["totp"], person["recovery_codes"].as_array().unwrap());
        let mut expected = Vec::new();
        expected.extend(code.as_str().map(|_| "totp"));
        expected.extend((!left.is_empty() && code.is_string()).then_some("recovery_code"));
        assert_eq!(methods(&app, name).await, expected, "{name}");
        if !code.is_string() {
            continue;
        }
        let is_used = person["used_step"].is_number();
        assert_eq!(shows(&app, name, &json!({"code": code})).await, !is_used, "{name}");
        assert!(!shows(&app, name, &json!({"code": code})).await, "{name}: twice");
        for used in person["used_codes"].as_array().unwrap() {
            assert!(!shows(&app, name, &json!({"recovery_code": used})).await, "{name}: {used}");
        }
        for code in left {
            assert!(shows(&app, name, &json!({"recovery_code": code})).await, "{name}: {code}");
            assert!(!shows(&app, name, &json!({"recovery_code": code})).await, "{name}: {code} twice");
        }
    }
    let again = import(&home, &source, &[]).ok();
    assert!(again.contains("0 users added, 13 here already"), "{again}");
    assert!(methods(&app, "allauth").await == ["totp"], "used codes are not back");
}

#[tokio::test]
async fn what_stays_behind_is_named_with_its_row() {
    let home = Home::new();
    let source = Source::sqlite(&home, &fixture("django-factors.sql")).await;
    let dry = import(&home, &source, &["--dry-run"]).ok();
    let report = import(&home, &source, &[]).ok();
    for report in [dry, report] {
        for line in [
            "imported, 1: second factor left out: it has to be set up again\n  id 11",
            "imported, 1: second factor left out: it cannot be read, perhaps because the project seals it; it has to be set up again\n  id 10",
            "imported, 2: authenticator app left out: its digits, its steps or its clock are none here; it has to be set up again\n  id 8, id 9",
            "imported, 1: authenticator app left out: there is a newer one, and each has one here\n  id 13",
            "imported, 1: recovery codes left out: there is no authenticator app beside them\n  id 12",
        ] {
            assert!(report.contains(line), "{line}\n{report}");
        }
    }
}

#[tokio::test]
async fn without_the_applications_secret_they_stay_behind_only_where_that_is_said() {
    let home = Home::new();
    let source = Source::sqlite(&home, &fixture("django-factors.sql")).await;
    let refused = source.import(&home, &["django"]).refused(2);
    assert!(refused.contains("AUTH_SECRET") && refused.contains("--without-second-factors"), "{refused}");
    assert!(home.accounts().await.is_empty());
    assert!(source.import(&home, &["django", "--dry-run"]).ok().contains("13 users to be added"));
    source.import(&home, &["django", "--without-second-factors"]).ok();
    assert!(methods(&home.app().await, "allauth").await.is_empty());
}

#[tokio::test]
async fn support_takes_the_factors_of_somebody_who_has_lost_them() {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], &format!("{PASSWORD}\n")).ok();
    let with = |args: &[&str]| run(home.command().args(args).env("AUTH_SECRET", SECRET), "");
    let mails = MemoryMailer::new();
    let app = home
        .app_with(|builder| builder.mailer(mails.clone(), "accounts@app.example").deliver_mail_by_hand())
        .await;
    let alice = app.users().find("alice").await.unwrap().unwrap();
    let proven = (Some(Email::new("alice@x.example").unwrap()), true);
    let mut update = UserUpdate::default();
    update.email = Some(proven);
    app.users().update(&alice.id, update).await.unwrap();
    let reset = ["user", "reset-factors", "alice"];
    assert!(with(&reset).ok().contains("no second factor"));
    enrol_totp(&app, "alice").await.unwrap();
    assert!(home.auth(&reset).refused(2).contains("AUTH_SECRET"));
    let login = || Credentials::Password { login: "alice", password: PASSWORD };
    let waits = app.admit(login(), None).await.unwrap().admitted().unwrap_err();
    assert_eq!(waits.kind(), ErrorKind::LoginPending);
    let told = with(&[&reset[..], &["--after", "24"]].concat()).ok();
    assert!(told.contains("Nothing is done yet") && told.contains("alice@x.example"), "{told}");
    assert!(app.admit(login(), None).await.unwrap().admitted().is_err());
    let done = with(&reset).ok();
    assert!(
        done.contains("1 second factor, the recovery codes") && done.contains("alice@x.example"),
        "{done}"
    );
    let _ = app.admit(login(), None).await.unwrap().admitted().unwrap();
    app.deliver_mail().await.unwrap();
    let subjects: Vec<_> =
        mails.sent_to("alice@x.example").iter().map(|mail| mail.subject().to_owned()).collect();
    let is_told = |what: &str| subjects.iter().any(|subject| subject.contains(what));
    assert!(is_told("are to be removed") && is_told("were removed"), "{subjects:?}");
    let audit = home.auth(&["audit", "--user", "alice"]).ok();
    assert!(audit.contains("factors.reset"), "{audit}");
    assert!(with(&["user", "reset-factors", "nobody"]).refused(1).contains("no account"));
}
