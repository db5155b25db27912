//! Statements in the words of a database that has fewer of them, and of a file of SQLite.

use super::{Dialect, Kind, Step, Writer};

/// What MySQL lacks: numbered parameters, `RETURNING`, `ON CONFLICT`.
#[derive(Debug)]
struct Plain;

impl Dialect for Plain {
    fn param(&self, _: usize) -> String {
        "?".to_owned()
    }

    fn has_numbered_params(&self) -> bool {
        false
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{name}`")
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

    fn millis(&self, expression: &str) -> String {
        format!("CAST(unix_timestamp({expression}) * 1000 AS SIGNED)")
    }

    fn moment(&self, param: &str) -> String {
        format!("from_unixtime({param} / 1000.0)")
    }

    fn folded(&self, expression: &str) -> String {
        format!("lower({expression})")
    }

    fn json_list(&self, expression: &str, rest: &str) -> String {
        format!(
            "(SELECT coalesce(json_arrayagg(item), '[]') FROM (SELECT DISTINCT {expression} AS item {rest}) AS items)"
        )
    }

    fn json_array(&self, expression: &str) -> String {
        format!("json_arrayagg({expression})")
    }

    fn json_texts(&self, array: &str) -> String {
        format!("json_table({array}, '$[*]' COLUMNS (value TEXT PATH '$'))")
    }

    fn json_rows(&self, array: &str, columns: &[(&str, Kind)]) -> String {
        let columns: Vec<_> = (0..)
            .zip(columns)
            .map(|(place, (name, kind))| format!("{name} {kind:?} PATH '$[{place}]'"))
            .collect();
        format!("json_table({array}, '$[*]' COLUMNS ({}))", columns.join(", "))
    }

    fn unless_there(&self, insert: String, _: &[&str]) -> String {
        insert.replacen("INSERT", "INSERT IGNORE", 1)
    }

    fn or_update(&self, insert: String, _: &[&str], columns: &[&str]) -> String {
        let changes: Vec<_> = columns.iter().map(|column| format!("{column} = VALUES({column})")).collect();
        format!("{insert} ON DUPLICATE KEY UPDATE {}", changes.join(", "))
    }

    fn removal(&self, columns: &str, table: &str, key: &str, condition: &str) -> Vec<String> {
        vec![
            format!("SELECT {key}, {columns} FROM {table} WHERE {condition} FOR UPDATE"),
            format!("DELETE FROM {table} WHERE tenant = :tenant AND {key} = :found"),
        ]
    }

    fn wide(&self, expression: &str) -> String {
        format!("CAST({expression} AS DECIMAL(38))")
    }

    fn take_turns(&self) -> Option<&'static str> {
        None
    }

    fn time(&self) -> Option<&'static str> {
        None
    }

    fn columns_of(&self) -> &'static str {
        "SELECT column_name, column_type, 0 FROM information_schema.columns WHERE table_name = :table"
    }

    fn indexes(&self) -> &'static str {
        "SELECT index_name FROM information_schema.statistics"
    }

    fn is_by_index(&self, step: &str) -> bool {
        !step.contains("ALL")
    }
}

const PLAIN: Writer<'static> = Writer { dialect: &Plain, prefix: "iam_" };

#[test]
fn a_template_is_written_with_the_prefix_and_numbered_or_plain_parameters() {
    let template = "UPDATE @users SET a = :a, b = :b WHERE tenant = :tenant AND (a < :a OR b IS NULL)";
    assert_eq!(
        PLAIN.statement(template).texts(),
        ["UPDATE iam_users SET a = ?, b = ? WHERE tenant = ? AND (a < ? OR b IS NULL)"]
    );
    #[cfg(feature = "sqlite")]
    assert_eq!(
        Writer { dialect: &crate::sqlite::SqliteDialect, prefix: "" }.statement(template).texts(),
        ["UPDATE users SET a = ?1, b = ?2 WHERE tenant = ?3 AND (a < ?1 OR b IS NULL)"]
    );
}

#[test]
fn quotations_comments_and_casts_are_left_alone() {
    for text in [
        "SELECT ':a @b' , \"x:y @z\", `m:n`, 'it''s :c'",
        "SELECT a::text, b - 1, c ->> 2, d : e, f @ g",
        "SELECT @@innodb_lock_wait_timeout, 1",
        "-- whoever's :a and @b\nSELECT 1 -- :c",
        "SELECT '\u{e9}:a', \u{e9} -- \u{e9}",
        "'",
        ":",
        "@",
        "",
    ] {
        let statement = PLAIN.statement(text);
        assert_eq!(statement.texts(), [text]);
        assert!(!statement.is_of_a_tenant());
    }
}

#[test]
fn a_database_without_returning_and_on_conflict_says_the_same_in_its_own_words() {
    let insert = || "INSERT INTO @groups (name) VALUES (:name)".to_owned();
    let ignore = PLAIN.statement(Plain.unless_there(insert(), &["name"]));
    assert_eq!(ignore.texts(), ["INSERT IGNORE INTO iam_groups (name) VALUES (?)"]);
    let update = PLAIN.statement(Plain.or_update(insert(), &["name"], &["name"]));
    assert_eq!(
        update.texts(),
        ["INSERT INTO iam_groups (name) VALUES (?) ON DUPLICATE KEY UPDATE name = VALUES(name)"]
    );
    let removal = PLAIN.statement(Plain.removal(
        "sid",
        "@families",
        "family_key",
        "tenant = :tenant AND user_id = :user",
    ));
    assert_eq!(
        removal.texts(),
        [
            "SELECT family_key, sid FROM iam_families WHERE tenant = ? AND user_id = ? FOR UPDATE",
            "DELETE FROM iam_families WHERE tenant = ? AND family_key = ?"
        ]
    );
    assert!(removal.is_of_a_tenant());
    assert_eq!(removal.steps().iter().map(Step::is_for_each_found).collect::<Vec<_>>(), [false, true]);
}
