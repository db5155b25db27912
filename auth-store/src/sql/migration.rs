//! How tables came to be: a set of scripts that run in order, once each. One that has been released is never edited: another one
//! follows it. The database keeps a checksum of each that ran, and what does not match is an error.

use auth_core::error::{BoxError, StoreError};
use sha2::{Digest as _, Sha256};

use super::row::Row;
use super::statement::{Statement, Writer};

const MAKE_TABLE: &str = "CREATE TABLE IF NOT EXISTS @migrations (version BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, \
     checksum VARCHAR(64) NOT NULL)";

/// Brings the tables from the migration before it to its own, the first from nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    /// Of a script, as of statements.
    pub(crate) template: &'static str,
}

impl Migration {
    /// Of the file as it is kept, whatever a checkout makes of the ends of its lines.
    fn checksum(&self) -> String {
        let hash = Sha256::digest(self.template.replace('\r', ""));
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The migrations of one database, under one prefix.
#[derive(Debug)]
pub(crate) struct Migrations {
    all: &'static [Migration],
    scripts: Vec<String>,
    /// That of what ran.
    pub(crate) table: String,
    pub(crate) columns_of_table: Statement,
    pub(crate) make_table: Statement,
    make_table_script: String,
    pub(crate) done: Statement,
    pub(crate) add: Statement,
    pub(crate) finish: Statement,
    pub(crate) forget: Statement,
}

/// The checksum of one that was begun and not finished, where a transaction does not undo the tables that were made in it.
pub(crate) const BEGUN: &str = "begun";

/// What the database says of one that ran.
pub(crate) struct Done {
    version: i64,
    name: String,
    checksum: String,
}

impl Done {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, BoxError> {
        Ok(Self {
            version: row.number(0)?,
            name: row.string(1)?.to_owned(),
            checksum: row.string(2)?.to_owned(),
        })
    }
}

/// One that has to run: what, and the row that says so afterwards.
pub(crate) struct Missing {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) script: String,
    pub(crate) checksum: String,
    /// Whether some of it ran before.
    pub(crate) is_begun: bool,
}

impl Migrations {
    pub(crate) fn new(writer: &Writer<'_>, all: &'static [Migration]) -> Self {
        Self {
            all,
            scripts: all.iter().map(|migration| writer.script(migration.template)).collect(),
            table: format!("{}migrations", writer.prefix),
            columns_of_table: writer.statement(writer.dialect.columns_of()),
            make_table: writer.statement(MAKE_TABLE),
            make_table_script: writer.script(MAKE_TABLE),
            done: writer.statement("SELECT version, name, checksum FROM @migrations ORDER BY version"),
            add: writer.statement(
                "INSERT INTO @migrations (version, name, checksum) VALUES (:version, :name, :checksum)",
            ),
            finish: writer.statement("UPDATE @migrations SET checksum = :checksum WHERE version = :version"),
            forget: writer.statement("DELETE FROM @migrations WHERE version = :version"),
        }
    }

    /// Whether there is a table of what ran, by its columns.
    ///
    /// # Errors
    /// When it has no checksums.
    pub(crate) fn has_table(&self, columns: &[String]) -> Result<bool, StoreError> {
        if columns.is_empty() || columns.iter().any(|column| column == "checksum") {
            return Ok(!columns.is_empty());
        }
        Err(self.strange("they are of a time before the first release"))
    }

    /// What is to be run after these.
    ///
    /// # Errors
    /// When these are not the first of those that are known here.
    pub(crate) fn missing(&self, done: &[Done]) -> Result<Vec<Missing>, StoreError> {
        let (done, is_begun) = match done {
            [done @ .., begun] if begun.checksum == BEGUN && done.len() < self.all.len() => (done, true),
            done => (done, false),
        };
        if let Some(Done { version, .. }) = done.get(self.all.len()..).and_then(<[_]>::last) {
            return Err(StoreError::unavailable(format!(
                "the tables are at version {version} and this program knows {} only: run a newer program",
                self.all.len()
            )));
        }
        let is_altered = |(done, known): &(&Done, &Migration)| done.checksum != known.checksum();
        if let Some((done, known)) = done.iter().zip(self.all).find(is_altered) {
            return Err(self.strange(&format!(
                "they were made by another `{}` than this program's `{}`",
                done.name, known.name
            )));
        }
        let all = (1..).zip(self.all).zip(&self.scripts).skip(done.len());
        let missing = all.map(|((version, migration), script)| Missing {
            version,
            name: migration.name,
            script: script.clone(),
            checksum: migration.checksum(),
            is_begun: false,
        });
        let mut missing: Vec<_> = missing.collect();
        if let Some(first) = missing.first_mut() {
            first.is_begun = is_begun;
        }
        Ok(missing)
    }

    /// What is told where something has the name of a table that is to be made.
    pub(crate) fn is_in_the_way(&self, error: &StoreError) -> StoreError {
        let prefix = self.table.trim_end_matches("migrations");
        StoreError::unavailable(format!(
            "tables `{prefix}…` are there that no migration made: drop them, or use another database or table prefix ({error:?})"
        ))
    }

    /// The whole way, a script each: it ends where [`missing`](Self::missing) finds nothing.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = (i64, &'static str, String)> {
        (1..).zip(self.all).zip(&self.scripts).map(|((version, migration), script)| {
            let make = if version == 1 { format!("{};\n\n", self.make_table_script) } else { String::new() };
            let (table, name, checksum) = (&self.table, migration.name, migration.checksum());
            let note = format!(
                "INSERT INTO {table} (version, name, checksum) VALUES ({version}, '{name}', '{checksum}');\n"
            );
            (version, name, format!("{make}{}\n\n{note}", script.trim_end()))
        })
    }

    /// What the scripts make by a statement that begins so, each with its name and the statement. Statements that are asked for stand
    /// on lines of their own.
    pub(crate) fn made<'a>(&'a self, by: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let lines = self.scripts.iter().flat_map(|script| script.lines());
        lines.filter_map(move |line| Some((line.strip_prefix(by)?.split([' ', '(']).next()?, line)))
    }

    fn strange(&self, what: &str) -> StoreError {
        let prefix = self.table.trim_end_matches("migrations");
        StoreError::unavailable(format!(
            "the tables `{prefix}…` are not those that this program makes: {what}. Whoever edited a migration that had run puts it \
             back and writes another one for the change; else run the program that made the tables, or use another database or table prefix"
        ))
    }
}
