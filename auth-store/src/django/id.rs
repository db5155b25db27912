//! What a user's primary key is, and how it is written.

use auth_core::user::UserId;
use uuid::Uuid;

use crate::sql::{Dialect, Value};

/// What a user's primary key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum IdKind {
    Integer,
    /// Of the database's own type, where it has one; else the 32 hexadecimal digits that Django writes then.
    Uuid,
}

impl IdKind {
    /// What a column of this type holds as a primary key of users.
    pub(super) fn of_column(dialect: &dyn Dialect, sql_type: &str) -> Option<Self> {
        match sql_type {
            "smallint" | "integer" | "bigint" => Some(Self::Integer),
            "uuid" => Some(Self::Uuid),
            "char(32)" if dialect.uuid().is_none() => Some(Self::Uuid),
            _ => None,
        }
    }

    /// The parameter `:id`, to be compared with the column.
    pub(super) fn param(self, dialect: &dyn Dialect) -> String {
        match dialect.uuid().filter(|_| self == Self::Uuid) {
            Some(uuid) => format!("CAST(:id AS {uuid})"),
            None => ":id".to_owned(),
        }
    }

    /// The id as the database writes it, as a value and as a text; `None` for a text that is no id there, and so nobody's.
    pub(super) fn written(self, dialect: &dyn Dialect, id: &UserId) -> Option<(Value<'static>, String)> {
        match self {
            Self::Integer => {
                let number =
                    id.as_str().parse::<i64>().ok().filter(|number| number.to_string() == id.as_str())?;
                Some((number.into(), number.to_string()))
            }
            Self::Uuid => {
                let uuid = Uuid::try_parse(id.as_str()).ok()?;
                let text = uuid.hyphenated().to_string();
                let is_canonical = text == id.as_str();
                let text = if dialect.uuid().is_none() { uuid.simple().to_string() } else { text };
                is_canonical.then(|| (text.clone().into(), text))
            }
        }
    }

    /// The id that the database writes as this text.
    pub(super) fn read(self, text: &str) -> Option<UserId> {
        match self {
            Self::Integer => Some(UserId::new(text)),
            Self::Uuid => Uuid::try_parse(text).ok().map(|uuid| UserId::new(uuid.hyphenated().to_string())),
        }
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;
    use crate::postgres::PostgresDialect;

    #[test]
    fn only_the_one_spelling_of_an_id_is_somebody() {
        let is_id = |kind: IdKind, text: &str| kind.written(&PostgresDialect, &UserId::new(text)).is_some();
        assert!(is_id(IdKind::Integer, "7"));
        for wrong in ["", "07", "+7", " 7", "7.0", "x", "99999999999999999999"] {
            assert!(!is_id(IdKind::Integer, wrong), "{wrong:?}");
        }
        let uuid = "0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70";
        assert!(is_id(IdKind::Uuid, uuid));
        for wrong in ["", "7", &uuid.to_uppercase(), &uuid.replace('-', ""), &format!("{{{uuid}}}")] {
            assert!(!is_id(IdKind::Uuid, wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_uuid_reads_back_from_what_is_stored() {
        let id = UserId::new("0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70");
        let (_, stored) = IdKind::Uuid.written(&PostgresDialect, &id).unwrap();
        for stored in [stored, id.as_str().replace('-', "")] {
            assert_eq!(IdKind::Uuid.read(&stored), Some(id.clone()));
        }
        assert_eq!(IdKind::Uuid.read("junk"), None);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_database_without_uuids_has_their_digits() {
        use crate::sqlite::SqliteDialect;
        let id = UserId::new("0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70");
        let (_, stored) = IdKind::Uuid.written(&SqliteDialect, &id).unwrap();
        assert_eq!(stored, "0190f5fe7c1b7a3e8b1d2f3c4d5e6f70");
        assert_eq!(IdKind::of_column(&SqliteDialect, "char(32)"), Some(IdKind::Uuid));
        assert_eq!(IdKind::of_column(&PostgresDialect, "char(32)"), None);
    }
}
