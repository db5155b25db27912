//! An example app under test, and the things that nearly every scenario does with it.

use std::env;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::clock::Clock as _;
use auth_core::key::ApplicationSecrets;
use auth_core::login::Credentials;
use auth_core::outbound::Method;
use auth_core::password::{Argon2Params, PasswordConfig};
use auth_core::provider::ProviderConfig;
use auth_core::resource::SharedSecretJwt;
use auth_core::session::SessionRecord;
use auth_core::testing::{FakeHttpClient, ManualClock, MemoryMailer, SeededRandom, json_response};
use auth_core::token::Client;
use auth_core::user::User;
use auth_core::{Auth, AuthBuilder, Error};
use auth_store::{RedisBackend, SqlStore};
use example_shared::{Database, Settings};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::client::Request;
use crate::mails::MAIL_FROM;
use crate::redis::RedisPart;
use crate::server::{Framework, Port, Server, Site};
use crate::sql_server::{ServerDatabase, SqlServer};

/// A demo user.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The name.
    pub name: &'static str,
    /// The password.
    pub password: &'static str,
}

/// A writer, who may see reports.
pub const ALICE: Person = Person { name: "alice", password: "correct horse battery staple" };
/// Nobody in particular.
pub const BOB: Person = Person { name: "bob", password: "another fine demo passphrase" };
/// Superuser and staff.
pub const ROOT: Person = Person { name: "root", password: "trustworthy demo passphrase" };

/// The application secret of every test.
const SECRET: &str = "F3LC5Y0xefQ2BUNpGXanhcjtCWJ3ZY+aQsVW3JsKmCc=";

/// The secret that the tokens of the fixtures are signed with (`tests/fixtures/coming-from`).
const OLD_SECRET: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";

/// An access token and the refresh token that came with it.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// An example app on a real socket. It stops when it is dropped.
#[derive(Debug)]
pub struct TestApp {
    /// What it runs on.
    pub framework: Framework,
    /// Its base URL.
    pub base: String,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// Its clock, which stands still.
    pub clock: ManualClock,
    /// The system that it was built with.
    pub auth: Auth,
    pub(crate) mailer: MemoryMailer,
    runtime: Runtime,
    _server: Server,
    _folder: Option<TempDir>,
    redis: Option<RedisPart>,
    database: Option<ServerDatabase>,
}

impl Framework {
    /// Starts the example in memory.
    pub fn start(self) -> TestApp {
        self.start_with(|builder| builder)
    }

    /// Starts the example in memory with other settings.
    pub fn start_with(self, change: impl FnOnce(AuthBuilder) -> AuthBuilder) -> TestApp {
        TestApp::start(self, Site::Example, None, async |builder| change(builder))
    }

    /// Starts the example with settings that have to be waited for: a store that is opened on the app's own runtime.
    pub fn start_with_async(self, change: impl AsyncFnOnce(AuthBuilder) -> AuthBuilder) -> TestApp {
        TestApp::start(self, Site::Example, None, change)
    }

    /// Starts an API for tokens of other issuers, with the users of the example: GET `/any`, `/reports` (scope `reports:read`),
    /// `/mapped` (that scope, of a user who may see reports), `/group` (that scope, for a group of routes), `/own` (a user).
    pub fn start_api(self, change: impl FnOnce(AuthBuilder) -> AuthBuilder) -> TestApp {
        TestApp::start(self, Site::Api, None, async |builder| change(builder))
    }

    /// Starts handlers that do things by hand, with the users of the example: POST `/in`, `/out`, `/sign-up`, `/form`, GET `/refused`,
    /// and CORS of its own for `https://spa.example`.
    pub fn start_by_hand(self) -> TestApp {
        self.start_by_hand_with(|builder| builder)
    }

    /// The same with other settings.
    pub fn start_by_hand_with(self, change: impl FnOnce(AuthBuilder) -> AuthBuilder) -> TestApp {
        TestApp::start(self, Site::ByHand, None, async |builder| change(builder))
    }

    /// Starts handlers that take guards in each form, with the users of the example: GET `/maybe`, `/option`, `/result`, `/own`, `/who`,
    /// `/order`, POST `/write`, GET and POST `/cart`.
    pub fn start_taken(self) -> TestApp {
        TestApp::start(self, Site::Taken, None, async |builder| builder)
    }

    /// Starts the shop, its routes below this path (empty: at the root), with the users of the example. Its base URL is whatever
    /// `change` says.
    pub fn start_shop(self, path: &'static str, change: impl FnOnce(AuthBuilder) -> AuthBuilder) -> TestApp {
        TestApp::start(self, Site::Shop(path), None, async |builder| change(builder))
    }

    /// Starts what the guides show (`examples/guides`), with the users of the example: it takes the tokens of the fixtures that are
    /// good, and knows GitHub and the calendar of the guide for OAuthLib.
    pub fn start_guides(self) -> TestApp {
        TestApp::start(self, Site::Guides, None, async |builder| {
            let full = SharedSecretJwt::hs256(OLD_SECRET).unwrap().issuer("my-flask-app").audience("my-api");
            let github =
                ProviderConfig::preset("github", "our-id-at-github").client_secret("a secret of theirs");
            let calendar = example_guides::calendar("another secret of theirs");
            let builder = builder.login_redirect("/dashboard").providers([github, calendar]);
            let builder = builder.http_client(calendar_servers()).shared_secret_tokens(full);
            let builder = example_guides::allows_the_front_end(builder);
            example_guides::takes_old_tokens(builder, OLD_SECRET).unwrap()
        })
    }

    /// Starts some guarded routes behind the login page that the recipes show.
    pub fn start_own_login(self) -> TestApp {
        TestApp::start(self, Site::OwnLogin, None, async |builder| builder)
    }

    /// Starts the example on a SQLite file.
    pub fn start_on_sqlite(self) -> TestApp {
        self.start_on_sqlite_with(|builder| builder)
    }

    /// Starts the example on a SQLite file in which nobody made the tables, so without users.
    pub fn start_without_tables(self) -> TestApp {
        let folder = Some(tempfile::tempdir().unwrap());
        TestApp::start_prepared(self, Site::Example, folder, async |builder| builder, async |_| ())
    }

    /// Starts the example over users that are there, and makes none.
    pub fn start_over_users_with(self, change: impl AsyncFnOnce(AuthBuilder) -> AuthBuilder) -> TestApp {
        TestApp::start_prepared(self, Site::Example, None, change, async |auth| auth.migrate().await.unwrap())
    }

    /// Starts the example on a SQLite file with other settings.
    pub fn start_on_sqlite_with(self, change: impl FnOnce(AuthBuilder) -> AuthBuilder) -> TestApp {
        let folder = Some(tempfile::tempdir().unwrap());
        TestApp::start(self, Site::Example, folder, async |builder| change(builder))
    }
}

impl TestApp {
    fn start(
        framework: Framework,
        site: Site,
        folder: Option<TempDir>,
        change: impl AsyncFnOnce(AuthBuilder) -> AuthBuilder,
    ) -> Self {
        Self::start_prepared(framework, site, folder, change, async |auth| {
            auth.migrate().await.unwrap();
            example_shared::seed(auth).await.unwrap();
        })
    }

    fn start_prepared(
        framework: Framework,
        site: Site,
        folder: Option<TempDir>,
        change: impl AsyncFnOnce(AuthBuilder) -> AuthBuilder,
        prepare: impl AsyncFnOnce(&Auth),
    ) -> Self {
        let port = Port::take(framework);
        let number = port.number();
        let mut settings = Settings::in_memory(number);
        let (database, redis) = other_stores();
        let folder = folder.or_else(|| redis.as_ref().map(|_| tempfile::tempdir().unwrap()));
        let url = database.as_ref().map(ServerDatabase::url).or_else(|| folder.as_ref().map(sqlite_url));
        if let Some(url) = &url {
            settings.database = Database::Sql(url.clone());
        }
        let (clock, mailer) = (ManualClock::default(), MemoryMailer::new());
        // A thread of its own: a durable store works on the runtime that opened it.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let auth = runtime.block_on(async {
            let secrets = ApplicationSecrets::from_text(SECRET).unwrap();
            let builder = example_shared::builder(&settings, secrets).await.unwrap();
            let builder = builder
                .clock(Arc::new(clock.clone()))
                .random(Arc::new(SeededRandom::default()))
                .password(cheap_passwords())
                .mailer(mailer.clone(), MAIL_FROM)
                .deliver_mail_by_hand();
            let builder = match (&redis, &url) {
                (Some(redis), Some(url)) => builder.store(on_redis(redis, url).await),
                _ => builder,
            };
            let auth = change(builder).await.build().await.unwrap();
            prepare(&auth).await;
            auth
        });
        let server = Server::start(framework, site, auth.clone(), port);
        let base = settings.base_url;
        Self {
            framework,
            base,
            port: number,
            clock,
            mailer,
            auth,
            runtime,
            _server: server,
            _folder: folder,
            redis,
            database,
        }
    }

    /// Whether its store is a server's, which may leave a call unanswered.
    pub fn is_on_servers(&self) -> bool {
        self.database.is_some() || self.redis.is_some()
    }

    /// Runs something of the core to its end.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// A request to this app.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::to(self.port, method, target)
    }

    /// A GET.
    pub fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    /// A POST.
    pub fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }

    /// A POST to the login route with this name and password, as a program sends it.
    pub fn try_login(&self, login: &str, password: &str) -> Request {
        self.post("/auth/login").form(&[("username", login), ("password", password)])
    }

    /// Logs somebody in and answers the session cookie's value.
    pub fn login(&self, person: Person) -> String {
        self.try_login(person.name, person.password).send().expect(200).session().unwrap()
    }

    /// A POST to the token route with the password grant.
    pub fn try_token(&self, person: Person, scope: &str) -> Request {
        self.post("/auth/token").form(&[
            ("grant_type", "password"),
            ("username", person.name),
            ("password", person.password),
            ("scope", scope),
        ])
    }

    /// Tokens of the application's own client for somebody.
    pub fn tokens(&self, person: Person, scope: &str) -> Pair {
        let reply = self.try_token(person, scope).send().expect(200).json();
        let text = |name: &str| reply[name].as_str().unwrap().to_owned();
        Pair { access: text("access_token"), refresh: text("refresh_token") }
    }

    /// Tokens of a client that is not the application's own.
    pub fn foreign_tokens(&self, person: Person, client: &str, scope: &str) -> Pair {
        self.try_foreign_tokens(person, client, scope).unwrap()
    }

    /// The same, where they may be refused.
    ///
    /// # Errors
    /// As of `Tokens::grant`.
    pub fn try_foreign_tokens(&self, person: Person, client: &str, scope: &str) -> Result<Pair, Error> {
        let credentials = Credentials::Password { login: person.name, password: person.password };
        let pair = self.block_on(async {
            let admitted = self.auth.admit(credentials, None).await.unwrap().admitted().unwrap();
            self.auth.tokens().grant(admitted, Client::new(client), scope).await
        })?;
        let (access, refresh) = (pair.access_token.expose(), pair.refresh_token.expose());
        Ok(Pair { access: access.to_owned(), refresh: refresh.to_owned() })
    }

    /// A POST to the token route that refreshes.
    pub fn try_refresh(&self, token: &str) -> Request {
        self.post("/auth/token").form(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Whether the session opens `/private`.
    pub fn is_logged_in(&self, session: &str) -> bool {
        self.get("/private").session(session).send().status == 200
    }

    /// Whether this person's session opens `/private`, answered once it has been noted that it was used. No guard waits for that note:
    /// whoever moves the clock afterwards has to.
    pub fn is_used(&self, person: Person, session: &str) -> bool {
        let (user, now, began) = (self.user(person), self.clock.now(), Instant::now());
        let is_logged_in = self.is_logged_in(session);
        let is_noted =
            |sessions: Vec<Arc<SessionRecord>>| sessions.iter().any(|record| record.last_seen_at == now);
        while !is_noted(self.block_on(self.auth.sessions().list(&user)).unwrap()) {
            assert!(began.elapsed() < Duration::from_secs(10), "it is never noted");
        }
        is_logged_in
    }

    /// Whether the access token opens `/api`.
    pub fn takes_token(&self, token: &str) -> bool {
        self.get("/api").bearer(token).send().status == 200
    }

    /// The account of a demo user.
    pub fn user(&self, person: Person) -> Arc<User> {
        self.block_on(self.auth.users().find(person.name)).unwrap().unwrap()
    }

    /// The number of living sessions of a demo user.
    pub fn sessions(&self, person: Person) -> usize {
        let user = self.user(person);
        self.block_on(self.auth.sessions().list(&user)).unwrap().len()
    }
}

/// Where an app keeps things if not in memory or SQLite, as `CONFORMANCE_STORE` says.
fn other_stores() -> (Option<ServerDatabase>, Option<RedisPart>) {
    let database = |server| Some(ServerDatabase::new(server));
    match env::var("CONFORMANCE_STORE").as_deref() {
        Err(_) => (None, None),
        Ok("mysql") => (database(SqlServer::MySql), None),
        Ok("mysql+redis") => (database(SqlServer::MySql), Some(RedisPart::new())),
        Ok("postgres") => (database(SqlServer::Postgres), None),
        Ok("postgres+redis") => (database(SqlServer::Postgres), Some(RedisPart::new())),
        Ok("redis") => (None, Some(RedisPart::new())),
        Ok(other) => panic!(
            "CONFORMANCE_STORE: there is no `{other}`, only `mysql`, `mysql+redis`, `postgres`, `postgres+redis` and `redis`"
        ),
    }
}

fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite:{}?mode=rwc", folder.path().join("demo.db").display())
}

async fn on_redis(redis: &RedisPart, url: &str) -> RedisBackend {
    redis.connect().await.beside(SqlStore::connect(url).await.unwrap())
}

/// The servers of the guide for OAuthLib: they take one code, and answer a token for it that is good everywhere.
fn calendar_servers() -> FakeHttpClient {
    let servers = FakeHttpClient::default();
    servers.answer_by(Method::Post, "https://login.example.com/token", |request| {
        let form = request.body.as_ref().map_or("", |body| body.expose());
        let is_right = ["grant_type=authorization_code", "code=the-code", "code_verifier="];
        Ok(match is_right.iter().all(|part| form.contains(part)) {
            true => json_response(200, &json!({"access_token": "the-token", "token_type": "Bearer"})),
            false => json_response(400, &json!({"error": "invalid_grant"})),
        })
    });
    let documents = [
        ("https://login.example.com/userinfo", json!({"sub": "1001", "name": "Jane Doe"})),
        ("https://api.example.com/events", json!(["a visit to the dentist"])),
    ];
    for (url, document) in documents {
        servers.answer_by(Method::Get, url, move |request| {
            let mut headers = request.headers.iter();
            let is_good =
                headers.any(|(name, value)| name == "authorization" && value.expose() == "Bearer the-token");
            Ok(if is_good { json_response(200, &document) } else { json_response(401, &json!({})) })
        });
    }
    servers
}

/// Argon2 at its least: the tests are about everything around it.
fn cheap_passwords() -> PasswordConfig {
    let params = Argon2Params::insecure_any_cost(8, 1, 1).unwrap();
    PasswordConfig::default().with_params(params).with_threads(1)
}
