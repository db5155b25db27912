//! The words that MySQL and MariaDB have in common.

use crate::sql::{Dialect, Kind};

/// By this "last insert id" an insert says that the row was there: how many rows it changed says nothing of that. No table here
/// counts its rows so far.
pub(super) const ALREADY_THERE: u64 = 9_007_199_254_740_993;

#[derive(Debug)]
pub(crate) struct MySqlDialect;

/// Texts that come out of JSON are compared byte by byte, too.
fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "BOOLEAN",
        Kind::Int => "BIGINT",
        Kind::Text => "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    }
}

impl Dialect for MySqlDialect {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn param(&self, _: usize) -> String {
        "?".to_owned()
    }

    fn has_numbered_params(&self) -> bool {
        false
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn text(&self, expression: &str) -> String {
        format!("CAST({expression} AS CHAR)")
    }

    fn int(&self, expression: &str) -> String {
        format!("CAST({expression} AS SIGNED)")
    }

    fn flag(&self, expression: &str) -> String {
        format!("({expression} + 0)")
    }

    fn concat(&self, parts: &[&str]) -> String {
        format!("concat({})", parts.join(", "))
    }

    /// Django keeps them in UTC.
    fn millis(&self, expression: &str) -> String {
        format!("timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', {expression}) DIV 1000")
    }

    fn moment(&self, param: &str) -> String {
        format!("timestampadd(MICROSECOND, {param} * 1000, TIMESTAMP'1970-01-01 00:00:00')")
    }

    fn folded(&self, expression: &str) -> String {
        format!("lower(CONVERT({expression} USING utf8mb4)) COLLATE utf8mb4_bin")
    }

    /// By the column's own collation first, which an index has, and which passes over more than case.
    fn is_folded(&self, column: &str, typed: &str) -> String {
        format!("{column} = {typed} AND {} = {}", self.folded(column), self.folded(typed))
    }

    fn folded_key(&self, column: &str) -> String {
        column.to_owned()
    }

    fn can_be_folded(&self) -> Option<&'static str> {
        Some(
            "SELECT coalesce(collation_name LIKE '%\\_ci', 0) FROM information_schema.columns \
             WHERE table_schema = database() AND table_name = :table AND column_name = :column",
        )
    }

    fn is_exactly(&self, column: &str, text: &str) -> String {
        format!("{column} = {text} AND CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin = {text}")
    }

    fn tells_bytes_apart(&self) -> bool {
        false
    }

    /// UUIDs are 32 digits in a column of text, and have hyphens in one of MariaDB's own type.
    fn key_text(&self, expression: &str) -> String {
        format!("replace(CAST({expression} AS CHAR), '-', '')")
    }

    fn insert_for_key(&self, insert: String, _: &str, given: Option<&str>) -> Vec<String> {
        let key = self.key_text(given.unwrap_or("last_insert_id()"));
        vec![insert, format!("SELECT {key}")]
    }

    /// In MariaDB a table within `FROM` sees nothing of what is outside of it.
    fn json_list(&self, expression: &str, rest: &str) -> String {
        format!("(SELECT coalesce({}, '[]') {rest})", self.json_array(expression))
    }

    fn json_array(&self, expression: &str) -> String {
        format!("CAST(json_arrayagg({expression}) AS CHAR)")
    }

    fn json_texts(&self, array: &str) -> String {
        format!("json_table({array}, '$[*]' COLUMNS (value {} PATH '$'))", sql_type(Kind::Text))
    }

    fn json_rows(&self, array: &str, columns: &[(&str, Kind)]) -> String {
        let columns: Vec<_> = (0..)
            .zip(columns)
            .map(|(place, (name, kind))| {
                format!("{name} {} PATH '$[{place}]' NULL ON EMPTY ERROR ON ERROR", sql_type(*kind))
            })
            .collect();
        format!("json_table({array}, '$[*]' COLUMNS ({}))", columns.join(", "))
    }

    /// `INSERT IGNORE` would pass over values that do not fit, too.
    fn unless_there(&self, insert: String, key: &[&str]) -> String {
        let column = key[0];
        format!(
            "{insert} ON DUPLICATE KEY UPDATE {column} = if(last_insert_id({ALREADY_THERE}) = 0, {column}, {column})"
        )
    }

    fn or_update(&self, insert: String, _: &[&str], columns: &[&str]) -> String {
        let changes: Vec<_> = columns.iter().map(|column| format!("{column} = VALUES({column})")).collect();
        format!("{insert} ON DUPLICATE KEY UPDATE {}", changes.join(", "))
    }

    fn update_from(&self, table: &str, column: &str, rows: (&str, &str), condition: &str) -> String {
        let (source, name) = rows;
        format!("UPDATE {table}, {source} AS {name} SET {table}.{column} = {name}.{column} WHERE {condition}")
    }

    /// One by one, so that what somebody adds meanwhile does not go unmentioned.
    fn removal(&self, columns: &str, table: &str, key: &str, condition: &str) -> Vec<String> {
        vec![
            format!("SELECT {key}, {columns} FROM {table} WHERE {condition} FOR UPDATE"),
            format!("DELETE FROM {table} WHERE tenant = :tenant AND {key} = :found"),
        ]
    }

    fn wide(&self, expression: &str) -> String {
        format!("CAST({expression} AS DECIMAL(38))")
    }

    /// Named locks are the server's: other databases have others.
    fn take_turns(&self) -> Option<&'static str> {
        Some("SELECT get_lock(concat('auth ', :turn, ' ', crc32(database())), @@innodb_lock_wait_timeout)")
    }

    /// Of the session, which ends with a transaction that was given more time than others.
    fn wait_for_locks(&self, seconds: u64) -> Option<String> {
        Some(format!("SET SESSION lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {seconds}"))
    }

    fn time(&self) -> Option<&'static str> {
        Some("SELECT timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', utc_timestamp(6)) DIV 1000")
    }

    fn is_all_or_nothing(&self) -> bool {
        false
    }

    fn columns_of(&self) -> &'static str {
        "SELECT column_name, CASE data_type WHEN 'int' THEN 'integer' WHEN 'char' THEN column_type ELSE data_type END, \
         is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%', column_key = 'PRI', collation_name \
         FROM information_schema.columns WHERE table_schema = database() AND table_name = :table ORDER BY ordinal_position"
    }

    fn indexes(&self) -> &'static str {
        "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = database()"
    }

    /// A row that a unique index has, or has not, is looked at while the plan is made.
    fn is_by_index(&self, step: &str) -> bool {
        step.contains("\"key\"") || step.contains("const table")
    }

    /// A text that the column's character set cannot hold is no error so, but one that no row has: what is lost of it is a question mark.
    fn typed(&self, param: &str, collation: Option<&str>) -> String {
        match collation.and_then(|collation| Some((collation, collation.split_once('_')?.0))) {
            Some((collation, charset)) if charset != "utf8mb4" => {
                format!("CONVERT({param} USING {charset}) COLLATE {collation}")
            }
            _ => param.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_by_a_unique_index_is_by_an_index_whether_or_not_it_finds_a_row() {
        for step in [
            r#"{"query_block": {"table": {"table_name": "u", "access_type": "const", "key": "email"}}}"#,
            r#"{"query_block": {"table": {"message": "Impossible WHERE noticed after reading const tables"}}}"#,
            r#"{"query_block": {"select_id": 1, "message": "no matching row in const table"}}"#,
        ] {
            assert!(MySqlDialect.is_by_index(step), "{step}");
        }
        assert!(
            !MySqlDialect
                .is_by_index(r#"{"query_block": {"table": {"table_name": "u", "access_type": "ALL"}}}"#)
        );
    }
}
