//! Bringing tables up to date.

use std::time::Duration;

use auth_core::error::StoreError;
use tokio::time::Instant;

use crate::database::{Database, Transaction};
use crate::sql::migration::{BEGUN, Done, Migrations, Missing};
use crate::sql::{Param, Row, is_there_already};

/// How long a migration may take: large tables are changed as long as that takes.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

impl Database {
    /// Runs what is missing, all of it or nothing where the database can do so. Programs that start at the same time wait for each other.
    pub(crate) async fn migrate(&self, migrations: &Migrations) -> Result<(), StoreError> {
        if self.is_migrated(migrations).await? {
            return Ok(());
        }
        // One turn, whichever tenant's handle this is: the tables are everybody's.
        let mut transaction = self.of_tenant("").begin_until(Instant::now() + PATIENCE).await?;
        transaction.take_turns("migrations", &migrations.table).await?;
        transaction.execute(&migrations.make_table, &[]).await?;
        let done = transaction.all(&migrations.done, &[], Done::read).await?;
        for missing in migrations.missing(&done)? {
            if self.dialect().is_all_or_nothing() {
                transaction.script(missing.script.clone()).await?;
                transaction.execute(&migrations.add, &row(&missing, &missing.checksum)).await?;
            } else {
                run_in_steps(&mut transaction, migrations, &missing).await?;
            }
        }
        transaction.commit().await
    }

    /// Whether nothing is missing.
    pub(crate) async fn is_migrated(&self, migrations: &Migrations) -> Result<bool, StoreError> {
        let table: [Param<'_>; 1] = [("table", migrations.table.as_str().into())];
        let name = |row: &Row<'_>| Ok(row.string(0)?.to_owned());
        let columns = self.look_up(&migrations.columns_of_table, &table, name).await?;
        if !migrations.has_table(&columns)? {
            return Ok(false);
        }
        let done = self.look_up(&migrations.done, &[], Done::read).await?;
        Ok(migrations.missing(&done)?.is_empty())
    }
}

fn row<'a>(missing: &Missing, checksum: &'a str) -> [Param<'a>; 3] {
    [("version", missing.version.into()), ("name", missing.name.into()), ("checksum", checksum.into())]
}

/// Runs a migration where each of its statements is there to stay. What was broken off is taken up again by whoever comes next, from the
/// beginning; then what is there already is what was made before.
async fn run_in_steps(
    transaction: &mut Transaction,
    migrations: &Migrations,
    missing: &Missing,
) -> Result<(), StoreError> {
    if !missing.is_begun {
        transaction.execute(&migrations.add, &row(missing, BEGUN)).await?;
    }
    for statement in missing.script.split_inclusive(";\n").filter(|statement| !statement.trim().is_empty()) {
        match transaction.script(statement.to_owned()).await {
            Err(error) if is_there_already(&error) && missing.is_begun => {}
            Err(error) if is_there_already(&error) => {
                transaction.execute(&migrations.forget, &row(missing, BEGUN)).await?;
                return Err(migrations.is_in_the_way(&error));
            }
            answer => answer?,
        }
    }
    transaction.execute(&migrations.finish, &row(missing, &missing.checksum)).await.map(drop)
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use sqlx::sqlite::SqliteConnectOptions;
    use tempfile::TempDir;

    use super::*;
    use crate::database::Any;
    use crate::sql::migration::Migration;
    use crate::sql::{Statement, Writer};
    use crate::sqlite::{Sqlite, SqliteDialect};

    const FIRST: Migration =
        Migration { name: "0001_first", template: "CREATE TABLE @t (i INTEGER) STRICT;" };
    const SECOND: Migration =
        Migration { name: "0002_second", template: "ALTER TABLE @t ADD COLUMN s TEXT;" };

    fn migrations(all: &'static [Migration]) -> Migrations {
        Migrations::new(&Writer { dialect: &SqliteDialect, prefix: "iam_" }, all)
    }

    fn statement(template: &str) -> Statement {
        Writer { dialect: &SqliteDialect, prefix: "iam_" }.statement(template)
    }

    async fn open(folder: &TempDir) -> Database {
        let file = SqliteConnectOptions::new().filename(folder.path().join("app.db")).create_if_missing(true);
        let limit = Duration::from_secs(3);
        Database::new(Any::Sqlite(Sqlite::open(file, limit).await.unwrap()), limit)
    }

    async fn run(file: &Database, template: &str) {
        let mut begun = file.begin().await.unwrap();
        begun.script(statement(template).texts()[0].to_owned()).await.unwrap();
        begun.commit().await.unwrap();
    }

    async fn numbers(file: &Database) -> Vec<i64> {
        let read = |row: &Row<'_>| row.number(0);
        file.look_up(&statement("SELECT i FROM @t ORDER BY i"), &[], read).await.unwrap()
    }

    #[tokio::test]
    async fn tables_of_an_older_program_are_brought_up_to_date_with_all_that_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let file = open(&folder).await;
        let (older, newer) = (migrations(&[FIRST]), migrations(&[FIRST, SECOND]));
        assert!(!file.is_migrated(&older).await.unwrap());
        file.migrate(&older).await.unwrap();
        assert!(file.is_migrated(&older).await.unwrap());
        run(&file, "INSERT INTO @t VALUES (7)").await;
        assert!(!file.is_migrated(&newer).await.unwrap());
        file.migrate(&newer).await.unwrap();
        assert!(file.is_migrated(&newer).await.unwrap());
        run(&file, "UPDATE @t SET s = 'there'").await;
        assert_eq!(numbers(&file).await, [7]);
        let told = format!("{:?}", file.is_migrated(&older).await.unwrap_err());
        assert!(told.contains("run a newer program"), "{told}");
    }

    #[tokio::test]
    async fn a_migration_that_was_altered_after_it_ran_is_an_error_that_says_what_to_do() {
        const ALTERED: Migration =
            Migration { name: "0001_altered", template: "CREATE TABLE @t (i INTEGER, j INTEGER) STRICT;" };
        let folder = tempfile::tempdir().unwrap();
        let file = open(&folder).await;
        file.migrate(&migrations(&[FIRST])).await.unwrap();
        for all in [&[ALTERED][..], &[ALTERED, SECOND], &[SECOND, FIRST]] {
            let altered = migrations(all);
            for error in
                [file.is_migrated(&altered).await.unwrap_err(), file.migrate(&altered).await.unwrap_err()]
            {
                let told = format!("{error:?}");
                assert!(told.contains("another `0001_first`") && told.contains("puts it back"), "{told}");
            }
        }
        let windows = Migration { template: "CREATE TABLE @t (i INTEGER) STRICT;\r\n", ..FIRST };
        let unix = Migration { template: "CREATE TABLE @t (i INTEGER) STRICT;\n", ..FIRST };
        let folder = tempfile::tempdir().unwrap();
        let file = open(&folder).await;
        file.migrate(&migrations(Box::leak(Box::new([unix])))).await.unwrap();
        assert!(file.is_migrated(&migrations(Box::leak(Box::new([windows])))).await.unwrap());
    }

    #[tokio::test]
    async fn tables_without_checksums_are_those_of_a_time_before_the_first_release() {
        let folder = tempfile::tempdir().unwrap();
        let file = open(&folder).await;
        run(&file, "CREATE TABLE @migrations (version INTEGER PRIMARY KEY NOT NULL) STRICT").await;
        let told = format!("{:?}", file.is_migrated(&migrations(&[FIRST])).await.unwrap_err());
        assert!(told.contains("before the first release"), "{told}");
    }

    #[tokio::test]
    async fn a_migration_that_fails_leaves_nothing() {
        const BROKEN: Migration =
            Migration { name: "0002_broken", template: "ALTER TABLE @u ADD COLUMN s TEXT;" };
        let folder = tempfile::tempdir().unwrap();
        let file = open(&folder).await;
        assert!(file.migrate(&migrations(&[FIRST, BROKEN])).await.is_err());
        file.migrate(&migrations(&[FIRST])).await.unwrap();
    }
}
