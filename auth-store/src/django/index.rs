//! The index by which people are found by their address.
//!
//! Django makes none that compares without case. Without it every login by an address would read the whole table: with 500 000
//! users on PostgreSQL sixty such logins at once leave guards a read a second, and whoever has no account at all can ask for them.

use auth_core::error::StoreError;

use super::database::Database;
use super::dialect::Dialect;
use super::tables::DjangoTables;

/// The statement that makes the index; `None` when the database finds addresses by one already, or has none to find.
pub(super) async fn missing(
    database: &Database,
    tables: &DjangoTables,
    prefix: &str,
) -> Result<Option<String>, StoreError> {
    let Some(email) = &tables.email else { return Ok(None) };
    let dialect = database.dialect();
    let plan = database.plan(dialect.look_up_by_email(&tables.user, email)).await?;
    if plan.iter().any(|step| dialect.is_by_index(step)) {
        return Ok(None);
    }
    Ok(Some(dialect.make_email_index(prefix, &tables.user, email)))
}

impl Dialect {
    /// The same comparison as in a login, without our own table, which may not be there yet.
    fn look_up_by_email(self, table: &str, email: &str) -> String {
        let (email, typed) =
            (self.folded(&format!("u.\"{email}\"")), self.folded(&self.text("'a@example.com'")));
        format!("SELECT * FROM \"{table}\" AS u WHERE {email} = {typed} LIMIT 2")
    }

    /// Whether this step of a plan finds rows by the condition instead of looking at all of them.
    fn is_by_index(self, step: &str) -> bool {
        match self {
            Self::Postgres => step.contains("Index Cond:"),
            Self::Sqlite => step.starts_with("SEARCH u USING"),
        }
    }

    /// PostgreSQL lets others write meanwhile.
    fn make_email_index(self, prefix: &str, table: &str, email: &str) -> String {
        let concurrently = if self == Self::Postgres { "CONCURRENTLY " } else { "" };
        let folded = self.folded(&format!("\"{email}\""));
        format!("CREATE INDEX {concurrently}\"{prefix}django_email\" ON \"{table}\" ({folded});")
    }
}
