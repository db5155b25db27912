//! The words of SQLite.

use crate::sql::{Dialect, Kind};

#[derive(Debug)]
pub(crate) struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn param(&self, number: usize) -> String {
        format!("?{number}")
    }

    fn text(&self, expression: &str) -> String {
        format!("CAST({expression} AS TEXT)")
    }

    fn flag(&self, expression: &str) -> String {
        format!("({expression} + 0)")
    }

    /// Django keeps text in UTC.
    fn millis(&self, expression: &str) -> String {
        format!("CAST(round(unixepoch({expression}, 'subsec') * 1000) AS INTEGER)")
    }

    fn moment(&self, param: &str) -> String {
        format!("strftime('%Y-%m-%d %H:%M:%f', {param} / 1000.0, 'unixepoch')")
    }

    fn folded(&self, expression: &str) -> String {
        format!("lower({expression})")
    }

    fn checks_lengths(&self) -> bool {
        false
    }

    fn json_list(&self, expression: &str, rest: &str) -> String {
        format!(
            "(SELECT json_group_array(item) FROM (SELECT DISTINCT {expression} AS item {rest} ORDER BY 1))"
        )
    }

    fn json_array(&self, expression: &str) -> String {
        format!("json_group_array(DISTINCT {expression} ORDER BY {expression})")
    }

    fn json_texts(&self, array: &str) -> String {
        format!("json_each({array})")
    }

    /// Materialised, because `json_each` writes its value anew each time it is mentioned.
    fn json_rows(&self, array: &str, columns: &[(&str, Kind)]) -> String {
        let columns: Vec<_> =
            (0..).zip(columns).map(|(place, (name, _))| format!("member ->> {place} AS {name}")).collect();
        format!(
            "(WITH members (member) AS MATERIALIZED (SELECT value FROM json_each({array})) SELECT {} FROM members)",
            columns.join(", ")
        )
    }

    /// The transaction has the whole file.
    fn for_update(&self) -> &'static str {
        ""
    }

    /// Sums that are too large become floating point, and compare all the same.
    fn wide(&self, expression: &str) -> String {
        expression.to_owned()
    }

    fn take_turns(&self) -> Option<&'static str> {
        None
    }

    fn time(&self) -> Option<&'static str> {
        None
    }

    fn columns_of(&self) -> &'static str {
        "SELECT name, lower(type), \"notnull\" AND dflt_value IS NULL AND NOT pk, pk > 0, NULL FROM pragma_table_info(:table)"
    }

    fn indexes(&self) -> &'static str {
        "SELECT name FROM sqlite_schema WHERE type = 'index'"
    }

    fn is_by_index(&self, step: &str) -> bool {
        step.starts_with("SEARCH u USING")
    }
}
