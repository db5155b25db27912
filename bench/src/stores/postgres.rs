//! A database of our own on a PostgreSQL server.

use std::io;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Client, Error, NoTls};

use super::server;

static MADE: AtomicU32 = AtomicU32::new(0);

/// A database. It is dropped with this.
pub(crate) struct PostgresDatabase {
    server: String,
    name: String,
    url: String,
}

impl PostgresDatabase {
    /// On the server at `TEST_POSTGRES_URL`.
    pub(crate) fn create() -> io::Result<Self> {
        let server = server("TEST_POSTGRES_URL")?;
        let name = format!("auth_load_{}_{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        execute(&format!("{server}/postgres"), &format!("CREATE DATABASE {name}"))?;
        // Without TLS, which one driver would speak and the other not.
        let url = format!("{server}/{name}?sslmode=disable");
        Ok(Self { server, name, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs a script.
    pub(crate) fn execute(&self, script: &str) -> io::Result<()> {
        execute(&self.url, script)
    }

    /// The bytes in the first column of each row.
    pub(crate) fn bytes(&self, query: &str) -> io::Result<Vec<Vec<u8>>> {
        with_client(&self.url, async |client| {
            client.query(query, &[]).await?.iter().map(|row| row.try_get(0)).collect()
        })
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = execute(&format!("{}/postgres", self.server), &drop) {
            eprintln!("the database {} is still there: {error}", self.name);
        }
    }
}

fn execute(url: &str, script: &str) -> io::Result<()> {
    with_client(url, async |client| client.batch_execute(script).await)
}

#[tokio::main(flavor = "current_thread")]
async fn with_client<T>(url: &str, work: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> io::Result<T> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    work(&client).await.map_err(io::Error::other)
}
