//! The stores that speak SQL, over each database: the conformance suite of the core, and what else is alike in all of them. What is
//! SQLite's alone is in `sqlite.rs`.
//!
//! PostgreSQL is at `TEST_POSTGRES_URL`, `postgres://user@host:port` of a user who may make databases, MySQL or MariaDB at
//! `TEST_MYSQL_URL`, `mysql://user@host:port`. Where one is unset, its tests are skipped and say so; where `CI` is set, they fail.
#![cfg(all(feature = "mysql", feature = "postgres", feature = "sqlite"))]
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod alike;
#[path = "../common/another_server.rs"]
mod another_server;
mod conformance;
mod home;
mod keys;
mod mysql_servers;
mod mysql_start;
mod other_programs;
mod pooler;
mod postgres_servers;
mod servers;
mod start;
mod two_processes;
mod two_servers;
