//! How tables came to be: a set of scripts that run in order, once each. One that has been released is never edited: another one
//! follows it. The database keeps a checksum of each that ran, and what does not match is an error.
//!
//! While servers are replaced by those of the next release, both work on one database. So a migration only adds: what the program
//! before leaves out has a default, and what it reads stays. What nobody needs any more is taken away by a later one, which says from
//! which version on programs do without ([`Migration::needs`]); the database keeps that too, and a program that is older refuses
//! itself.

use auth_core::error::{BoxError, StoreError};
use sha2::{Digest as _, Sha256};

use super::row::Row;
use super::statement::{Statement, Writer};

const MAKE_TABLE: &str = "CREATE TABLE IF NOT EXISTS @migrations (version BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, \
     checksum VARCHAR(64) NOT NULL, needs BIGINT NOT NULL, made_by VARCHAR(64) NOT NULL)";

/// What tells that table from those of a time before the first release.
const NEWEST_COLUMN: &str = "made_by";

/// The release of this crate, which stands in the row of each that it ran.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Brings the tables from the migration before it to its own, the first from nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    /// Of a script, as of statements.
    pub(crate) template: &'static str,
    /// The version that a program has to know at least to work on the tables from now on: 1 for what only adds.
    pub(crate) needs: i64,
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
    pub(crate) is_all_or_nothing: bool,
    /// That of what ran.
    pub(crate) table: String,
    pub(crate) columns_of_table: Statement,
    pub(crate) make_table: Statement,
    make_table_script: String,
    pub(crate) done: Statement,
    pub(crate) add: Statement,
    pub(crate) note: Statement,
    pub(crate) forget: Statement,
}

/// What the database says of one that ran.
#[derive(Debug)]
pub(crate) struct Done {
    version: i64,
    name: String,
    checksum: String,
    needs: i64,
    made_by: String,
}

impl Done {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, BoxError> {
        Ok(Self {
            version: row.number(0)?,
            name: row.string(1)?.to_owned(),
            checksum: row.string(2)?.to_owned(),
            needs: row.number(3)?,
            made_by: row.string(4)?.to_owned(),
        })
    }
}

/// How far one came that ran in part, where a transaction does not undo the tables that were made in it. It stands in the place of the
/// checksum.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Progress {
    /// So many statements ran; whether the next one did is not known.
    Begun(usize),
    /// So many statements ran, and the next one was refused.
    Stopped(usize),
}

impl Progress {
    pub(crate) fn text(self) -> String {
        match self {
            Self::Begun(statements) => format!("begun {statements}"),
            Self::Stopped(statements) => format!("stopped {statements}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (word, statements) = text.split_once(' ')?;
        let statements = statements.parse().ok()?;
        match word {
            "begun" => Some(Self::Begun(statements)),
            "stopped" => Some(Self::Stopped(statements)),
            _ => None,
        }
    }

    /// How many statements ran for certain.
    pub(crate) fn statements(self) -> usize {
        match self {
            Self::Begun(statements) | Self::Stopped(statements) => statements,
        }
    }
}

/// One that has to run: what, and the row that says so afterwards.
#[derive(Debug)]
pub(crate) struct Missing<'a> {
    pub(crate) version: i64,
    pub(crate) migration: &'a Migration,
    pub(crate) script: &'a str,
    pub(crate) checksum: String,
    /// What ran of it before.
    pub(crate) progress: Option<Progress>,
}

impl Missing<'_> {
    /// Each with its end.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &str> {
        self.script.split_inclusive(";\n").filter(|statement| !statement.trim().is_empty())
    }
}

impl Migrations {
    pub(crate) fn new(writer: &Writer<'_>, all: &'static [Migration]) -> Self {
        Self {
            all,
            scripts: all.iter().map(|migration| writer.script(migration.template)).collect(),
            is_all_or_nothing: writer.dialect.is_all_or_nothing(),
            table: format!("{}migrations", writer.prefix),
            columns_of_table: writer.statement(writer.dialect.columns_of()),
            make_table: writer.statement(MAKE_TABLE),
            make_table_script: writer.script(MAKE_TABLE),
            done: writer.statement(
                "SELECT version, name, checksum, needs, made_by FROM @migrations ORDER BY version",
            ),
            add: writer.statement(
                "INSERT INTO @migrations (version, name, checksum, needs, made_by) \
                 VALUES (:version, :name, :checksum, :needs, :made_by)",
            ),
            note: writer.statement("UPDATE @migrations SET checksum = :checksum WHERE version = :version"),
            forget: writer.statement("DELETE FROM @migrations WHERE version = :version"),
        }
    }

    /// Whether there is a table of what ran, by its columns.
    ///
    /// # Errors
    /// When it is none of a release.
    pub(crate) fn has_table(&self, columns: &[String]) -> Result<bool, StoreError> {
        if columns.is_empty() || columns.iter().any(|column| column == NEWEST_COLUMN) {
            return Ok(!columns.is_empty());
        }
        Err(self.strange("they are of a time before the first release"))
    }

    /// What is to be run after these, which are in their order.
    ///
    /// # Errors
    /// When these are not the first of those that are known here, or, where all of them are there, when others followed with which this
    /// program cannot work.
    pub(crate) fn missing(&self, done: &[Done]) -> Result<Vec<Missing<'_>>, StoreError> {
        let known =
            |done: &Done| usize::try_from(done.version).is_ok_and(|version| version <= self.all.len());
        let (done, newer) = done.split_at(done.partition_point(known));
        self.check_newer(newer)?;
        let (finished, progress) = match done {
            [finished @ .., last] => match Progress::parse(&last.checksum) {
                Some(progress) => (finished, Some(progress)),
                None => (done, None),
            },
            [] => (done, None),
        };
        for ((version, known), done) in (1..).zip(self.all).zip(done) {
            self.check_order(version, known, done)?;
        }
        if let (Some(newer), Some(lacking)) = (newer.first(), self.all.get(finished.len())) {
            return Err(self.strange(&format!("`{}` has run, and `{}` has not", newer.name, lacking.name)));
        }
        for (done, known) in finished.iter().zip(self.all) {
            self.check_unaltered(done, known)?;
        }
        Ok(self.all_but(finished.len(), progress))
    }

    /// All but the first few.
    fn all_but(&self, first: usize, progress: Option<Progress>) -> Vec<Missing<'_>> {
        let all = (1..).zip(self.all).zip(&self.scripts).skip(first);
        let missing = all.map(|((version, migration), script)| Missing {
            version,
            migration,
            script: script.as_str(),
            checksum: migration.checksum(),
            progress: progress.filter(|_| usize::try_from(version).is_ok_and(|version| version == first + 1)),
        });
        missing.collect()
    }

    /// Whether this program can work on what newer ones made of the tables.
    fn check_newer(&self, newer: &[Done]) -> Result<(), StoreError> {
        let is_enough = |needs: i64| usize::try_from(needs).is_ok_and(|needs| needs <= self.all.len());
        let Some(done) = newer.iter().rfind(|done| !is_enough(done.needs)) else { return Ok(()) };
        Err(StoreError::unavailable(format!(
            "this program is too old for the tables `{}…`: auth-store {} has run `{}` on them, and auth-store {RELEASE} is in this \
             program. Build it with auth-store {} or newer",
            self.prefix(),
            done.made_by,
            done.name,
            done.made_by
        )))
    }

    fn check_order(&self, version: i64, known: &Migration, done: &Done) -> Result<(), StoreError> {
        match done.version == version {
            true => Ok(()),
            false => Err(self.strange(&format!("`{}` has run, and `{}` has not", done.name, known.name))),
        }
    }

    fn check_unaltered(&self, done: &Done, known: &Migration) -> Result<(), StoreError> {
        match done.checksum == known.checksum() {
            true => Ok(()),
            false => Err(self.strange(&format!(
                "they were made by another `{}` than this program's `{}`",
                done.name, known.name
            ))),
        }
    }

    /// What is told where something has the name of what is to be made.
    pub(crate) fn is_in_the_way(&self, missing: &Missing<'_>, error: &StoreError) -> StoreError {
        let (prefix, table, name) = (self.prefix(), &self.table, missing.migration.name);
        StoreError::unavailable(match missing.version {
            1 => format!(
                "tables `{prefix}…` are there that no migration made: drop them, or use another database or table prefix ({error:?})"
            ),
            _ => format!(
                "`{name}` makes something that is there already, and `{table}` does not say that it has run: rename or remove what is in \
                 its way, if somebody made that by hand; where all of `{name}` was run by another tool, add its row to `{table}`, as \
                 `auth migrate --print` shows it ({error:?})"
            ),
        })
    }

    /// One as SQL: it ends where [`missing`](Self::missing) finds nothing of it.
    pub(crate) fn written(&self, missing: &Missing<'_>) -> String {
        let make = match (missing.version, missing.progress) {
            (1, None) => format!("{};\n\n", self.make_table_script),
            _ => String::new(),
        };
        let body = match self.is_all_or_nothing {
            true => format!("{}\n\n{}", missing.script.trim_end(), self.row(missing, &missing.checksum)),
            false => self.written_in_steps(missing),
        };
        make + &body
    }

    /// Where each statement is there to stay, each is followed by a note of how far it came.
    fn written_in_steps(&self, missing: &Missing<'_>) -> String {
        let begin = match missing.progress {
            None => self.row(missing, &Progress::Begun(0).text()),
            Some(Progress::Begun(_)) => {
                "-- The first of these may have run: leave it out where what it makes is there.\n".to_owned()
            }
            Some(Progress::Stopped(_)) => String::new(),
        };
        let note = |checksum: &str| {
            format!(
                "UPDATE {} SET checksum = '{checksum}' WHERE version = {};\n",
                self.table, missing.version
            )
        };
        let ran = missing.progress.map_or(0, Progress::statements);
        let step = |(step, statement): (usize, &str)| {
            format!("\n{}\n{}", statement.trim(), note(&Progress::Begun(step).text()))
        };
        let steps: String = (1..).zip(missing.statements()).skip(ran).map(step).collect();
        format!("{begin}{steps}\n{}", note(&missing.checksum))
    }

    /// Adds the row that says that it has run, or how far.
    fn row(&self, missing: &Missing<'_>, checksum: &str) -> String {
        let (table, Migration { name, needs, .. }) = (&self.table, missing.migration);
        format!(
            "INSERT INTO {table} (version, name, checksum, needs, made_by) VALUES ({}, '{name}', '{checksum}', {needs}, '{RELEASE}');\n",
            missing.version
        )
    }

    /// All of them, as if none had run.
    pub(crate) fn whole_way(&self) -> Vec<Missing<'_>> {
        self.all_but(0, None)
    }

    /// The tables that the scripts make.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.lines().filter_map(made_table)
    }

    /// The indexes that the scripts make: the name of each, and the statement that makes it. They stand on lines of their own, or on lines
    /// of their table's, where each statement takes its time.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = (&str, String)> {
        let mut table = "";
        self.lines().filter_map(move |line| {
            table = made_table(line).unwrap_or(table);
            made_index(line, table)
        })
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.scripts.iter().flat_map(|script| script.lines())
    }

    fn prefix(&self) -> &str {
        self.table.trim_end_matches("migrations")
    }

    fn strange(&self, what: &str) -> StoreError {
        StoreError::unavailable(format!(
            "the tables `{}…` are not those that this program makes: {what}. Whoever edited a migration that had run puts it \
             back and writes another one for the change; else run the program that made the tables, or use another database or table prefix",
            self.prefix()
        ))
    }
}

fn made_table(line: &str) -> Option<&str> {
    line.strip_prefix("CREATE TABLE ")?.split([' ', '(']).next()
}

fn made_index<'a>(line: &'a str, table: &str) -> Option<(&'a str, String)> {
    for unique in ["", "UNIQUE "] {
        if let Some(rest) = line.strip_prefix(&format!("CREATE {unique}INDEX ")) {
            return Some((rest.split(' ').next()?, line.to_owned()));
        }
        if let Some(rest) = line.trim_start().strip_prefix(&format!("{unique}KEY ")) {
            let (name, columns) = rest.trim_end_matches(',').split_once(' ')?;
            return Some((name, format!("CREATE {unique}INDEX {name} ON {table} {columns};")));
        }
    }
    None
}
