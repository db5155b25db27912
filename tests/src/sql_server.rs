//! A database of a test's own on a server of PostgreSQL or MySQL.

use std::env;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use auth_store::sqlx::mysql::MySqlConnection;
use auth_store::sqlx::postgres::PgConnection;
use auth_store::sqlx::{AssertSqlSafe, Connection as _, raw_sql};

/// Which of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SqlServer {
    /// At `TEST_MYSQL_URL`.
    MySql,
    /// At `TEST_POSTGRES_URL`.
    Postgres,
}

/// A database on the server, which goes away with this.
#[derive(Debug)]
pub(crate) struct ServerDatabase {
    server: SqlServer,
    address: String,
    name: String,
}

impl ServerDatabase {
    pub(crate) fn new(server: SqlServer) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let address = match server {
            SqlServer::MySql => env::var("TEST_MYSQL_URL").expect("TEST_MYSQL_URL names a MySQL server"),
            SqlServer::Postgres => {
                env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a PostgreSQL server")
            }
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let database = Self { server, address, name: format!("auth_app_{}_{number}", process::id()) };
        database.on_server(format!("CREATE DATABASE {}", database.name));
        database
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.address, self.name)
    }

    /// On a thread of its own: a runtime may be at work on this one.
    fn on_server(&self, sql: String) {
        let (server, address) = (self.server, self.address.clone());
        let done = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(server, &address, sql));
        });
        done.join().unwrap();
    }
}

async fn run(server: SqlServer, address: &str, sql: String) {
    let sql = raw_sql(AssertSqlSafe(sql));
    match server {
        SqlServer::MySql => {
            let mut connection = MySqlConnection::connect(address).await.unwrap();
            sql.execute(&mut connection).await.unwrap();
        }
        SqlServer::Postgres => {
            let mut connection = PgConnection::connect(&format!("{address}/postgres")).await.unwrap();
            sql.execute(&mut connection).await.unwrap();
        }
    }
}

impl Drop for ServerDatabase {
    fn drop(&mut self) {
        let force = match self.server {
            SqlServer::MySql => "",
            SqlServer::Postgres => " WITH (FORCE)",
        };
        self.on_server(format!("DROP DATABASE {}{force}", self.name));
    }
}
