//! All of them in one database.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{Error, StoreError};
use auth_core::store::{Backend, Stores};
use auth_core::user::BackendId;

#[cfg(any(feature = "mysql", feature = "postgres"))]
use crate::database::Any;
use crate::database::Database;
#[cfg(feature = "mysql")]
use crate::mysql::MySql;
use crate::open::open;
use crate::options::SqlStoreOptions;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use crate::pool::SqlPool;
#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
use crate::sql::Writer;
use crate::sql::migration::{Migration, Migrations};
use crate::tenant;

use super::statements::Statements;

/// All stores in one database: a SQLite file, PostgreSQL, or MySQL. Clones share its connections, and so do the handles of its
/// [tenants](Self::tenant).
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use auth_core::store::Backend as _;
/// use auth_store::SqlStore;
///
/// let store = SqlStore::connect("sqlite:app.db?mode=rwc").await?;
/// store.migrate().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqlStore {
    pub(super) database: Database,
    shared: Arc<Shared>,
    tenant: Arc<str>,
}

/// What the handles of all tenants have in common.
struct Shared {
    prefix: String,
    sql: Statements,
    migrations: Migrations,
}

impl SqlStore {
    /// Opens the database that a URL names, with tables named `iam_…`. The scheme says which one; each is there with the feature of its
    /// name.
    ///
    /// | URL | |
    /// |---|---|
    /// | `sqlite:app.db?mode=rwc` | the file, which `?mode=rwc` makes if need be |
    /// | `postgres://user:password@host:5432/name` | the database, which has to be there. What the URL does not say comes from `PGHOST`, `PGUSER`, `PGPASSWORD`, `~/.pgpass` and so on |
    /// | `mysql://user:password@host:3306/name` | the same in MySQL or MariaDB, which `mariadb:` may say too |
    ///
    /// Behind the `?` of a `postgres:` URL: `sslmode` (`verify-full` checks the server's certificate and name, and is what belongs
    /// on a network; `prefer`, the default, encrypts where the server can and checks nothing), `sslrootcert` (the authority, where it is
    /// none of Mozilla's), `sslcert` and `sslkey`, `application_name`, `options`; `statement-cache-capacity=0` behind a pooler in
    /// transaction mode, such as pgbouncer, which may give each transaction to another connection: without it such a pooler is refused
    /// where it shows itself.
    ///
    /// Behind the `?` of a `mysql:` URL: `ssl-mode` (`verify_identity` checks the server's certificate and name, and is what belongs
    /// on a network; `preferred`, the default, encrypts where the server can and checks nothing), `ssl-ca` (the authority, where it is none
    /// of Mozilla's), `ssl-cert` and `ssl-key`, `socket`. A password that MySQL 8 keeps by `caching_sha2_password` needs TLS.
    ///
    /// # Errors
    /// [`Configuration`](auth_core::error::ErrorKind::Configuration) for what has to be changed: a URL that is none, or whose feature is
    /// off; a file that is not there; a server of another product or one older than PostgreSQL 13, MySQL 8.0 or MariaDB 10.6, without the TLS that was asked for,
    /// that does not know the user, its password or the database, or that is a read-only replica.
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable) when the file that is there cannot be opened, or no server answers.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, &SqlStoreOptions::default()).await
    }

    /// Opens the database with other settings.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), and `Configuration` for a table prefix that is none.
    pub async fn connect_with(url: &str, options: &SqlStoreOptions) -> Result<Self, Error> {
        options.check()?;
        Ok(Self::over(open(url, options).await?, options))
    }

    /// Takes connections that the application has already: a `PgPool` or `MySqlPool` of sqlx 0.9, which [`auth_store::sqlx`](crate::sqlx)
    /// is. How many there are, how long one is waited for, and what is set on them is the application's (`statement_timeout` too, in MySQL
    /// `innodb_lock_wait_timeout`, so that the server gives up what is given up here; and there a `sql_mode` that is strict); `timeout` and the tables' prefix are
    /// these options'. Guards wait for a connection like everybody else: a store with [a URL of its own](Self::connect) keeps some for
    /// them, and behind a pooler in transaction mode such a URL is needed.
    ///
    #[cfg_attr(feature = "postgres", doc = "```no_run")]
    #[cfg_attr(not(feature = "postgres"), doc = "```ignore")]
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use auth_store::sqlx::PgPool;
    /// use auth_store::{SqlStore, SqlStoreOptions};
    ///
    /// let pool = PgPool::connect("postgres://app@localhost/shop").await?;
    /// let store = SqlStore::from_pool(pool, &SqlStoreOptions::default()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    pub async fn from_pool(pool: impl Into<SqlPool>, options: &SqlStoreOptions) -> Result<Self, Error> {
        options.check()?;
        let limit = options.time_limit();
        let server = match pool.into() {
            #[cfg(feature = "mysql")]
            SqlPool::MySql(pool) => Any::MySql(MySql::over(pool, limit).await?),
            #[cfg(feature = "postgres")]
            SqlPool::Postgres(pool) => Any::Postgres(Postgres::over(pool, limit).await?),
        };
        Ok(Self::over(Database::new(server, limit), options))
    }

    pub(crate) fn over(database: Database, options: &SqlStoreOptions) -> Self {
        let migrations = database.migrations();
        Self::with_migrations(database, options, migrations)
    }

    /// Tables that came to be by these.
    pub(crate) fn with_migrations(
        database: Database,
        options: &SqlStoreOptions,
        migrations: &'static [Migration],
    ) -> Self {
        let writer = Writer { dialect: database.dialect(), prefix: options.prefix() };
        let (sql, migrations) = (Statements::write(&writer), Migrations::new(&writer, migrations));
        let shared = Arc::new(Shared { prefix: options.prefix().to_owned(), sql, migrations });
        Self { database, shared, tenant: "".into() }
    }

    /// The same database for another tenant: users, sessions, keys and all else of its own, in the same tables over the same
    /// connections. What [`connect`](Self::connect) answers is the tenant with the name `""`. One `Auth` is one tenant; an application
    /// with many keeps an `Auth` for each.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use auth_core::clock::Timestamp;
    /// use auth_core::store::Backend as _;
    /// use auth_store::SqlStore;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("app.db").display().to_string();
    /// let store = SqlStore::connect(&format!("sqlite:{file}?mode=rwc")).await?;
    /// store.migrate().await?;
    /// let (acme, globex) = (store.tenant("acme")?.stores(), store.tenant("globex")?.stores());
    ///
    /// let now = Timestamp::from_unix_seconds(1_700_000_000);
    /// acme.short_lived.put("key", b"value", Duration::from_secs(60), now).await?;
    /// assert_eq!(globex.short_lived.get("key", now).await?, None);
    /// assert!(store.tenant(&"x".repeat(65)).is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Configuration` for a name of more than 64 bytes, or with control characters in it. Names are compared byte by byte.
    pub fn tenant(&self, name: &str) -> Result<Self, Error> {
        tenant::check(name)?;
        Ok(Self { database: self.database.of_tenant(name), shared: self.shared.clone(), tenant: name.into() })
    }

    /// Handles of one tenant are one backend, wherever they came from.
    pub(super) fn id(&self) -> BackendId {
        BackendId::part_of(&*self.shared, self.tenant.clone())
    }

    pub(super) fn prefix(&self) -> &str {
        &self.shared.prefix
    }

    pub(super) fn all_migrations(&self) -> &Migrations {
        &self.shared.migrations
    }

    pub(super) fn sql(&self) -> &Statements {
        &self.shared.sql
    }
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore")
            .field("prefix", &self.shared.prefix)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for SqlStore {
    fn stores(&self) -> Stores {
        let store = Arc::new(self.clone());
        let stores = Stores::of(store.clone()).with_session_users(store.clone());
        match self.database.can_listen() {
            true => stores.with_broadcast(store),
            false => stores,
        }
    }

    /// Of all tenants at once.
    async fn migrate(&self) -> Result<(), StoreError> {
        self.database.migrate(&self.shared.migrations).await
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        self.database.is_migrated(&self.shared.migrations).await
    }

    async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        self.database.time().await
    }
}
