//! The migrations of MySQL, in their order. MySQL ends a transaction at each `CREATE` and `ALTER`, so one that breaks off is taken up
//! again at its first statement, and what "is there already" is passed over: a migration defines, and moves no rows in between.

use crate::sql::migration::Migration;

pub(crate) const MIGRATIONS: &[Migration] =
    &[Migration { name: "0001_tables", template: include_str!("migrations/0001_tables.sql") }];
