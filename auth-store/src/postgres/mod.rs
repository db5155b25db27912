//! PostgreSQL: its words, its migrations, and how a server of it is reached, written and read.

mod check;
mod dialect;
mod driver;
mod fault;
mod line;
mod lines;
mod listener;
mod migrations;
mod product;
mod url;

#[cfg(test)]
pub(crate) use self::dialect::PostgresDialect;
pub(crate) use self::driver::Postgres;
pub(crate) use self::url::Address;
