//! What stands in the database, compared with what is needed of it.

use auth_core::error::{Error, StoreError};

use crate::database::Database;
use crate::sql::{Row, Writer};

use super::id::IdKind;
use super::tables::DjangoTables;

/// What was found out about the table of users.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) id: IdKind,
    /// Columns beside ours that need a value in a new row, and take the empty text that Django would write.
    pub(super) blank: Vec<String>,
    /// Columns that need a value which nobody here knows: no row can be made then.
    pub(super) unknown: Vec<String>,
}

struct Column {
    name: String,
    sql_type: String,
    is_needed: bool,
}

/// Checks that every table and column is there.
///
/// # Errors
/// `Configuration` with the names of those that are not; `Unavailable`.
pub(super) async fn check(
    database: &Database,
    tables: &DjangoTables,
    with_sessions: bool,
) -> Result<Schema, Error> {
    let mut user = Vec::new();
    let mut missing = Vec::new();
    let sessions = with_sessions.then(|| tables.required_for_sessions());
    for (table, required) in tables.required().into_iter().chain(sessions) {
        let columns = columns_of(database, table).await?;
        if columns.is_empty() {
            missing.push(format!("table `{table}`"));
            continue;
        }
        let is_there = |name: &str| columns.iter().any(|column| column.name == name);
        let lost = required.into_iter().filter(|name| !is_there(name));
        missing.extend(lost.map(|name| format!("column `{table}.{name}`")));
        if table == tables.user {
            user = columns;
        }
    }
    if !missing.is_empty() {
        return Err(Error::configuration(format!(
            "the Django database has no {}: run Django's `migrate`, or name what the project has in DjangoTables",
            missing.join(", no ")
        )));
    }
    weigh(database, tables, user)
}

fn weigh(database: &Database, tables: &DjangoTables, columns: Vec<Column>) -> Result<Schema, Error> {
    let id = columns.iter().find(|column| column.name == tables.id);
    let sql_type = id.map(|id| id.sql_type.as_str()).unwrap_or_default();
    let id = IdKind::of_column(database.dialect(), sql_type).ok_or_else(|| {
        Error::configuration(format!(
            "the column `{}.{}` is of type {sql_type}: users are known by integers or UUIDs",
            tables.user, tables.id
        ))
    })?;
    let (_, own) = tables.required().swap_remove(0);
    let others =
        columns.into_iter().filter(|column| column.is_needed && !own.contains(&column.name.as_str()));
    let is_text = |column: &Column| column.sql_type.contains("char") || column.sql_type.contains("text");
    let (blank, unknown): (Vec<_>, Vec<_>) = others.partition(is_text);
    let names = |columns: Vec<Column>| columns.into_iter().map(|column| column.name).collect();
    Ok(Schema { id, blank: names(blank), unknown: names(unknown) })
}

async fn columns_of(database: &Database, table: &str) -> Result<Vec<Column>, StoreError> {
    let dialect = database.dialect();
    let statement = Writer { dialect, prefix: "" }.statement(dialect.columns_of());
    let read = |row: &Row<'_>| {
        Ok(Column {
            name: row.string(0)?.to_owned(),
            sql_type: row.string(1)?.to_owned(),
            is_needed: row.is_set(2)?,
        })
    };
    database.all(&statement, &[("table", table.into())], read).await
}
