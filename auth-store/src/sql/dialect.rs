//! Where databases are spelled differently.

use std::fmt;

/// What a column of a batch holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Text,
}

/// The words of one database. Parameters in what these answer are still those of a template (`:name`).
///
/// What is written out here is SQL that most have in common; a database overrides what it says in another way.
pub(crate) trait Dialect: fmt::Debug + Send + Sync {
    /// What the database is called in figures.
    fn name(&self) -> &'static str {
        "sql"
    }

    /// The parameter with this number.
    fn param(&self, number: usize) -> String;

    /// Whether a parameter may be named twice by its number. Where it has none, each mention is a parameter of its own.
    fn has_numbered_params(&self) -> bool {
        true
    }

    /// The name of a table or column that may be anything. Ours are plain words that no database reserves.
    fn quoted(&self, name: &str) -> String {
        format!("\"{name}\"")
    }

    fn text(&self, expression: &str) -> String;

    /// A 64-bit integer.
    fn int(&self, expression: &str) -> String {
        format!("CAST({expression} AS BIGINT)")
    }

    /// A truth value.
    fn flag(&self, expression: &str) -> String;

    fn concat(&self, parts: &[&str]) -> String {
        parts.join(" || ")
    }

    /// A moment as milliseconds since the Unix epoch.
    fn millis(&self, expression: &str) -> String;

    /// The moment of a parameter in milliseconds, as a column of moments holds it.
    fn moment(&self, param: &str) -> String;

    /// The type of UUIDs, where there is one.
    fn uuid(&self) -> Option<&'static str> {
        None
    }

    /// Compares texts without the case of ASCII letters, whatever the collation.
    fn folded(&self, expression: &str) -> String;

    /// That a column is what somebody typed, but for the case of ASCII letters; more may be found that are like it. An index of
    /// [`folded_key`](Self::folded_key) finds it.
    fn is_folded(&self, column: &str, typed: &str) -> String {
        format!("{} = {}", self.folded(column), self.folded(&self.text(typed)))
    }

    /// What that index holds.
    fn folded_key(&self, column: &str) -> String {
        self.folded(column)
    }

    /// Asks whether the column `:column` of `:table` can be found so; `None` where every one can.
    fn can_be_folded(&self) -> Option<&'static str> {
        None
    }

    /// A text that somebody typed, to be compared with a column of this collation.
    fn typed(&self, param: &str, collation: Option<&str>) -> String {
        let _ = collation;
        param.to_owned()
    }

    /// That a column is this text, letter by letter, whatever its collation passes over.
    fn is_exactly(&self, column: &str, text: &str) -> String {
        format!("{column} = {text}")
    }

    /// Whether texts whose collation nobody states are told apart byte by byte.
    fn tells_bytes_apart(&self) -> bool {
        true
    }

    /// Whether a text that is longer than its column says is refused.
    fn checks_lengths(&self) -> bool {
        true
    }

    /// A primary key as a text: a number, or a UUID as the database writes it.
    fn key_text(&self, expression: &str) -> String {
        self.text(expression)
    }

    /// An insert that answers with the key of its row as a text: one that was given, or one that the database gave. One step or two.
    fn insert_for_key(&self, insert: String, key: &str, given: Option<&str>) -> Vec<String> {
        let _ = given;
        vec![format!("{insert} RETURNING {}", self.key_text(key))]
    }

    /// Every text that `expression` is in a query's rest, as a JSON array. Which of them come first, and whether one that is there
    /// twice is in it twice, is the database's choice.
    fn json_list(&self, expression: &str, rest: &str) -> String;

    /// The same of the texts in a group of rows.
    fn json_array(&self, expression: &str) -> String;

    /// A table with the one column `value`: the texts of a JSON array.
    fn json_texts(&self, array: &str) -> String;

    /// A table of a JSON array of arrays, each a row with these columns.
    fn json_rows(&self, array: &str, columns: &[(&str, Kind)]) -> String;

    /// An insert that leaves the row with this key alone where it is there, and counts no row then.
    fn unless_there(&self, insert: String, key: &[&str]) -> String {
        format!("{insert} ON CONFLICT ({}) DO NOTHING", key.join(", "))
    }

    /// An insert that writes these columns into the row with this key where it is there.
    fn or_update(&self, insert: String, key: &[&str], columns: &[&str]) -> String {
        let changes: Vec<_> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        format!("{insert} ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), changes.join(", "))
    }

    /// Writes a column that other rows have, which are given with their name: into the rows that meet the condition together with one
    /// of those.
    fn update_from(&self, table: &str, column: &str, rows: (&str, &str), condition: &str) -> String {
        let (source, name) = rows;
        format!("UPDATE {table} SET {column} = {name}.{column} FROM {source} AS {name} WHERE {condition}")
    }

    /// A removal that answers with columns of what it removed. One step, or two within a transaction: which rows, with their `key`
    /// before the columns, and the removal of the one with the key `:found`.
    fn removal(&self, columns: &str, table: &str, key: &str, condition: &str) -> Vec<String> {
        let _ = key;
        vec![format!("DELETE FROM {table} WHERE {condition} RETURNING {columns}")]
    }

    /// What keeps a row from other writers until the transaction ends.
    fn for_update(&self) -> &'static str {
        " FOR UPDATE"
    }

    /// An integer for sums that may be too large for one.
    fn wide(&self, expression: &str) -> String;

    /// Makes those wait for each other, until their transactions end, who give the same number `:turn`; whether it is their turn. Where a transaction has the
    /// database to itself there is nothing to do.
    fn take_turns(&self) -> Option<&'static str>;

    /// Has this transaction wait at most so many seconds for a lock that somebody else keeps; `None` where it has the database to itself.
    fn wait_for_locks(&self, seconds: u64) -> Option<String> {
        let _ = seconds;
        None
    }

    /// Asks what time it is by the server's clock, in milliseconds since the Unix epoch; `None` where there is no server.
    fn time(&self) -> Option<&'static str>;

    /// Asks what the channel `:channel` is called whose listeners share our tables, and no others; `None` where nobody can listen.
    fn channel(&self) -> Option<&'static str> {
        None
    }

    /// Sends `:message` to those listeners.
    fn notify(&self) -> Option<&'static str> {
        None
    }

    /// Whether a transaction undoes the tables that were made in it, too.
    fn is_all_or_nothing(&self) -> bool {
        true
    }

    /// Name, type, whether a value has to be given, whether it is of the primary key, and its collation where that says what it can hold, of every
    /// column of the table `:table`.
    fn columns_of(&self) -> &'static str;

    /// Asks for the names of all indexes that are there and can be used.
    fn indexes(&self) -> &'static str;

    /// Whether this step of a plan finds rows of `u` by the condition instead of looking at all of them.
    fn is_by_index(&self, step: &str) -> bool;

    /// What lets others write while an index is made.
    fn concurrently(&self) -> &'static str {
        ""
    }
}
