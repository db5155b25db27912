//! A database of our own on a Redis server.

use std::io;

use redis::{Connection, FromRedisValue, cmd};

use super::server;

/// The last of those that a server has unless it is told otherwise: what is in use begins with the first.
const NUMBER: u8 = 15;

/// A database, by its number. It is emptied when this is dropped.
pub(crate) struct RedisDatabase {
    url: String,
}

impl RedisDatabase {
    /// On the server at `TEST_REDIS_URL`, if nobody has anything in it.
    pub(crate) fn take() -> io::Result<Self> {
        let url = format!("{}/{NUMBER}", server("TEST_REDIS_URL")?);
        let keys: u64 = ask(&url, &["DBSIZE"])?;
        if keys > 0 {
            return Err(io::Error::other(format!("the database {NUMBER} of Redis is in use")));
        }
        Ok(Self { url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The keys of this form.
    pub(crate) fn keys(&self, pattern: &str) -> io::Result<Vec<Vec<u8>>> {
        ask(&self.url, &["KEYS", pattern])
    }
}

impl Drop for RedisDatabase {
    fn drop(&mut self) {
        if let Err(error) = ask::<()>(&self.url, &["FLUSHDB"]) {
            eprintln!("the database {NUMBER} of Redis is not empty: {error}");
        }
    }
}

fn ask<T: FromRedisValue>(url: &str, words: &[&str]) -> io::Result<T> {
    let answer = |mut connection: Connection| cmd(words[0]).arg(&words[1..]).query(&mut connection);
    redis::Client::open(url)
        .and_then(|client| client.get_connection())
        .and_then(answer)
        .map_err(io::Error::other)
}
