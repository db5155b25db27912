//! What Django gives a field that nobody filled in.

use auth_core::error::Error;

use crate::sql::Dialect;

/// The `default=` of a field that the project's own user model has beside Django's, for [`DjangoTables::default_of`](super::DjangoTables::default_of).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DjangoDefault {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Integer(i64),
    /// When the account is made (`auto_now_add`, `default=timezone.now`).
    Now,
    /// A text, or what the database makes of one: JSON, for instance.
    Text(String),
}

impl DjangoDefault {
    /// As a statement has it that is given the moment `:date_joined`.
    pub(super) fn written(&self, dialect: &dyn Dialect) -> String {
        match self {
            Self::Bool(flag) => flag.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Now => dialect.moment(":date_joined"),
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// Texts stand in the statement, and MySQL has a second sign by which one could end before its quotation mark.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Text(text) if text.contains(['\\', '\0']) => Err(Error::configuration(format!(
                "`{}` cannot be a default: it has a backslash or a NUL in it",
                text.escape_debug()
            ))),
            _ => Ok(()),
        }
    }
}

impl From<bool> for DjangoDefault {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i32> for DjangoDefault {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<i64> for DjangoDefault {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for DjangoDefault {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;
    use crate::postgres::PostgresDialect;

    #[test]
    fn a_text_cannot_end_its_quotation() {
        let written = |text: &str| DjangoDefault::from(text).written(&PostgresDialect);
        assert_eq!(written("it's"), "'it''s'");
        assert_eq!(written("'; DROP TABLE auth_user; --"), "'''; DROP TABLE auth_user; --'");
        for wrong in ["\\'; DROP TABLE auth_user; --", "a\0b"] {
            assert!(DjangoDefault::from(wrong).check().is_err(), "{wrong:?}");
        }
        assert!(DjangoDefault::from("{\"theme\": \"dark\"}").check().is_ok());
    }
}
