//! What is alike over every database of sqlx: values bound in their order, rows decoded, columns read.

use auth_core::error::StoreError;

use super::driver::Decode;
use super::row::{Columns, Row};

/// For a database of sqlx: `query`, a statement with its values bound, and [`Columns`] of its rows.
///
/// The third word is how a text is read: `try_get`, where the column's type has to be that of texts.
///
/// A macro, because "takes each kind of value, in every lifetime" is a longer text as bounds of a generic function than this is.
macro_rules! over_sqlx {
    ($database:ty, $row:ty, $get_text:ident) => {
        fn query(
            call: $crate::sql::Call<'_>,
        ) -> Result<
            ::sqlx::query::Query<'static, $database, <$database as ::sqlx::Database>::Arguments>,
            ::sqlx::Error,
        > {
            let query = ::sqlx::query(::sqlx::AssertSqlSafe(call.text().clone()));
            let bound = call.values().try_fold(query, |query, value| {
                Ok(match value? {
                    $crate::sql::Value::Blob(bytes) => query.bind(bytes.as_deref()),
                    $crate::sql::Value::Bool(flag) => query.bind(*flag),
                    $crate::sql::Value::Int(number) => query.bind(*number),
                    $crate::sql::Value::Text(text) => query.bind(text.as_deref()),
                })
            });
            bound.map_err(::sqlx::Error::Encode)
        }

        impl $crate::sql::Columns for $row {
            fn int(&self, place: usize) -> Result<Option<i64>, ::auth_core::error::BoxError> {
                Ok(::sqlx::Row::try_get(self, place)?)
            }

            fn flag(&self, place: usize) -> Result<Option<bool>, ::auth_core::error::BoxError> {
                Ok(::sqlx::Row::try_get(self, place)?)
            }

            fn text(&self, place: usize) -> Result<Option<&str>, ::auth_core::error::BoxError> {
                Ok(::sqlx::Row::$get_text(self, place)?)
            }

            fn blob(&self, place: usize) -> Result<Option<&[u8]>, ::auth_core::error::BoxError> {
                Ok(::sqlx::Row::try_get(self, place)?)
            }
        }
    };
}
pub(crate) use over_sqlx;

/// What becomes of each row.
pub(crate) fn decoded<R: Columns, T>(rows: &[R], decode: impl Decode<T>) -> Result<Vec<T>, StoreError> {
    let decoded: Result<_, _> = rows.iter().map(|row| decode(&Row::new(row))).collect();
    decoded.map_err(StoreError::unavailable)
}
