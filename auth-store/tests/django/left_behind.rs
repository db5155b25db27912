//! Databases that real projects left behind, one of each version of Django, and what that Django said of them
//! (`tests/fixtures/coming-from/make_django.py`).

use std::iter;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use auth_core::access::login_required;
use auth_core::adapter::Slot;
use auth_core::clock::Timestamp;
use auth_core::http::RequestView;
use auth_core::login::Credentials;
use auth_core::password::{Argon2Params, NewHashFormat, PasswordConfig};
use auth_core::store::MemoryStore;
use auth_core::testing::ManualClock;
use auth_core::throttle::ThrottleConfig;
use auth_core::user::{UserId, UserStore as _};
use auth_core::{Auth, ErrorKind};
use auth_store::{DjangoOptions, DjangoStore, DjangoTables};
use serde::Deserialize;

use crate::home::Home;

/// Longer than any session of the projects.
const WINDOW: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a project left behind.
struct Project {
    dump: &'static str,
    tables: DjangoTables,
    django: Verdicts,
}

/// What its Django says.
#[derive(Deserialize)]
struct Verdicts {
    /// When it said so, in Unix milliseconds.
    made_at: i64,
    secret_key: String,
    fallback_key: String,
    permissions: Vec<String>,
    users: Vec<Described>,
    logins: Vec<Login>,
    sessions: Vec<Session>,
}

#[derive(Deserialize)]
struct Described {
    id: String,
    username: String,
    email: String,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    groups: Vec<String>,
    direct_permissions: Vec<String>,
    all_permissions: Vec<String>,
    date_joined: i64,
    last_login: Option<i64>,
    hash: String,
}

#[derive(Deserialize)]
struct Login {
    what: String,
    login: String,
    password: String,
    user: Option<String>,
}

#[derive(Deserialize)]
struct Session {
    what: String,
    cookie: String,
    user: Option<String>,
}

impl Project {
    fn new(dump: &'static str, tables: DjangoTables, verdicts: &str) -> Self {
        Self { dump, tables, django: serde_json::from_str(verdicts).unwrap() }
    }

    fn modes() -> [DjangoOptions; 2] {
        let preferred = NewHashFormat::DjangoPbkdf2Sha256 { iterations: 1000 };
        [DjangoOptions::take_over(), DjangoOptions::side_by_side(preferred)]
    }

    /// The passwords by user name.
    fn passwords(&self) -> impl Iterator<Item = (&Described, &str)> {
        self.django.users.iter().filter_map(|user| {
            let is_theirs = |login: &&Login| login.user.as_ref() == Some(&user.id);
            Some((user, self.django.logins.iter().find(is_theirs)?.password.as_str()))
        })
    }
}

/// An application over such a database.
struct App {
    store: DjangoStore,
    auth: Auth,
    clock: ManualClock,
    _home: Home,
}

impl App {
    async fn over(project: &Project, options: DjangoOptions) -> Self {
        let home = Home::of_dump(project.dump).await;
        home.make_email_index(project.tables.clone()).await;
        let django = &project.django;
        let options = options
            .tables(project.tables.clone())
            .secret_key(django.secret_key.as_str())
            .secret_key(django.fallback_key.as_str());
        let store = DjangoStore::connect(&home.url, options).await.unwrap();
        let now = Timestamp::from_unix_millis(django.made_at);
        let clock = ManualClock::new(now);
        let cheap = Argon2Params::insecure_any_cost(8, 1, 1).unwrap();
        let builder = Auth::builder()
            .base_url("http://localhost:3000")
            .secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=")
            .password(PasswordConfig::default().with_params(cheap).with_threads(1))
            .throttle(ThrottleConfig::insecure_off())
            .clock(Arc::new(clock.clone()))
            .outside_sessions(store.sessions().unwrap(), now + WINDOW)
            .store(store.beside(MemoryStore::new()));
        let auth = builder.build().await.unwrap();
        auth.migrate().await.unwrap();
        Self { store, auth, clock, _home: home }
    }

    async fn log_in(&self, login: &str, password: &str) -> Option<String> {
        match self.auth.admit(Credentials::Password { login, password }, None).await {
            Ok(admission) => Some(admission.admitted().unwrap().user().id.to_string()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidCredentials, "{error:?}");
                None
            }
        }
    }

    /// Who a guard takes a browser with Django's cookie for.
    async fn whose(&self, cookie: &str) -> Option<String> {
        let request = Navigation(format!("sessionid={cookie}"));
        let guarded = Slot::new(&self.auth).guard(&request, &login_required()).await;
        guarded.ok().flatten().map(|identity| identity.user().unwrap().id.to_string())
    }

    async fn hash(&self, id: &str) -> Option<String> {
        let account = self.store.account(&UserId::new(id)).await.unwrap().unwrap();
        account.password.map(|hash| hash.as_encoded().to_owned())
    }
}

/// A browser that opens a page, with a cookie.
struct Navigation(String);

impl RequestView for Navigation {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/private"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        iter::once(self.0.as_bytes()).filter(move |_| name == "cookie")
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}

async fn whoever_logs_in_to_django_logs_in_here(project: Project) {
    for options in Project::modes() {
        let app = App::over(&project, options).await;
        for Login { what, login, password, user } in &project.django.logins {
            assert_eq!(app.log_in(login, password).await, *user, "{what}: {login:?}");
        }
    }
}

async fn an_address_of_one_account_is_a_name_of_it(project: Project) {
    let app = App::over(&project, DjangoOptions::take_over()).await;
    let mut shared = 0;
    for (user, password) in project.passwords().filter(|(user, _)| !user.email.is_empty()) {
        let is_same = |other: &&Described| other.email.eq_ignore_ascii_case(&user.email);
        let holders = project.django.users.iter().filter(is_same).count();
        let expected = (holders == 1).then(|| user.id.clone());
        assert_eq!(app.log_in(&user.email.to_uppercase(), password).await, expected, "{}", user.email);
        shared += usize::from(holders > 1);
    }
    assert_eq!(shared, 2);
}

async fn users_are_as_django_describes_them(project: Project) {
    let app = App::over(&project, DjangoOptions::take_over()).await;
    for there in &project.django.users {
        let here = app.store.get(&UserId::new(there.id.as_str())).await.unwrap().unwrap();
        assert_eq!(here.username(), there.username);
        assert_eq!(here.email.as_ref().map_or("", |email| email.as_str()), there.email);
        assert_eq!(
            (here.is_active, here.is_staff, here.is_superuser),
            (there.is_active, there.is_staff, there.is_superuser),
            "{}",
            there.username
        );
        assert_eq!(here.groups, there.groups, "{}", there.username);
        assert_eq!(here.direct_permissions, there.direct_permissions, "{}", there.username);
        for permission in &project.django.permissions {
            let is_given = there.all_permissions.contains(permission);
            assert_eq!(here.has_permission(permission), is_given, "{} {permission}", there.username);
        }
        assert!(is_same_moment(here.date_joined, there.date_joined), "{}", there.username);
        assert_eq!(here.last_login.is_some(), there.last_login.is_some(), "{}", there.username);
        let mut logins = here.last_login.into_iter().zip(there.last_login);
        assert!(logins.all(|(here, there)| is_same_moment(here, there)), "{}", there.username);
    }
}

/// SQLite rounds the microseconds of a text where the verdicts cut them off.
fn is_same_moment(here: Timestamp, there: i64) -> bool {
    (0..=1).contains(&(here.unix_millis() - there))
}

async fn a_login_upgrades_hashes_where_we_take_over_and_none_side_by_side(project: Project) {
    let [take_over, side_by_side] = Project::modes();
    let (over, beside) = (App::over(&project, take_over).await, App::over(&project, side_by_side).await);
    for (user, password) in project.passwords() {
        for app in [&over, &beside] {
            assert!(app.log_in(&user.username, password).await.is_some(), "{}", user.username);
        }
        let upgraded = over.hash(&user.id).await.unwrap();
        assert!(upgraded.starts_with("argon2$argon2id$") && upgraded.len() <= 128, "{upgraded}");
        assert_ne!(upgraded, user.hash);
        assert!(over.log_in(&user.username, password).await.is_some(), "{}", user.username);
        assert_eq!(beside.hash(&user.id).await.as_deref(), Some(user.hash.as_str()));
    }
}

async fn a_cookie_is_whose_django_says(project: Project) {
    for options in Project::modes() {
        for is_after_logins in [false, true] {
            let app = App::over(&project, options.clone()).await;
            if is_after_logins {
                for (user, password) in project.passwords() {
                    assert!(app.log_in(&user.username, password).await.is_some(), "{}", user.username);
                }
            }
            for Session { what, cookie, user } in &project.django.sessions {
                assert_eq!(app.whose(cookie).await, *user, "{what}");
            }
        }
    }
}

async fn no_cookie_outlives_its_session(project: Project) {
    let app = App::over(&project, DjangoOptions::take_over()).await;
    app.clock.advance(WINDOW - Duration::from_secs(60));
    for Session { what, cookie, .. } in &project.django.sessions {
        assert_eq!(app.whose(cookie).await, None, "{what}");
    }
}

/// Of a user model of the project's own (`tests/django/people`).
fn people() -> DjangoTables {
    let some = |name: &str| Some(name.to_owned());
    let mut tables = DjangoTables::of_user_model("people.Person").unwrap().db_table("people");
    (tables.id, tables.username) = ("uuid".to_owned(), "mail".to_owned());
    (tables.email, tables.password) = (some("mail"), "pw".to_owned());
    (tables.is_active, tables.last_login, tables.date_joined) = (some("active"), some("seen"), some("since"));
    (tables.first_name, tables.last_name) = (None, None);
    tables
}

/// A test of each case on what each version of Django left behind.
macro_rules! on_each {
    ($cases:tt $($version:ident = $file:literal with $tables:path,)+) => {
        $(mod $version {
            on_each! { @cases $file $tables, $cases }
        })+
    };
    (@cases $file:literal $tables:path, [$($case:ident)+]) => {
        use super::DjangoTables;

        $(#[tokio::test]
        async fn $case() {
            const DUMP: &str = include_str!(concat!("../../../tests/fixtures/coming-from/", $file, ".sql"));
            const SAID: &str = include_str!(concat!("../../../tests/fixtures/coming-from/", $file, ".json"));
            let tables: DjangoTables = $tables();
            super::$case(super::Project::new(DUMP, tables, SAID)).await;
        })+
    };
}

on_each! {
    [
        whoever_logs_in_to_django_logs_in_here
        an_address_of_one_account_is_a_name_of_it
        users_are_as_django_describes_them
        a_login_upgrades_hashes_where_we_take_over_and_none_side_by_side
        a_cookie_is_whose_django_says
        no_cookie_outlives_its_session
    ]
    of_4_2 = "django-4.2" with DjangoTables::default,
    of_5_2 = "django-5.2" with DjangoTables::default,
    of_6_1 = "django-6.1" with DjangoTables::default,
}

// No two people share an address there, which is their name.
on_each! {
    [
        whoever_logs_in_to_django_logs_in_here
        users_are_as_django_describes_them
        a_login_upgrades_hashes_where_we_take_over_and_none_side_by_side
        a_cookie_is_whose_django_says
    ]
    of_a_model_of_its_own = "django-5.2-people" with super::people,
}
