//! Reading another system's database, SQLite, PostgreSQL or MySQL: every value as a text, and nothing is written.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::mysql::{MySqlPool, MySqlPoolOptions};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ColumnIndex, Database, Decode, Row, Type};

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::store::{database_url, missing_file};

use super::batch::{BATCH, Batch, Batches, Group};
use super::person::{Person, Place};

/// How long to wait for the database.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The texts of one row; `None` for NULL.
pub(super) type Texts = Vec<Option<String>>;

/// A row, or why it cannot be read.
pub(super) type TextRow = Result<Texts, String>;

/// A column of a table.
pub(super) struct Column {
    pub(super) name: String,
    /// As the database calls it.
    pub(super) sql_type: String,
}

/// A connection that only reads.
#[derive(Clone)]
pub(super) enum Reader {
    MySql(MySqlPool),
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl Reader {
    pub(super) async fn open(args: &SourceArgs) -> Result<Self, Failure> {
        let url = database_url(args.from.as_deref(), "--from", "AUTH_IMPORT_FROM")?;
        if let Some(path) = missing_file(&url) {
            return Err(Failure::failed(format!("there is no file {} to import from", path.display())));
        }
        let opened = Self::connect(&url).await;
        opened.map_err(|error| error.while_trying("the database to import from cannot be opened"))
    }

    async fn connect(url: &str) -> Result<Self, Failure> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgPoolOptions::new().max_connections(2).acquire_timeout(CONNECT_TIMEOUT);
            // What is read twice shall not be changed by this.
            let options = options.after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::query("SET default_transaction_read_only = on").execute(connection).await?;
                    Ok(())
                })
            });
            return Ok(Self::Postgres(options.connect(url).await?));
        }
        if url.starts_with("mysql:") || url.starts_with("mariadb:") {
            let options = MySqlPoolOptions::new().max_connections(2).acquire_timeout(CONNECT_TIMEOUT);
            // The same; and names stand between the quotation marks of the others.
            let options = options.after_connect(|connection, _| {
                let settings =
                    "SET SESSION TRANSACTION READ ONLY; SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'";
                Box::pin(async move { sqlx::raw_sql(settings).execute(connection).await.map(drop) })
            });
            return Ok(Self::MySql(options.connect(url).await?));
        }
        if !url.starts_with("sqlite:") {
            return Err(Failure::usage(
                "--from: use a URL like sqlite:db.sqlite3, postgres://user@host/name or mysql://user@host/name",
            ));
        }
        let options: SqliteConnectOptions = url.parse()?;
        let options = options.read_only(true).create_if_missing(false);
        Ok(Self::Sqlite(SqlitePoolOptions::new().max_connections(2).connect_with(options).await?))
    }

    /// The columns of a table, in its order; none where there is no such table.
    pub(super) async fn columns(&self, table: &str) -> Result<Vec<Column>, Failure> {
        let columns: Vec<(String, String)> = match self {
            Self::MySql(pool) => {
                let sql = "SELECT column_name, CAST(column_type AS CHAR) FROM information_schema.columns \
                    WHERE table_name = ? AND table_schema = database() ORDER BY ordinal_position";
                sqlx::query_as(sql).bind(table).fetch_all(pool).await?
            }
            Self::Postgres(pool) => {
                let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns \
                    WHERE table_name = $1 AND table_schema = ANY (current_schemas(false)) ORDER BY ordinal_position";
                sqlx::query_as(sql).bind(table).fetch_all(pool).await?
            }
            Self::Sqlite(pool) => {
                let sql = "SELECT name, lower(type) FROM pragma_table_info(?1)";
                sqlx::query_as(sql).bind(table).fetch_all(pool).await?
            }
        };
        Ok(columns.into_iter().map(|(name, sql_type)| Column { name, sql_type }).collect())
    }

    /// Every row of a query whose columns are all texts, `width` of them. A row that cannot be read is an error of its own.
    pub(super) fn rows(&self, sql: String, width: usize) -> BoxStream<'_, Result<TextRow, Failure>> {
        // A text is another word there, where something is made one.
        let sql = if let Self::MySql(_) = self { sql.replace(" AS TEXT)", " AS CHAR)") } else { sql };
        let sql = AssertSqlSafe(sql);
        match self {
            Self::MySql(pool) => sqlx::query(sql).fetch(pool).map(move |row| Ok(texts(&row?, width))).boxed(),
            Self::Postgres(pool) => {
                sqlx::query(sql).fetch(pool).map(move |row| Ok(texts(&row?, width))).boxed()
            }
            Self::Sqlite(pool) => {
                sqlx::query(sql).fetch(pool).map(move |row| Ok(texts(&row?, width))).boxed()
            }
        }
    }

    /// The rows of a query of two columns; those with a NULL or without sense are nobody's.
    pub(super) async fn pairs(&self, sql: String) -> Result<Vec<(String, String)>, Failure> {
        let (mut pairs, mut rows) = (Vec::new(), self.rows(sql, 2));
        while let Some(row) = rows.next().await {
            if let Ok([Some(one), Some(other)]) = row?.as_deref_mut() {
                pairs.push((std::mem::take(one), std::mem::take(other)));
            }
        }
        Ok(pairs)
    }

    async fn count(&self, table: &str) -> Result<u64, Failure> {
        let sql = format!("SELECT count(*) FROM {table}");
        let (count,): (i64,) = match self {
            Self::MySql(pool) => sqlx::query_as(AssertSqlSafe(sql)).fetch_one(pool).await?,
            Self::Postgres(pool) => sqlx::query_as(AssertSqlSafe(sql)).fetch_one(pool).await?,
            Self::Sqlite(pool) => sqlx::query_as(AssertSqlSafe(sql)).fetch_one(pool).await?,
        };
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

fn texts<R: Row>(row: &R, width: usize) -> TextRow
where
    usize: ColumnIndex<R>,
    for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    (0..width)
        .map(|column| row.try_get(column).map_err(|error| format!("it cannot be read: {error}")))
        .collect()
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A column as a text, or NULL where the table does not have it.
fn text(columns: &[Column], name: &str) -> String {
    if columns.iter().any(|column| column.name == name) {
        format!("CAST({} AS TEXT)", quoted(name))
    } else {
        "CAST(NULL AS TEXT)".to_owned()
    }
}

/// Checks that a table has what is needed of it.
#[derive(Default)]
pub(super) struct Missing(Vec<String>);

impl Missing {
    /// Looks for these columns, and answers those that are not there.
    pub(super) fn look<'a>(&mut self, table: &str, columns: &[Column], needed: &[&'a str]) -> Vec<&'a str> {
        if columns.is_empty() {
            self.0.push(format!("the table `{table}`"));
            return Vec::new();
        }
        let is_missing = |name: &&str| !columns.iter().any(|column| column.name == *name);
        let missing: Vec<_> = needed.iter().copied().filter(is_missing).collect();
        if !missing.is_empty() {
            let lost: Vec<_> = missing.iter().map(|name| format!("`{table}.{name}`")).collect();
            let there: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
            self.0.push(format!("the columns {} (`{table}` has {})", lost.join(", "), there.join(", ")));
        }
        missing
    }

    pub(super) fn check(self, hint: &str) -> Result<(), Failure> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Failure::failed(format!(
                "the database to import from does not have {}: {hint}",
                self.0.join(", ")
            ))),
        }
    }
}

/// From the texts of a user's row to a person.
type Decoder = dyn Fn(Texts) -> Result<Person, String> + Send + Sync;

/// The users of another system, by a query over its table of users.
#[derive(Clone)]
pub(super) struct SqlSource {
    reader: Reader,
    sql: Arc<str>,
    width: usize,
    length: u64,
    groups: Arc<[Group]>,
    decode: Arc<Decoder>,
}

impl SqlSource {
    /// Reads the columns `names` of `table`, of which the first is the primary key and `known` are there; others read as NULL.
    pub(super) async fn new(
        reader: Reader,
        table: &str,
        known: &[Column],
        names: &[&str],
        groups: Vec<Group>,
        decode: impl Fn(Texts) -> Result<Person, String> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let table = quoted(table);
        let columns: Vec<_> = names.iter().map(|name| text(known, name)).collect();
        let sql = format!("SELECT {} FROM {table} ORDER BY {}", columns.join(", "), quoted(names[0]));
        let length = reader.count(&table).await?;
        let (groups, decode) = (groups.into(), Arc::new(decode));
        Ok(Self { reader, sql: sql.into(), width: names.len(), length, groups, decode })
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) async fn read(&self, batches: &Batches) {
        let rest = self.read_all(batches).await;
        // Where nobody listens, nobody wants to know.
        let _ = batches.send(rest).await;
    }

    /// Sends full batches, and answers the last one.
    async fn read_all(&self, batches: &Batches) -> Result<Batch, Failure> {
        let (mut batch, mut rows) = (Batch::default(), self.reader.rows(self.sql.to_string(), self.width));
        while let Some(row) = rows.next().await {
            let row = row?;
            batch.position += 1;
            let id = row.as_ref().ok().and_then(|row| row.first().cloned().flatten());
            let place = id.map_or(Place::Number(batch.position), Place::Id);
            batch.rows.push((place, row.and_then(|row| (self.decode)(row))));
            if batch.rows.len() == BATCH {
                let full = Batch { rows: std::mem::take(&mut batch.rows), position: batch.position };
                if batches.send(Ok(full)).await.is_err() {
                    break;
                }
            }
        }
        Ok(batch)
    }
}
