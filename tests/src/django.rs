//! A real Django project over a database of the test's own, driven line by line.
//!
//! It needs `PYTHON` (3.10 or newer, with `venv`; 3.12 for the newest Django), and for PostgreSQL and MySQL a server at
//! `TEST_POSTGRES_URL` (`postgres://postgres@127.0.0.1:5432`, say) and `TEST_MYSQL_URL` whose user may make databases. Where one is
//! missing, a scenario is skipped and says so; where `CI` is set, it fails.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::process::{self, Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use auth_store::{DjangoOptions, DjangoStore, DjangoTables};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::software::{has_python, install_once, install_python, say_skipped, skip};

/// The kind of database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DjangoDatabase {
    /// A database of MySQL or MariaDB.
    MySql,
    /// A database of PostgreSQL.
    Postgres,
    /// A file.
    Sqlite,
}

/// Whose user model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DjangoUsers {
    /// Django's own, `auth.User`.
    Djangos,
    /// One of the project's, `people.Person` (`tests/django/people`): known by a UUID, called by an e-mail address, and with names of
    /// its own for table and columns.
    OfTheProject,
}

/// A version of Django, as its list of pins names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DjangoVersion {
    /// The oldest that people still come from.
    V4_2,
    /// The one with long-term support.
    V5_2,
    /// The newest.
    V6_1,
}

/// What a project is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DjangoKind {
    /// The version.
    pub version: DjangoVersion,
    /// The database.
    pub database: DjangoDatabase,
    /// The user model.
    pub users: DjangoUsers,
}

impl DjangoUsers {
    fn model(self) -> &'static str {
        match self {
            Self::Djangos => "auth.User",
            Self::OfTheProject => "people.Person",
        }
    }

    /// What the project's tables are called.
    pub fn tables(self) -> DjangoTables {
        let mut tables = DjangoTables::of_user_model(self.model()).unwrap();
        if self == Self::OfTheProject {
            let some = |name: &str| Some(name.to_owned());
            tables = tables.db_table("people");
            (tables.id, tables.username) = ("uuid".to_owned(), "mail".to_owned());
            (tables.email, tables.password) = (some("mail"), "pw".to_owned());
            (tables.is_active, tables.last_login, tables.date_joined) =
                (some("active"), some("seen"), some("since"));
            (tables.first_name, tables.last_name) = (None, None);
        }
        tables
    }
}

impl DjangoVersion {
    fn number(self) -> &'static str {
        match self {
            Self::V4_2 => "4.2",
            Self::V5_2 => "5.2",
            Self::V6_1 => "6.1",
        }
    }

    /// The oldest Python that it runs on, of those that the tests run on at all.
    fn oldest_python(self) -> (u32, u32) {
        match self {
            Self::V4_2 | Self::V5_2 => (3, 10),
            Self::V6_1 => (3, 12),
        }
    }
}

/// A Django project that runs. It ends when its standard input does, and takes its database with it.
#[derive(Debug)]
pub struct DjangoProject {
    /// The database, as both sides name it.
    pub url: String,
    /// Its `SECRET_KEY`.
    pub secret_key: &'static str,
    /// The only one of its `SECRET_KEY_FALLBACKS`.
    pub fallback_key: &'static str,
    users: DjangoUsers,
    lines: Mutex<Lines>,
    child: Child,
    _folder: TempDir,
}

#[derive(Debug)]
struct Lines {
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl DjangoProject {
    /// Starts a project with empty tables; nothing, said loudly, where that cannot be had.
    pub fn start(kind: DjangoKind) -> Option<Self> {
        let what = format!("Django {} on {:?}", kind.version.number(), kind.database);
        if has_python(kind.version.oldest_python()) == Some(false) {
            // Not even where `CI` is set: nobody is asked for more than one Python.
            say_skipped(&what, "PYTHON is too old for it");
            return None;
        }
        Self::try_start(kind).map_err(|reason| skip(&what, &reason)).ok()
    }

    fn try_start(DjangoKind { version, database, users }: DjangoKind) -> Result<Self, String> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("django");
        let pins = sources.join(format!("requirements-{}.txt", version.number()));
        let name = format!("django-{}", version.number());
        let home = install_once(&name, &pins, |home| install_python(&pins, home))?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let url = match database {
            DjangoDatabase::Sqlite => format!("sqlite:{}", folder.path().join("db.sqlite3").display()),
            DjangoDatabase::MySql => url_on("TEST_MYSQL_URL")?,
            DjangoDatabase::Postgres => url_on("TEST_POSTGRES_URL")?,
        };
        let (secret_key, fallback_key) = ("the project's SECRET_KEY", "the SECRET_KEY of last year");
        let mut command = Command::new(home.join("venv/bin/python"));
        command.arg(sources.join("project.py")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("DJANGO_DATABASE", &url).env("DJANGO_SECRET_KEY", secret_key);
        command.env("DJANGO_SECRET_KEY_FALLBACK", fallback_key).env("DJANGO_USER_MODEL", users.model());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
        let output = BufReader::new(child.stdout.take().ok_or("it has no output")?);
        let lines = Mutex::new(Lines { input: child.stdin.take(), output });
        let project = Self { url, secret_key, fallback_key, users, lines, child, _folder: folder };
        match project.answer().as_str() {
            "ready" => Ok(project),
            other => Err(format!("{command:?} did not start: {other}")),
        }
    }

    /// The project's users, with the index that their addresses are found by.
    pub async fn users(&self, options: DjangoOptions) -> DjangoStore {
        let options = options.tables(self.users.tables());
        let users = DjangoStore::connect(&self.url, options.clone()).await.unwrap();
        let Some(statement) = users.missing_email_index() else { return users };
        self.ask("run", json!({"statement": statement}));
        DjangoStore::connect(&self.url, options).await.unwrap()
    }

    /// Has the project do something (see `tests/django/project.py`), and answers what it says.
    pub fn ask(&self, what: &str, arguments: Value) -> Value {
        let mut line = arguments;
        line["do"] = json!(what);
        {
            let mut lines = self.lines.lock().unwrap();
            let input = lines.input.as_mut().unwrap();
            writeln!(input, "{line}").unwrap();
            input.flush().unwrap();
        }
        serde_json::from_str(&self.answer()).unwrap_or_else(|_| panic!("Django could not do {line}"))
    }

    fn answer(&self) -> String {
        let mut line = String::new();
        self.lines.lock().unwrap().output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for DjangoProject {
    /// Lets it put its database away.
    fn drop(&mut self) {
        drop(self.lines.get_mut().map(|lines| lines.input.take()));
        let _ = self.child.wait();
    }
}

/// A database that is not there yet, on a server that is.
fn url_on(variable: &str) -> Result<String, String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = env::var(variable).map_err(|_| format!("{variable} is unset"))?;
    let address = server.rsplit(['@', '/']).next().unwrap_or_default();
    let unreachable = |error| format!("{variable}, {address}: {error}");
    let mut addresses = address.to_socket_addrs().map_err(unreachable)?;
    TcpStream::connect(addresses.next().ok_or(format!("{variable} names no server"))?)
        .map_err(unreachable)?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Ok(format!("{server}/auth_project_{}_{number}", process::id()))
}
