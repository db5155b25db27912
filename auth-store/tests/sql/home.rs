//! A database of each test's own.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

use auth_core::store::{Backend as _, Stores};
use auth_core::testing::service;
use auth_store::sqlx::mysql::MySqlConnection;
use auth_store::sqlx::postgres::PgConnection;
use auth_store::sqlx::sqlite::SqliteConnection;
use auth_store::sqlx::{AssertSqlSafe, Connection as _, Row as _, query, raw_sql};
use auth_store::{SqlStore, SqlStoreOptions};
use tempfile::TempDir;

/// An empty database, which goes away with this.
pub(crate) struct Home {
    /// For stores.
    pub(crate) url: String,
    /// For other programs, which know the server itself.
    address: String,
    kept: Kept,
}

enum Kept {
    Folder {
        _folder: TempDir,
    },
    /// A schema of a database that others have schemas in, too.
    Schema {
        run: Arc<Database>,
        name: String,
        is_lent: bool,
    },
    Database(Arc<Database>),
    /// A database on the MySQL server.
    MySql {
        run: Arc<MySqlRun>,
        name: String,
        is_lent: bool,
    },
}

/// Those of MySQL that this program has made, where databases have no schemas in them.
pub(crate) struct MySqlRun {
    server: String,
    /// With our tables, all of them empty.
    idle: Mutex<Vec<String>>,
}

/// A database on the server.
pub(crate) struct Database {
    server: String,
    name: String,
    /// Schemas with our tables, all of them empty. Making tables, and dropping them, takes longer than most of the tests.
    idle: Mutex<Vec<String>>,
}

impl Home {
    pub(crate) fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("app.db").display());
        Some(Self::at(url, Kept::Folder { _folder: folder }))
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let run = Database::of_this_run().await?;
        let name = unique("t");
        run.run(&format!("CREATE SCHEMA {name}")).await;
        Some(Self::of_schema(run, name, false))
    }

    /// With our tables in it, which were another test's before.
    async fn postgres_with_tables() -> Option<Self> {
        let run = Database::of_this_run().await?;
        let idle = run.idle.lock().unwrap().pop();
        if let Some(name) = idle {
            return Some(Self::of_schema(run, name, true));
        }
        let mut home = Self::postgres().await?;
        home.migrated().await;
        if let Kept::Schema { is_lent, .. } = &mut home.kept {
            *is_lent = true;
        }
        Some(home)
    }

    fn of_schema(run: Arc<Database>, name: String, is_lent: bool) -> Self {
        let url = format!("{}?options[search_path]={name}", run.url());
        Self::at(url, Kept::Schema { run, name, is_lent })
    }

    /// A whole database, made in its own way.
    pub(crate) async fn postgres_database(like: &str) -> Option<Self> {
        let database = Arc::new(Database::new(like).await?);
        Some(Self::at(database.url(), Kept::Database(database)))
    }

    /// The same, for stores that find it at this server.
    pub(crate) async fn postgres_database_by(server: &str) -> Option<Self> {
        let mut home = Self::postgres_database("").await?;
        home.url = format!("{server}/{}?statement-cache-capacity=0", home.name());
        Some(home)
    }

    pub(crate) async fn mysql() -> Option<Self> {
        Self::mysql_database("").await
    }

    /// A database that is made in its own way.
    pub(crate) async fn mysql_database(like: &str) -> Option<Self> {
        let run = MySqlRun::current()?;
        let name = unique("auth_store");
        run.run(&format!("CREATE DATABASE {name} {like}")).await;
        Some(Self::of_mysql(run, name, false))
    }

    /// With our tables in it, which were another test's before.
    async fn mysql_with_tables() -> Option<Self> {
        let run = MySqlRun::current()?;
        let idle = run.idle.lock().unwrap().pop();
        if let Some(name) = idle {
            return Some(Self::of_mysql(run, name, true));
        }
        let mut home = Self::mysql().await?;
        home.migrated().await;
        if let Kept::MySql { is_lent, .. } = &mut home.kept {
            *is_lent = true;
        }
        Some(home)
    }

    fn of_mysql(run: Arc<MySqlRun>, name: String, is_lent: bool) -> Self {
        Self::at(format!("{}/{name}", run.server), Kept::MySql { run, name, is_lent })
    }

    fn at(url: String, kept: Kept) -> Self {
        Self { address: url.clone(), url, kept }
    }

    /// The store of a program that starts here.
    pub(crate) async fn open(&self) -> SqlStore {
        self.open_with(SqlStoreOptions::default()).await
    }

    /// With few connections: a server has a hundred, and tests run side by side.
    pub(crate) async fn open_with(&self, options: SqlStoreOptions) -> SqlStore {
        SqlStore::connect_with(&self.plain_url(), &options.max_connections(6)).await.unwrap()
    }

    /// Without TLS, where PostgreSQL is read by lines. Many a server has TLS for whoever does not say so.
    fn plain_url(&self) -> String {
        match self.is_sqlite() || self.is_mysql() {
            true => self.url.clone(),
            false => format!("{}{}sslmode=disable", self.url, if self.url.contains('?') { '&' } else { '?' }),
        }
    }

    pub(crate) async fn migrated(&self) -> SqlStore {
        let store = self.open().await;
        store.migrate().await.unwrap();
        store
    }

    /// The name of a database of its own.
    pub(crate) fn name(&self) -> &str {
        match &self.kept {
            Kept::Database(database) => &database.name,
            Kept::MySql { name, .. } => name,
            _ => panic!("others are in this database, too"),
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.kept, Kept::Folder { .. })
    }

    pub(crate) fn is_mysql(&self) -> bool {
        matches!(self.kept, Kept::MySql { .. })
    }

    /// Another program's connection to PostgreSQL.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.address).await.unwrap()
    }

    /// The same to MySQL.
    pub(crate) async fn mysql_connection(&self) -> MySqlConnection {
        MySqlConnection::connect(&self.address).await.unwrap()
    }

    /// Runs a script as another program would.
    pub(crate) async fn run(&self, sql: &str) {
        let sql = raw_sql(AssertSqlSafe(sql.to_owned()));
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
            sql.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else if self.is_mysql() {
            sql.execute(&mut self.mysql_connection().await).await.unwrap();
        } else {
            sql.execute(&mut self.connection().await).await.unwrap();
        }
    }

    /// The one number that a query answers.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
            query(sql).fetch_one(&mut connection).await.unwrap().get(0)
        } else if self.is_mysql() {
            query(sql).fetch_one(&mut self.mysql_connection().await).await.unwrap().get(0)
        } else {
            query(sql).fetch_one(&mut self.connection().await).await.unwrap().get(0)
        }
    }

    async fn texts(&self, sql: String) -> Vec<String> {
        let sql = AssertSqlSafe(sql);
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
            let rows = query(sql).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        } else if self.is_mysql() {
            let rows = query(sql).fetch_all(&mut self.mysql_connection().await).await.unwrap();
            rows.iter().map(|row| row.try_get_unchecked(0).unwrap()).collect()
        } else {
            let rows = query(sql).fetch_all(&mut self.connection().await).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }

    /// What is said in one way by SQLite, in another by PostgreSQL, in a third by MySQL.
    pub(crate) fn in_words<'a>(&self, sqlite: &'a str, postgres: &'a str, mysql: &'a str) -> &'a str {
        match (self.is_sqlite(), self.is_mysql()) {
            (true, _) => sqlite,
            (_, true) => mysql,
            _ => postgres,
        }
    }

    /// Our tables, all but that of migrations.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let names = self.in_words(
            "SELECT name FROM sqlite_schema WHERE type = 'table'",
            "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace",
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()",
        );
        let ours = "name LIKE 'iam%' AND name <> 'iam_migrations'";
        self.texts(format!("SELECT name FROM ({names}) AS tables WHERE {ours} ORDER BY name")).await
    }

    /// The first columns of all unique keys of our tables, as `table.column`.
    pub(crate) async fn first_columns_of_keys(&self) -> Vec<String> {
        let keys = self.in_words(
            "SELECT t.name AS table_name, c.name AS column_name FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, \
             pragma_index_info(i.name) AS c WHERE t.type = 'table' AND i.\"unique\" AND c.seqno = 0",
            "SELECT t.relname::text AS table_name, c.attname::text AS column_name FROM pg_index AS i \
             JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum = i.indkey[0] \
             WHERE i.indisunique AND t.relnamespace = current_schema()::regnamespace",
            "SELECT table_name, column_name FROM information_schema.statistics \
             WHERE table_schema = database() AND non_unique = 0 AND seq_in_index = 1",
        );
        let sql = format!(
            "SELECT table_name || '.' || column_name FROM ({keys}) AS unique_keys WHERE table_name <> 'iam_migrations'"
        );
        self.texts(sql).await
    }

    /// All that the tables hold of a tenant.
    pub(crate) async fn rows_of(&self, tenant: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for table in self.tables().await {
            let row = match self.is_sqlite() || self.is_mysql() {
                true => self.quoted_columns(&table).await,
                false => "to_jsonb(whole)::text".to_owned(),
            };
            let sql = format!(
                "SELECT '{table} ' || {row} FROM {table} AS whole WHERE tenant = '{tenant}' ORDER BY 1"
            );
            rows.extend(self.texts(sql).await);
        }
        rows
    }

    async fn quoted_columns(&self, table: &str) -> String {
        let names = self.in_words(
            "SELECT name FROM pragma_table_info",
            "",
            "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = (",
        );
        let sql = match self.is_sqlite() {
            true => format!("{names}('{table}')"),
            false => format!("{names}'{table}') ORDER BY ordinal_position"),
        };
        let quoted = |column: &String| match self.is_sqlite() {
            true => format!("quote({column})"),
            false => format!("coalesce(hex({column}), 'NULL')"),
        };
        self.texts(sql).await.iter().map(quoted).collect::<Vec<_>>().join(" || ' ' || ")
    }
}

impl MySqlRun {
    /// That of all tests of this program; it goes, with its databases, when none of them is on.
    fn current() -> Option<Arc<Self>> {
        static RUN: Mutex<Weak<MySqlRun>> = Mutex::new(Weak::new());
        let mut run = RUN.lock().unwrap();
        if let Some(run) = run.upgrade() {
            return Some(run);
        }
        let new = Arc::new(Self { server: service("TEST_MYSQL_URL")?, idle: Mutex::default() });
        *run = Arc::downgrade(&new);
        Some(new)
    }

    async fn take_back(&self, name: String) {
        let deletions = OURS.split(' ').map(|table| format!("DELETE FROM {name}.iam_{table};"));
        self.run(&deletions.collect::<String>()).await;
        self.idle.lock().unwrap().push(name);
    }

    async fn run(&self, sql: &str) {
        on_mysql_server(&self.server, sql).await;
    }
}

impl Database {
    /// That of all tests of this program, which goes when none of them is on.
    async fn of_this_run() -> Option<Arc<Self>> {
        static RUN: Mutex<Weak<Database>> = Mutex::new(Weak::new());
        static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _making = MAKING.lock().await;
        if let Some(run) = RUN.lock().unwrap().upgrade() {
            return Some(run);
        }
        let run = Arc::new(Self::new("").await?);
        *RUN.lock().unwrap() = Arc::downgrade(&run);
        Some(run)
    }

    async fn new(like: &str) -> Option<Self> {
        let server = service("TEST_POSTGRES_URL")?;
        let database = Self { server, name: unique("auth_store"), idle: Mutex::default() };
        on_server(&database.server, &format!("CREATE DATABASE {} {like}", database.name)).await;
        Some(database)
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    async fn take_back(&self, schema: String) {
        let deletions = OURS.split(' ').map(|table| format!("DELETE FROM {schema}.iam_{table};"));
        self.run(&deletions.collect::<String>()).await;
        self.idle.lock().unwrap().push(schema);
    }

    async fn run(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    }
}

/// Our tables, all but those that lose their rows with these.
const OURS: &str = "users groups sessions refresh_families linked_accounts factors consents clients outbox audit signing_keys short_lived quotas";

fn unique(prefix: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

async fn on_server(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

async fn on_mysql_server(server: &str, sql: &str) {
    let mut connection = MySqlConnection::connect(server).await.unwrap();
    raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

/// Waits for work outside of the runtime of the test, which cannot be waited for while something is dropped within it.
fn wait_for(work: impl Future<Output = ()> + Send + 'static) {
    let waiting = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work);
    });
    let _ = waiting.join();
}

impl Drop for Home {
    fn drop(&mut self) {
        match &self.kept {
            Kept::Schema { run, name, is_lent } => {
                let (run, name) = (run.clone(), name.clone());
                match is_lent {
                    true => wait_for(async move { run.take_back(name).await }),
                    false => wait_for(async move { run.run(&format!("DROP SCHEMA {name} CASCADE")).await }),
                }
            }
            Kept::MySql { run, name, is_lent } => {
                let (run, name) = (run.clone(), name.clone());
                match is_lent {
                    true => wait_for(async move { run.take_back(name).await }),
                    false => wait_for(async move { run.run(&format!("DROP DATABASE {name}")).await }),
                }
            }
            Kept::Database(_) | Kept::Folder { .. } => {}
        }
    }
}

impl Drop for MySqlRun {
    fn drop(&mut self) {
        let (server, idle) = (self.server.clone(), std::mem::take(&mut *self.idle.lock().unwrap()));
        let drops: String = idle.iter().map(|name| format!("DROP DATABASE {name};")).collect();
        if !drops.is_empty() {
            wait_for(async move { on_mysql_server(&server, &drops).await });
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        wait_for(async move { on_server(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await });
    }
}

/// A migrated store, with its database.
pub(crate) struct Fresh {
    pub(crate) store: SqlStore,
    pub(crate) home: Home,
}

impl Fresh {
    pub(crate) async fn new(home: Home) -> Self {
        Self { store: home.migrated().await, home }
    }

    pub(crate) async fn sqlite() -> Option<Self> {
        Some(Self::new(Home::sqlite()?).await)
    }

    pub(crate) async fn postgres() -> Option<Self> {
        Some(Self::new(Home::postgres_with_tables().await?).await)
    }

    pub(crate) async fn mysql() -> Option<Self> {
        Some(Self::new(Home::mysql_with_tables().await?).await)
    }

    pub(crate) fn stores(&self) -> Stores {
        self.store.stores()
    }

    pub(crate) fn of_tenant(&self, name: &str) -> Stores {
        self.store.tenant(name).unwrap().stores()
    }
}

/// A test of each case on each database.
macro_rules! on_each {
    ($($case:ident)+) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                super::$case(crate::home::Home::sqlite().unwrap()).await;
            })+
        }
        mod on_mysql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let Some(home) = crate::home::Home::mysql().await else { return };
                super::$case(home).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let Some(home) = crate::home::Home::postgres().await else { return };
                super::$case(home).await;
            })+
        }
    };
}
pub(crate) use on_each;
