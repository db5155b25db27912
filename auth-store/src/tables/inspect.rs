//! What an operator may want to know of the tables, and have of them.

use auth_core::error::StoreError;

use crate::database::Database;
use crate::sql::migration::{Migrations, Missing};
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
    /// Whether it belongs into one transaction. In MySQL, where each statement is there to stay, it does not: there it notes behind each
    /// how far it came, and what is left of one that broke off is in [`SqlStore::missing_migrations`].
    pub in_one_transaction: bool,
}

impl MigrationScript {
    pub(crate) fn all(migrations: &Migrations) -> Vec<Self> {
        Self::of(migrations, &migrations.whole_way())
    }

    /// Those that this database lacks.
    pub(crate) async fn missing(
        database: &Database,
        migrations: &Migrations,
    ) -> Result<Vec<Self>, StoreError> {
        let done = database.migrations_done(migrations).await?.unwrap_or_default();
        Ok(Self::of(migrations, &migrations.missing(&done)?))
    }

    fn of(migrations: &Migrations, missing: &[Missing<'_>]) -> Vec<Self> {
        let script = |missing: &Missing<'_>| Self {
            version: missing.version,
            name: missing.migration.name,
            sql: migrations.written(missing),
            in_one_transaction: migrations.is_all_or_nothing,
        };
        missing.iter().map(script).collect()
    }
}

impl SqlStore {
    /// The SQL that [`migrate`](auth_core::store::Backend::migrate) runs, for those who run it by a tool of their own: the whole way,
    /// of which those steps are to be run that the table of migrations (`iam_migrations`) does not have. Where they have run, `migrate`
    /// finds nothing to do, and the database's user needs no right to make tables.
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
    /// assert!(first.sql.contains("CREATE TABLE iam_users") && first.in_one_transaction);
    /// # Ok(())
    /// # }
    /// ```
    pub fn migrations(&self) -> Vec<MigrationScript> {
        MigrationScript::all(self.all_migrations())
    }

    /// What of that this database lacks: nothing where it is up to date, and the rest of a step that broke off.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable), also for tables that this program cannot work with, as
    /// [`migrate`](auth_core::store::Backend::migrate).
    pub async fn missing_migrations(&self) -> Result<Vec<MigrationScript>, StoreError> {
        MigrationScript::missing(&self.database, self.all_migrations()).await
    }

    /// The statements that make what the database lacks of our indexes: somebody dropped one, or its making was broken off. Without
    /// them answers take longer with each row, and where a unique one is missing, two accounts can have one name.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable).
    pub async fn missing_indexes(&self) -> Result<Vec<String>, StoreError> {
        let name = |row: &Row<'_>| Ok(row.string(0)?.to_owned());
        let indexes = self.statement(self.database.dialect().indexes());
        let there = self.database.look_up(&indexes, &[], name).await?;
        let is_missing = |(name, _): &(&str, String)| !there.iter().any(|there| there == name);
        let missing = self.all_migrations().indexes().filter(is_missing);
        Ok(missing.map(|(_, statement)| statement).collect())
    }

    /// Whether the database's user may read and change each of our tables. Nothing is changed.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable) with the table and what the database says, where it may not.
    pub async fn check_permissions(&self) -> Result<(), StoreError> {
        for table in self.all_migrations().tables() {
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
