//! A store that is asked by hand: the rows of a session guard and of a refresh by the same statements, and nothing around them. The
//! twins answer one route each with it, through whichever driver `BARE` names, so that what ours adds can be told in the same run.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use redis::aio::MultiplexedConnection;
use sqlx::Row as _;
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::{Client, NoTls, Statement};

/// As many connections as a `SqlStore` keeps for guards, and as many as it keeps for all else (half of its 12 each).
const CONNECTIONS: u32 = 6;

/// What a guard reads: a session by its key, and its user.
const SESSION_AND_USER: &str = "SELECT s.handle, s.user_id, s.epoch, s.created_at, s.last_seen_at, s.expires_at, s.auth_time, s.amr, \
     s.remember, s.ip, s.user_agent, s.data, s.data_version, u.id, u.username, u.email, u.email_verified, u.is_active, u.is_staff, \
     u.is_superuser, u.auth_epoch, u.date_joined, u.last_login, u.group_names, u.direct_permissions, u.permissions, u.attributes \
     FROM iam_sessions AS s LEFT JOIN iam_users AS u ON u.tenant = $1 AND u.id = s.user_id WHERE s.tenant = $1 AND s.session_key = $2";

const USERNAME: usize = 14;

/// What a refresh reads.
const FAMILY: &str = "SELECT sid, client_id, user_id, epoch, scope, session, auth_time, amr, created_at, expires_at, current, rotated_at, \
     previous_hash, previous_salt, previous_key_version FROM iam_refresh_families WHERE tenant = $1 AND family_key = $2";

const CURRENT: usize = 10;

/// What a refresh writes.
const ROTATE: &str = "UPDATE iam_refresh_families SET current = $3, rotated_at = rotated_at + 1, previous_hash = $4, previous_salt = $5, \
     previous_key_version = 1 WHERE tenant = $1 AND family_key = $2 AND current = $4";

/// The tenant without a name.
const TENANT: &str = "";

/// A store, and a driver for it.
pub struct Bare(Way);

enum Way {
    /// No store was named.
    Nowhere,
    Redis(MultiplexedConnection),
    Sqlx(PgPool),
    TokioPostgres(Clients),
}

/// Connections that read, which take any number of questions at once, and others for transactions, which one has to itself.
struct Clients {
    readers: Vec<Prepared>,
    writers: Vec<Mutex<Prepared>>,
    next: AtomicUsize,
}

struct Prepared {
    client: Client,
    session_and_user: Statement,
    family: Statement,
    rotate: Statement,
}

impl fmt::Debug for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bare").finish_non_exhaustive()
    }
}

impl Bare {
    /// The store at `BARE_URL`, through the driver that `BARE` names: `redis`, `sqlx` or `tokio-postgres`.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn from_env() -> io::Result<Self> {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let (driver, url) = (variable("BARE"), variable("BARE_URL"));
        Ok(Self(match driver.as_str() {
            "" => Way::Nowhere,
            "redis" => {
                let client = redis::Client::open(url).map_err(io::Error::other)?;
                Way::Redis(client.get_multiplexed_async_connection().await.map_err(io::Error::other)?)
            }
            "sqlx" => Way::Sqlx(pool(&url).map_err(io::Error::other)?),
            "tokio-postgres" => Way::TokioPostgres(Clients::connect(&url).await.map_err(io::Error::other)?),
            _ => return Err(io::Error::other("BARE: redis, sqlx or tokio-postgres")),
        }))
    }

    /// Whom to greet: the user of the session whose key a cookie has in hexadecimal. In Redis it is the name under which the session
    /// stands there; that no more than its bytes are read makes everybody alice.
    ///
    /// # Errors
    /// When there is no such session, or the store does not answer.
    pub async fn username(&self, cookie: &str) -> io::Result<String> {
        let key = bytes(cookie)?;
        let name = match &self.0 {
            Way::Nowhere => None,
            Way::Redis(connection) => {
                let mut connection = connection.clone();
                let held = redis::cmd("GET").arg(key).query_async::<Option<Vec<u8>>>(&mut connection).await;
                held.map_err(io::Error::other)?.map(|_| "alice".to_owned())
            }
            Way::Sqlx(pool) => {
                let query = sqlx::query(SESSION_AND_USER).bind(TENANT).bind(key);
                let row = query.fetch_optional(pool).await.map_err(io::Error::other)?;
                row.map(|row| row.try_get(USERNAME)).transpose().map_err(io::Error::other)?
            }
            Way::TokioPostgres(clients) => {
                let Prepared { client, session_and_user, .. } = clients.reader();
                let row =
                    client.query_opt(session_and_user, &[&TENANT, &key]).await.map_err(io::Error::other)?;
                row.map(|row| row.try_get(USERNAME)).transpose().map_err(io::Error::other)?
            }
        };
        name.ok_or_else(not_there)
    }

    /// Rotates the refresh family whose key a cookie has in hexadecimal: a transaction of two statements.
    ///
    /// # Errors
    /// When there is no such family, or the store does not answer.
    pub async fn rotate(&self, cookie: &str) -> io::Result<()> {
        let key = bytes(cookie)?;
        let changed = match &self.0 {
            Way::Nowhere | Way::Redis(_) => 0,
            Way::Sqlx(pool) => rotate_by_sqlx(pool, &key).await.map_err(io::Error::other)?,
            Way::TokioPostgres(clients) => clients.rotate(&key).await.map_err(io::Error::other)?,
        };
        if changed == 1 { Ok(()) } else { Err(not_there()) }
    }
}

fn pool(url: &str) -> sqlx::Result<PgPool> {
    // As ours: asking before each use costs more than what is asked for then.
    PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false).connect_lazy(url)
}

async fn rotate_by_sqlx(pool: &PgPool, key: &[u8]) -> sqlx::Result<u64> {
    let mut transaction = pool.begin().await?;
    let row = sqlx::query(FAMILY).bind(TENANT).bind(key).fetch_one(&mut *transaction).await?;
    let current: Vec<u8> = row.try_get(CURRENT)?;
    let rotate = sqlx::query(ROTATE).bind(TENANT).bind(key).bind(successor(&current)).bind(&current);
    let done = rotate.bind(&current[..16]).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(done.rows_affected())
}

impl Clients {
    async fn connect(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (mut readers, mut writers) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            readers.push(Prepared::connect(url).await?);
            writers.push(Mutex::new(Prepared::connect(url).await?));
        }
        Ok(Self { readers, writers, next: AtomicUsize::new(0) })
    }

    fn reader(&self) -> &Prepared {
        &self.readers[self.turn()]
    }

    /// One that nobody has, or else the next one.
    async fn writer(&self) -> MutexGuard<'_, Prepared> {
        match self.writers.iter().find_map(|writer| writer.try_lock().ok()) {
            Some(free) => free,
            None => self.writers[self.turn()].lock().await,
        }
    }

    fn turn(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len()
    }

    async fn rotate(&self, key: &[u8]) -> Result<u64, tokio_postgres::Error> {
        let mut writer = self.writer().await;
        let Prepared { client, family, rotate, .. } = &mut *writer;
        let transaction = client.transaction().await?;
        let row = transaction.query_one(family, &[&TENANT, &key]).await?;
        let current: Vec<u8> = row.try_get(CURRENT)?;
        let (next, salt) = (successor(&current), &current[..16]);
        let changed = transaction.execute(rotate, &[&TENANT, &key, &next, &current, &salt]).await?;
        transaction.commit().await?;
        Ok(changed)
    }
}

impl Prepared {
    async fn connect(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let session_and_user = client.prepare(SESSION_AND_USER).await?;
        let (family, rotate) = (client.prepare(FAMILY).await?, client.prepare(ROTATE).await?);
        Ok(Self { client, session_and_user, family, rotate })
    }
}

/// Another one of the same length.
fn successor(current: &[u8]) -> Vec<u8> {
    current.iter().map(|byte| byte.wrapping_add(1)).collect()
}

fn bytes(cookie: &str) -> io::Result<Vec<u8>> {
    base16ct::lower::decode_vec(cookie).map_err(|_| io::Error::other("the key is not in hexadecimal"))
}

fn not_there() -> io::Error {
    io::Error::other("it is not there, or no store was named")
}
