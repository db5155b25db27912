//! Bringing tables up to date.

#[cfg(test)]
#[cfg(all(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod tests;

use std::time::Duration;

use auth_core::error::StoreError;
use tokio::time::Instant;

use crate::database::{Database, Transaction};
use crate::sql::migration::{Done, Migrations, Missing, Progress, RELEASE};
use crate::sql::{Param, Row, is_kept_by_others, is_there_already};

/// How long a migration may take: large tables are changed as long as that takes.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// How many seconds one waits for a table that somebody else's transaction keeps. Whoever asks for the table meanwhile waits behind the
/// migration, so that a report that runs for an hour would stop every server for as long
/// (<https://www.postgresql.org/docs/current/explicit-locking.html>).
const WAIT_FOR_LOCKS: u64 = 3;

impl Database {
    /// Runs what is missing, all of it or nothing where the database can do so. Programs that start at the same time wait for each other.
    pub(crate) async fn migrate(&self, migrations: &Migrations) -> Result<(), StoreError> {
        if self.is_migrated(migrations).await? {
            return Ok(());
        }
        self.run_missing(migrations).await.map_err(|error| match is_kept_by_others(&error) {
            true => StoreError::unavailable(format!(
                "another transaction keeps a table that is to be changed: see what the database is at (`pg_stat_activity`, \
                 `SHOW PROCESSLIST`), and migrate once that has ended ({error:?})"
            )),
            false => error,
        })
    }

    async fn run_missing(&self, migrations: &Migrations) -> Result<(), StoreError> {
        // One turn, whichever tenant's handle this is: the tables are everybody's.
        let mut transaction = self.of_tenant("").begin_until(Instant::now() + PATIENCE).await?;
        transaction.take_turns("migrations", &migrations.table).await?;
        if let Some(wait) = self.dialect().wait_for_locks(WAIT_FOR_LOCKS) {
            transaction.script(wait).await?;
        }
        transaction.execute(&migrations.make_table, &[]).await?;
        let done = transaction.all(&migrations.done, &[], Done::read).await?;
        for missing in migrations.missing(&done)? {
            match self.dialect().is_all_or_nothing() {
                true => run_whole(&mut transaction, migrations, &missing).await?,
                false => run_in_steps(&mut transaction, migrations, &missing).await?,
            }
        }
        transaction.commit().await
    }

    /// Whether nothing is missing. What newer programs ran besides is nothing that is missing here, as long as this one can work with it.
    pub(crate) async fn is_migrated(&self, migrations: &Migrations) -> Result<bool, StoreError> {
        let Some(done) = self.migrations_done(migrations).await? else { return Ok(false) };
        Ok(migrations.missing(&done)?.is_empty())
    }

    /// What ran; `None` where there is no table of that.
    pub(crate) async fn migrations_done(
        &self,
        migrations: &Migrations,
    ) -> Result<Option<Vec<Done>>, StoreError> {
        let table: [Param<'_>; 1] = [("table", migrations.table.as_str().into())];
        let name = |row: &Row<'_>| Ok(row.string(0)?.to_owned());
        let columns = self.look_up(&migrations.columns_of_table, &table, name).await?;
        if !migrations.has_table(&columns)? {
            return Ok(None);
        }
        self.look_up(&migrations.done, &[], Done::read).await.map(Some)
    }
}

async fn run_whole(
    transaction: &mut Transaction,
    migrations: &Migrations,
    missing: &Missing<'_>,
) -> Result<(), StoreError> {
    transaction.script(missing.script.to_owned()).await.map_err(|error| match is_there_already(&error) {
        true => migrations.is_in_the_way(missing, &error),
        false => error,
    })?;
    add(transaction, migrations, missing, &missing.checksum).await
}

/// Runs a migration where each of its statements is there to stay, and notes behind each how far it came. What was broken off is
/// taken up by whoever comes next: at the statement behind those, which may have run without a note of it. Then what it makes is there
/// already, and that is well.
async fn run_in_steps(
    transaction: &mut Transaction,
    migrations: &Migrations,
    missing: &Missing<'_>,
) -> Result<(), StoreError> {
    if missing.progress.is_none() {
        add(transaction, migrations, missing, &Progress::Begun(0).text()).await?;
    }
    let ran = missing.progress.map_or(0, Progress::statements);
    for (before, statement) in missing.statements().enumerate().skip(ran) {
        match transaction.script(statement.to_owned()).await {
            Err(error) if is_there_already(&error) => {
                if missing.progress != Some(Progress::Begun(before)) {
                    stop(transaction, migrations, missing, before).await?;
                    return Err(migrations.is_in_the_way(missing, &error));
                }
            }
            answer => answer?,
        }
        note(transaction, migrations, missing, &Progress::Begun(before + 1).text()).await?;
    }
    note(transaction, migrations, missing, &missing.checksum).await
}

/// Leaves word that the statement behind so many was refused, and nothing where it was the first.
async fn stop(
    transaction: &mut Transaction,
    migrations: &Migrations,
    missing: &Missing<'_>,
    before: usize,
) -> Result<(), StoreError> {
    if before > 0 {
        return note(transaction, migrations, missing, &Progress::Stopped(before).text()).await;
    }
    let version = [("version", missing.version.into())];
    transaction.execute(&migrations.forget, &version).await.map(drop)
}

/// Adds the row that says that it has run, or how far.
async fn add(
    transaction: &mut Transaction,
    migrations: &Migrations,
    missing: &Missing<'_>,
    checksum: &str,
) -> Result<(), StoreError> {
    let row = [
        ("version", missing.version.into()),
        ("name", missing.migration.name.into()),
        ("checksum", checksum.into()),
        ("needs", missing.migration.needs.into()),
        ("made_by", RELEASE.into()),
    ];
    transaction.execute(&migrations.add, &row).await.map(drop)
}

async fn note(
    transaction: &mut Transaction,
    migrations: &Migrations,
    missing: &Missing<'_>,
    checksum: &str,
) -> Result<(), StoreError> {
    let row = [("version", missing.version.into()), ("checksum", checksum.into())];
    transaction.execute(&migrations.note, &row).await.map(drop)
}
