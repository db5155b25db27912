//! The servers of stores: what the load program makes on them for itself, and removes again.

pub(crate) mod postgres;
mod redis;

use std::io;

use crate::options::Store;
use crate::program::Stores;

use self::postgres::PostgresDatabase;
use self::redis::RedisDatabase;

/// Stores of this measurement's own. They are removed when this is dropped.
pub(crate) struct OwnStores {
    pub(crate) postgres: PostgresDatabase,
    pub(crate) redis: Option<RedisDatabase>,
}

impl OwnStores {
    /// Accounts in PostgreSQL; sessions there too, or in Redis.
    pub(crate) fn make(store: Store) -> io::Result<Self> {
        let redis = (store == Store::Redis).then(RedisDatabase::take).transpose()?;
        Ok(Self { postgres: PostgresDatabase::create()?, redis })
    }

    pub(crate) fn urls(&self) -> Stores {
        let redis = self.redis.as_ref().map(|redis| redis.url().to_owned());
        Stores { database: self.postgres.url().to_owned(), redis }
    }
}

/// Where a server is that tests may use.
fn server(variable: &str) -> io::Result<String> {
    std::env::var(variable).map_err(|_| io::Error::other(format!("{variable} names no server")))
}
