//! The index by which people are found by their address.
//!
//! Django makes none that compares without case. Without it every login by an address would read the whole table: with 500 000
//! users on PostgreSQL sixty such logins at once leave guards a read a second, and whoever has no account at all can ask for them.

use auth_core::error::StoreError;

use crate::database::Database;
use crate::sql::Dialect;

use super::tables::DjangoTables;

/// The statement that makes the index; `None` when the database finds addresses by one already, or has none to find.
pub(super) async fn missing(
    database: &Database,
    tables: &DjangoTables,
    prefix: &str,
) -> Result<Option<String>, StoreError> {
    let Some(email) = &tables.email else { return Ok(None) };
    let dialect = database.dialect();
    let plan = database.plan(look_up_by_email(dialect, &tables.user, email)).await?;
    if plan.iter().any(|step| dialect.is_by_index(step)) {
        return Ok(None);
    }
    Ok(Some(make_email_index(dialect, prefix, &tables.user, email)))
}

/// The same comparison as in a login, without our own table, which may not be there yet.
fn look_up_by_email(dialect: &dyn Dialect, table: &str, email: &str) -> String {
    let (table, email) = (dialect.quoted(table), dialect.quoted(email));
    let (email, typed) =
        (dialect.folded(&format!("u.{email}")), dialect.folded(&dialect.text("'a@example.com'")));
    format!("SELECT * FROM {table} AS u WHERE {email} = {typed} LIMIT 2")
}

fn make_email_index(dialect: &dyn Dialect, prefix: &str, table: &str, email: &str) -> String {
    let (name, folded) = (format!("{prefix}django_email"), dialect.folded(&dialect.quoted(email)));
    let (name, table, concurrently) = (dialect.quoted(&name), dialect.quoted(table), dialect.concurrently());
    format!("CREATE INDEX {concurrently}{name} ON {table} ({folded});")
}
