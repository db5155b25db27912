//! One small toolkit for SQL, on which the tables of ours and those of Django stand.
//!
//! - A [`Statement`] is written once, as a template, and says `@users` for a table and `:id` for a parameter; values are bound by
//!   these names. The tenant (`:tenant`) is bound by the handle of the database, and by no caller.
//! - A [`Dialect`] has the words in which databases differ: parameters, casts, JSON, "insert or update", what a removal answers,
//!   what keeps a row from others. A query's logic stands in no dialect.
//! - A [`Driver`] has the connections, a [`Begun`] one of them that is in a transaction.
//! - A set of [`migration`]s is the one thing that is written per database as a whole: types and indexes are its own business.
//!
//! So a database is a folder with a dialect, a driver and its migrations, and a variant in `database.rs`; the folder `tables/`
//! does not change.
//!
//! Why no builder: sea-query (1.0.2, MIT or Apache-2.0, well kept) was weighed. It builds a tree at run time and prints it in the
//! words of three databases, with values in place of names. It would spare the parameters, the quotation marks and the upserts of
//! [`dialect`], some 60 lines; JSON tables and lists, which rows travel in, advisory locks, `RETURNING` where there is none, and all of
//! Django's casts would be strings all the same (`Expr::cust`). What it costs: a dependency with its own idea of values between
//! us and sqlx, a second one for rusqlite, on which reads run; statements that nobody can read, search for or paste into a shell;
//! and a tree to print per call, or a cache of texts, which is what is here. The tests run every template on a real database, which
//! is what a builder cannot replace.

mod dialect;
mod driver;
mod error;
pub(crate) mod migration;
mod row;
mod sqlx;
mod statement;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use self::dialect::{Dialect, Kind};
pub(crate) use self::driver::{Begun, Decode, Driver};
pub(crate) use self::error::{is_conflict, is_kept_by_others, is_there_already, store_error, too_late};
pub(crate) use self::row::{Column, Columns, Row, columns};
pub(crate) use self::sqlx::{decoded, over_sqlx};
pub(crate) use self::statement::{Call, Statement, Step, Template, Writer};
pub(crate) use self::value::{Param, Value};
