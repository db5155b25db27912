//! Reading a row's columns, alike from both libraries.

use auth_core::clock::Timestamp;
use auth_core::error::BoxError;
use rusqlite::OptionalExtension as _;
use sqlx::Row as _;

/// The columns of one row, by their position.
pub(crate) trait Columns {
    fn int(&self, column: usize) -> Result<Option<i64>, BoxError>;
    fn text(&self, column: usize) -> Result<Option<&str>, BoxError>;
    fn blob(&self, column: usize) -> Result<Option<Vec<u8>>, BoxError>;

    /// An integer that is never null.
    fn number(&self, column: usize) -> Result<i64, BoxError> {
        self.int(column)?.ok_or_else(|| BoxError::from("an integer is missing"))
    }

    fn is_set(&self, column: usize) -> Result<bool, BoxError> {
        Ok(self.number(column)? != 0)
    }

    fn time(&self, column: usize) -> Result<Timestamp, BoxError> {
        self.number(column).map(Timestamp::from_unix_millis)
    }

    fn optional_time(&self, column: usize) -> Result<Option<Timestamp>, BoxError> {
        Ok(self.int(column)?.map(Timestamp::from_unix_millis))
    }

    /// A text that is never null.
    fn string(&self, column: usize) -> Result<&str, BoxError> {
        self.text(column)?.ok_or_else(|| BoxError::from("a text is missing"))
    }

    /// A hash or handle, if there is one; any other length is an error.
    fn optional_bytes<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, BoxError> {
        let Some(blob) = self.blob(column)? else { return Ok(None) };
        let bytes = blob.try_into().map_err(|_| BoxError::from("a stored hash has another length"))?;
        Ok(Some(bytes))
    }

    fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], BoxError> {
        self.optional_bytes(column)?.ok_or_else(|| BoxError::from("a hash is missing"))
    }
}

impl Columns for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>, BoxError> {
        Ok(self.get(column)?)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, BoxError> {
        Ok(self.get_ref(column)?.as_str_or_null()?)
    }

    fn blob(&self, column: usize) -> Result<Option<Vec<u8>>, BoxError> {
        Ok(self.get(column)?)
    }

    fn optional_bytes<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, BoxError> {
        let Some(blob) = self.get_ref(column)?.as_blob_or_null()? else { return Ok(None) };
        let bytes = blob.try_into().map_err(|_| BoxError::from("a stored hash has another length"))?;
        Ok(Some(bytes))
    }
}

impl Columns for sqlx::sqlite::SqliteRow {
    fn int(&self, column: usize) -> Result<Option<i64>, BoxError> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, BoxError> {
        Ok(self.try_get(column)?)
    }

    fn blob(&self, column: usize) -> Result<Option<Vec<u8>>, BoxError> {
        Ok(self.try_get(column)?)
    }
}

/// The first row that the statement finds.
pub(crate) fn one<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    params: impl rusqlite::Params,
    decode: impl FnOnce(&rusqlite::Row<'_>) -> Result<T, BoxError>,
) -> Result<Option<T>, BoxError> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(params, |row| Ok(decode(row))).optional()?.transpose()
}

/// Every row that the statement finds.
pub(crate) fn all<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    params: impl rusqlite::Params,
    decode: impl Fn(&rusqlite::Row<'_>) -> Result<T, BoxError>,
) -> Result<Vec<T>, BoxError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(decode(row)?);
    }
    Ok(found)
}
