//! Users in a Django project's database.
//!
//! Django's tables get no column of ours: what has no place there stands in a table beside them. An account's epoch is derived from the
//! stored password until one is written, and then holds for that password only, so a password that Django changes ends the sessions here
//! without anybody telling us. Names may hold an `@` there: one that matches exactly goes first, and only then is the text an address.

mod admin;
mod beside;
mod default;
mod epoch;
mod id;
mod index;
mod migrations;
mod open;
mod options;
mod record;
mod schema;
mod sessions;
mod signing;
mod statements;
mod tables;
mod users;

use std::fmt;
use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::error::{Error, StoreError};
use auth_core::password::HashingRules;
use auth_core::store::Backend;

pub use self::beside::DjangoBackend;
pub use self::default::DjangoDefault;
pub use self::options::DjangoOptions;
pub use self::sessions::DjangoSessions;
pub use self::tables::DjangoTables;

use crate::database::Database;
use crate::options::SqlStoreOptions;
use crate::sql::migration::Migrations;
use crate::tables::{MigrationScript, SqlStore};

use self::id::IdKind;
use self::signing::SecretKeys;
use self::statements::Statements;

/// The name of Django's session cookie, unless the project has another one (`SESSION_COOKIE_NAME`).
const SESSION_COOKIE: &str = "sessionid";

/// The users of a Django project, in its own database: PostgreSQL, MySQL or SQLite, with the feature of that name. Clones share its
/// connections.
///
/// It reads and writes `auth_user` and its sisters, or the tables of a user model of the project's own ([`DjangoTables`]), as Django
/// does, and keeps what has no place there in a table of its own, `iam_django_users` (with `iam_django_migrations`, which says how that
/// came to be). Sessions, keys and everything else live in a store beside it: [in the same database](Self::own_tables), another one,
/// Redis.
///
/// 1. Somebody logs in by their user name, compared as Django does: exactly, after NFKC, and without case where the column's collation
///    passes over it (in MySQL most do). Failing that, by their e-mail address,
///    compared without the case of ASCII letters: Django leaves that to each project. An address that several accounts share logs
///    nobody in. Addresses are found by an index that Django does not make: where it is missing, they log nobody in, no account
///    is given one here, and a warning at start has [the statement](Self::missing_email_index) that makes it.
/// 2. Permissions are `app_label.codename`, direct and by group; `is_superuser` has them all, an account that is not `is_active`
///    none.
/// 3. A password that is changed on either side ends the sessions of both: Django's by its own session hash, ours because the
///    epoch is derived from the stored password, or kept for as long as that stays.
/// 4. What is written in the password column is what Django can read, at most 128 characters, or nothing.
/// 5. Times in SQLite and MySQL are read and written in UTC, as Django does with `USE_TZ`.
///
/// ```no_run
/// # async fn example() -> Result<(), auth_core::Error> {
/// use auth_core::Auth;
/// use auth_store::{DjangoOptions, DjangoStore, SqlStore};
///
/// let django = DjangoStore::connect("postgres://app@localhost/shop", DjangoOptions::take_over()).await?;
/// let auth = Auth::builder()
///     .base_url("https://app.example")
///     .secret_from_env("AUTH_SECRET")
///     .store(django.beside(SqlStore::connect("sqlite:auth.db?mode=rwc").await?))
///     .build()
///     .await?;
/// auth.migrate().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DjangoStore(Arc<Inner>);

struct Inner {
    database: Database,
    id: IdKind,
    /// Why no users can be made here, where none can.
    obstacle: Option<String>,
    sql: Statements,
    migrations: Migrations,
    tables: DjangoTables,
    own: SqlStoreOptions,
    keys: SecretKeys,
    has_keys: bool,
    missing_email_index: Option<String>,
    hashing: HashingRules,
}

impl DjangoStore {
    /// Opens the database that a `postgres:`, `mysql:` or `sqlite:` URL names, and checks that what is needed stands in it.
    ///
    /// # Errors
    /// [`Configuration`](auth_core::ErrorKind::Configuration) with the tables and columns that are missing, or for settings that
    /// make no sense; [`Unavailable`](auth_core::ErrorKind::Unavailable) when the database cannot be reached.
    pub async fn connect(url: &str, options: DjangoOptions) -> Result<Self, Error> {
        options.check()?;
        let database = open::open(url, &options.own).await?;
        let has_keys = !options.keys.is_empty();
        let schema = schema::check(&database, &options.tables, has_keys).await?;
        let prefix = migrations::prefix(options.own.prefix());
        let migrations = migrations::migrations(database.dialect(), &prefix);
        let sql = Statements::write(database.dialect(), &options.tables, &schema, &format!("{prefix}users"));
        let missing_email_index = index::missing(&database, &options.tables, options.own.prefix()).await?;
        if let Some(statement) = &missing_email_index {
            tracing::warn!(
                "no index finds the users of `{}` by their e-mail address, so nobody logs in by an address, only by user name, and no \
                 account is given one here: run `{statement}` in the Django database, and start again",
                options.tables.user
            );
        }
        let store = Self(Arc::new(Inner {
            database,
            id: schema.id,
            obstacle: schema.obstacle(),
            own: options.own,
            sql,
            migrations,
            tables: options.tables,
            keys: SecretKeys::new(options.keys),
            has_keys,
            missing_email_index,
            hashing: options.hashing,
        }));
        Ok(store)
    }

    /// This store for the users, and `backend` for everything else: what the builder's
    /// [`store`](auth_core::AuthBuilder::store) takes.
    pub fn beside<B: Backend + 'static>(&self, backend: B) -> DjangoBackend {
        DjangoBackend::new(self.clone(), Arc::new(backend))
    }

    /// Tables of our own for everything else in Django's database, over the same connections: their names begin with the
    /// [prefix](DjangoOptions::table_prefix), `iam_`, and none of Django's does. Put this [beside](Self::beside) them, and Redis beside both
    /// where sessions belong there.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), auth_core::Error> {
    /// use auth_store::{DjangoOptions, DjangoStore};
    ///
    /// let django = DjangoStore::connect("mysql://app@localhost/shop", DjangoOptions::take_over()).await?;
    /// let store = django.beside(django.own_tables());
    /// # Ok(())
    /// # }
    /// ```
    pub fn own_tables(&self) -> SqlStore {
        SqlStore::over(self.0.database.clone(), &self.0.own)
    }

    /// The project's sessions, for [`AuthBuilder::outside_sessions`](auth_core::AuthBuilder::outside_sessions).
    ///
    /// # Errors
    /// `Configuration` when the [secret key](DjangoOptions::secret_key) was not given.
    pub fn sessions(&self) -> Result<DjangoSessions, Error> {
        if !self.0.has_keys {
            return Err(Error::configuration(
                "Django's sessions are signed: give its SECRET_KEY by `DjangoOptions::secret_key`",
            ));
        }
        Ok(DjangoSessions { store: self.clone(), cookie: SESSION_COOKIE.to_owned() })
    }

    /// Makes our table in Django's database, if need be. `migrate` of [`beside`](Self::beside) calls it.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::ErrorKind::Unavailable), also where this database's user may make no table, or where a newer program
    /// made ours.
    pub async fn migrate(&self) -> Result<(), Error> {
        Ok(self.migrate_own().await?)
    }

    /// The SQL that [`migrate`](Self::migrate) runs, for those who run it by a tool of their own, as
    /// [`SqlStore::migrations`] is.
    pub fn migrations(&self) -> Vec<MigrationScript> {
        MigrationScript::all(&self.0.migrations)
    }

    /// What of that Django's database lacks, as [`SqlStore::missing_migrations`] is.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub async fn missing_migrations(&self) -> Result<Vec<MigrationScript>, Error> {
        Ok(MigrationScript::missing(&self.0.database, &self.0.migrations).await?)
    }

    /// The statement that makes the index by which people are found by their e-mail address, where the database had none when it was
    /// opened. Until it has been run and the program started again, nobody logs in by an address, and no account is given one here:
    /// whoever has no account could make the database read the whole table otherwise.
    pub fn missing_email_index(&self) -> Option<&str> {
        self.0.missing_email_index.as_deref()
    }

    async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.database.time().await
    }

    async fn migrate_own(&self) -> Result<(), StoreError> {
        self.0.database.migrate(&self.0.migrations).await
    }

    async fn is_migrated(&self) -> Result<bool, StoreError> {
        self.0.database.is_migrated(&self.0.migrations).await
    }
}

impl fmt::Debug for DjangoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DjangoStore").field("user_table", &self.0.tables.user).finish_non_exhaustive()
    }
}
