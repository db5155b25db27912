//! MySQL and MariaDB: their words, their migrations, and how a server of them is reached, written and read.
//!
//! What is written here is what MySQL 8 and MariaDB 10.6 have in common. Neither answers a change with rows (MariaDB does for some of
//! them), so what removes rows and has to say which finds them first, locks them, and removes each by its key.

mod check;
mod dialect;
mod fault;
mod migrations;
mod product;
mod url;

pub(crate) use self::product::MySql;
pub(crate) use self::url::Address;
