//! The migrations of our own table beside Django's. They are counted by themselves: our other tables may be in another database.

use crate::sql::migration::{Migration, Migrations};
use crate::sql::{Dialect, Writer};

const USERS: Migration =
    Migration { name: "0001_users", template: include_str!("migrations/0001_users.sql"), needs: 1 };

/// Where the length that a column says counts.
const MIGRATIONS: &[Migration] = &[
    USERS,
    Migration {
        name: "0002_longer_ids",
        template: "ALTER TABLE @users ALTER COLUMN user_id TYPE VARCHAR(255);\n",
        needs: 1,
    },
];

/// Where it does not.
const MIGRATIONS_OF_ANY_LENGTH: &[Migration] = &[USERS];

/// Where texts have to be told to be compared byte by byte.
const MIGRATIONS_IN_BYTES: &[Migration] = &[
    Migration { name: "0001_users", template: include_str!("migrations/0001_users_in_bytes.sql"), needs: 1 },
    Migration {
        name: "0002_longer_ids",
        template: "ALTER TABLE @users MODIFY user_id VARBINARY(255) NOT NULL;\n",
        needs: 1,
    },
];

/// What the names of our tables in Django's database begin with.
pub(super) fn prefix(own: &str) -> String {
    format!("{own}django_")
}

pub(super) fn migrations(dialect: &dyn Dialect, prefix: &str) -> Migrations {
    let all = match (dialect.tells_bytes_apart(), dialect.checks_lengths()) {
        (false, _) => MIGRATIONS_IN_BYTES,
        (true, true) => MIGRATIONS,
        (true, false) => MIGRATIONS_OF_ANY_LENGTH,
    };
    Migrations::new(&Writer { dialect, prefix }, all)
}
