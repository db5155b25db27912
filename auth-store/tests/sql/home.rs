//! A database of each test's own.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

use auth_core::store::{Backend as _, Stores};
use auth_core::testing::service;
use auth_store::sqlx::postgres::PgConnection;
use auth_store::sqlx::sqlite::SqliteConnection;
use auth_store::sqlx::{AssertSqlSafe, Connection as _, Row as _, query, raw_sql};
use auth_store::{SqlStore, SqlStoreOptions};
use tempfile::TempDir;

/// An empty database, which goes away with this.
pub(crate) struct Home {
    pub(crate) url: String,
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
        Some(Self { url, kept: Kept::Folder { _folder: folder } })
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
        Self { url, kept: Kept::Schema { run, name, is_lent } }
    }

    /// A whole database, made in its own way.
    pub(crate) async fn postgres_database(like: &str) -> Option<Self> {
        let database = Arc::new(Database::new(like).await?);
        Some(Self { url: database.url(), kept: Kept::Database(database) })
    }

    /// The store of a program that starts here.
    pub(crate) async fn open(&self) -> SqlStore {
        self.open_with(SqlStoreOptions::default()).await
    }

    /// With few connections: a server has a hundred, and tests run side by side.
    pub(crate) async fn open_with(&self, options: SqlStoreOptions) -> SqlStore {
        SqlStore::connect_with(&self.url, &options.max_connections(6)).await.unwrap()
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
            _ => panic!("others are in this database, too"),
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.kept, Kept::Folder { .. })
    }

    /// Another program's connection to PostgreSQL.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Runs a script as another program would.
    pub(crate) async fn run(&self, sql: &str) {
        let sql = raw_sql(AssertSqlSafe(sql.to_owned()));
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sql.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            sql.execute(&mut self.connection().await).await.unwrap();
        }
    }

    /// The one number that a query answers.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            query(sql).fetch_one(&mut connection).await.unwrap().get(0)
        } else {
            query(sql).fetch_one(&mut self.connection().await).await.unwrap().get(0)
        }
    }

    async fn texts(&self, sql: String) -> Vec<String> {
        let sql = AssertSqlSafe(sql);
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            let rows = query(sql).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        } else {
            let rows = query(sql).fetch_all(&mut self.connection().await).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }

    /// Our tables, all but that of migrations.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let names = match self.is_sqlite() {
            true => "SELECT name FROM sqlite_schema WHERE type = 'table'",
            false => {
                "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
            }
        };
        let ours = "name LIKE 'iam%' AND name <> 'iam_migrations'";
        self.texts(format!("SELECT name FROM ({names}) AS tables WHERE {ours} ORDER BY name")).await
    }

    /// The first columns of all unique keys of our tables, as `table.column`.
    pub(crate) async fn first_columns_of_keys(&self) -> Vec<String> {
        let keys = match self.is_sqlite() {
            true => {
                "SELECT t.name AS table_name, c.name AS column_name FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, \
                 pragma_index_info(i.name) AS c WHERE t.type = 'table' AND i.\"unique\" AND c.seqno = 0"
            }
            false => {
                "SELECT t.relname::text AS table_name, c.attname::text AS column_name FROM pg_index AS i \
                 JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum = i.indkey[0] \
                 WHERE i.indisunique AND t.relnamespace = current_schema()::regnamespace"
            }
        };
        let sql = format!(
            "SELECT table_name || '.' || column_name FROM ({keys}) AS keys WHERE table_name <> 'iam_migrations'"
        );
        self.texts(sql).await
    }

    /// All that the tables hold of a tenant.
    pub(crate) async fn rows_of(&self, tenant: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for table in self.tables().await {
            let row = match self.is_sqlite() {
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
        let columns = self.texts(format!("SELECT name FROM pragma_table_info('{table}')")).await;
        columns.iter().map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || ' ' || ")
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
        let tables = "users groups sessions refresh_families linked_accounts signing_keys short_lived quotas";
        let deletions = tables.split(' ').map(|table| format!("DELETE FROM {schema}.iam_{table};"));
        self.run(&deletions.collect::<String>()).await;
        self.idle.lock().unwrap().push(schema);
    }

    async fn run(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    }
}

fn unique(prefix: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

async fn on_server(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
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
        let Kept::Schema { run, name, is_lent } = &self.kept else { return };
        let (run, name) = (run.clone(), name.clone());
        match is_lent {
            true => wait_for(async move { run.take_back(name).await }),
            false => wait_for(async move { run.run(&format!("DROP SCHEMA {name} CASCADE")).await }),
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
