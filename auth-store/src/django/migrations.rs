//! The migrations of our own table beside Django's. They are counted by themselves: our other tables may be in another database.

use crate::sql::migration::{Migration, Migrations};
use crate::sql::{Dialect, Writer};

const MIGRATIONS: &[Migration] =
    &[Migration { name: "0001_users", template: include_str!("migrations/0001_users.sql") }];

/// Where texts have to be told to be compared byte by byte.
const MIGRATIONS_IN_BYTES: &[Migration] =
    &[Migration { name: "0001_users", template: include_str!("migrations/0001_users_in_bytes.sql") }];

/// What the names of our tables in Django's database begin with.
pub(super) fn prefix(own: &str) -> String {
    format!("{own}django_")
}

pub(super) fn migrations(dialect: &dyn Dialect, prefix: &str) -> Migrations {
    let all = if dialect.tells_bytes_apart() { MIGRATIONS } else { MIGRATIONS_IN_BYTES };
    Migrations::new(&Writer { dialect, prefix }, all)
}
