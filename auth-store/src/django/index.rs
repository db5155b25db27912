//! The index by which people are found by their address.
//!
//! Django makes none that compares without case. Without it every login by an address would read the whole table: with 500 000
//! users on PostgreSQL sixty such logins at once leave guards a read a second, and whoever has no account at all can ask for them.

use auth_core::error::StoreError;

use crate::database::Database;
use crate::sql::{Dialect, Writer};

use super::tables::DjangoTables;

/// The statement that makes the index; `None` when the database finds addresses by one already, or has none to find.
pub(super) async fn missing(
    database: &Database,
    tables: &DjangoTables,
    prefix: &str,
) -> Result<Option<String>, StoreError> {
    let Some(email) = &tables.email else { return Ok(None) };
    let dialect = database.dialect();
    if !can_be_folded(database, &tables.user, email).await? {
        return Ok(Some(make_foldable(dialect, prefix, &tables.user, email)));
    }
    let plan = database.plan(look_up_by_email(dialect, &tables.user, email)).await?;
    if plan.iter().any(|step| dialect.is_by_index(step)) {
        return Ok(None);
    }
    Ok(Some(make_email_index(dialect, prefix, &tables.user, email)))
}

async fn can_be_folded(database: &Database, table: &str, email: &str) -> Result<bool, StoreError> {
    let dialect = database.dialect();
    let Some(words) = dialect.can_be_folded() else { return Ok(true) };
    let statement = Writer { dialect, prefix: "" }.statement(words);
    let params = [("table", table.into()), ("column", email.into())];
    let can_be = database.one(&statement, &params, |row| row.is_set(0)).await?;
    Ok(can_be.unwrap_or(false))
}

/// The same comparison as in a login, without our own table, which may not be there yet.
fn look_up_by_email(dialect: &dyn Dialect, table: &str, email: &str) -> String {
    let (table, email) = (dialect.quoted(table), format!("u.{}", dialect.quoted(email)));
    format!("SELECT * FROM {table} AS u WHERE {} LIMIT 2", dialect.is_folded(&email, "'a@example.com'"))
}

/// For a column that tells capitals apart, where that is its own property. Its type is that of Django.
fn make_foldable(dialect: &dyn Dialect, prefix: &str, table: &str, email: &str) -> String {
    let index = make_email_index(dialect, prefix, table, email);
    let (table, email) = (dialect.quoted(table), dialect.quoted(email));
    format!(
        "ALTER TABLE {table} MODIFY {email} varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL; {index}"
    )
}

fn make_email_index(dialect: &dyn Dialect, prefix: &str, table: &str, email: &str) -> String {
    let (name, folded) = (format!("{prefix}django_email"), dialect.folded_key(&dialect.quoted(email)));
    let (name, table, concurrently) = (dialect.quoted(&name), dialect.quoted(table), dialect.concurrently());
    format!("CREATE INDEX {concurrently}{name} ON {table} ({folded});")
}
