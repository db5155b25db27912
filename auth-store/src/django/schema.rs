//! What stands in the database, compared with what is needed of it.

use std::collections::HashMap;

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
    unknown: Vec<String>,
    /// By the names of columns.
    collations: HashMap<String, String>,
}

impl Schema {
    /// The collation of a column of users, where the database says one.
    pub(super) fn collation(&self, column: &str) -> Option<&str> {
        self.collations.get(column).map(String::as_str)
    }

    /// Why no user can be made here, where none can.
    pub(super) fn obstacle(&self) -> Option<String> {
        if self.id == IdKind::Text {
            return Some(
                "making users: only Django knows how to make the texts that are their ids".to_owned(),
            );
        }
        let columns = self.unknown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        (!columns.is_empty()).then(|| {
            format!("making users: this user model has columns without a default that only Django knows how to fill: {columns}")
        })
    }
}

struct Column {
    name: String,
    sql_type: String,
    is_needed: bool,
    is_key: bool,
    collation: Option<String>,
}

/// Checks that every table and column is there.
///
/// # Errors
/// `Configuration` with the names of those that are not, and of those that are; `Unavailable`.
pub(super) async fn check(
    database: &Database,
    tables: &DjangoTables,
    with_sessions: bool,
) -> Result<Schema, Error> {
    let (mut user, mut missing, mut there) = (Vec::new(), Vec::new(), Vec::new());
    let sessions = with_sessions.then(|| tables.required_for_sessions());
    for (table, required) in tables.required().into_iter().chain(sessions) {
        let columns = columns_of(database, table).await?;
        if columns.is_empty() {
            missing.push(format!("table `{table}`"));
            continue;
        }
        let is_lost = |name: &&str| !columns.iter().any(|column| column.name == *name);
        let lost: Vec<_> = required.into_iter().filter(is_lost).collect();
        if !lost.is_empty() {
            let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
            there.push(format!(" (`{table}` has {})", names.join(", ")));
        }
        missing.extend(lost.into_iter().map(|name| format!("column `{table}.{name}`")));
        if table == tables.user {
            user = columns;
        }
    }
    if !missing.is_empty() {
        return Err(Error::configuration(format!(
            "the Django database has no {}{}: run Django's `migrate`, or name what the project has in DjangoTables",
            missing.join(", no "),
            there.concat()
        )));
    }
    weigh(database, tables, user)
}

fn weigh(database: &Database, tables: &DjangoTables, columns: Vec<Column>) -> Result<Schema, Error> {
    let keys: Vec<_> = columns.iter().filter(|column| column.is_key).collect();
    let refused =
        |why: String| Error::configuration(format!("the column `{}.{}` is {why}", tables.user, tables.id));
    let [id] = keys[..] else { return Err(refused(not_the_key(&keys))) };
    if id.name != tables.id {
        return Err(refused(not_the_key(&keys)));
    }
    let id = IdKind::of_column(database.dialect(), &id.sql_type).ok_or_else(|| {
        refused(format!("of type {}: users are known by integers, UUIDs or texts", id.sql_type))
    })?;
    let collations =
        columns.iter().filter_map(|column| Some((column.name.clone(), column.collation.clone()?))).collect();
    let (_, own) = tables.required().swap_remove(0);
    let others =
        columns.into_iter().filter(|column| column.is_needed && !own.contains(&column.name.as_str()));
    let is_text = |column: &Column| column.sql_type.contains("char") || column.sql_type.contains("text");
    let (blank, unknown): (Vec<_>, Vec<_>) = others.partition(is_text);
    let names = |columns: Vec<Column>| columns.into_iter().map(|column| column.name).collect();
    Ok(Schema { id, blank: names(blank), unknown: names(unknown), collations })
}

fn not_the_key(keys: &[&Column]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.name.as_str()).collect();
    match keys[..] {
        [] => "not the primary key, by which users are known: the table has none".to_owned(),
        _ => format!("not the primary key, by which users are known: that is {}", keys.join(", ")),
    }
}

async fn columns_of(database: &Database, table: &str) -> Result<Vec<Column>, StoreError> {
    let dialect = database.dialect();
    let statement = Writer { dialect, prefix: "" }.statement(dialect.columns_of());
    let read = |row: &Row<'_>| {
        Ok(Column {
            name: row.string(0)?.to_owned(),
            sql_type: row.string(1)?.to_owned(),
            is_needed: row.is_set(2)?,
            is_key: row.is_set(3)?,
            collation: row.text(4)?.map(str::to_owned),
        })
    };
    database.all(&statement, &[("table", table.into())], read).await
}
