//! What an operator may want to know of the tables, and have of them.

use auth_core::error::StoreError;

use crate::sql::migration::Migrations;
use crate::sql::{Row, Statement, Template, Writer};

use super::store::SqlStore;

/// One step on the way from no tables to those that this program needs, for those who run SQL by a tool of their own.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MigrationScript {
    /// Its number, from 1 on.
    pub version: i64,
    /// Its name, such as `0001_tables`.
    pub name: &'static str,
    /// Its statements, in the words of the database that is open. The last one notes that it has run, so that
    /// [`migrate`](auth_core::store::Backend::migrate) finds nothing to do.
    pub sql: String,
}

impl MigrationScript {
    pub(crate) fn all(migrations: &Migrations) -> Vec<Self> {
        migrations.scripts().map(|(version, name, sql)| Self { version, name, sql }).collect()
    }
}

impl SqlStore {
    /// The SQL that [`migrate`](auth_core::store::Backend::migrate) runs, for those who run it by a tool of their own: the whole way,
    /// of which those steps are to be run that the table of migrations (`iam_migrations`) does not have, each in a transaction. Where
    /// they have run, `migrate` finds nothing to do, and the database's user needs no right to make tables.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let url = format!("sqlite:{}?mode=rwc", folder.path().join("app.db").display());
    /// use auth_store::SqlStore;
    ///
    /// let first = SqlStore::connect(&url).await?.migrations().remove(0);
    /// assert_eq!((first.version, first.name), (1, "0001_tables"));
    /// assert!(first.sql.contains("CREATE TABLE iam_users"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn migrations(&self) -> Vec<MigrationScript> {
        MigrationScript::all(self.all_migrations())
    }

    /// The statements that make what the database lacks of our indexes: somebody dropped one, or its making was broken off. Without
    /// them every answer is the same and takes longer with each row. Nothing is missing where the database does not tell what it has.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable).
    pub async fn missing_indexes(&self) -> Result<Vec<String>, StoreError> {
        let Some(words) = self.database.dialect().indexes() else { return Ok(Vec::new()) };
        let name = |row: &Row<'_>| Ok(row.string(0)?.to_owned());
        let there = self.database.look_up(&self.statement(words), &[], name).await?;
        let needed = self.all_migrations().made("CREATE INDEX ");
        let missing = needed.filter(|(name, _)| !there.iter().any(|there| there == name));
        Ok(missing.map(|(_, statement)| statement.to_owned()).collect())
    }

    /// Whether the database's user may read and change each of our tables. Nothing is changed.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable) with the table and what the database says, where it may not.
    pub async fn check_permissions(&self) -> Result<(), StoreError> {
        for (table, _) in self.all_migrations().made("CREATE TABLE ") {
            self.try_on(table).await.map_err(|error| {
                StoreError::unavailable(format!("the table `{table}` cannot be read and changed: {error:?}"))
            })?;
        }
        Ok(())
    }

    /// Each kind of statement on no row, in a transaction that is not committed: a database looks at the rights all the same.
    async fn try_on(&self, table: &str) -> Result<(), StoreError> {
        let none = format!("FROM {table} WHERE tenant = :tenant AND 1 = 0");
        let mut transaction = self.database.begin().await?;
        for template in [
            format!("INSERT INTO {table} SELECT * {none}"),
            format!("UPDATE {table} SET tenant = tenant WHERE tenant = :tenant AND 1 = 0"),
            format!("DELETE {none}"),
        ] {
            transaction.execute(&self.statement(template), &[]).await?;
        }
        Ok(())
    }

    fn statement(&self, template: impl Into<Template>) -> Statement {
        Writer { dialect: self.database.dialect(), prefix: "" }.statement(template)
    }
}
