//! The tables of ours, written once over the [toolkit](crate::sql), whatever the database: a folder of the crate that has a
//! dialect, a driver and migrations brings all of them.
//!
//! Each statement names the tenant, and the handle binds it: no statement here can read or write what is another tenant's.

mod batch;
mod keys;
mod linked_accounts;
mod refresh;
mod sessions;
mod short_lived;
mod statements;
mod sweep;
mod user_admin;
mod users;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::error::{Error, StoreError};
use auth_core::store::{Backend, Stores};

use crate::database::{Any, Database};
use crate::options::SqlStoreOptions;
use crate::sql::Writer;
use crate::sql::migration::Migrations;
use crate::sqlite::{self, Sqlite};

use self::statements::Statements;

/// The longest name of a tenant, in bytes: it stands first in every key of every table.
const MAX_TENANT: usize = 64;

/// All stores in one SQLite file. Clones share its connections, and so do the handles of its [tenants](Self::tenant).
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
    database: Database,
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
    /// Opens the file that a `sqlite:` URL names; `?mode=rwc` makes it if need be. The tables are named `iam_…`.
    ///
    /// # Errors
    /// [`Configuration`](auth_core::error::ErrorKind::Configuration) for a URL that names no file or one that is not there,
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable) when the file that is there cannot be opened.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, &SqlStoreOptions::default()).await
    }

    /// Opens the file with other settings.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), and `Configuration` for a table prefix that is none.
    pub async fn connect_with(url: &str, options: &SqlStoreOptions) -> Result<Self, Error> {
        options.check()?;
        let file = Sqlite::open(sqlite::parse_url(url)?, options.time_limit()).await?;
        let database = Database::new(Any::Sqlite(file), options.time_limit());
        let writer = Writer { dialect: database.dialect(), prefix: options.prefix() };
        let (sql, migrations) = (Statements::write(&writer), Migrations::new(&writer, sqlite::MIGRATIONS));
        let shared = Arc::new(Shared { prefix: options.prefix().to_owned(), sql, migrations });
        Ok(Self { database, shared, tenant: "".into() })
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
        if name.len() > MAX_TENANT || name.contains(char::is_control) {
            return Err(Error::configuration(format!(
                "`{}` is no name of a tenant: it has at most {MAX_TENANT} bytes and no control characters",
                name.chars().take(MAX_TENANT).collect::<String>().escape_debug()
            )));
        }
        Ok(Self { database: self.database.of_tenant(name), shared: self.shared.clone(), tenant: name.into() })
    }

    fn sql(&self) -> &Statements {
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
        Stores::of(store.clone()).with_session_users(store)
    }

    /// Of all tenants at once.
    async fn migrate(&self) -> Result<(), StoreError> {
        self.database.migrate(&self.shared.migrations).await
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        self.database.is_migrated(&self.shared.migrations).await
    }
}
