//! PostgreSQL: its words, its connections.

mod dialect;
mod server;

#[cfg(test)]
pub(crate) use self::dialect::PostgresDialect;
pub(crate) use self::server::Server;
