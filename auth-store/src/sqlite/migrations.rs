//! The tables, and how they came to be. A migration that has been released is never edited: another one follows it.

use auth_core::error::StoreError;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::statements::Statement;
use super::{Inner, store_error};

/// Each brings the tables from the version before to its own, the first from nothing to 1.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_tables.sql"),
    include_str!("migrations/0002_linked_accounts.sql"),
    include_str!("migrations/0003_login_names.sql"),
];

/// Runs what is missing, all of it or nothing. Programs that start at the same time wait for each other.
pub(super) async fn run(store: &Inner) -> Result<(), StoreError> {
    if are_done(store).await? {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    store.statements.make_migrations.query().execute(&mut *transaction).await.map_err(store_error)?;
    let done = newest(store, &mut transaction).await?;
    for (version, migration) in (1..).zip(MIGRATIONS).skip(done) {
        let sql = Statement::render(migration, &store.statements.prefix);
        let script = sqlx::raw_sql(AssertSqlSafe(sql.text().to_owned()));
        transaction.execute(script).await.map_err(store_error)?;
        let add = store.statements.add_migration.query().bind(version);
        add.execute(&mut *transaction).await.map_err(store_error)?;
    }
    transaction.commit().await.map_err(store_error)
}

/// Whether nothing is missing.
pub(super) async fn are_done(store: &Inner) -> Result<bool, StoreError> {
    let mut connection = store.writer.acquire().await.map_err(store_error)?;
    let tables =
        store.statements.has_migrations.query().fetch_one(&mut *connection).await.map_err(store_error)?;
    if tables.try_get::<i64, _>(0).map_err(store_error)? == 0 {
        return Ok(false);
    }
    Ok(newest(store, &mut connection).await? == MIGRATIONS.len())
}

/// The version that the tables are at.
async fn newest(store: &Inner, connection: &mut SqliteConnection) -> Result<usize, StoreError> {
    let row = store.statements.newest_migration.query().fetch_one(connection).await.map_err(store_error)?;
    let version = row.try_get::<i64, _>(0).map_err(store_error)?;
    usize::try_from(version).ok().filter(|version| *version <= MIGRATIONS.len()).ok_or_else(|| {
        StoreError::unavailable(format!(
            "the tables are at version {version} and this program knows {} only: run a newer program",
            MIGRATIONS.len()
        ))
    })
}
