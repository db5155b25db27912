//! A database with so many users and sessions in it, made by a few large statements.

use std::io;
use std::time::{Duration, SystemTime};

use auth_core::key::ApplicationSecrets;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::TempDir;

use crate::client;
use crate::options::{Framework, Store};
use crate::program::{Program, SECRET, Stores};
use crate::stores::postgres::PostgresDatabase;

/// Sessions whose ids are known here: as many as a turn needs to meet none twice.
const KNOWN: usize = 100_000;

/// What is written by one statement of those.
const CHUNK: usize = 2000;

/// What stands between two of them, so that neighbours in the tables are not neighbours in time. It has no factor in common with their
/// number.
const STRIDE: usize = 40_503;

/// Nobody's last use is noted while this runs: it looks as if it had been already.
const AHEAD: Duration = Duration::from_secs(60 * 60);

/// The version of the application secret.
const VERSION: u8 = 1;

const SESSION: &str = "INSERT INTO iam_sessions (tenant, session_key, handle, user_id, epoch, created_at, last_seen_at, expires_at, \
     auth_time, amr, remember, ip, user_agent, data, data_version)";

const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

pub(super) struct Home {
    database: Database,
    people: usize,
}

enum Database {
    Postgres(PostgresDatabase),
    Sqlite(TempDir),
}

impl Home {
    /// A database with this many users and sessions, beside those of the demo.
    pub(super) fn make(framework: Framework, store: Store, people: usize) -> io::Result<Self> {
        let database = match store {
            Store::Postgres => Database::Postgres(PostgresDatabase::create()?),
            _ => Database::Sqlite(tempfile::tempdir()?),
        };
        let home = Self { database, people };
        // Whoever starts makes the tables, and alice, whose password everybody gets.
        drop(Program::over(framework, &home.stores())?);
        home.fill()?;
        Ok(home)
    }

    pub(super) fn stores(&self) -> Stores {
        let database = match &self.database {
            Database::Postgres(database) => database.url().to_owned(),
            Database::Sqlite(folder) => format!("sqlite:{}?mode=rwc", file(folder)),
        };
        Stores { database, redis: None }
    }

    /// A request of the guarded route from each session whose id is known, in an order without order.
    pub(super) fn guards(&self) -> Vec<Vec<u8>> {
        let known = self.known();
        let cookie = |n: usize| client::cookie(&cookie_of(n * STRIDE % known));
        (0..known).map(|n| client::get("/private", &cookie(n))).collect()
    }

    /// The names of some users, from all over the table.
    pub(super) fn some_users(&self, some: usize) -> impl Iterator<Item = String> {
        (0..some).map(move |n| format!("user{}", 1 + n * STRIDE % self.people))
    }

    /// Sessions whose end is over.
    pub(super) fn add_expired(&self, number: usize) -> io::Result<()> {
        let (numbers, random) = (self.numbers(number), self.random());
        self.execute(&format!(
            "{SESSION} SELECT '', {random}, {random}, {}, 0, 0, 1, 1, 0, 1, true, NULL, 'curl', NULL, 0 FROM {numbers}",
            self.user("n")
        ))
    }

    fn known(&self) -> usize {
        KNOWN.min(self.people)
    }

    fn fill(&self) -> io::Result<()> {
        let numbers = self.numbers(self.people);
        self.execute(&format!(
            "INSERT INTO iam_users (tenant, id, username, username_canonical, email, email_canonical, email_verified, password, \
             is_active, is_staff, is_superuser, auth_epoch, date_joined, last_login, group_names, direct_permissions, permissions, \
             attributes) SELECT '', {}, 'user' || n, 'user' || n, 'user' || n || '@example.com', 'user' || n || '@example.com', true, \
             (SELECT password FROM iam_users WHERE username_canonical = 'alice'), true, false, false, 0, {now}, NULL, '[]', '[]', \
             '[]', '{{}}' FROM {numbers}",
            self.user("n"),
            now = now(),
        ))?;
        let others = self.numbers(self.people - self.known());
        self.add_sessions(&format!("{} AS key, n", self.random()), &others)?;
        let hash = ApplicationSecrets::from_text(SECRET).map_err(io::Error::other)?.keyed_hash("session");
        let apart = self.people / self.known();
        let known: Vec<_> = (0..self.known())
            .map(|n| format!("({}, {})", self.literal(&hash.hash(&id(n))), 1 + n * apart))
            .collect();
        for chunk in known.chunks(CHUNK) {
            self.add_sessions(
                "column1 AS key, column2 AS n",
                &format!("(VALUES {}) AS known", chunk.join(", ")),
            )?;
        }
        self.settle()
    }

    /// Living sessions: `key` and the number of the user come from elsewhere.
    fn add_sessions(&self, columns: &str, from: &str) -> io::Result<()> {
        let (now, seen, end) = (now(), now() + in_millis(AHEAD), now() + 24 * in_millis(AHEAD));
        self.execute(&format!(
            "{SESSION} SELECT '', key, substr(key, 1, 16), {}, 0, {now}, {seen}, {end}, {now}, 1, true, '203.0.113.7', \
             '{USER_AGENT}', NULL, 0 FROM (SELECT {columns} FROM {from}) AS made",
            self.user("n")
        ))
    }

    /// Has the database do now what it would do by itself some time.
    fn settle(&self) -> io::Result<()> {
        match &self.database {
            Database::Postgres(database) => database.execute("VACUUM ANALYZE"),
            Database::Sqlite(_) => {
                self.execute("PRAGMA analysis_limit = 400; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
            }
        }
    }

    fn execute(&self, script: &str) -> io::Result<()> {
        match &self.database {
            Database::Postgres(database) => database.execute(script),
            Database::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(file(folder)).map_err(io::Error::other)?;
                connection.execute_batch(script).map_err(io::Error::other)
            }
        }
    }

    /// The numbers from 1 to `last`, each as `n`.
    fn numbers(&self, last: usize) -> String {
        match self.database {
            Database::Postgres(_) => format!("generate_series(1, {last}) AS numbers (n)"),
            Database::Sqlite(_) => format!(
                "(WITH RECURSIVE numbers (n) AS (SELECT 1 WHERE {last} > 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) \
                 SELECT n FROM numbers) AS numbers"
            ),
        }
    }

    /// Bytes that differ in each row, 32 of them.
    fn random(&self) -> &'static str {
        match self.database {
            Database::Postgres(_) => "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
            Database::Sqlite(_) => "randomblob(32)",
        }
    }

    fn literal(&self, bytes: &[u8]) -> String {
        let hexadecimal = base16ct::lower::encode_string(bytes);
        match self.database {
            Database::Postgres(_) => format!("'\\x{hexadecimal}'::bytea"),
            Database::Sqlite(_) => format!("x'{hexadecimal}'"),
        }
    }

    /// The id of the user with this number, of the length and order of ours.
    fn user(&self, number: &str) -> String {
        match self.database {
            Database::Postgres(_) => format!("'0190b2c4-7d1e-7abc-8def-' || lpad({number}::text, 12, '0')"),
            Database::Sqlite(_) => format!("printf('0190b2c4-7d1e-7abc-8def-%012d', {number})"),
        }
    }
}

fn file(folder: &TempDir) -> String {
    folder.path().join("load.db").display().to_string()
}

/// The id of a session that is known.
fn id(number: usize) -> [u8; 32] {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&(number as u64).to_be_bytes());
    id
}

fn cookie_of(number: usize) -> String {
    URL_SAFE_NO_PAD.encode([&[VERSION][..], &id(number)].concat())
}

fn now() -> i64 {
    in_millis(SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default())
}

fn in_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
