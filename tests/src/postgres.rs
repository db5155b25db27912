//! A PostgreSQL database of a test's own.

use std::env;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use auth_store::sqlx::postgres::PgConnection;
use auth_store::sqlx::{AssertSqlSafe, Connection as _, raw_sql};

/// A database on the server at `TEST_POSTGRES_URL`, which goes away with this.
#[derive(Debug)]
pub(crate) struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a PostgreSQL server");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let database = Self { server, name: format!("auth_app_{}_{number}", process::id()) };
        database.on_server(format!("CREATE DATABASE {}", database.name));
        database
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    /// On a thread of its own: a runtime may be at work on this one.
    fn on_server(&self, sql: String) {
        let url = format!("{}/postgres", self.server);
        let done = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            });
        });
        done.join().unwrap();
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        self.on_server(format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
