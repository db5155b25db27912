//! Reading the columns of a row, alike from every library.

use auth_core::clock::Timestamp;
use auth_core::error::BoxError;

/// What a library's row has to offer: its columns by their place.
pub(crate) trait Columns {
    fn int(&self, place: usize) -> Result<Option<i64>, BoxError>;
    /// A truth value, where a database has none an integer that is not 0.
    fn flag(&self, place: usize) -> Result<Option<bool>, BoxError>;
    fn text(&self, place: usize) -> Result<Option<&str>, BoxError>;
    fn blob(&self, place: usize) -> Result<Option<&[u8]>, BoxError>;
}

/// The place of a column in what a statement selects: see [`columns!`].
pub(crate) trait Column {
    fn place(self) -> usize;
}

/// For statements that select one column or two.
impl Column for usize {
    fn place(self) -> usize {
        self
    }
}

/// Names columns once, for the statement that selects them and for those who read them: a variant is a column's place, and
/// `LIST` has their names in that order.
macro_rules! columns {
    ($(#[$doc:meta])* $vis:vis $name:ident { $($column:ident,)+ }) => {
        $(#[$doc])*
        #[expect(non_camel_case_types, reason = "columns are called as in SQL")]
        #[derive(Clone, Copy)]
        $vis enum $name {
            $($column,)+
        }

        impl $name {
            #[allow(dead_code, reason = "some statements are written by their columns, most by the names")]
            $vis const ALL: &[Self] = &[$(Self::$column,)+];

            $vis const LIST: &[&str] = &[$(stringify!($column),)+];
        }

        impl $crate::sql::Column for $name {
            fn place(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use columns;

/// A row, whichever library read it.
pub(crate) struct Row<'a> {
    columns: &'a dyn Columns,
    /// The place of its first column.
    first: usize,
}

impl<'a> Row<'a> {
    pub(crate) fn new(columns: &'a dyn Columns) -> Self {
        Self { columns, first: 0 }
    }

    /// What stands from this place on: where a statement selects the columns of several tables one after the other.
    pub(crate) fn starting_at(&self, place: usize) -> Self {
        Self { columns: self.columns, first: self.first + place }
    }

    pub(crate) fn int(&self, column: impl Column) -> Result<Option<i64>, BoxError> {
        self.columns.int(self.first + column.place())
    }

    pub(crate) fn text(&self, column: impl Column) -> Result<Option<&str>, BoxError> {
        self.columns.text(self.first + column.place())
    }

    pub(crate) fn blob(&self, column: impl Column) -> Result<Option<&[u8]>, BoxError> {
        self.columns.blob(self.first + column.place())
    }

    /// An integer that is never null.
    pub(crate) fn number(&self, column: impl Column) -> Result<i64, BoxError> {
        self.int(column)?.ok_or_else(|| BoxError::from("an integer is missing"))
    }

    pub(crate) fn is_set(&self, column: impl Column) -> Result<bool, BoxError> {
        self.columns
            .flag(self.first + column.place())?
            .ok_or_else(|| BoxError::from("a truth value is missing"))
    }

    pub(crate) fn time(&self, column: impl Column) -> Result<Timestamp, BoxError> {
        self.number(column).map(Timestamp::from_unix_millis)
    }

    pub(crate) fn optional_time(&self, column: impl Column) -> Result<Option<Timestamp>, BoxError> {
        Ok(self.int(column)?.map(Timestamp::from_unix_millis))
    }

    /// A text that is never null.
    pub(crate) fn string(&self, column: impl Column) -> Result<&str, BoxError> {
        self.text(column)?.ok_or_else(|| BoxError::from("a text is missing"))
    }

    /// A hash or handle, if there is one; any other length is an error.
    pub(crate) fn optional_bytes<const N: usize>(
        &self,
        column: impl Column,
    ) -> Result<Option<[u8; N]>, BoxError> {
        let Some(blob) = self.blob(column)? else { return Ok(None) };
        let bytes = blob.try_into().map_err(|_| BoxError::from("a stored hash has another length"))?;
        Ok(Some(bytes))
    }

    pub(crate) fn bytes<const N: usize>(&self, column: impl Column) -> Result<[u8; N], BoxError> {
        self.optional_bytes(column)?.ok_or_else(|| BoxError::from("a hash is missing"))
    }
}
