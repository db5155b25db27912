//! PostgreSQL: its words, its migrations, and how a server of it is reached, written and read.

mod check;
mod dialect;
mod fault;
mod lent;
mod migrations;
mod server;
mod trust;
mod url;

#[cfg(test)]
pub(crate) use self::dialect::PostgresDialect;
pub(crate) use self::server::Server;
pub(crate) use self::url::Address;
