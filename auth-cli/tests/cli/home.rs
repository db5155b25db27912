//! A folder of a test's own, with a database in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use auth_core::login::Credentials;
use auth_core::password::PasswordConfig;
use auth_core::user::Account;
use auth_core::{Auth, AuthBuilder, User};
use auth_store::SqlStore;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The salt of the application whose hashes are among the fixtures.
pub(crate) const FLASK_SALT: &str = "146585145368132386173505678016728509634";

/// The application's.
pub(crate) const SECRET: &str = "Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=";

pub(crate) struct Home(TempDir);

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// The output of a run that went well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// What a run that went wrong said.
    #[track_caller]
    pub(crate) fn refused(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.err
    }

    /// The report of an import that skipped rows.
    #[track_caller]
    pub(crate) fn skipped(self) -> String {
        assert_eq!(self.code, 3, "{self:?}");
        self.out
    }
}

impl Home {
    /// With tables.
    pub(crate) fn new() -> Self {
        let home = Self::empty();
        home.auth(&["migrate"]).ok();
        home
    }

    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn database_url(&self) -> String {
        format!("sqlite:{}?mode=rwc", self.path("app.db").display())
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name).display().to_string()
    }

    /// The program, over this database.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auth"));
        command
            .env("DATABASE_URL", self.database_url())
            .env_remove("AUTH_IMPORT_FROM")
            .env_remove("AUTH_SECRET")
            .env_remove("REDIS_URL");
        command
    }

    pub(crate) fn auth(&self, args: &[&str]) -> Done {
        run(self.command().args(args), "")
    }

    pub(crate) fn auth_with_input(&self, args: &[&str], input: &str) -> Done {
        run(self.command().args(args), input)
    }

    /// Imports a CSV text.
    pub(crate) fn import(&self, csv: impl AsRef<[u8]>, args: &[&str]) -> Done {
        let file = self.write("users.csv", csv);
        self.auth(&[&["import", "csv", &file], args].concat())
    }

    pub(crate) async fn app(&self) -> Auth {
        self.app_with(|builder| builder).await
    }

    /// An application over this database, with settings of its own.
    pub(crate) async fn app_with(&self, configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Auth {
        let store = SqlStore::connect(&self.database_url()).await.unwrap();
        let builder = Auth::builder()
            .base_url("http://localhost:3000")
            .secret_text(SECRET)
            .password(PasswordConfig::default().with_flask_security_salt(FLASK_SALT))
            .store(store);
        configure(builder).build().await.unwrap()
    }

    /// Whether somebody can log in to an application over this database.
    pub(crate) async fn logs_in(&self, login: &str, password: &str) -> bool {
        let app = self.app().await;
        app.migrate().await.unwrap();
        app.admit(Credentials::Password { login, password }, None).await.is_ok()
    }

    pub(crate) async fn user(&self, login: &str) -> Option<std::sync::Arc<User>> {
        self.app().await.users().find(login).await.unwrap()
    }

    /// Every account, by its id.
    pub(crate) async fn accounts(&self) -> Vec<Account> {
        use auth_core::store::Backend as _;
        let store = SqlStore::connect(&self.database_url()).await.unwrap();
        store.stores().user_admin.unwrap().list(None, 10_000).await.unwrap()
    }
}

pub(crate) fn run(command: &mut Command, input: &str) -> Done {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that fails before it reads closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A hash of [`PASSWORD`] that another library made, by the name of its format.
pub(crate) fn hash(format: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/coming-from/hashes.json");
    let hashes: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let is_meant = |entry: &&Value| entry["format"] == format && entry["password"] == PASSWORD;
    hashes.iter().find(is_meant).unwrap()["hash"].as_str().unwrap().to_owned()
}
