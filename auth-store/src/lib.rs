//! Durable stores for auth-core.
//!
//! | feature | backend |
//! |---|---|
//! | `sqlite` (default) | [`SqlStore`] on a SQLite file: nothing else has to run |
//! | `django` | `DjangoStore`: the users of a Django project, in its PostgreSQL database; with `sqlite` in its SQLite file too |
//! | `redis` | `RedisStore`: sessions, refresh families and everything short-lived in Redis or Valkey, beside one of the others |
//!
//! 1. [`SqlStore::connect`] opens a `sqlite:` file, and makes it only with `?mode=rwc`. A URL that names no file, memory
//!    included, and a file that is not there are refused with `Configuration`, one that cannot be opened with `Unavailable`.
//! 2. `migrate` ([`Backend`](auth_core::store::Backend)) brings the tables up to date, all of it or nothing; programs that
//!    start at the same time wait for each other. Tables that are newer than the program, or that another program made in another
//!    way (each migration has its checksum in the database), are an error.
//! 3. A write waits for the one before it and for other programs, 3 seconds at most; then, as for anything that cannot be
//!    read, the answer is an error, which means 503: never "allow", never "no such row".
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
//! Configured by [`SqlStoreOptions`]: the tables' prefix, `iam_` by default. The file has two companions, `-wal` and `-shm`:
//! keep the three on a local disk, never on a network file system, and copy them by SQLite's own backup. Readable by its owner
//! alone is right: it holds password hashes. One machine only; several servers need a store that all of them reach.
//!
//! [Write-ahead logging](https://www.sqlite.org/wal.html), [durability](https://www.sqlite.org/pragma.html#pragma_synchronous).

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "django", feature = "sqlite"))]
mod database;
#[cfg(feature = "django")]
mod django;
#[cfg(feature = "sqlite")]
mod migrate;
#[cfg(any(feature = "django", feature = "sqlite"))]
mod options;
#[cfg(feature = "django")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "django", feature = "sqlite"))]
#[cfg_attr(
    not(all(feature = "django", feature = "sqlite")),
    allow(dead_code, unused_imports, reason = "each feature says some of what the toolkit can say")
)]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod tables;
#[cfg(feature = "redis")]
mod tenant;

#[cfg(feature = "django")]
pub use self::django::{DjangoBackend, DjangoOptions, DjangoSessions, DjangoStore, DjangoTables};
#[cfg(any(feature = "django", feature = "sqlite"))]
pub use self::options::SqlStoreOptions;
#[cfg(feature = "redis")]
pub use self::redis::{RedisBackend, RedisStore, RedisStoreOptions};
#[cfg(feature = "sqlite")]
pub use self::tables::SqlStore;

/// The front page of the crate, of which every example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
