//! What the statements of the tables are written with.

use crate::sql::{Statement, Writer};

/// The statements of a table, each by its name.
macro_rules! statements {
    ($name:ident($writer:ident) { $($statement:ident = $template:expr;)+ }) => {
        pub(in crate::tables) struct $name {
            $(pub(in crate::tables) $statement: $crate::sql::Statement,)+
        }

        impl $name {
            pub(in crate::tables) fn write($writer: &$crate::sql::Writer<'_>) -> Self {
                Self { $($statement: $writer.statement($template),)+ }
            }

            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<(&'static str, &$crate::sql::Statement)> {
                vec![$((stringify!($statement), &self.$statement),)+]
            }
        }
    };
}
pub(super) use statements;

/// Selects columns of a tenant's rows.
pub(super) fn select(columns: &[&str], table: &str, condition: &str) -> String {
    format!("SELECT {} FROM {table} WHERE tenant = :tenant AND {condition}", columns.join(", "))
}

/// Adds a row; each column is given under its name.
pub(super) fn insert(table: &str, columns: &[&str]) -> String {
    let names = columns.join(", ");
    let values = columns.join(", :");
    format!("INSERT INTO {table} (tenant, {names}) VALUES (:tenant, :{values})")
}

/// Adds a row that goes with its user, where that is among ours.
pub(super) fn insert_beside_user(table: &str, columns: &[&str]) -> String {
    let (names, values) = (columns.join(", "), columns.join(", :"));
    let local = "SELECT id FROM @users WHERE tenant = :tenant AND id = :user_id";
    format!("INSERT INTO {table} (tenant, local_user_id, {names}) VALUES (:tenant, ({local}), :{values})")
}

/// A sweep in the order of a table's key, and what has ended in it.
pub(in crate::tables) struct SweepSql {
    /// Finds the key at which the stretch after the one from `:start` on starts.
    pub(in crate::tables) next: Statement,
    /// Removes what has ended from `:start` on and before `:end`.
    pub(in crate::tables) stretch: Statement,
    /// The same to the end of the table.
    pub(in crate::tables) last_stretch: Statement,
}

impl SweepSql {
    /// Stretches of a thousand rows.
    pub(super) fn write(writer: &Writer<'_>, table: &str, key: &str, ended: &str) -> Self {
        let from = format!("{table} WHERE tenant = :tenant AND {key} >= :start");
        Self {
            next: writer.statement(format!("SELECT {key} FROM {from} ORDER BY {key} LIMIT 1 OFFSET 1000")),
            stretch: writer.statement(format!("DELETE FROM {from} AND {key} < :end AND ({ended})")),
            last_stretch: writer.statement(format!("DELETE FROM {from} AND ({ended})")),
        }
    }
}
