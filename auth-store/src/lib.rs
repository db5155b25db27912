//! Durable stores for auth-core.
//!
//! | feature | backend |
//! |---|---|
//! | `sqlite` (default) | [`SqlStore`] on a SQLite file: nothing else has to run |
//! | `postgres` | [`SqlStore`] on PostgreSQL 13 or newer: any number of servers |
//! | `mysql` | [`SqlStore`] on MySQL 8 or MariaDB 10.6 or newer: any number of servers |
//! | `django` | `DjangoStore`: the users of a Django project, in its own database: beside `postgres`, `mysql` or `sqlite` |
//! | `redis` | `RedisStore`: sessions, refresh families and everything short-lived in Redis or Valkey, beside one of the others |
//!
//! 1. [`SqlStore::connect`] opens a `sqlite:` file, and makes it only with `?mode=rwc`, or connects to a `postgres:` or `mysql:` server. What has to be
//!    changed is refused with `Configuration` and says so: a URL that names no file, memory included, a file or a database that is
//!    not there, a server that is another product or a read-only replica. What cannot be opened or reached is `Unavailable`.
//! 2. `migrate` ([`Backend`](auth_core::store::Backend)) brings the tables up to date, all of it or nothing (MySQL keeps what was made
//!    when something goes wrong on the way; the next `migrate` takes it up from there); programs that
//!    start at the same time wait for each other. A program goes on with tables to which a newer one has added something; those from
//!    which it has taken something, or that another program made in another way (each migration has its checksum in the database),
//!    are an error.
//! 3. A write waits for the one before it and for other programs, 3 seconds at most; then, as for anything that cannot be
//!    read, the answer is an error, which means 503: never "allow", never "no such row". A connection that broke, or leads to a server
//!    that only reads since a failover, is given up with all of its age, and the next call makes another one.
//! 4. A handle is one [tenant](SqlStore::tenant)'s; what it stores, nobody else's handle finds.
//! 5. What was acknowledged survives a power cut: a logout or a changed password is not undone by one.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use auth_core::ErrorKind;
//! use auth_core::store::Backend as _;
//! use auth_store::SqlStore;
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("app.db").display().to_string();
//!
//! let refused = SqlStore::connect(&format!("sqlite:{file}")).await.unwrap_err();
//! assert_eq!(refused.kind(), ErrorKind::Configuration);
//!
//! let store = SqlStore::connect(&format!("sqlite:{file}?mode=rwc")).await?;
//! store.migrate().await?;
//! assert!(store.stores().users.get(&auth_core::UserId::new("nobody")).await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`SqlStoreOptions`]: the tables' prefix, `iam_` by default, and how long a call may take. A SQLite file has two
//! companions, `-wal` and `-shm`: keep the three on a local disk, never on a network file system, and copy them by SQLite's own backup.
//! Readable by its owner alone is right: it holds password hashes. One machine only; several servers need a store that all of them
//! reach.
//!
//! In PostgreSQL the user needs `CREATE` on the schema that its `search_path` names first for `migrate`, and nothing but its own tables
//! from then on. Neither the collation nor the time zone of the database changes anything. Leave `synchronous_commit` on: point 5 is
//! its promise.
//!
//! In MySQL and MariaDB the user needs `CREATE`, `ALTER`, `INDEX` and `REFERENCES` for `migrate`, and to read and write its own tables from
//! then on. There are no triggers and no procedures, which would end with the user who made them.
//! Neither collation, character set nor time zone of the database changes anything: keys and names are kept as bytes. Leave
//! `innodb_flush_log_at_trx_commit` (and `sync_binlog`, with replicas) at 1: point 5 is their promise. One server takes the writes; of a
//! Galera cluster or a replication group, name one node, or what leads to one. MariaDB 10.11 is what all of this is tried on.
//!
//! [Write-ahead logging](https://www.sqlite.org/wal.html), [durability](https://www.sqlite.org/pragma.html#pragma_synchronous);
//! [the parameters of a PostgreSQL or MySQL URL](SqlStore::connect).

// The futures of sqlx lie in each other deeper than what the compiler looks into by itself when it optimizes.
#![recursion_limit = "256"]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(feature = "django", not(any(feature = "mysql", feature = "postgres", feature = "sqlite"))))]
compile_error!(
    "the feature `django` of auth-store is one of a database: turn on `postgres`, `mysql` or `sqlite` beside it"
);

// Under the name that it has for the tests outside, which share their databases with those inside.
#[cfg(test)]
extern crate self as auth_store;

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod database;
#[cfg(all(feature = "django", any(feature = "mysql", feature = "postgres", feature = "sqlite")))]
mod django;
#[cfg(test)]
#[cfg(all(feature = "mysql", feature = "postgres", feature = "sqlite"))]
#[path = "../tests/sql/home.rs"]
#[expect(dead_code, reason = "the tests outside use the rest")]
mod home;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod migrate;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod open;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod options;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod server;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
#[cfg_attr(
    not(all(feature = "django", feature = "mysql", feature = "postgres", feature = "sqlite")),
    allow(dead_code, unused_imports, reason = "each feature says some of what the toolkit can say")
)]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod tables;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "redis", feature = "sqlite"))]
mod tenant;

#[cfg(all(feature = "django", any(feature = "mysql", feature = "postgres", feature = "sqlite")))]
pub use self::django::{
    DjangoBackend, DjangoDefault, DjangoOptions, DjangoSessions, DjangoStore, DjangoTables,
};
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub use self::options::SqlStoreOptions;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub use self::pool::SqlPool;
#[cfg(feature = "redis")]
pub use self::redis::{RedisBackend, RedisMark, RedisStore, RedisStoreOptions};
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub use self::tables::{MigrationScript, SqlStore};
/// The sqlx whose pools [`SqlStore::from_pool`] takes.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub use sqlx;

/// The front page of the crate, of which every example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
